/** Results for programs: JUnit, NUnit 2.5, xUnit.net 2 and Sonar's generic format, as helm-unittest writes them. */
import type { SuiteResult, TestResult } from '../result.ts';
import { type Element, printXml } from './xml.ts';

export type ReportFormat = 'JUnit' | 'NUnit' | 'XUnit' | 'Sonar';

export const REPORT_FORMATS: readonly ReportFormat[] = ['JUnit', 'NUnit', 'XUnit', 'Sonar'];

/** Where and when tests were run. */
export interface ReportContext {
  readonly host: string;
  /** ISO 8601. */
  readonly time: string;
}

/** The text of a report. */
export function formatReport(format: ReportFormat, suites: readonly SuiteResult[], context: ReportContext): string {
  return printXml(WRITERS[format](suites, context));
}

type Writer = (suites: readonly SuiteResult[], context: ReportContext) => Element;

const FRAMEWORK = 'pack-unittest';
const METHOD = 'Helm-Validation';

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(3);
const timeOf = ({ tests }: SuiteResult): number => tests.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
const stateOf = ({ skipped, passed, error }: TestResult): 'skipped' | 'passed' | 'error' | 'failed' =>
  skipped ? 'skipped' : passed ? 'passed' : error !== undefined ? 'error' : 'failed';
const countOf = (tests: readonly TestResult[], state: ReturnType<typeof stateOf>): number =>
  tests.filter((test) => stateOf(test) === state).length;

/** A suite that could not be run has one test, which is that. */
const testsOf = ({ tests, error, name }: SuiteResult): readonly TestResult[] =>
  error === undefined ? tests : [{ name, passed: false, skipped: false, error, assertions: [], milliseconds: 0 }];

function told({ skipped, name, error, assertions }: TestResult): string {
  const lines = skipped ? [`SKIPPED '${name}'`] : [];
  if (error !== undefined) lines.push(error);
  for (const one of assertions.filter(({ passed, skipped }) => !passed || skipped !== undefined)) {
    lines.push(`- asserts[${one.index}]${one.not ? ' NOT' : ''} \`${one.type}\`${one.passed ? '' : ' fail'}`);
    lines.push(...(one.skipped === undefined ? one.info : [one.skipped]).map((line) => `\t${line}`));
  }
  return lines.join('\n');
}

const className = ({ name }: SuiteResult): string => name.slice(name.lastIndexOf('/') + 1);

const WRITERS: Readonly<Record<ReportFormat, Writer>> = {
  JUnit: (suites, { host, time }) => ({
    name: 'testsuites',
    children: suites.map((suite, id) => {
      const tests = testsOf(suite);
      const counts = { tests: tests.length, failures: countOf(tests, 'failed'), errors: countOf(tests, 'error') };
      const when = { time: seconds(timeOf(suite)), timestamp: time.slice(0, 19), hostname: host };
      return {
        name: 'testsuite',
        attributes: {
          id,
          ...counts,
          skipped: countOf(tests, 'skipped'),
          package: '',
          name: suite.name,
          file: suite.path,
          ...when,
        },
        children: tests.map((test) => junitCase(className(suite), test)),
      };
    }),
  }),

  NUnit: (suites, { host, time }) => {
    const tests = suites.flatMap(testsOf);
    const counts = { total: tests.length, errors: countOf(tests, 'error'), failures: countOf(tests, 'failed') };
    const others = { 'not-run': 0, inconclusive: 0, ignored: 0, skipped: countOf(tests, 'skipped'), invalid: 0 };
    return {
      name: 'test-results',
      attributes: { name: FRAMEWORK, ...counts, ...others, date: time.slice(0, 10), time: time.slice(11, 19) },
      children: [
        { name: 'environment', attributes: { 'nunit-version': '2.5.8.0', 'machine-name': host } },
        ...suites.map((suite) => ({
          name: 'test-suite',
          attributes: {
            type: 'TestFixture',
            name: suite.name,
            description: suite.path,
            ...nunitState(suite, timeOf(suite)),
          },
          children: [{ name: 'results', children: testsOf(suite).map((test) => nunitCase(className(suite), test)) }],
        })),
      ],
    };
  },

  XUnit: (suites, { time }) => ({
    name: 'assemblies',
    children: suites.map((suite) => {
      const tests = testsOf(suite);
      const counts = {
        total: tests.length,
        passed: countOf(tests, 'passed'),
        failed: countOf(tests, 'failed'),
        skipped: countOf(tests, 'skipped'),
      };
      const when = { 'run-date': time.slice(0, 10), 'run-time': time.slice(11, 19), time: seconds(timeOf(suite)) };
      return {
        name: 'assembly',
        attributes: {
          name: suite.path,
          'config-file': suite.path,
          'test-framework': FRAMEWORK,
          ...when,
          ...counts,
          errors: countOf(tests, 'error'),
        },
        children: [
          {
            name: 'collection',
            attributes: { name: suite.name, time: when.time, ...counts },
            children: tests.map((test) => xunitCase(className(suite), test)),
          },
        ],
      };
    }),
  }),

  Sonar: (suites) => ({
    name: 'testExecutions',
    attributes: { version: 1 },
    children: suites.map((suite) => ({
      name: 'file',
      attributes: { path: suite.path },
      children: testsOf(suite).map(sonarCase),
    })),
  }),
};

function junitCase(classname: string, test: TestResult): Element {
  const state = stateOf(test);
  const text = told(test);
  const outcome: Record<typeof state, Element[]> = {
    passed: [],
    skipped: [{ name: 'skipped', attributes: { message: text.replaceAll('\n', ', ') } }],
    error: [{ name: 'error', attributes: { message: 'Error', type: '' }, text }],
    failed: [{ name: 'failure', attributes: { message: 'Failed', type: '' }, text }],
  };
  return {
    name: 'testcase',
    attributes: { classname, name: test.name, time: seconds(test.milliseconds) },
    children: outcome[state],
  };
}

const nunitState = (
  { passed, skipped, error }: { passed: boolean; skipped: boolean; error?: string },
  milliseconds: number,
): Record<string, string> => ({
  success: String(passed),
  time: seconds(milliseconds),
  executed: String(error === undefined && !skipped),
  asserts: '0',
  result: skipped ? 'Skipped' : passed ? 'Success' : 'Failed',
});

function nunitCase(classname: string, test: TestResult): Element {
  const text = told(test);
  return {
    name: 'test-case',
    attributes: { name: test.name, description: `${classname}.${test.name}`, ...nunitState(test, test.milliseconds) },
    children: test.skipped
      ? [{ name: 'reason', children: [{ name: 'message', text }] }]
      : test.passed
        ? []
        : [
            {
              name: 'failure',
              children: [
                { name: 'message', text: 'Failed' },
                { name: 'stack-trace', text },
              ],
            },
          ],
  };
}

function xunitCase(type: string, test: TestResult): Element {
  const text = told(test);
  const state = stateOf(test);
  const failure: Element = {
    name: 'failure',
    attributes: { 'exception-type': state === 'error' ? `${METHOD}-Error` : METHOD },
    children: [
      { name: 'message', text: 'Failed' },
      { name: 'stack-trace', text },
    ],
  };
  const result = state === 'skipped' ? 'Skip' : state === 'passed' ? 'Pass' : 'Fail';
  return {
    name: 'test',
    attributes: { name: test.name, type, method: METHOD, time: seconds(test.milliseconds), result },
    children: state === 'skipped' ? [{ name: 'reason', text }] : state === 'passed' ? [] : [failure],
  };
}

function sonarCase(test: TestResult): Element {
  const names = {
    passed: [],
    skipped: ['skipped', 'Skipped'],
    error: ['error', 'Error'],
    failed: ['failure', 'Failed'],
  };
  const [name, message] = names[stateOf(test)];
  return {
    name: 'testCase',
    attributes: { name: test.name, duration: Math.round(test.milliseconds) },
    children: name === undefined || message === undefined ? [] : [{ name, attributes: { message }, text: told(test) }],
  };
}
