import { describe, expect, test } from 'vitest';
import { formatTable } from './table.ts';

describe('as uitable', () => {
  const cases: [name: string, rows: string[][], width: number, lines: string[]][] = [
    [
      'padded',
      [
        ['NAME', 'X'],
        ['a', 'long'],
      ],
      80,
      ['NAME\tX   ', 'a   \tlong'],
    ],
    ['cut', [['N'], ['abcdefghij']], 6, ['N     ', 'abc...']],
    ['cut to nothing', [['abcdef', 'b']], 1, ['a...\tb']],
    ['not cut', [['abcdef', 'b']], 0, ['abcdef\tb']],
    [
      'wide characters',
      [
        ['日本', 'x'],
        ['abcd', 'y'],
        ['e\u0301', 'z'],
      ],
      80,
      ['日本\tx', 'abcd\ty', 'e\u0301   \tz'],
    ],
    [
      'lines within',
      [
        ['a\nbc', 'x'],
        ['abcd', 'y'],
      ],
      80,
      ['a   \tx', 'bc  \t ', 'abcd\ty'],
    ],
    ['nothing', [['', 'x']], 80, ['\tx']],
  ];
  test.each(cases)('%s', (_, rows, maxColumnWidth, lines) => {
    expect(formatTable(rows, { maxColumnWidth })).toBe(lines.join('\n'));
  });
});
