import fc from 'fast-check';
import { type GoMap, newMap, toGo } from 'go-template';
import { describe, expect, test } from 'vitest';

import type { Chart } from '../chart/chart.ts';
import { coalesceTables, coalesceValues, mergeTables, mergeValues } from './coalesce.ts';

const go = (values: object): GoMap => toGo(values) as GoMap;

const chart = (name: string, values: object, dependencies: Chart[] = []): Chart => ({
  metadata: { apiVersion: 'v2', name, version: '1.0.0' },
  values: go(values),
  templates: [],
  files: [],
  raw: [],
  dependencies,
});

describe('one chart', () => {
  test.each([
    ['the user wins', { a: 1, m: { x: 1, y: 2 } }, { a: 2, m: { x: 3 } }, { a: 2, m: { x: 3, y: 2 } }],
    ['lists are replaced', { l: [1, 2] }, { l: [3] }, { l: [3] }],
    ['a null deletes', { a: 1, m: { x: 1, y: 2 } }, { a: null, m: { x: null } }, { m: { y: 2 } }],
    ['a null for nothing stays', { m: {} }, { a: null, m: { x: null } }, { a: null, m: { x: null } }],
    ['nulls of the chart vanish', { a: null, m: { x: null, y: 1 } }, {}, { m: { y: 1 } }],
    ['a table against a scalar', { a: 1, b: { x: 1 } }, { a: { x: 1 }, b: 2 }, { a: { x: 1 }, b: 2 }],
  ])('%s', (_, defaults, values, expected) => {
    expect(coalesceValues(chart('c', defaults), go(values))).toEqual(expected);
  });

  test('merging keeps nulls', () => {
    expect(mergeValues(chart('c', { a: 1, b: null, m: { x: 1 } }), go({ a: null, m: { x: null } }))).toEqual({
      a: null,
      b: null,
      m: { x: null },
    });
  });
});

describe('subcharts', () => {
  const sub = (): Chart => chart('s', { a: 1, global: { g: 's', only: 1, t: { x: 1 } } });

  test.each([
    ['always have globals', {}, {}, { s: { a: 1, global: { g: 's', only: 1, t: { x: 1 } } } }],
    [
      'the parent wins, the user over both',
      { s: { a: 2, b: 2 } },
      { s: { b: 3 } },
      { s: { a: 2, b: 3, global: { g: 's', only: 1, t: { x: 1 } } } },
    ],
    [
      'globals go down',
      { global: { g: 'p', t: { y: 2 } } },
      {},
      // Tables of globals are shared, so what a subchart adds to one shows above, too.
      { global: { g: 'p', t: { y: 2 } }, s: { a: 1, global: { g: 'p', only: 1, t: { x: 1, y: 2 } } } },
    ],
  ])('%s', (_, defaults, values, expected) => {
    expect(coalesceValues(chart('c', defaults, [sub()]), go(values))).toEqual(expected);
  });

  test.each([
    [5, '%!t(float64=5)'],
    [true, 'true'],
    ['x', '%!t(string=x)'],
    [[1], '[%!t(float64=1)]'],
  ])('must have a table, not %j', (value, shown) => {
    expect(() => coalesceValues(chart('c', {}, [sub()]), go({ s: value }))).toThrow(`type mismatch on s: ${shown}`);
  });
});

test.each([
  [{ a: { x: 1 } }, { a: 5 }, 'warning: cannot overwrite table with non table for c.m.a (map[x:1])'],
  [{ a: 5 }, { a: { x: 1 } }, 'warning: destination for c.m.a is a table. Ignoring non-table value (5)'],
])('%j against %j warns', (defaults, values, expected) => {
  const warnings: string[] = [];
  coalesceValues(chart('c', { m: defaults }), go({ m: values }), (message) => warnings.push(message));
  expect(warnings).toEqual([expected]);
});

test('tables alone', () => {
  expect(coalesceTables(go({ a: null, b: null }), go({ a: 1, c: 2 }))).toEqual({ b: null, c: 2 });
  expect(mergeTables(go({ a: null }), go({ a: 1, c: 2 }))).toEqual({ a: null, c: 2 });
});

test('values nested without end are given up', () => {
  let deep = newMap();
  for (let i = 0; i < 100_000; i++) {
    const outer = newMap();
    outer['a'] = deep;
    deep = outer;
  }
  expect(() => coalesceValues(chart('c', {}), deep)).toThrow('values are nested more than 2000 deep');
});

const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constant(null),
    fc.integer(),
    fc.string(),
    fc.array(fc.integer()),
    tie('table'),
  ),
  table: fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor'), tie('value')),
}));

test('coalescing changes neither chart nor values, and again changes nothing', () => {
  fc.assert(
    fc.property(json.table, json.table, (defaults, values) => {
      const c = chart('c', defaults as object);
      const user = go(values as object);
      const before = JSON.stringify([c.values, user]);
      const once = coalesceValues(c, user);
      expect(JSON.stringify([c.values, user])).toBe(before);
      expect(Object.getPrototypeOf({})).toBe(Object.prototype);
      // What was deleted comes back, so only values without nulls are at rest.
      if (!before.includes('null')) expect(coalesceValues(c, once)).toEqual(once);
    }),
  );
});
