import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, resolve } from 'node:path';
import { type Chart, decodeValues, mergeMaps, PackError, walkCharts } from '@pack/core';
import { createRenderer } from '@pack/engine';
import { systemWorld } from '@pack/engine/node';
import {
  type ChartResult,
  type Coverage,
  chartHeader,
  coverageReport,
  createCoverage,
  formatReport,
  isPassed,
  type Paint,
  type PostRenderer,
  REPORT_FORMATS,
  type ReportFormat,
  readSuites,
  runSuites,
  type Suite,
  type SuiteResult,
  suiteReport,
  summary,
  type TemplateCoverage,
  type TestRenderer,
  UnittestError,
  type UnittestOptions,
  type UnittestPorts,
} from '@pack/unittest';
import { fromBytes, newMap } from 'go-template';
import { loadAt } from '../chart-source.ts';
import type { Command, Io } from '../command.ts';
import { bool, text } from '../flags/common.ts';
import { type Given, UsageError } from '../flags/parse.ts';
import { pathErrorText } from '../go-error.ts';
import { colorsOf } from '../output/color.ts';
import { warnOn } from '../output/warn.ts';
import { runProcess } from '../plugins/process.ts';
import { keptReference } from '../secrets.ts';
import { filesOf, findSuites } from '../unittest/find.ts';

export const command: Command = {
  usage: 'unittest CHART|PACK [...] [flags]',
  description:
    'Runs unit tests of charts and packs, without a cluster. Tests are in the format of helm-unittest, in files ' +
    'tests/*_test.yaml of the chart: what it is rendered with, and what is then asserted of its objects.\n\n' +
    'The exit code is 1 when a test fails.',
  args: [1, Number.POSITIVE_INFINITY],
  flags: {
    'chart-tests-path': { ...text('folder in the chart with a chart whose templates are suites'), hidden: true },
    coverage: bool('show which branches of templates no test entered'),
    failfast: bool('stop at the first test that fails', 'q'),
    file: {
      type: 'list',
      short: 'f',
      usage: 'files of tests, from the folder of the chart; `*` and `**` stand for many (default tests/*_test.yaml)',
    },
    json: bool('print the results as JSON'),
    'output-file': text('write a report for programs to this file', '', 'o'),
    'output-type': {
      ...text('form of the report: JUnit, NUnit, XUnit or Sonar', 'XUnit', 't'),
      choices: REPORT_FORMATS.map((format) => [format] as const),
    },
    'skip-schema-validation': bool('do not check the values against the schema'),
    strict: bool('refuse suites with fields that are not known'),
    'update-snapshot': bool('take what is rendered now for right, in all snapshots', 'u'),
    values: { type: 'list', short: 'v', usage: 'a values file for all tests; may be repeated' },
    'with-subchart': { ...bool('run the tests of subcharts too', 's'), preset: 'true' },
  },
  run: unittest,
};

async function unittest(given: Given, io: Io): Promise<number> {
  const format = reportFormat(given);
  if ((given.string('chart-tests-path') ?? '') !== '') {
    throw new UsageError('--chart-tests-path: suites that are templates are not supported');
  }
  const started = performance.now();
  const paint = paintOf(given, io);
  const say = given.bool('json') ? (): void => undefined : io.stdout;
  const charts: ChartResult[] = [];
  const coverages: TemplateCoverage[] = [];
  for (const path of given.args) {
    const watch = given.bool('coverage') ? (templates: TemplateCoverage[]) => coverages.push(...templates) : undefined;
    const result = await testChart(path, given, io, { paint, say, watch });
    charts.push(result);
    if (given.bool('failfast') && !isPassed(result)) break;
  }
  const milliseconds = performance.now() - started;
  say(summary(charts, milliseconds, paint));
  if (given.bool('coverage')) say(coverageReport(coverages, paint));
  if (given.bool('json')) {
    io.stdout(`${JSON.stringify({ charts, ...(given.bool('coverage') && { coverage: coverages }) }, undefined, 2)}\n`);
  }
  const file = given.string('output-file') ?? '';
  if (file !== '') {
    const suites = charts.flatMap((chart) => chart.suites);
    write(file, formatReport(format, suites, { host: hostname(), time: new Date().toISOString() }));
  }
  return charts.every(isPassed) ? 0 : 1;
}

function reportFormat(given: Given): ReportFormat {
  const name = given.string('output-type') ?? 'XUnit';
  const format = REPORT_FORMATS.find((one) => one.toLowerCase() === name.toLowerCase());
  if (format === undefined) {
    throw new UsageError(
      `invalid argument ${JSON.stringify(name)} for "-t, --output-type" flag: it is JUnit, NUnit, XUnit or Sonar`,
    );
  }
  return format;
}

function paintOf(given: Given, io: Io): Paint {
  const { added, removed, changed, header } = colorsOf(given, io);
  return { good: added, bad: removed, warning: changed, bold: header, faint: (one) => one };
}

interface Shown {
  readonly paint: Paint;
  readonly say: (text: string) => void;
  readonly watch: ((templates: TemplateCoverage[]) => void) | undefined;
}

async function testChart(path: string, given: Given, io: Io, { paint, say, watch }: Shown): Promise<ChartResult> {
  let chart: Chart;
  try {
    chart = await loadAt(path, warnOn(io));
  } catch (e) {
    if (!(e instanceof PackError)) throw e;
    const result = { name: '', path, suites: [], error: e.message };
    say(chartHeader(result, paint));
    return result;
  }
  const values = given.list('values').flatMap((file) => filesOf('', file).map((found) => resolve(found)));
  const about = { name: chart.metadata.name, path };
  say(chartHeader(about, paint));
  const results: SuiteResult[] = [];
  const told = (result: SuiteResult): void => {
    results.push(result);
    say(suiteReport(result, paint));
  };
  const suites: Suite[] = [];
  for (const { path: file, route } of findSuites(path, chart, {
    patterns: given.has('file') ? [...new Set(given.list('file'))] : ['tests/*_test.yaml'],
    withSubcharts: !given.has('with-subchart') || given.bool('with-subchart'),
    values: values.map((one) => decodeValues(readText(one) ?? '')).reduce(mergeMaps, newMap()),
  })) {
    const source = readText(file);
    try {
      if (source === undefined) throw new UnittestError('SUITE_INVALID', `open ${file}: no such file or directory`);
      suites.push(...readSuites(file, source, { route, strict: given.bool('strict') }));
    } catch (e) {
      if (!(e instanceof UnittestError)) throw e;
      told(unreadable(file, e.message));
    }
  }
  const coverage = watch === undefined ? undefined : createCoverage(chart);
  const options: UnittestOptions = {
    values,
    updateSnapshots: given.bool('update-snapshot'),
    failFast: given.bool('failfast'),
    skipSchemaValidation: given.bool('skip-schema-validation'),
  };
  if (!options.failFast || results.length === 0) {
    for await (const result of runSuites(chart, suites, portsOf(io, coverage), options)) told(result);
  }
  if (coverage !== undefined) watch?.(coverage.report());
  return { ...about, suites: results };
}

const unreadable = (path: string, error: string): SuiteResult => ({
  name: '',
  path,
  passed: false,
  skipped: false,
  error,
  tests: [],
  snapshots: { total: 0, failed: 0, created: 0, vanished: 0 },
});

function portsOf(io: Io, coverage: Coverage | undefined): UnittestPorts {
  const world = systemWorld({ tz: io.env['TZ'] });
  return {
    createRenderer: async (chart): Promise<TestRenderer> => {
      const isPack = [...walkCharts(chart)].some(({ chart: one }) => one.pack !== undefined);
      if (!isPack) return createRenderer(chart, world, { observe: coverage?.observe });
      const { createPackRenderer } = await import('@pack/jinja');
      const observers = { observe: coverage?.observe, branches: coverage?.branches };
      const renderer = await createPackRenderer(chart, world, observers);
      return { render: (input) => renderer.render({ ...input, secrets: keptReference }) };
    },
    readText,
    writeText: write,
    postRender: (renderer, manifests) => postRender(renderer, manifests, io),
    clock: () => performance.now(),
  };
}

/** Throws UNITTEST_FILE for a file that is there and cannot be read. */
function readText(path: string): string | undefined {
  try {
    return fromBytes(readFileSync(path));
  } catch (e) {
    if (['ENOENT', 'ENOTDIR'].includes((e as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw new PackError('UNITTEST_FILE', pathErrorText('open', path, e), { cause: e });
  }
}

function write(path: string, content: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  } catch (e) {
    throw new PackError('UNITTEST_FILE', pathErrorText('open', path, e), { cause: e });
  }
}

async function postRender({ cmd, args }: PostRenderer, input: string, io: Io): Promise<string> {
  const { code, stdout } = await runProcess({ command: cmd, args, env: io.env, input, onStderr: io.stderr });
  if (code !== 0) throw new UnittestError('SUITE_INVALID', `post-render failed: ${cmd} ended with exit code ${code}`);
  return fromBytes(stdout);
}
