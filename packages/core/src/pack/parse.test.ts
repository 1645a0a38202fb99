import { toBytes } from 'go-template';
import { describe, expect, test } from 'vitest';
import { packageChart } from '../chart/package.ts';
import { loadArchive, parseChart } from '../chart/parse.ts';
import { decodeYamlMap } from '../yaml/decode.ts';
import { neededOf } from './needed.ts';
import { parsePack } from './parse.ts';

const HEAD = 'apiVersion: sherpack.io/v1\nkind: Pack\nmetadata:\n  name: web\n  version: 1.2.3\n';

test('all that a pack may say', () => {
  const text = `${HEAD}  appVersion: 1.10
  kubeVersion: ">=1.25"
  description: Serves
  home: https://example.com
  icon: https://example.com/i.svg
  sources: [a, b]
  keywords: [c]
  maintainers: [{name: Ada, email: a@example.com}]
  annotations: {a/b: "1"}
type: library
dependencies:
- name: db
  version: ^17.0.0
  repository: oci://example.com/charts
  condition: db.enabled
  resolve: always
  enabled: true
  tags: [back]
  alias: store
  import-values: [data, {child: a, parent: b}]
  depends-on: [cache]
engine: {strict: false, schemaDefaults: false}
crds:
  install: true
  upgrade: {enabled: true, strategy: force}
  uninstall: {keep: false}
  waitReady: false
  waitTimeout: 10s
`;
  expect(parsePack(toBytes(text))).toEqual({
    apiVersion: 'sherpack.io/v1',
    type: 'library',
    metadata: {
      name: 'web',
      version: '1.2.3',
      appVersion: '1.10',
      kubeVersion: '>=1.25',
      description: 'Serves',
      home: 'https://example.com',
      icon: 'https://example.com/i.svg',
      sources: ['a', 'b'],
      keywords: ['c'],
      maintainers: [{ name: 'Ada', email: 'a@example.com' }],
      annotations: { 'a/b': '1' },
    },
    dependencies: [
      {
        name: 'db',
        version: '^17.0.0',
        repository: 'oci://example.com/charts',
        condition: 'db.enabled',
        resolve: 'always',
        enabled: true,
        tags: ['back'],
        alias: 'store',
        'import-values': ['data', { child: 'a', parent: 'b' }],
        'depends-on': ['cache'],
      },
    ],
    hasType: true,
    engine: { strict: false, schemaDefaults: false },
    crds: {
      install: true,
      upgrade: { enabled: true, strategy: 'force' },
      uninstall: { keep: false },
      waitReady: false,
      waitTimeout: '10s',
    },
  });
});

test('the form of Sherpack 0.4, where kind is the type', () => {
  const text = 'apiVersion: sherpack/v1\nkind: library\nmetadata: {name: a, version: 0.1.0}\n';
  expect(parsePack(toBytes(text))).toMatchObject({ type: 'library', metadata: { name: 'a' } });
  expect(parsePack(toBytes(text.replace('kind: library\n', '')))).toMatchObject({ type: 'application' });
});

describe('faults have a place', () => {
  test.each<[string, string, string, { line: number; column: number }, string?]>([
    ['a list', '- a', 'it must be a table', { line: 1, column: 1 }],
    [
      'another version of the format',
      'apiVersion: v2\nmetadata: {name: a, version: 1.0.0}',
      'apiVersion must be sherpack.io/v1 or sherpack/v1, not "v2"',
      { line: 1, column: 13 },
    ],
    [
      'a kind that is nearly one',
      HEAD.replace('kind: Pack', 'kind: libary'),
      'kind must be Pack or application or library, not "libary"',
      { line: 2, column: 7 },
      'did you mean "library"?',
    ],
    ['no version', HEAD.replace('  version: 1.2.3\n', ''), 'metadata.version is required', { line: 4, column: 3 }],
    [
      'a version that is none',
      HEAD.replace('1.2.3', 'one'),
      'metadata.version "one" is no version: invalid semantic version',
      { line: 5, column: 12 },
    ],
    [
      'a name with a path in it',
      HEAD.replace('name: web', 'name: ../web'),
      'metadata.name "../web" is no name: letters, digits, and .-_ between them',
      { line: 4, column: 9 },
    ],
    ['a key that is there twice', `${HEAD}engine: {}\nengine: {}\n`, '"engine" is there twice', { line: 7, column: 1 }],
    [
      'a flag that is none',
      `${HEAD}engine:\n  strict: yes please\n`,
      'engine.strict must be true or false',
      { line: 7, column: 11 },
    ],
    [
      'a dependency without a name',
      `${HEAD}dependencies:\n- version: 1.0.0\n`,
      'dependencies[0].name is required',
      { line: 7, column: 1 },
    ],
    [
      'a range that is none',
      `${HEAD}dependencies:\n- name: a\n  version: ">> 1"\n`,
      'dependencies[0].version ">> 1" is no range: improper constraint: ">> 1"',
      { line: 8, column: 13 },
    ],
    [
      'a timeout that is none',
      `${HEAD}crds: {waitReady: true, waitTimeout: soon}\n`,
      'crds.waitTimeout "soon" is no duration such as 60s: time: invalid duration "soon"',
      { line: 6, column: 38 },
    ],
    [
      'a text for a list',
      `${HEAD}dependencies:\n- {name: db, tags: back}\n`,
      'dependencies[0].tags must be a list',
      { line: 7, column: 20 },
      'write [back]',
    ],
    [
      'a key among others that end as it does',
      `${HEAD}dependencies:\n- {name: db, alias: e, e: 1, name: x}\n`,
      '"name" is there twice',
      { line: 7, column: 4 },
    ],
    [
      'two dependencies in one place',
      `${HEAD}dependencies:\n- {name: db}\n- {name: cache}\n- {name: other, alias: db}\n`,
      'dependencies[2] has the name or alias "db" of dependencies[0]',
      { line: 9, column: 1 },
      'give one of them an alias',
    ],
  ])('%s', (_, text, message, at, hint) => {
    let error: unknown;
    try {
      parsePack(toBytes(text));
    } catch (e) {
      error = e;
    }
    expect(error).toMatchObject({
      code: 'CHART_INVALID',
      message: `Pack.yaml:${at.line}:${at.column}: ${message}`,
      at: { file: 'Pack.yaml', ...at },
      source: text,
    });
    if (hint !== undefined) expect(error).toMatchObject({ hint });
  });
});

test('unknown fields are warned of, with what may have been meant', () => {
  const warnings: string[] = [];
  const warn = (message: string): void => void warnings.push(message);
  parsePack(toBytes(`${HEAD}  desription: x\nfoo: 1\nversion: 1.0.0\n`), { warn });
  expect(warnings).toEqual([
    'Pack.yaml:6:3: unknown field "metadata.desription": did you mean "description"?',
    'Pack.yaml:7:1: unknown field "foo"',
    'Pack.yaml:8:1: unknown field "version": did you mean "metadata.version"?',
  ]);
});

describe('what is fetched', () => {
  const values = decodeYamlMap('up: true\ndown: false\nlist: []\ndeep: {up: yes}\n');
  test.each<[string, string, boolean | 'local']>([
    ['by default', '', true],
    ['switched off', 'enabled: false', false],
    ['a condition that is met', 'condition: deep.up', true],
    ['one that is not', 'condition: down', false],
    ['one of nothing, as when it is rendered', 'condition: none.at.all', true],
    ['one of no truth', 'condition: list', true],
    ['the first that is there', 'condition: "none,down,up"', false],
    ['always', '{condition: down, resolve: always}', true],
    ['never', 'resolve: never', 'local'],
  ])('%s', (_, fields, expected) => {
    const more = fields.replace(/^\{(.*)\}$/, '$1');
    const pack = parsePack(
      toBytes(
        `${HEAD}dependencies: [{name: a, version: "1", repository: "https://x"${more === '' ? '' : `, ${more}`}}]`,
      ),
    );
    const needed = neededOf(pack, values);
    expect(needed.length).toBe(expected === false ? 0 : 1);
    if (expected !== false) expect(needed[0]?.repository).toBe(expected === 'local' ? undefined : 'https://x');
  });
});

test('a pack is read as charts are, with what lies in packs/', async () => {
  const file = (name: string, text: string) => ({ name, data: toBytes(text) });
  const pack = parseChart([
    file('Pack.yaml', `${HEAD}dependencies: [{name: db, version: ">0"}]\n`),
    file('values.yaml', 'a: 1\n'),
    file('templates/a.yaml', 'x'),
    file('packs/db/Chart.yaml', 'apiVersion: v2\nname: db\nversion: 0.1.0\n'),
    file('packs/db/templates/b.yaml', 'y'),
  ]);
  expect(pack).toMatchObject({
    metadata: { apiVersion: 'v2', name: 'web', version: '1.2.3', dependencies: [{ name: 'db' }] },
    pack: { type: 'application' },
    dependencies: [{ metadata: { name: 'db' } }],
  });
  const { name, data } = await packageChart(pack, new Date(0));
  expect(name).toBe('web-1.2.3.tgz');
  expect(await loadArchive(data)).toMatchObject({ pack: { metadata: { name: 'web' } }, dependencies: [{}] });
});

test('beside Chart.yaml, Pack.yaml is a file like others', () => {
  const chart = parseChart([
    { name: 'Chart.yaml', data: toBytes('apiVersion: v2\nname: a\nversion: 0.1.0\n') },
    { name: 'Pack.yaml', data: toBytes('nonsense') },
  ]);
  expect(chart.pack).toBeUndefined();
  expect(chart.files.map(({ name }) => name)).toEqual(['Pack.yaml']);
});
