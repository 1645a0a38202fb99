import { type GoMap, toGo } from 'go-template';
import { describe, expect, test } from 'vitest';

import { coalesceValues } from '../values/coalesce.ts';
import { type Chart, type ChartFile, walkCharts } from './chart.ts';
import { processDependencies } from './dependency.ts';
import { helm2LockDigest, lockDigest } from './lock.ts';
import { parseChart } from './parse.ts';

const json = (name: string, content: unknown): ChartFile => ({
  name,
  data: new TextEncoder().encode(JSON.stringify(content)),
});

const metadata = (name: string, dependencies?: unknown): object => ({
  apiVersion: 'v2',
  name,
  version: '1.0.0',
  dependencies,
});

/** Chart `c` with the subchart `s`, which has the subchart `leaf`. */
const chartWith = (dependencies: unknown, values: object = {}): Chart =>
  parseChart([
    json('Chart.yaml', metadata('c', dependencies)),
    json('values.yaml', values),
    json('charts/s/Chart.yaml', metadata('s', [{ name: 'leaf', version: '*', condition: 'leaf.on' }])),
    json('charts/s/values.yaml', { a: 1, on: true, exports: { data: { x: 1 } }, t: { y: 2 } }),
    json('charts/s/charts/leaf/Chart.yaml', metadata('leaf')),
  ]);

const processed = (dependencies: unknown, values: object = {}): Chart =>
  processDependencies(chartWith(dependencies), toGo(values) as GoMap);
const paths = (chart: Chart): string[] =>
  [...walkCharts(chart)]
    .map(({ path }) => path)
    .slice(1)
    .map((path) => path.slice(2));

const s = { name: 's', version: '1.x' };

describe('which subcharts are left', () => {
  test.each([
    ['undeclared', undefined, {}, ['charts/s', 'charts/s/charts/leaf']],
    ['declared', [s], {}, ['charts/s', 'charts/s/charts/leaf']],
    ['of another version', [{ ...s, version: '2.x' }], {}, ['charts/s', 'charts/s/charts/leaf']],
    ['by an alias', [{ ...s, alias: 'z' }], {}, ['charts/z', 'charts/z/charts/leaf']],
    [
      'twice',
      [
        { ...s, alias: 'y' },
        { ...s, alias: 'z' },
      ],
      { y: { leaf: { on: false } } },
      ['charts/y', 'charts/z', 'charts/z/charts/leaf'],
    ],
    ['with a condition', [{ ...s, condition: 's.on' }], { s: { on: false } }, []],
    ['the first bool decides', [{ ...s, condition: 's.no,s.on,on' }], { s: { on: false }, on: true }, []],
    [
      'the condition is stronger than tags',
      [{ ...s, condition: 'on', tags: ['t'] }],
      { on: true, tags: { t: false } },
      ['charts/s', 'charts/s/charts/leaf'],
    ],
    ['a tag that is off', [{ ...s, tags: ['t', 'u'] }], { tags: { t: false } }, []],
    [
      'one of two that is on',
      [{ ...s, tags: ['t', 'u'] }],
      { tags: { t: false, u: true } },
      ['charts/s', 'charts/s/charts/leaf'],
    ],
    ['a condition below', [s], { s: { leaf: { on: false } } }, ['charts/s']],
  ])('%s', (_, dependencies, values, expected) => {
    expect(paths(processed(dependencies, values))).toEqual(expected);
  });
});

test('a chart without a list of dependencies looks at no condition below', () => {
  expect(paths(processed(undefined, { s: { leaf: { on: false } } }))).toEqual(['charts/s', 'charts/s/charts/leaf']);
});

test('the chart given is not changed', () => {
  const chart = chartWith([{ ...s, alias: 'z', 'import-values': ['data'] }], { z: { q: 1 } });
  const before = JSON.stringify(chart);
  processDependencies(chart, toGo({ z: { a: 5 } }) as GoMap);
  expect(JSON.stringify(chart)).toBe(before);
});

describe('imported values', () => {
  test.each([
    ['exports by name', ['data'], { x: 1 }],
    ['a table to a place', [{ child: 't', parent: 'p.q' }], { p: { q: { y: 2 } } }],
    ['a table to the top', [{ child: 't', parent: '.' }], { y: 2 }],
    ['nothing that is missing', ['nope', 5], {}],
  ])('%s', (_, imports, expected) => {
    const { s: __, ...rest } = processed([{ ...s, 'import-values': imports }]).values;
    expect(rest).toEqual(expected);
  });

  test('lose against the own', () => {
    const chart = processDependencies(chartWith([{ ...s, 'import-values': ['data'] }], { x: 7 }), toGo({}) as GoMap);
    expect(chart.values['x']).toBe(7);
  });

  test('missing ones warn', () => {
    const warnings: unknown[] = [];
    processDependencies(chartWith([{ ...s, 'import-values': ['nope'] }]), toGo({}) as GoMap, (...warning) =>
      warnings.push(warning),
    );
    expect(warnings).toEqual([['ImportValues missing table', { error: '"nope" is not a table' }]]);
  });
});

test('a subchart whose values are no table', () => {
  expect(() => processed([s], { s: 5 })).toThrow(
    'chart dependencies processing failed: type mismatch on s: %!t(float64=5)',
  );
});

test('what a chart of the subchart says is coalesced under its alias', () => {
  const values = toGo({ z: { a: 5 } }) as GoMap;
  const chart = processDependencies(chartWith([{ ...s, alias: 'z' }]), values);
  expect(coalesceValues(chart, values)['z']).toMatchObject({ a: 5, on: true });
});

test('digests of locks', async () => {
  const wanted = [{ name: 'a', version: '>=1.0.0 <2.0.0', repository: 'https://x/y?a=1&b=2' }];
  const locked = [{ name: 'a', version: '1.5.2', repository: 'https://x/y?a=1&b=2' }];
  expect(await lockDigest(wanted, locked)).toBe(
    'sha256:b44bdec96b46d304d546e4f886c81bf43d3485c6d9fc3bcf155a174dc6f2ec89',
  );
  expect(await helm2LockDigest(wanted)).toBe('sha256:6229f4b22119858f7243e86ea495123cc84e04288a15f976340e873b895e758b');
});
