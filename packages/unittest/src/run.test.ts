import { parseChart } from '@pack/core';
import { createRenderer } from '@pack/engine';
import { describe, expect, test } from 'vitest';

import { createCoverage } from './coverage.ts';
import type { SuiteResult, TestResult } from './result.ts';
import { runSuites, type UnittestOptions, type UnittestPorts } from './run.ts';
import { readSuites } from './suite.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const CHART = parseChart(
  Object.entries({
    'Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.2.3\nappVersion: "9"\nkubeVersion: ">=1.20"\n',
    'values.yaml': 'image: {tag: stable, port: 80}\nhosts: [a, b]\n',
    'templates/_helpers.tpl': '{{ define "fails" }}{{ fail "from a helper" }}{{ end }}',
    'templates/deployment.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}-web
  namespace: {{ .Release.Namespace }}
  annotations: {a.b/c: "yes", version: {{ .Chart.Version }}}
spec:
  replicas: 2
  ratio: 0.5
  hosts: {{ toJson .Values.hosts }}
  empty: []
  nothing:
  secret: {{ "hello" | b64enc }}
  ports:
    - {name: http, port: {{ .Values.image.port }}}
    - {name: admin, port: 9000}
  image: web:{{ .Values.image.tag }}
`,
    'templates/two.yaml': 'kind: A\nmetadata: {name: one}\n---\nkind: B\nmetadata: {name: two}\n',
    'templates/maybe.yaml': '{{ if .Values.maybe }}kind: Maybe\nn: {{ .Release.Revision }}{{ else }}{{ end }}',
    'templates/check.yaml': '{{ required "a color is needed" .Values.color }}',
    'templates/helper.yaml': '{{ include "fails" . }}',
    'templates/broken.yaml': '{{.Values.a.b.c}}',
    'templates/indented.yaml': '           {{ .Values.a.b.c }}',
    'templates/look.yaml':
      'found: {{ lookup "v1" "Secret" "x" "y" | toJson }}\nall: {{ lookup "v1" "Secret" "" "" | toJson }}',
    'templates/caps.yaml':
      'minor: {{ .Capabilities.KubeVersion.Minor | quote }}\nhas: {{ .Capabilities.APIVersions.Has "x/v1" }}\nupgrade: {{ .Release.IsUpgrade }}',
    'templates/NOTES.txt': '\n\nHello {{ .Release.Name }}   \n',
    'crds/crd.yaml': 'kind: CustomResourceDefinition\n',
  }).map(([name, text]) => ({ name, data: bytes(text) })),
);

interface World {
  readonly files?: Record<string, string>;
  readonly options?: UnittestOptions;
  readonly ports?: Partial<UnittestPorts>;
}

async function run(suite: string, { files = {}, options = {}, ports = {} }: World = {}): Promise<SuiteResult[]> {
  const all: UnittestPorts = {
    createRenderer,
    readText: (path) => files[path],
    writeText: (path, text) => {
      files[path] = text;
    },
    clock: () => 0,
    ...ports,
  };
  const results: SuiteResult[] = [];
  for await (const result of runSuites(
    CHART,
    readSuites('tests/x_test.yaml', suite, { route: 'shop' }),
    all,
    options,
  )) {
    results.push(result);
  }
  return results;
}

const one = async (suite: string, world?: World): Promise<TestResult> =>
  (await run(suite, world))[0]?.tests[0] as TestResult;

const asserting = (asserts: string, head = 'templates: [deployment.yaml]'): string =>
  `${head}\ntests:\n  - it: t\n    asserts:\n      - ${asserts}\n`;

describe('assertions', () => {
  const cases: [assertion: string, passed: boolean][] = [
    ['equal: {path: kind, value: Deployment}', true],
    ['equal: {path: kind, value: Pod}', false],
    ['equal: {path: spec.replicas, value: 2}', true],
    ['equal: {path: spec.replicas, value: 2.0}', false],
    ['equal: {path: spec.replicas, value: "2"}', false],
    ['equal: {path: spec.missing, value: 2}', false],
    ['equal: {path: "spec.ports[0]", value: {port: 80, name: http}}', true],
    ['equal: {path: spec.secret, value: hello, decodeBase64: true}', true],
    ['equal: {path: spec.image, value: hello, decodeBase64: true}', false],
    ['notEqual: {path: kind, value: Pod}', true],
    ['notEqual: {path: spec.missing, value: Pod}', true],
    ['{equal: {path: kind, value: Pod}, not: true}', true],
    ['{notEqual: {path: kind, value: Pod}, not: true}', false],
    ['equal: {path: "spec[", value: 1}', false],
    ['greaterOrEqual: {path: spec.replicas, value: 2}', true],
    ['greaterOrEqual: {path: spec.replicas, value: 3}', false],
    ['greaterOrEqual: {path: spec.replicas, value: "1"}', false],
    ['lessOrEqual: {path: spec.ratio, value: 0.5}', true],
    ['lessOrEqual: {path: spec.image, value: "a"}', false],
    ['lessOrEqual: {path: spec.ports, value: []}', false],
    ['notLessOrEqual: {path: spec.replicas, value: 1}', true],
    ['notLessOrEqual: {path: spec.replicas, value: 5}', false],
    ['notGreaterOrEqual: {path: spec.replicas, value: 1}', true],
    ['exists: {path: spec.nothing}', true],
    ['exists: {path: spec.missing}', false],
    ['notExists: {path: spec.missing}', true],
    ['isNull: {path: spec.missing}', true],
    ['isNotNull: {path: spec.image}', true],
    ['isNullOrEmpty: {path: spec.empty}', true],
    ['isNullOrEmpty: {path: spec.nothing}', true],
    ['isNullOrEmpty: {path: spec.image}', false],
    ['isEmpty: {path: spec.missing}', false],
    ['isNotEmpty: {path: spec.image}', true],
    ['isNotNullOrEmpty: {path: spec.empty}', false],
    ['matchRegex: {path: metadata.name, pattern: -web$}', true],
    ['matchRegex: {path: metadata.name, pattern: ^web}', false],
    ['matchRegex: {path: spec.replicas, pattern: "2"}', false],
    ['matchRegex: {path: metadata.name, pattern: "("}', false],
    ['matchRegex: {path: metadata.name}', false],
    ['matchRegex: {path: spec.secret, pattern: ^hello$, decodeBase64: true}', true],
    ['notMatchRegex: {path: metadata.name, pattern: ^web}', true],
    ['contains: {path: spec.hosts, content: b}', true],
    ['contains: {path: spec.hosts, content: c}', false],
    ['contains: {path: spec.hosts, content: b, count: 1}', true],
    ['contains: {path: spec.hosts, content: b, count: 2}', false],
    ['contains: {path: spec.ports, content: {name: admin}}', false],
    ['contains: {path: spec.ports, content: {name: admin}, any: true}', true],
    ['contains: {path: spec.image, content: b}', false],
    ['notContains: {path: spec.hosts, content: c}', true],
    ['notContains: {path: spec.missing, content: c}', true],
    ['isSubset: {path: metadata, content: {name: RELEASE-NAME-web}}', true],
    ['isSubset: {path: metadata, content: {name: x}}', false],
    ['isSubset: {path: spec.hosts, content: {name: x}}', false],
    ['isNotSubset: {path: metadata, content: {name: x}}', true],
    ['isType: {path: spec.replicas, type: int}', true],
    ['isType: {path: spec.ratio, type: float64}', true],
    ['isType: {path: spec.hosts, type: "[]interface {}"}', true],
    ['isType: {path: metadata, type: "map[string]interface {}"}', true],
    ['isType: {path: spec.nothing, type: string}', false],
    ['isNotType: {path: kind, type: int}', true],
    ['lengthEqual: {path: spec.hosts, count: 2}', true],
    ['lengthEqual: {path: spec.hosts, count: 3}', false],
    ['lengthEqual: {paths: [spec.hosts, spec.ports]}', true],
    ['lengthEqual: {paths: [spec.hosts, spec.empty]}', false],
    ['lengthEqual: {path: spec.hosts}', false],
    ['lengthEqual: {path: spec.hosts, paths: [spec.hosts], count: 1}', false],
    ['notLengthEqual: {path: spec.hosts, count: 3}', true],
    ['isKind: {of: Deployment}', true],
    ['isKind: {of: Pod}', false],
    ['isAPIVersion: {of: apps/v1}', true],
    ['{isAPIVersion: {of: v1}, not: true}', true],
    ['hasDocuments: {count: 1}', true],
    ['hasDocuments: {count: 2}', false],
    ['{hasDocuments: {count: 2}, not: true}', true],
    ['containsDocument: {kind: Deployment, apiVersion: apps/v1, name: RELEASE-NAME-web}', true],
    ['containsDocument: {kind: Deployment, apiVersion: apps/v1, namespace: other}', false],
    ['{containsDocument: {kind: Pod, apiVersion: v1}, not: true}', true],
    ['notFailedTemplate: {}', true],
    ['failedTemplate: {}', false],
    ['matchSnapshot: {path: spec}', true],
    ['matchSnapshot: {path: spec, matchRegex: {pattern: "image: web"}}', true],
    ['matchSnapshot: {path: spec, notMatchRegex: {pattern: "image: web"}}', false],
    ['{isKind: {of: B}, template: two.yaml, documentIndex: 1}', true],
    ['{isKind: {of: B}, template: other.yaml}', false],
  ];
  test.each(cases)('%s', async (assertion, passed) => {
    const isPlaced = assertion.includes('template:');
    const suite = asserting(assertion, 'templates: [deployment.yaml, two.yaml]');
    const result = await one(isPlaced ? suite : suite.replace('asserts:', 'template: deployment.yaml\n    asserts:'));
    expect(result.error).toBeUndefined();
    expect(result.assertions.map((assertion) => assertion.passed)).toEqual([passed]);
    expect(result.passed).toBe(passed);
  });

  const raw: [assertion: string, passed: boolean][] = [
    ['equalRaw: {value: "Hello RELEASE-NAME\\n"}', true],
    ['equalRaw: {value: Hello}', false],
    ['notEqualRaw: {value: Hello}', true],
    ['matchRegexRaw: {pattern: ^Hello}', true],
    ['notMatchRegexRaw: {pattern: ^Bye}', true],
    ['matchSnapshotRaw: {}', true],
  ];
  test.each(raw)('of notes: %s', async (assertion, passed) => {
    expect((await one(asserting(assertion, 'templates: [NOTES.txt]'))).passed).toBe(passed);
  });

  test('tells what was expected and what was there', async () => {
    const result = await one(asserting('equal: {path: spec.image, value: web:latest}'));
    expect(result.assertions[0]?.info).toEqual([
      'Template:\tshop/templates/deployment.yaml',
      'DocumentIndex:\t0',
      'ValuesIndex:\t0',
      'Path:\tspec.image',
      'Expected to equal:',
      '\tweb:latest',
      'Actual:',
      '\tweb:stable',
      'Diff:',
      '\t--- Expected',
      '\t+++ Actual',
      '\t@@ -1,2 +1,2 @@',
      '\t-web:latest',
      '\t+web:stable',
    ]);
  });
});

describe('templates that fail', () => {
  const cases: [template: string, assertion: string, passed: boolean][] = [
    ['check.yaml', 'failedTemplate: {}', true],
    ['check.yaml', 'failedTemplate: {errorMessage: a color is needed}', true],
    ['check.yaml', 'failedTemplate: {errorMessage: another}', false],
    ['check.yaml', 'failedTemplate: {errorPattern: ^a .*needed$}', true],
    ['check.yaml', 'failedTemplate: {errorPattern: "(needed"}', false],
    ['check.yaml', 'failedTemplate: {errorMessage: a, errorPattern: b}', false],
    ['check.yaml', 'notFailedTemplate: {}', false],
    ['check.yaml', 'isKind: {of: x}', false],
    ['helper.yaml', 'failedTemplate: {errorMessage: from a helper}', true],
    ['broken.yaml', 'failedTemplate: {errorMessage: "nil pointer evaluating interface {}.b"}', true],
    ['broken.yaml', 'failedTemplate: {errorPattern: "^nil pointer"}', true],
    ['indented.yaml', 'failedTemplate: {errorPattern: "^nil pointer"}', false],
    ['indented.yaml', 'failedTemplate: {errorPattern: "^executing .*indented.yaml.* nil pointer"}', true],
    ['broken.yaml', 'failedTemplate: {errorPattern: "interface {}."}', true],
  ];
  test.each(cases)('%s: %s', async (template, assertion, passed) => {
    expect((await one(asserting(assertion, `templates: [${template}]`))).passed).toBe(passed);
  });
});

describe('settings', () => {
  const file = 'image: {tag: file}\nhosts: null\n';
  const cases: [name: string, suite: string][] = [
    [
      'set of a test beats that of its suite',
      'set: {image.tag: a}\ntests:\n- set: {image.tag: b}\n  template: deployment.yaml\n  asserts: [{equal: {path: spec.image, value: web:b}}]',
    ],
    [
      'set beats files',
      'values: [values/a.yaml]\ntests:\n- set: {image.tag: b}\n  template: deployment.yaml\n  asserts: [{equal: {path: spec.image, value: web:b}}]',
    ],
    [
      'files are found from the suite',
      'tests:\n- values: [./values/a.yaml]\n  template: deployment.yaml\n  asserts: [{equal: {path: spec.image, value: web:file}}]',
    ],
    [
      'null takes a default away',
      'values: [values/a.yaml]\ntests:\n- template: deployment.yaml\n  asserts: [{equal: {path: spec.hosts, value: null}}]',
    ],
    [
      'release',
      'release: {name: mine, revision: 3, upgrade: true}\ntests:\n- release: {namespace: there}\n  set: {maybe: true}\n  asserts:\n  - {equal: {path: metadata.name, value: mine-web}, template: deployment.yaml}\n  - {equal: {path: metadata.namespace, value: there}, template: deployment.yaml}\n  - {equal: {path: n, value: 3}, template: maybe.yaml}\n  - {equal: {path: upgrade, value: true}, template: caps.yaml}',
    ],
    [
      'chart',
      'chart: {version: 7.7.7}\ntests:\n- template: deployment.yaml\n  asserts: [{equal: {path: metadata.annotations.version, value: 7.7.7}}]',
    ],
    [
      'capabilities',
      'capabilities: {majorVersion: 1, minorVersion: 15, apiVersions: [x/v1]}\ntests:\n- template: caps.yaml\n  asserts: [{equal: {path: minor, value: "15"}}, {equal: {path: has, value: true}}]',
    ],
    [
      'capabilities taken away',
      'capabilities: {apiVersions: [x/v1]}\ntests:\n- capabilities: {apiVersions: }\n  template: caps.yaml\n  asserts: [{equal: {path: has, value: false}}]',
    ],
    [
      'lookup',
      'kubernetesProvider: {objects: [{apiVersion: v1, kind: Secret, metadata: {name: y, namespace: x}, data: {n: 1}}]}\ntests:\n- template: look.yaml\n  asserts: [{equal: {path: found.data.n, value: 1}}, {lengthEqual: {path: all.items, count: 1}}]',
    ],
    [
      'nothing to look up',
      'tests:\n- template: look.yaml\n  asserts: [{equal: {path: found, value: {}}}, {equal: {path: all, value: {}}}]',
    ],
    [
      'all documents',
      'templates: [two.yaml]\ntests:\n- asserts: [{hasDocuments: {count: 2}}, {exists: {path: metadata.name}}]',
    ],
    ['documentIndex', 'templates: [two.yaml]\ntests:\n- documentIndex: 1\n  asserts: [{isKind: {of: B}}]'],
    [
      'documentSelector',
      'templates: [two.yaml]\ntests:\n- documentSelector: {path: metadata.name, value: two}\n  asserts: [{isKind: {of: B}}, {hasDocuments: {count: 1, filterAware: true}}]',
    ],
    [
      'matchMany',
      'templates: [two.yaml]\ntests:\n- documentSelector: {path: kind, matchMany: true}\n  asserts: [{exists: {path: metadata}}]',
    ],
    [
      'skipEmptyTemplates',
      'templates: [two.yaml]\ntests:\n- documentSelector: {path: nowhere, skipEmptyTemplates: true}\n  asserts: [{isKind: {of: X}}]',
    ],
    ['wildcards', 'templates: ["t*o.yaml"]\ntests:\n- documentIndex: 0\n  asserts: [{isKind: {of: A}}]'],
    [
      'excluded',
      'excludeTemplates: ["[a-z]", check.yaml, helper.yaml, broken.yaml, indented.yaml, caps.yaml, look.yaml, deployment.yaml, NOTES.txt, maybe.yaml]\ntests:\n- documentIndex: 0\n  asserts: [{isKind: {of: A}}]',
    ],
    [
      'definitions',
      'templates: [crds/crd.yaml]\nincludeCrds: true\ntests:\n- asserts: [{isKind: {of: CustomResourceDefinition}}]',
    ],
    [
      'single backslashes',
      'templates: [two.yaml]\ntests:\n- template: two.yaml\n  asserts: [{matchRegex: {path: metadata.name, pattern: "\\w+"}}]',
    ],
  ];
  test.each(cases)('%s', async (_, suite) => {
    const text = /^templates|^excludeTemplates/.test(suite)
      ? suite
      : `templates: [deployment.yaml, maybe.yaml, caps.yaml, look.yaml]\n${suite}`;
    const [result] = await run(text, { files: { 'tests/values/a.yaml': file } });
    expect(
      result?.tests.flatMap((test) => [test.error ?? '', ...test.assertions.flatMap(({ info }) => info)]).join(''),
    ).toBe('');
    expect(result?.passed).toBe(true);
  });

  test('a values file that is not there', async () => {
    const result = await one(asserting('isKind: {of: x}', 'values: [no.yaml]'));
    expect(result.error).toBe('open tests/no.yaml: no such file or directory');
  });

  test('skipped', async () => {
    const [suite] = await run(asserting('isKind: {of: x}', 'skip: {reason: later}'));
    expect(suite).toMatchObject({ skipped: true, passed: true, tests: [{ skipped: true }] });
  });

  test('a later format', async () => {
    const [suite] = await run(asserting('isKind: {of: x}', 'skip: {minimumVersion: 99.0.0}'));
    expect(suite?.skipped).toBe(true);
  });

  test('the first failure ends it', async () => {
    const failing = asserting('isKind: {of: x}');
    const results = await run(`${failing}---\n${failing}`, { options: { failFast: true } });
    expect(results.length).toBe(1);
  });

  test('what a post-renderer makes', async () => {
    const suite = `postRenderer: {cmd: sed, args: [x]}\n${asserting('isKind: {of: Changed}', 'templates: [deployment.yaml]')}`;
    const postRender = async (_: unknown, text: string): Promise<string> => text.replace('Deployment', 'Changed');
    expect((await one(suite, { ports: { postRender } })).passed).toBe(true);
    expect((await one(suite)).error).toBe('post-renderers cannot be run here');
    const whole = async (): Promise<string> => 'kind: Changed\n';
    expect((await one(suite, { ports: { postRender: whole } })).passed).toBe(true);
  });
});

describe('snapshots', () => {
  const suite = asserting('matchSnapshot: {path: spec.ports}');
  const FILE = 'tests/__snapshot__/x_test.yaml.snap';
  const text = 't:\n  1: |\n    - name: http\n      port: 80\n    - name: admin\n      port: 9000\n';

  test('are kept, and then compared', async () => {
    const files: Record<string, string> = {};
    expect((await run(suite, { files }))[0]?.snapshots).toEqual({ total: 1, failed: 0, created: 1, vanished: 0 });
    expect(files[FILE]).toBe(text);
    expect((await run(suite, { files }))[0]?.passed).toBe(true);
    const changed = `set: {image.port: 81}\n${suite}`;
    const [result] = await run(changed, { files });
    expect(result).toMatchObject({ passed: false, snapshots: { total: 1, failed: 1, created: 0 } });
    expect(files[FILE]).toBe(text);
    await run(changed, { files, options: { updateSnapshots: true } });
    expect(files[FILE]).toBe(text.replace('80', '81'));
  });

  test('those that nobody asks for go, unless a test did not come to it', async () => {
    const files = { [FILE]: `${text}gone:\n  1: |\n    x\n` };
    await run(asserting('matchSnapshot: {path: spec.ports}', 'values: [no.yaml]'), { files });
    expect(files[FILE]).toContain('gone');
    await run(suite, { files });
    expect(files[FILE]).toBe(text);
  });

  test('a file that is none', async () => {
    expect((await run(suite, { files: { [FILE]: 'a: [' } }))[0]?.error).toContain('yaml:');
    expect((await run(suite, { files: { [FILE]: 'a: 1' } }))[0]?.error).toBe('snapshots of "a" are no map');
  });
});

describe('coverage', () => {
  test('branches that no test entered', async () => {
    const coverage = createCoverage(CHART);
    const ports = {
      createRenderer: (chart: typeof CHART) => createRenderer(chart, undefined, { observe: coverage.observe }),
    };
    await run(asserting('isKind: {of: Maybe}', 'templates: [maybe.yaml]\nset: {maybe: true}'), { ports });
    expect(coverage.report()).toEqual([
      {
        path: 'shop/templates/maybe.yaml',
        branches: 2,
        entered: 1,
        missed: [{ path: 'shop/templates/maybe.yaml', line: 2, column: 30, kind: 'else' }],
      },
    ]);
  });
});
