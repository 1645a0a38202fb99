import { expect, test } from 'vitest';

import { formatAge, toTable } from './table.ts';

const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000];

test.each<[number, string]>([
  [-3 * SECOND, '<invalid>'],
  [-SECOND, '0s'],
  [0, '0s'],
  [119 * SECOND, '119s'],
  [2 * MINUTE, '2m'],
  [2 * MINUTE + 5 * SECOND, '2m5s'],
  [10 * MINUTE + 5 * SECOND, '10m'],
  [179 * MINUTE, '179m'],
  [3 * HOUR, '3h'],
  [3 * HOUR + 7 * MINUTE, '3h7m'],
  [8 * HOUR + 7 * MINUTE, '8h'],
  [47 * HOUR, '47h'],
  [2 * DAY, '2d'],
  [2 * DAY + 5 * HOUR, '2d5h'],
  [8 * DAY + 5 * HOUR, '8d'],
  [729 * DAY, '729d'],
  [2 * 365 * DAY, '2y'],
  [2 * 365 * DAY + DAY, '2y1d'],
  [8 * 365 * DAY + DAY, '8y'],
])('%i ms: %s', (milliseconds, text) => {
  expect(formatAge(milliseconds)).toBe(text);
});

const created = '2026-01-01T00:00:00Z';
const now = Date.parse('2026-01-01T00:00:09Z');
const object = { apiVersion: 'v1', kind: 'X', metadata: { name: 'a', creationTimestamp: created } };

test.each<[string, unknown, string[], unknown[][]]>([
  [
    'a table',
    { kind: 'Table', columnDefinitions: [{ name: 'Name' }, { name: 'IP', priority: 1 }], rows: [{ cells: ['a', 1] }] },
    ['Name 0', 'IP 1'],
    [['a', 1]],
  ],
  ['an empty one', { kind: 'Table', columnDefinitions: null, rows: null }, [], []],
  ['an object', object, ['Name 0', 'Age 0'], [['a', '9s']]],
  [
    'a list',
    { kind: 'XList', items: [object, { metadata: { name: 'b' } }] },
    ['Name 0', 'Age 0'],
    [
      ['a', '9s'],
      ['b', '<unknown>'],
    ],
  ],
])('%s', (_, answer, columns, rows) => {
  const table = toTable(answer, now);
  expect(table.columns.map(({ name, priority }) => `${name} ${priority}`)).toEqual(columns);
  expect(table.rows).toEqual(rows);
});
