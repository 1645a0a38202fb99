import { describe, expect, test } from 'vitest';

import { findVersion, parseIndex, sortVersions } from './chart-index.ts';

const HEAD = 'apiVersion: v1\nentries:\n';

describe('what Helm says of a bad index', () => {
  const cases: readonly (readonly [name: string, text: string, message: string])[] = [
    ['nothing', '', 'empty index.yaml file'],
    ['no version', 'entries: {}\n', 'no API version specified'],
    ['JSON without version', '{}', 'no API version specified'],
    ['JSON list', '[]', 'json: cannot unmarshal array into Go value of type repo.IndexFile'],
    [
      'unknown key',
      `${HEAD}  a:\n  - name: a\n    foo: 1\n`,
      'error unmarshaling JSON: while decoding JSON: json: unknown field "foo"',
    ],
    [
      'number for a text of Chart.yaml',
      `${HEAD}  a:\n  - name: a\n    version: 1.10\n`,
      'error unmarshaling JSON: while decoding JSON: json: cannot unmarshal number into Go struct field ChartVersion.entries.Metadata.version of type string',
    ],
    [
      'no list',
      `${HEAD}  a: {}\n`,
      'error unmarshaling JSON: while decoding JSON: json: cannot unmarshal object into Go struct field IndexFile.entries of type repo.ChartVersions',
    ],
    [
      'a page',
      '<html>404</html>',
      'error unmarshaling JSON: while decoding JSON: json: cannot unmarshal string into Go value of type repo.IndexFile',
    ],
  ];
  test.each(cases)('%s', (_, text, message) => {
    expect(() => parseIndex(text, { source: 's' })).toThrow(
      expect.objectContaining({ code: 'INDEX_INVALID', message }),
    );
  });

  test('a key set twice', () => {
    expect(() => parseIndex(`${HEAD}  a:\n  - name: a\n    name: b\n`, { source: 's' })).toThrow(
      /key "name" already set in map/,
    );
  });
});

test('entries that cannot be used are left out, with a warning each', () => {
  const warnings: string[] = [];
  const text = `${HEAD}  a:
  - name: a
    version: x.y
  - null
  - name: ../x
    version: 1.0.0
  - name: a
    version: 1.0.0
    description: "bell\\a"
    dependencies: [{name: q}, {name: q}]
`;
  const { entries } = parseIndex(text, { source: 's', warn: (message) => warnings.push(message) });
  expect(entries.get('a')).toEqual([
    {
      apiVersion: 'v1',
      name: 'a',
      version: '1.0.0',
      description: 'bell',
      dependencies: [{ name: 'q' }, { name: 'q' }],
    },
  ]);
  expect(warnings).toEqual([
    'skipping loading invalid entry for chart "a" "x.y" from s: validation: chart.metadata.version "x.y" is invalid',
    'skipping loading invalid entry for chart "a" from s: empty entry',
    'skipping loading invalid entry for chart "a" "1.0.0" from s: validation: chart.metadata.name "../x" is invalid',
  ]);
});

test('numbers are texts in the fields that are not of Chart.yaml', () => {
  const { entries } = parseIndex(
    `${HEAD}  a:\n  - name: a\n    version: 1.0.0\n    digest: 12\n    urls: [1, true]\n`,
    { source: 's' },
  );
  expect(entries.get('a')).toMatchObject([{ digest: '12', urls: ['1', 'true'] }]);
});

test('hostile names and addresses are only texts', () => {
  const { entries } = parseIndex(
    JSON.stringify({
      apiVersion: 'v1',
      entries: {
        '../x': [{ name: 'x', version: '1.0.0', urls: ['http://127.0.0.1:1/x', 'a\0'] }],
        __proto__x: null,
        'n\0': [],
      },
    }),
    { source: 's' },
  );
  expect([...entries.keys()].sort()).toEqual(['../x', '__proto__x', 'n\0']);
});

test('a million entries', () => {
  const text = `${HEAD}  a:\n${Array.from({ length: 1_000_000 }, (_, i) => `  - name: a\n    version: 1.${i}.0\n`).join('')}`;
  const versions = parseIndex(text, { source: 's' }).entries.get('a');
  expect(versions).toHaveLength(1_000_000);
  expect(versions?.[0]?.version).toBe('1.999999.0');
}, 60_000);

test('versions descend; equals keep their order', () => {
  const sort = (...versions: string[]): string[] => sortVersions(versions, (version) => version);
  expect(sort('1.0.0', 'v2.0.0', '2.0.0-rc.1', 'x', '1.0.0+a', '1.10')).toEqual([
    'v2.0.0',
    '2.0.0-rc.1',
    '1.10',
    '1.0.0',
    '1.0.0+a',
    'x',
  ]);
});

describe('the version that is meant', () => {
  const versions = ['2.0.0-rc.1', '1.10.0', '1.2.0+b', '1.2.0'];
  const cases: readonly (readonly [range: string, version: string])[] = [
    ['', '1.10.0'],
    ['1.2.0', '1.2.0'],
    ['~1.2', '1.2.0+b'],
    ['>0.0.0-0', '2.0.0-rc.1'],
    ['2.0.0-rc.1', '2.0.0-rc.1'],
  ];
  test.each(cases)('%j is %s', (range, version) => expect(versions[findVersion('a', versions, range)]).toBe(version));

  test('a version that is not there gives way to one that fits, with a warning', () => {
    const warnings: unknown[] = [];
    expect(findVersion('a', versions, '1.10', (...warning) => warnings.push(warning))).toBe(1);
    expect(warnings).toEqual([
      [
        'unable to find exact version requested; falling back to closest available version',
        { chart: 'a', requested: '1.10', selected: '1.10.0' },
      ],
    ]);
  });

  test.each([
    [undefined, '1', 'no chart name found'],
    [[], '1', 'no chart version found'],
    [versions, '^3', 'no chart version found for a-^3'],
    [versions, 'x y', 'improper constraint: "x y"'],
  ])('%j at %s: %s', (list, range, message) => expect(() => findVersion('a', list, range)).toThrow(message));
});
