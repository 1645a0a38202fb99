import { coalesceValues, originsOf, pathText } from '@pack/core';
import { describe, expect, test } from 'vitest';

import { storedChart } from './record.ts';
import { chartOf, valuesOf } from './testing/world.ts';
import { hiddenDefaults, layersBefore, type ReuseValues, upgradeValues } from './upgrade-values.ts';

const chartWith = (values: string, version = '1.0.0') => chartOf({ 'values.yaml': values }, version);
const before = (values: string, config: Readonly<Record<string, unknown>> = {}) => ({
  chart: storedChart(chartWith(values)),
  config: valuesOf(config),
  version: 3,
});

describe('defaults that reused values hide', () => {
  const cases: readonly (readonly [string, string, Readonly<Record<string, unknown>>, string, readonly string[]])[] = [
    ['none', 'a: 1\nb: {c: [1]}\n', {}, 'a: 1\nb: {c: [1]}\n', []],
    ['one that is new', 'a: 1\n', {}, 'a: 1\nb: 2\n', ['b']],
    ['a table that is new, as a whole', 'a: 1\n', {}, 'b: {c: 1, d: {e: 2}}\n', ['b']],
    ['one that is new in a table', 'b: {c: 1}\n', {}, 'b: {c: 1, x.y: 2}\n', ['b.x\\.y']],
    ['one that changed', 'a: 1\nb: {c: [1]}\n', {}, 'a: 2\nb: {c: [2]}\n', ['a', 'b.c']],
    ['not one that was set', 'a: 1\n', { a: 5 }, 'a: 2\n', []],
    ['nor one that was taken away', 'a: 1\n', { a: null }, 'a: 2\n', []],
    ['nor one that is none', '{}', {}, 'a: null\n', []],
    ['nor one that went', 'a: 1\n', {}, '{}', []],
    ['a table that was a text', 'a: x\n', {}, 'a: {b: 1}\n', ['a']],
  ];
  test.each(cases)('%s', (_, old, config, fresh, expected) => {
    expect(hiddenDefaults(chartWith(fresh, '2.0.0'), before(old, config))).toEqual(expected);
  });
});

describe('layers', () => {
  const old = 'color: red\nsize: 1\n';
  const cases: readonly (readonly [
    ReuseValues | undefined,
    Readonly<Record<string, unknown>>,
    Record<string, string>,
  ])[] = [
    [undefined, {}, { color: 'revision 3', size: 'default of chart app', fresh: 'default of chart app' }],
    [undefined, { size: 5 }, { color: 'default of chart app', size: 'now', fresh: 'default of chart app' }],
    ['reset', {}, { color: 'default of chart app', size: 'default of chart app', fresh: 'default of chart app' }],
    ['reuse', { more: 1 }, { color: 'revision 3', size: 'default of revision 3', more: 'now' }],
    ['reset-then-reuse', { size: 5 }, { color: 'revision 3', size: 'now', fresh: 'default of chart app' }],
  ];
  test.each(cases)('%s with %j', (reuse, set, expected) => {
    const current = before(old, { color: 'blue' });
    const input = { chart: chartWith('color: red\nsize: 2\nfresh: yes\n', '2.0.0'), values: valuesOf(set), reuse };
    const layers = [...layersBefore(input, current), { origin: 'now', values: valuesOf(set) }];
    const { chart, values } = upgradeValues(input, current);
    const found = originsOf(coalesceValues(chart, values), layers);
    expect(Object.fromEntries(found.map(({ path, origin }) => [pathText(path), origin]))).toEqual(expected);
  });
});
