import { describe, expect, test } from 'vitest';

import { writeArchive } from './archive.ts';
import type { Chart, ChartFile } from './chart.ts';
import { crdsOf, walkCharts } from './chart.ts';
import { ChartError } from './error.ts';
import { decodeMetadata, encodeLock, encodeMetadata, validateMetadata } from './metadata.ts';
import { loadArchive, loadChart, parseChart } from './parse.ts';

const bytes = (content: string): Uint8Array => new TextEncoder().encode(content);
const files = (contents: Record<string, string | Uint8Array>): ChartFile[] =>
  Object.entries(contents).map(([name, data]) => ({ name, data: typeof data === 'string' ? bytes(data) : data }));

const CHART = 'apiVersion: v2\nname: c\nversion: 1.0.0\n';
const SUB = 'apiVersion: v2\nname: s\nversion: 0.1.0\n';

const message = (act: () => unknown): string => {
  try {
    act();
  } catch (e) {
    if (e instanceof Error) return e.message;
    throw e;
  }
  throw new Error('no error');
};

const rejection = async (promise: Promise<unknown>): Promise<string> => {
  try {
    await promise;
  } catch (e) {
    if (e instanceof ChartError) return e.message;
    throw e;
  }
  throw new Error('no error');
};

const parsed = (contents: Record<string, string>): Chart => parseChart(files({ 'Chart.yaml': CHART, ...contents }));
const names = (list: readonly ChartFile[]): string[] => list.map(({ name }) => name);

test('files are told apart by where they are', () => {
  const chart = parsed({
    'values.yaml': 'a: 1\n---\na: 2\nb: 3',
    'values.schema.json': '{}',
    'templates/a.yaml': '',
    'templates/sub/_b.tpl': '',
    'crds/x.yaml': '',
    'crds/x.txt': '',
    'README.md': '',
    'charts/s/Chart.yaml': SUB,
    'charts/s/crds/y.JSON': '',
    'charts/s-1.tgz.prov': '',
    'charts/_old/Chart.yaml': 'broken: [',
    'charts/.DS_Store': '',
  });
  expect(chart.values).toEqual({ a: 2, b: 3 });
  expect(names(chart.templates)).toEqual(['templates/a.yaml', 'templates/sub/_b.tpl']);
  expect(names(chart.files)).toEqual(['crds/x.yaml', 'crds/x.txt', 'README.md', 'charts/s-1.tgz.prov']);
  expect([...walkCharts(chart)].map(({ path }) => path)).toEqual(['c', 'c/charts/s']);
  expect(crdsOf(chart).map(({ path }) => path)).toEqual(['c/crds/x.yaml', 'c/charts/s/crds/y.JSON']);
});

test('subcharts come in the order of their folders', () => {
  const chart = parsed({ 'charts/z/Chart.yaml': SUB, 'charts/a/Chart.yaml': SUB.replace('s\n', 'q\n') });
  expect(chart.dependencies.map(({ metadata }) => metadata.name)).toEqual(['q', 's']);
});

test('a v1 chart has its dependencies in a file of their own', () => {
  const warnings: string[] = [];
  const chart = parseChart(
    files({
      'Chart.yaml': 'name: c\nversion: 1\n',
      'requirements.yaml': 'dependencies: [{name: s, version: 1.10, repository: r}]',
      'requirements.lock': 'digest: 12\ngenerated: 2020-01-01T00:00:00.50Z\ndependencies: [{name: s, version: 1.1}]',
    }),
    { warn: (warning) => warnings.push(warning) },
  );
  expect(chart.metadata).toMatchObject({
    apiVersion: 'v1',
    dependencies: [{ name: 's', version: '1.1', repository: 'r' }],
  });
  expect(chart.lock).toMatchObject({ digest: '12', dependencies: [{ name: 's', version: '1.1' }] });
  expect(names(chart.files)).toEqual(['requirements.yaml', 'requirements.lock']);
  expect(warnings).toEqual([]);
  expect(encodeMetadata(chart.metadata)).toBe(
    'apiVersion: v1\ndependencies:\n- name: s\n  repository: r\n  version: "1.1"\nname: c\nversion: "1"\n',
  );
  expect(encodeLock(chart.lock ?? {})).toContain('generated: "2020-01-01T00:00:00.5Z"');
});

test('in a v2 chart that file only warns', () => {
  const warnings: string[] = [];
  parseChart(files({ 'Chart.yaml': CHART, 'requirements.yaml': '{}' }), { warn: (warning) => warnings.push(warning) });
  expect(warnings).toEqual([
    'Warning: Dependencies are handled in Chart.yaml since apiVersion "v2". We recommend migrating dependencies to Chart.yaml.',
  ]);
});

test('a lock may hold what no chart may', () => {
  const { lock } = parsed({ 'Chart.lock': 'dependencies: [~, {version: 1}]' });
  expect(encodeLock(lock ?? {})).toContain('dependencies:\n- null\n- name: ""\n  repository: ""\n  version: "1"\n');
});

describe('packed subcharts', () => {
  const tgz = (contents: Record<string, string | Uint8Array>): Promise<Uint8Array> =>
    writeArchive(
      files(contents).map(({ name, data }) => ({ name: `x/${name}`, data })),
      new Date(0),
    );

  test('are unpacked, also within each other', async () => {
    const inner = await tgz({ 'Chart.yaml': SUB.replace('s\n', 'inner\n') });
    const outer = await tgz({ 'Chart.yaml': SUB, 'charts/inner-1.tgz': inner });
    const chart = await loadChart(files({ 'Chart.yaml': CHART, 'charts/s-0.1.0.tgz': outer }));
    expect([...walkCharts(chart)].map(({ path }) => path)).toEqual(['c', 'c/charts/s', 'c/charts/s/charts/inner']);
    expect((await loadArchive(outer)).metadata.name).toBe('s');
  });

  test('that are broken are named', async () => {
    const broken = files({ 'Chart.yaml': CHART, 'charts/s.tgz': 'text' });
    expect(await rejection(loadChart(broken))).toBe('error unpacking subchart s.tgz in c: EOF');
    expect(message(() => parseChart(broken))).toBe(
      'error unpacking subchart s.tgz in c: chart has a packed subchart that was not unpacked',
    );
  });

  test('must be files', () => {
    expect(message(() => parsed({ 'charts/s.tgz/Chart.yaml': SUB }))).toBe(
      'error unpacking subchart tar in c: expected s.tgz, got s.tgz/Chart.yaml',
    );
  });
});

test.each([
  ['no Chart.yaml', { 'values.yaml': '' }, 'Chart.yaml file is missing'],
  ['an empty one', { 'Chart.yaml': '' }, 'validation: chart.metadata.name is required'],
  [
    'one that is a list',
    { 'Chart.yaml': '[1]' },
    'cannot load Chart.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type v2.Metadata',
  ],
  [
    'broken values',
    { 'Chart.yaml': CHART, 'values.yaml': 'a: [' },
    'cannot load values.yaml: cannot unmarshal yaml document: error converting YAML to JSON: yaml: line 1: did not find expected node content',
  ],
  [
    'values that are no UTF-8',
    { 'Chart.yaml': CHART, 'values.yaml': Uint8Array.of(0x61, 0x3a, 0x20, 0xff) },
    'cannot load values.yaml: cannot unmarshal yaml document: error converting YAML to JSON: yaml: invalid leading UTF-8 octet',
  ],
  [
    'a broken lock',
    { 'Chart.yaml': CHART, 'Chart.lock': 'generated: x' },
    'cannot load Chart.lock: error unmarshaling JSON: while decoding JSON: parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"',
  ],
  [
    'a file in place of a subchart',
    { 'Chart.yaml': CHART, 'charts/README.md': '' },
    'error unpacking subchart README.md in c: Chart.yaml file is missing',
  ],
  [
    'a broken subchart',
    { 'Chart.yaml': CHART, 'charts/s/Chart.yaml': 'name: s' },
    'error unpacking subchart s in c: validation: chart.metadata.version is required',
  ],
])('%s', (_, contents, expected) => {
  expect(message(() => parseChart(files(contents as Record<string, string | Uint8Array>)))).toBe(expected);
});

describe('metadata', () => {
  const decoding = 'error unmarshaling JSON: while decoding JSON: json: ';

  test('scalars become the strings that are wanted', () => {
    const md = decodeMetadata(
      'name: 010\nversion: 1.10\nappVersion: 20230101\nhome: 18446744073709551615\nicon: .inf\nkeywords: [1, 2.50, ~]\n' +
        'annotations: {a: 1e10, b: yes, c: 12345678.9, d: 2020-01-01, e: ~}\nVERSION: 2\n',
    );
    expect(md).toMatchObject({
      name: '8',
      version: '1.1',
      appVersion: '20230101',
      home: '18446744073709551615',
      icon: '+Inf',
      keywords: ['1', '2.5', ''],
      annotations: { a: '1e+10', b: 'true', c: '1.2345679e+07', d: '2020-01-01', e: '' },
    });
  });

  test.each([
    [
      'dependencies: [{name: [x]}]',
      `${decoding}cannot unmarshal array into Go struct field Dependency.dependencies.name of type string`,
    ],
    [
      'dependencies: x',
      `${decoding}cannot unmarshal string into Go struct field Metadata.dependencies of type []*v2.Dependency`,
    ],
    ['deprecated: 1.5', `${decoding}cannot unmarshal number into Go struct field Metadata.deprecated of type bool`],
    [
      'maintainers: [x]',
      `${decoding}cannot unmarshal string into Go struct field Metadata.maintainers of type v2.Maintainer`,
    ],
    [
      'annotations: {b: [x]}',
      `${decoding}cannot unmarshal array into Go struct field Metadata.annotations of type string`,
    ],
    [
      'annotations: [x]\nname: {}',
      `${decoding}cannot unmarshal array into Go struct field Metadata.annotations of type map[string]string`,
    ],
    [
      'name: a\nname: b',
      'error converting YAML to JSON: yaml: unmarshal errors:\n  line 2: key "name" already set in map',
    ],
    ['foo: 1\nname: a', `${decoding}unknown field "foo"`],
  ])('%s', (text, expected) => {
    expect(message(() => decodeMetadata(text, { strict: true }))).toBe(expected);
  });

  test.each([
    ['', 'chart.metadata.apiVersion is required'],
    ['apiVersion: v2', 'chart.metadata.name is required'],
    ['apiVersion: v2\nname: ..', 'chart.metadata.name ".." is not allowed'],
    ['apiVersion: v2\nname: ../x', 'chart.metadata.name "../x" is invalid'],
    ['apiVersion: v2\nname: x', 'chart.metadata.version is required'],
    ['apiVersion: v2\nname: x\nversion: a', 'chart.metadata.version "a" is invalid'],
    [`${CHART}type: x`, 'chart.metadata.type must be application or library'],
    [`${CHART}maintainers: [~]`, 'maintainers must not contain empty or null nodes'],
    [`${CHART}dependencies: [~]`, 'dependencies must not contain empty or null nodes'],
    [`${CHART}dependencies: [{name: a, alias: a/b}]`, 'dependency "a" has disallowed characters in the alias'],
    [`${CHART}dependencies: [{name: a}, {name: b, alias: a}]`, 'more than one dependency with name or alias "a"'],
  ])('%j is invalid', (text, expected) => {
    expect(message(() => validateMetadata(decodeMetadata(text)))).toBe(`validation: ${expected}`);
  });

  test('what would disturb a terminal is taken out', () => {
    const md = validateMetadata(decodeMetadata(`${CHART}description: "a\\e[31m\\tb\\u200b"\nkeywords: ["\\a"]\n`));
    expect(md).toMatchObject({ description: 'a[31m b', keywords: [''] });
  });
});
