import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseTxtar } from './txtar.ts';

test('files stand behind their markers', () => {
  const { comment, files } = parseTxtar('run it\n-- a/b.yaml --\nx: 1\n--- no marker ---\n-- c --\n');
  expect(comment).toBe('run it\n');
  expect([...files]).toEqual([
    ['a/b.yaml', 'x: 1\n--- no marker ---\n'],
    ['c', ''],
  ]);
});

test('every text is one, and nothing of it is lost', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const { comment } = parseTxtar(text);
      expect(text.startsWith(comment)).toBe(true);
    }),
  );
});
