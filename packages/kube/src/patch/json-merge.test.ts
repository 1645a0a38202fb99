import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { Fields } from './json.ts';
import { applyMergePatch, createMergePatch, createThreeWayMergePatch } from './json-merge.ts';

// The examples of RFC 7386, appendix A.
test.each([
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [
    ['a', 'b'],
    ['c', 'd'],
    ['c', 'd'],
  ],
  [{ a: 'b' }, ['c'], ['c']],
  [{ a: 'foo' }, null, null],
  [{ a: 'foo' }, 'bar', 'bar'],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
])('%j with %j', (value, patch, wanted) => {
  expect(applyMergePatch(value, patch)).toEqual(wanted);
});

test.each([
  ['nothing', { a: 1, b: { c: [1] } }, { a: 1, b: { c: [1] } }, {}],
  ['what is new', { a: 1 }, { a: 1, b: 2 }, { b: 2 }],
  ['what goes', { a: 1, b: { c: 1, d: 1 } }, { b: { d: 1 } }, { a: null, b: { c: null } }],
  ['lists as a whole', { a: [1, 2] }, { a: [2] }, { a: [2] }],
  ['another type', { a: { b: 1 } }, { a: 'x' }, { a: 'x' }],
])('the patch for %s', (_, before, after, wanted) => {
  expect(createMergePatch(before, after)).toEqual(wanted);
});

test.each([
  ['keeps what others added', { a: 1 }, { a: 2 }, { a: 1, other: 1 }, { a: 2 }],
  ['takes back what others changed', { a: 1 }, { a: 1 }, { a: 9 }, { a: 1 }],
  [
    'drops what it made itself',
    { a: 1, b: { c: 1 } },
    { b: {} },
    { a: 1, b: { c: 1, d: 1 } },
    { a: null, b: { c: null } },
  ],
  ['has nothing to do', { a: 1 }, { a: 1 }, { a: 1, other: 1 }, {}],
])('a three-way patch %s', (_, original, modified, current, wanted) => {
  expect(createThreeWayMergePatch(original, modified, current)).toEqual(wanted);
});

const name = fc.constantFrom('a', 'b', 'c', 'd');
const { fields } = fc.letrec<{ value: unknown; fields: Fields }>((tie) => ({
  // A merge patch cannot say null.
  value: fc.oneof({ maxDepth: 3 }, fc.integer(), fc.string(), fc.array(fc.integer(), { maxLength: 3 }), tie('fields')),
  fields: fc.dictionary(name, tie('value'), { maxKeys: 4, noNullPrototype: true }),
}));

test('a patch makes one of the other', () => {
  fc.assert(
    fc.property(fields, fields, (before, after) => {
      expect(applyMergePatch(before, createMergePatch(before, after))).toEqual(after);
    }),
  );
});

test('a three-way patch makes what is wanted of what was asked for', () => {
  fc.assert(
    fc.property(fields, fields, (before, after) => {
      expect(applyMergePatch(before, createThreeWayMergePatch(before, after, before))).toEqual(after);
    }),
  );
});
