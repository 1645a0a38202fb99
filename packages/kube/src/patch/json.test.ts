import { expect, test } from 'vitest';

import { isEmpty, isEqual, isFields } from './json.ts';

test.each([
  [1, 1, true],
  [1, 1n, false],
  [2n ** 60n, 2n ** 60n, true],
  ['a', 'b', false],
  [null, null, true],
  [null, {}, false],
  [[1, [2]], [1, [2]], true],
  [[1, 2], [2, 1], false],
  [[1], [1, 2], false],
  [[], {}, false],
  [{ a: 1, b: { c: 2 } }, { b: { c: 2 }, a: 1 }, true],
  [{ a: 1 }, { b: 1 }, false],
  [{ a: undefined }, { b: undefined }, false],
])('%o and %o', (a, b, wanted) => {
  expect(isEqual(a, b)).toBe(wanted);
});

test('tables are neither lists nor nothing', () => {
  expect([{}, [], null, 'a', undefined].map(isFields)).toEqual([true, false, false, false, false]);
  expect([{}, { a: 1 }].map(isEmpty)).toEqual([true, false]);
});
