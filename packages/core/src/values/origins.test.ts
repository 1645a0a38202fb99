import { type GoMap, isMap, newMap } from 'go-template';
import { describe, expect, test } from 'vitest';

import { parseChart } from '../chart/parse.ts';
import { coalesceValues } from './coalesce.ts';
import { mergeValueSources, valueLayers } from './merge.ts';
import { defaultLayers, originsOf, pathText } from './origins.ts';

const values = (given: Readonly<Record<string, unknown>>): GoMap => {
  const out = newMap();
  for (const [key, value] of Object.entries(given)) {
    out[key] = typeof value === 'object' && value !== null && !Array.isArray(value) ? values(value as GoMap) : value;
  }
  return out;
};
const shown = (tree: GoMap, ...layers: readonly (readonly [string, GoMap])[]): Record<string, string | undefined> =>
  Object.fromEntries(
    originsOf(
      tree,
      layers.map(([origin, own]) => ({ origin, values: own })),
    ).map(({ path, origin }) => [pathText(path), origin]),
  );

describe('origins', () => {
  const low = values({ a: 1, b: { c: 1, d: 1 }, 'e.f': [1], g: {} });
  const high = values({ b: { c: 2 } });
  test('the last layer that has it', () => {
    const tree = values({ a: 1, b: { c: 2, d: 1 }, 'e.f': [1], g: {}, other: 1 });
    expect(shown(tree, ['low', low], ['high', high])).toEqual({
      a: 'low',
      'b.c': 'high',
      'b.d': 'low',
      'e\\.f': 'low',
      g: 'low',
      other: undefined,
    });
  });

  test('what is no table has nothing below it', () => {
    expect(shown(values({ a: { b: 1 } }), ['low', values({ a: { b: 1 } })], ['high', values({ a: 'text' })])).toEqual({
      'a.b': 'low',
    });
  });

  test('a key of every object is none of its own', () => {
    expect(shown(values({ constructor: 1 }), ['low', low])).toEqual({ constructor: undefined });
  });
});

test('of a chart with subcharts, files and flags', () => {
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  const chart = parseChart([
    { name: 'Chart.yaml', data: encode('apiVersion: v2\nname: shop\nversion: 1.0.0\n') },
    { name: 'values.yaml', data: encode('size: 1\ncolor: red\nredis: {port: 1}\nglobal: {zone: a}\n') },
    { name: 'charts/redis/Chart.yaml', data: encode('apiVersion: v2\nname: redis\nversion: 1.0.0\n') },
    { name: 'charts/redis/values.yaml', data: encode('port: 2\nhost: db\nglobal: {own: 1}\n') },
  ]);
  const sources = {
    files: [{ name: 'prod.yaml', text: 'color: blue\nredis: {host: x}\n' }],
    set: ['size=2', 'redis.host=y'],
    setString: ['tag=1'],
  };
  const layers = [...defaultLayers(chart), ...valueLayers(sources)];
  const found = originsOf(coalesceValues(chart, mergeValueSources(sources)), layers);
  expect(Object.fromEntries(found.map(({ path, origin }) => [pathText(path), origin]))).toEqual({
    size: '--set',
    tag: '--set-string',
    color: '-f prod.yaml',
    'redis.port': 'default of chart shop',
    'redis.host': '--set',
    'redis.global.own': 'default of subchart redis',
    'redis.global.zone': 'default of chart shop',
    'global.zone': 'default of chart shop',
  });
  expect(found.every(({ value }) => !isMap(value))).toBe(true);
});
