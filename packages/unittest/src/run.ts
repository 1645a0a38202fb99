/** Suites of a chart, run one after the other. */
import {
  type Capabilities,
  type Chart,
  cleanPath,
  crdsOf,
  decodeYamlExact,
  mergeTables,
  OFFLINE_CAPABILITIES,
  validateReleaseName,
} from '@pack/core';
import type { Lookup, Rendered, RenderInput } from '@pack/engine';
import { fromBytes, type GoMap, isMap, newMap } from 'go-template';

import type { Assertion } from './assertion.ts';
import type { Document } from './checks/check.ts';
import { UnittestError } from './error.ts';
import { failureOf, isPartial } from './failure.ts';
import { Manifests } from './manifests.ts';
import type { AssertionResult, SuiteResult, TestResult } from './result.ts';
import { selectDocuments } from './select.ts';
import { valueAtPath } from './set-path.ts';
import { Snapshots } from './snapshot.ts';
import type { PostRenderer, Suite, Test } from './suite.ts';
import { namesPath, templatePath } from './templates.ts';
import { withFloats } from './value.ts';

export interface TestRenderer {
  render(input: Omit<RenderInput, 'chart' | 'world'>): Rendered;
}

export interface UnittestPorts {
  /** Made once for a chart, and once more for each version that tests give it. */
  readonly createRenderer: (chart: Chart) => Promise<TestRenderer>;
  /** The text of a file; undefined where there is none. */
  readonly readText: (path: string) => string | undefined;
  readonly writeText: (path: string, text: string) => void;
  /** Programs that suites name. Without it such tests fail. */
  readonly postRender?: ((renderer: PostRenderer, text: string) => Promise<string>) | undefined;
  /** Milliseconds from any beginning. */
  readonly clock: () => number;
}

export interface UnittestOptions {
  /** Paths of values files for all suites, before their own. */
  readonly values?: readonly string[] | undefined;
  readonly updateSnapshots?: boolean | undefined;
  /** Stops at the first test that fails. */
  readonly failFast?: boolean | undefined;
  readonly skipSchemaValidation?: boolean | undefined;
}

/** Runs suites of one chart, whose templates are parsed once. Faults of tests are results, never thrown. */
export async function* runSuites(
  chart: Chart,
  suites: readonly Suite[],
  ports: UnittestPorts,
  options: UnittestOptions = {},
): AsyncGenerator<SuiteResult> {
  const runner = new Runner(chart, ports, options);
  for (const suite of suites) {
    const result = await runner.suite(suite);
    yield result;
    if (options.failFast && !result.passed && !result.skipped) return;
  }
}

/** The file that snapshots of a suite are in. */
const snapshotPath = ({ path, snapshotId }: Suite): string => {
  const cut = path.lastIndexOf('/') + 1;
  return `${path.slice(0, cut)}__snapshot__/${path.slice(cut)}${snapshotId === '' ? '' : `_${snapshotId}`}.snap`;
};

/** What a chart was rendered to, for a test. */
interface Output {
  readonly documents: ReadonlyMap<string, readonly Document[]>;
  /** Paths of all that was rendered, of any kind. */
  readonly paths: readonly string[];
  readonly succeeded: boolean;
  /** Why there is nothing. */
  readonly error?: string;
}

class Runner {
  private readonly chart: Chart;
  private readonly ports: UnittestPorts;
  private readonly options: UnittestOptions;
  private readonly renderers = new Map<string, Promise<TestRenderer>>();
  private readonly manifests = new Manifests();
  private readonly texts = new Map<string, GoMap>();

  constructor(chart: Chart, ports: UnittestPorts, options: UnittestOptions) {
    this.chart = chart;
    this.ports = ports;
    this.options = options;
  }

  async suite(suite: Suite): Promise<SuiteResult> {
    const about = { name: suite.name, path: suite.path };
    const file = snapshotPath(suite);
    let snapshots: Snapshots;
    try {
      snapshots = new Snapshots(this.ports.readText(file), this.options.updateSnapshots === true);
    } catch (e) {
      const none = { total: 0, failed: 0, created: 0, vanished: 0 };
      return { ...about, passed: false, skipped: false, error: messageOf(e), tests: [], snapshots: none };
    }
    const tests: TestResult[] = [];
    let passed = true;
    for (const test of suite.tests) {
      const result = await this.test(test, suite, snapshots);
      tests.push(result);
      if (!result.skipped) passed &&= result.passed;
      if (!passed && this.options.failFast) break;
    }
    // What a test that was not reached has is not gone.
    const isWhole =
      tests.length === suite.tests.length && tests.every(({ skipped, error }) => !skipped && error === undefined);
    const text = snapshots.text(isWhole);
    if (text !== undefined) this.ports.writeText(file, text);
    return {
      ...about,
      passed,
      skipped: tests.every((test) => test.skipped && !test.passed),
      tests,
      snapshots: snapshots.counts(),
    };
  }

  private async test(test: Test, suite: Suite, snapshots: Snapshots): Promise<TestResult> {
    const started = this.ports.clock();
    const ended = (result: Partial<TestResult>): TestResult => ({
      name: test.name,
      passed: false,
      skipped: false,
      assertions: [],
      ...result,
      milliseconds: this.ports.clock() - started,
    });
    if (suite.skip !== '' || test.skip !== '') return ended({ skipped: true });
    try {
      const output = await this.output(test, suite);
      const assertions = this.assertions(test, suite, output, snapshots);
      const skipped = assertions.length > 0 && assertions.every((one) => one.skipped !== undefined);
      const passed = assertions.every((one) => one.passed);
      return ended({ passed, skipped, assertions, ...(output.error !== undefined && { error: output.error }) });
    } catch (e) {
      return ended({ error: messageOf(e) });
    }
  }

  /** What the chart is rendered to; throws what no assertion can ask for. */
  private async output(test: Test, suite: Suite): Promise<Output> {
    const values = this.valuesOf(test, suite);
    const wantsSuccess = test.assertions.every(({ wantsFailure }) => !wantsFailure);
    let files: Readonly<Record<string, string>>;
    try {
      const name = test.release.name || suite.release.name;
      if (name !== '') validateReleaseName(name);
      const renderer = await this.renderer(
        test.chart.version || suite.chart.version,
        test.chart.appVersion || suite.chart.appVersion,
      );
      ({ files } = renderer.render({ ...this.input(test, suite), values }));
    } catch (e) {
      if (!(e instanceof Error)) throw e;
      const failure = wantsSuccess ? undefined : failureOf(e);
      if (failure === undefined) return { documents: new Map(), paths: [], succeeded: false, error: e.message };
      const paths = isPartial(failure.path)
        ? templatesOf(suite).map((template) => templatePath(suite.route, template))
        : [failure.path];
      const documents = new Map(paths.map((path) => [path, [{ raw: failure.message }]]));
      return { documents, paths, succeeded: false };
    }
    return this.read(await this.postRendered(files, test.postRenderer ?? suite.postRenderer), suite);
  }

  private read(files: Readonly<Record<string, string>>, suite: Suite): Output {
    const documents = new Map<string, readonly Document[]>();
    const paths: string[] = [];
    const root = this.chart.metadata.name;
    const crds = suite.includeCrds
      ? crdsOf(this.chart).map(({ path, file }): [string, string] => [path, fromBytes(file.data)])
      : [];
    for (const [path, text] of [...crds, ...Object.entries(files)]) {
      const read = this.manifests.read(path, text);
      paths.push(path);
      if (read !== undefined) documents.set(path.startsWith(root) ? path : `${root}/${path}`, read);
    }
    return { documents, paths, succeeded: true };
  }

  private renderer(version: string, appVersion: string): Promise<TestRenderer> {
    const key = JSON.stringify([version, appVersion]);
    let renderer = this.renderers.get(key);
    if (renderer === undefined) {
      renderer = this.ports.createRenderer(
        version + appVersion === '' ? this.chart : versioned(this.chart, version, appVersion),
      );
      this.renderers.set(key, renderer);
    }
    return renderer;
  }

  private input(test: Test, suite: Suite): Omit<RenderInput, 'chart' | 'world'> {
    const isNamed = namesPath(suite.route, templatesOf(suite));
    const isExcluded = namesPath(suite.route, suite.excludeTemplates);
    const objects = [...test.objects, ...suite.objects];
    const isUpgrade = test.release.upgrade || suite.release.upgrade;
    return {
      release: {
        name: test.release.name || suite.release.name || 'RELEASE-NAME',
        namespace: test.release.namespace || suite.release.namespace || 'NAMESPACE',
        revision: test.release.revision || suite.release.revision,
        isUpgrade,
      },
      capabilities: capabilitiesOf(test, suite),
      anyKubeVersion: true,
      skipSchemaValidation: this.options.skipSchemaValidation === true,
      only: (path) => isNamed(path) && !isExcluded(path),
      lookup: lookupIn(objects),
    };
  }

  /** Files, then what suites set, then what tests set; those of a subchart stand under its name. */
  private valuesOf(test: Test, suite: Suite): GoMap {
    const names = suite.route
      .split('/')
      .filter((_, i) => i % 2 === 0)
      .slice(1);
    let values = newMap();
    const add = (more: GoMap): void => {
      values = mergeTables(scoped(more, names), values);
    };
    const folder = suite.path.slice(0, suite.path.lastIndexOf('/') + 1);
    const isAbsolute = (path: string): boolean => path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path);
    for (const path of [...suite.values, ...(this.options.values ?? []), ...test.values]) {
      add(this.file(isAbsolute(path) ? path : cleanPath(`${folder}${path}`), path));
    }
    for (const set of [suite.set, test.set]) {
      for (const path of Object.keys(set)) add(valueAtPath(path, this.asValue(set[path])));
    }
    return values;
  }

  private readonly asValue = (value: unknown): unknown => withFloats(value, this.chart.pack !== undefined);

  private file(path: string, name: string): GoMap {
    let values = this.texts.get(path);
    if (values === undefined) {
      const text = this.ports.readText(path);
      if (text === undefined) throw new UnittestError('SUITE_INVALID', `open ${path}: no such file or directory`);
      let read: unknown;
      try {
        read = this.asValue(decodeYamlExact(text)) ?? newMap();
      } catch (e) {
        throw new UnittestError('SUITE_INVALID', `failed to parse ${name}: ${messageOf(e)}`, { cause: e });
      }
      if (!isMap(read)) throw new UnittestError('SUITE_INVALID', `failed to parse ${name}: values are a map`);
      values = read;
      this.texts.set(path, values);
    }
    return values;
  }

  private async postRendered(
    files: Readonly<Record<string, string>>,
    renderer: PostRenderer | undefined,
  ): Promise<Readonly<Record<string, string>>> {
    if (renderer === undefined) return files;
    const { postRender } = this.ports;
    if (postRender === undefined) throw new UnittestError('SUITE_INVALID', 'post-renderers cannot be run here');
    const text = Object.keys(files)
      .sort()
      .map((path) => `${FILE_MARK} ${path}\n${(files[path] as string).trim()}\n`)
      .join('');
    const changed = await postRender(renderer, text);
    const blocks = changed.split(/^(?=---\n#### file: )/m).filter((block) => block.startsWith(FILE_MARK));
    if (blocks.length === 0) return { 'manifest.yaml': changed };
    return Object.fromEntries(
      blocks.map((block) => {
        const [head = '', ...lines] = block.slice(FILE_MARK.length + 1).split('\n');
        return [head, lines.join('\n')];
      }),
    );
  }

  private assertions(test: Test, suite: Suite, output: Output, snapshots: Snapshots): AssertionResult[] {
    const results: AssertionResult[] = [];
    let compared = 0;
    for (const [index, assertion] of test.assertions.entries()) {
      const result = checkAssertion(assertion, test, suite, output, {
        failFast: this.options.failFast === true,
        compare: (content, patterns) => snapshots.compare(test.name, ++compared, content, patterns),
      });
      results.push({ index, type: assertion.type, not: assertion.not, ...result });
      if (!result.passed && this.options.failFast) break;
    }
    return results;
  }
}

const FILE_MARK = '---\n#### file:';

const messageOf = (e: unknown): string => (e instanceof Error ? e.message : String(e));

const templatesOf = ({ templates }: Suite): readonly string[] => (templates.length > 0 ? templates : ['**']);

function scoped(values: GoMap, names: readonly string[]): GoMap {
  return names.toReversed().reduce((inner, name) => {
    const outer = newMap();
    if (Object.hasOwn(inner, 'global')) outer.global = inner.global;
    outer[name] = inner;
    return outer;
  }, values);
}

/** The version is that of subcharts too. */
function versioned(chart: Chart, version: string, appVersion: string): Chart {
  const stamped = (one: Chart): Chart => ({
    ...one,
    metadata: { ...one.metadata, ...(version !== '' && { version }), ...(appVersion !== '' && { appVersion }) },
  });
  const { metadata, ...root } = stamped(chart);
  // What names a subchart still does.
  const dependencies = metadata.dependencies?.map((one) => (version === '' ? one : { ...one, version }));
  return {
    ...root,
    metadata: { ...metadata, ...(dependencies !== undefined && { dependencies }) },
    dependencies: chart.dependencies.map(stamped),
  };
}

function capabilitiesOf(test: Test, suite: Suite): Capabilities {
  const { kubeVersion } = OFFLINE_CAPABILITIES;
  const major = test.capabilities.majorVersion || suite.capabilities.majorVersion || kubeVersion.major;
  const minor = test.capabilities.minorVersion || suite.capabilities.minorVersion || kubeVersion.minor;
  const version = `v${major}.${minor}.0`;
  const stated = test.capabilities.apiVersions;
  return {
    ...OFFLINE_CAPABILITIES,
    kubeVersion: { version, normalized: version, major, minor },
    apiVersions: stated === null ? [] : [...(stated ?? []), ...(suite.capabilities.apiVersions ?? [])],
  };
}

const lookupIn =
  (objects: readonly GoMap[]): Lookup =>
  (apiVersion, kind, namespace, name) => {
    const found = objects.filter((object) => {
      const metadata = isMap(object.metadata) ? object.metadata : newMap();
      const isAt = (key: string, wanted: string): boolean => wanted === '' || metadata[key] === wanted;
      return (
        object.apiVersion === apiVersion && object.kind === kind && isAt('namespace', namespace) && isAt('name', name)
      );
    });
    if (name !== '') return found[0] ?? newMap();
    if (objects.length === 0) return newMap();
    const metadata = Object.assign(newMap(), { continue: '', resourceVersion: '' });
    return Object.assign(newMap(), { apiVersion, kind: `${kind}List`, metadata, items: found });
  };

function checkAssertion(
  assertion: Assertion,
  test: Test,
  suite: Suite,
  output: Output,
  how: Pick<Parameters<Assertion['check']>[0], 'failFast' | 'compare'>,
): Pick<AssertionResult, 'passed' | 'info' | 'skipped'> {
  const { succeeded } = output;
  const isMeant = succeeded !== assertion.wantsFailure;
  const run = (documents: readonly Document[], selected: readonly Document[]) =>
    assertion.check({ ...how, documents, selected, negative: assertion.negative, renderError: output.error });
  const templates = templatesFor(assertion, test, suite, output);
  try {
    const all = new Map(templates.map((path) => [path, output.documents.get(path) ?? []]));
    const selector = assertion.documentSelector ?? test.documentSelector;
    const chosen = selectDocuments(all, test.documentIndex ?? assertion.documentIndex, selector);
    if (chosen.size === 0) {
      if (test.documentSelector?.skipEmptyTemplates) return { passed: true, info: [], skipped: SKIPPED };
      return isMeant ? run([], []) : { passed: false, info: ['Error: rendered manifest is empty'] };
    }
    const info: string[] = [];
    let passed = true;
    for (const path of [...chosen.keys()].sort()) {
      const documents = output.documents.get(path);
      if (documents === undefined && !assertion.wantsFailure) {
        passed = false;
        info.push('Error:', `\ttemplate "${path}" not exists or not selected in test suite`);
        continue;
      }
      const outcome = isMeant
        ? run(documents ?? [], chosen.get(path) ?? [])
        : {
            passed: false,
            info: [
              documents?.[0] === undefined || succeeded
                ? 'Error: rendered manifest is empty'
                : `Error: Invalid rendering: ${documents[0].raw}`,
            ],
          };
      if (outcome.passed) continue;
      passed = false;
      info.push(`Template:\t${path}`, ...outcome.info);
    }
    return { passed, info };
  } catch (e) {
    if (!(e instanceof UnittestError)) throw e;
    return { passed: false, info: ['Error:', e.message] };
  }
}

const SKIPPED = "skipped as 'documentSelector.skipEmptyTemplates: true' and 'selectedTemplates: empty'";

/** The paths that an assertion is for: its own, its test's, its suite's, or all. */
function templatesFor(assertion: Assertion, test: Test, suite: Suite, { paths }: Output): readonly string[] {
  // A post-renderer may make one text of all.
  if (paths.length === 1 && paths[0] === 'manifest.yaml') return [`${suite.route.split('/')[0]}/manifest.yaml`];
  const named = assertion.template !== '' ? [assertion.template] : test.templates;
  if (named.length > 0) return named.map((name) => templatePath(suite.route, name));
  const templates = templatesOf(suite);
  if (templates.some((name) => name.includes('*'))) return [...paths];
  return templates.map((name) => templatePath(suite.route, name));
}
