import { expect, test } from 'vitest';

import { createGenerator, formatGenerated, parseGenerated } from './generated.ts';

test('what was made stays, and what is new is of the characters asked for', () => {
  const generator = createGenerator({ old: 'kept' });
  expect(generator.generate('old', 30, 'xyz')).toBe('kept');
  expect(generator.hasNew()).toBe(false);
  const made = generator.generate('new', 40, 'abcdef');
  expect(made).toMatch(/^[a-f]{40}$/);
  expect(generator.generate('new', 8, 'abcdef')).toBe(made);
  expect(generator.hasNew()).toBe(true);
  expect(generator.all()).toEqual({ old: 'kept', new: made });
});

test('bytes that would make one character likelier are thrown away', () => {
  let next = 255;
  const down = (n: number): Uint8Array => Uint8Array.from({ length: n }, () => next--);
  // 256 is 25 times ten and six more.
  expect(createGenerator({}, down).generate('a', 4, '0123456789')).toBe('9876');
});

test.each([[{}], [{ a: 'b', 'name with / and ü': 'väl"ue' }], [{ __proto__x: '1' }]])('%j is kept', (secrets) => {
  expect(parseGenerated(formatGenerated(secrets))).toEqual(secrets);
});

test.each([
  [undefined],
  [{}],
  [{ secrets: 'no base64!' }],
  [{ secrets: btoa('{') }],
  [{ secrets: btoa('[]') }],
  [{ secrets: btoa('{"a":1}') }],
])('%j is nothing that was kept', (data) => {
  expect(parseGenerated(data)).toBeUndefined();
});
