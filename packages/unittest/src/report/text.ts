/** Results for people to read, laid out as helm-unittest does. */
import { type ChartResult, isPassed, type SuiteResult, type TestResult } from '../result.ts';

/** How texts are marked; each the text itself where there are no colours. */
export interface Paint {
  good(text: string): string;
  bad(text: string): string;
  warning(text: string): string;
  bold(text: string): string;
  faint(text: string): string;
}

const plain = (text: string): string => text;

export const NO_PAINT: Paint = { good: plain, bad: plain, warning: plain, bold: plain, faint: plain };

const line = (text: string, depth = 0): string => `${'\t'.repeat(depth)}${text}\n`;

export const chartHeader = (
  { name, path, error }: Pick<ChartResult, 'name' | 'path' | 'error'>,
  paint: Paint,
): string =>
  error === undefined
    ? `\n### Chart [ ${paint.bold(name)} ] ${paint.faint(path)}\n\n`
    : `\n### ${paint.bad('Error: ')} ${error}\n\n`;

export function suiteReport(suite: SuiteResult, paint: Paint): string {
  const label = suite.skipped ? paint.warning(' SKIP ') : suite.passed ? paint.good(' PASS ') : paint.bad(' FAIL ');
  const cut = suite.path.lastIndexOf('/') + 1;
  const path = `${paint.faint(suite.path.slice(0, cut))}${suite.path.slice(cut)}`;
  const head = line(`${label} ${paint.bold(suite.name)}\t${path}`);
  if (suite.error !== undefined) {
    return head + line(paint.bold('- Execution Error: '), 1) + line(`${suite.error}\n`, 2);
  }
  return head + suite.tests.map((test) => testReport(test, paint)).join('');
}

function testReport(test: TestResult, paint: Paint): string {
  if (test.passed) return '';
  if (test.skipped) return line(`${paint.bold('- ')}${paint.warning('SKIPPED')}${paint.warning(` '${test.name}'`)}`, 1);
  if (test.error !== undefined) {
    return line(paint.bold(`- ${test.name}`), 1) + line(paint.bold(`Error: ${test.error}\n`), 2);
  }
  return (
    line(paint.bad(`- ${test.name}\n`), 1) +
    test.assertions
      .filter(({ passed }) => !passed)
      .map(({ index, not, type, info }) => {
        const title = `- asserts[${index}]${not ? ' NOT' : ''} \`${type}\` fail`;
        return line(paint.bad(title), 2) + info.map((one) => line(one, 3)).join('') + line('');
      })
      .join('')
  );
}

interface Counts {
  failed: number;
  errored: number;
  passed: number;
  skipped: number;
}

function counted({ failed, errored, passed, skipped }: Counts, paint: Paint): string {
  return [
    ...(failed > 0 ? [paint.bad(`${failed} failed`)] : []),
    ...(errored > 0 ? [`${errored} errored`] : []),
    `${passed} passed`,
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    `${passed + failed + skipped} total`,
  ].join(', ');
}

const countOf = <T>(
  items: readonly T[],
  stateOf: (item: T) => Exclude<keyof Counts, 'errored'>,
  isErrored: (item: T) => boolean,
): Counts => {
  const counts: Counts = { failed: 0, errored: 0, passed: 0, skipped: 0 };
  for (const item of items) {
    const state = stateOf(item);
    counts[state]++;
    if (state === 'failed' && isErrored(item)) counts.errored++;
  }
  return counts;
};

const stateOf = ({ passed, skipped }: { passed: boolean; skipped: boolean }): 'passed' | 'skipped' | 'failed' =>
  skipped ? 'skipped' : passed ? 'passed' : 'failed';

/** A test of which nothing was asked has passed. */
const testState: typeof stateOf = ({ passed, skipped }) => (passed ? 'passed' : skipped ? 'skipped' : 'failed');

const hasError = ({ error }: { error?: string }): boolean => error !== undefined;

export function summary(charts: readonly ChartResult[], milliseconds: number, paint: Paint): string {
  const suites = charts.flatMap((chart) => chart.suites);
  const tests = suites.flatMap((suite) => suite.tests);
  const total = (of: 'total' | 'failed'): number => suites.reduce((sum, { snapshots }) => sum + snapshots[of], 0);
  const snapshots = { failed: total('failed'), errored: 0, passed: total('total') - total('failed'), skipped: 0 };
  const hint =
    snapshots.failed === 0
      ? ''
      : `\nSnapshot Summary: ${paint.bad(`${snapshots.failed} snapshot failed`)} in ${suites.filter((suite) => suite.snapshots.failed > 0).length} test suite.${paint.faint(' Check changes and use `-u` to update snapshot.')}\n`;
  return `${hint}
Charts:      ${counted(
    countOf(charts, (chart) => (isPassed(chart) ? 'passed' : 'failed'), hasError),
    paint,
  )}
Test Suites: ${counted(countOf(suites, stateOf, hasError), paint)}
Tests:       ${counted(countOf(tests, testState, hasError), paint)}
Snapshot:    ${counted(snapshots, paint)}
Time:        ${milliseconds < 1000 ? `${milliseconds.toFixed(0)}ms` : `${(milliseconds / 1000).toFixed(3)}s`}

`;
}
