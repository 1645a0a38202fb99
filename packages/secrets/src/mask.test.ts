import fc from 'fast-check';
import { expect, test } from 'vitest';

import { createMask, hideWithin } from './mask.ts';

const hide = (secrets: readonly string[], text: string): string => {
  const mask = createMask();
  mask.add(secrets);
  return mask.hide(text);
};

const base64 = (text: string): string => Buffer.from(text).toString('base64');

test.each([
  ['itself', 's3cret', 'a s3cret.', 'a (hidden).'],
  ['twice', 's3cret', 's3crets3cret', '(hidden)(hidden)'],
  ['the longer of two', 's3cret', 's3cret-more', '(hidden)-more'],
  ['base64', 's3cret', `data: ${base64('s3cret')}`, 'data: (hidden)'],
  ['base64 with a line end', 's3cret-word\n', base64('s3cret-word\n'), '(hidden)'],
  ['quoted', 'a"b\\c', 'x: "a\\"b\\\\c"', 'x: "(hidden)"'],
  ['in an address', 'p@ss/word', 'https://u:p%40ss%2Fword@h', 'https://u:(hidden)@h'],
  [
    'lines that are indented',
    'BEGIN key\nline-one\n\nEND key!',
    '  BEGIN key\n  line-one\n',
    '  (hidden)\n  (hidden)\n',
  ],
  ['too short', 'abc', 'abc', 'abc'],
  ['blank', '      ', 'a      b', 'a      b'],
  ['characters of patterns', '$&.*(', 'x $&.*( y', 'x (hidden) y'],
])('%s', (_, secret, text, wanted) => {
  expect(hide([secret], text)).toBe(wanted);
});

test('the base64 of what has a secret in it does not tell it', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 20 }), fc.string({ minLength: 10, maxLength: 40 }), fc.string(), (a, s, b) => {
      fc.pre(s.trim() === s);
      const shown = hide([s], base64(a + s + b));
      expect(shown).toContain('(hidden)');
    }),
  );
});

test('values are searched', () => {
  const mask = createMask();
  mask.add(['s3cret']);
  expect(hideWithin({ a: ['s3cret', 1, null], s3cret: { b: true } }, mask)).toEqual({
    a: ['(hidden)', 1, null],
    '(hidden)': { b: true },
  });
});
