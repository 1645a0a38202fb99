import type { Table } from '@pack/kube';
import { expect, test } from 'vitest';

import { formatServerTables } from './server-table.ts';

const table = (
  columns: readonly (string | [name: string, priority: number])[],
  ...rows: readonly unknown[][]
): Table => ({
  columns: columns.map((column) =>
    typeof column === 'string' ? { name: column, priority: 0 } : { name: column[0], priority: column[1] },
  ),
  rows,
});

test.each<[string, Table[], string]>([
  ['none', [], ''],
  ['no rows', [table(['Name'])], ''],
  [
    'rows',
    [table(['Name', 'Age'], ['web', '3s'], ['longer-name', '10m'])],
    'NAME          AGE\nweb           3s\nlonger-name   10m\n',
  ],
  ['narrow columns', [table(['A', 'B', 'C'], [1, 2, 3])], 'A     B     C\n1     2     3\n'],
  [
    'an object after the other',
    [table(['Name', 'Data', 'Age'], ['st-b', 1, '3s']), table(['Name', 'Data', 'Age'], ['st-a', 0, '3s'])],
    'NAME   DATA   AGE\nst-b   1      3s\nst-a   0     3s\n',
  ],
  [
    'other columns',
    [table(['Name'], ['a']), table(['Name'], ['b']), table(['Name', 'Age'], ['c', '1s'])],
    'NAME\na\nb\nNAME   AGE\nc      1s\n',
  ],
  [
    'columns for when there is room',
    [table(['Name', ['IP', 1], 'Age'], ['web', '10.0.0.1', '3s'])],
    'NAME   AGE\nweb    3s\n',
  ],
  [
    'cells too many, too few and without a value',
    [table(['Name', 'X'], ['a', null, 1], ['b'])],
    'NAME   X\na      \nb\n',
  ],
  ['what a terminal would obey', [table(['Name'], ['a\x1b[31mb'], ['c\nd'])], 'NAME\na^[[31mb\nc...\n'],
])('%s', (_, tables, text) => {
  expect(formatServerTables(tables)).toBe(text);
});
