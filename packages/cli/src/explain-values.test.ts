import { parseChart } from '@pack/core';
import { type GoMap, newMap } from 'go-template';
import { describe, expect, test } from 'vitest';

import { explainChart, explainedValues } from './explain-values.ts';

const map = (given: Readonly<Record<string, unknown>>): GoMap => Object.assign(newMap(), given);

describe('what is secret is hidden', () => {
  const cases: readonly (readonly [string, unknown, unknown])[] = [
    ['password', 'x', '(hidden)'],
    ['dbPasswd', 5, '(hidden)'],
    ['apiKey', 'x', '(hidden)'],
    ['api_key', ['x'], '(hidden)'],
    ['clientSecret', 'x', '(hidden)'],
    ['password', '', ''],
    ['password', null, null],
    ['createSecret', true, true],
    ['key', 'x', 'x'],
    ['monkey', 'x', 'x'],
  ];
  test.each(cases)('%s: %j', (key, value, expected) => {
    expect(explainedValues(map({ [key]: value }), [])).toEqual([{ path: key, value: expected, origin: 'computed' }]);
  });

  test('below a table of that name', () => {
    expect(explainedValues(map({ credentials: map({ user: 'x' }) }), [])[0]?.value).toBe('(hidden)');
  });

  test('of a file that is encrypted', () => {
    const layers = [{ origin: '-f secrets://prod.yaml', values: map({ host: 'x' }) }];
    expect(explainedValues(map({ host: 'x' }), layers)[0]?.value).toBe('(hidden)');
  });
});

test('a table of what templates see', () => {
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  const chart = parseChart([
    { name: 'Chart.yaml', data: encode('apiVersion: v2\nname: shop\nversion: 1.0.0\n') },
    { name: 'values.yaml', data: encode('size: 1\nlabels: [a]\n') },
  ]);
  const layers = [{ origin: 'default of chart shop', values: chart.values }];
  expect(explainChart(chart, map({ size: 2 }), [...layers, { origin: '--set', values: map({ size: 2 }) }])).toBe(
    'PATH  \tVALUE\tORIGIN               \nsize  \t2    \t--set                \nlabels\t["a"]\tdefault of chart shop\n',
  );
});
