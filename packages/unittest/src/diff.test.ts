import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { unifiedDiff } from './diff.ts';

describe('unifiedDiff', () => {
  const cases: [name: string, expected: string, actual: string, diff: string][] = [
    ['same', 'a\nb\n', 'a\nb\n', ''],
    ['one line', 'a\n', 'b\n', '--- Expected\n+++ Actual\n@@ -1,2 +1,2 @@\n-a\n+b\n \n'],
    ['added', 'a\nc\n', 'a\nb\nc\n', '--- Expected\n+++ Actual\n@@ -1,2 +1,3 @@\n a\n+b\n c\n'],
    ['removed', 'a\nb\nc\n', 'a\nc\n', '--- Expected\n+++ Actual\n@@ -1,3 +1,2 @@\n a\n-b\n c\n'],
    [
      'two places',
      '1\n2\n3\n4\n5\n6\n',
      'x\n2\n3\n4\n5\ny\n',
      '--- Expected\n+++ Actual\n@@ -1,2 +1,2 @@\n-1\n+x\n 2\n@@ -5,3 +5,3 @@\n 5\n-6\n+y\n \n',
    ],
  ];
  test.each(cases)('%s', (_, expected, actual, diff) => {
    expect(unifiedDiff(expected, actual)).toBe(diff);
  });

  test('lines that are taken away and added make one of the other', () => {
    const lines = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 12 });
    fc.assert(
      fc.property(lines, lines, (a, b) => {
        const diff = unifiedDiff(a.join('\n'), b.join('\n')).split('\n').slice(2);
        const count = (sign: string): number => diff.filter((line) => line.startsWith(sign)).length;
        return (
          (a.join() === b.join()) === (diff.length === 0) &&
          b.length - a.length === count('+') - count('-') + edge(a, b)
        );
      }),
    );
  });
});

/** A text without lines has one empty line. */
const edge = (a: readonly string[], b: readonly string[]): number =>
  (a.length === 0 && b.length > 0 ? 1 : 0) - (b.length === 0 && a.length > 0 ? 1 : 0);
