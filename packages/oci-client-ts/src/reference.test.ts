import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatReference, parseReference, type Reference } from './reference.ts';

const hex = 'a'.repeat(64);

test.each<[string, unknown]>([
  ['reg.example/a', { registry: 'reg.example', repository: 'a' }],
  ['reg.example:5000/a/b:v1', { registry: 'reg.example:5000', repository: 'a/b', tag: 'v1' }],
  [`localhost/a@sha256:${hex}`, { registry: 'localhost', repository: 'a', digest: `sha256:${hex}` }],
  [`reg/a__b-c.d:T_1@sha256:${hex}`, { registry: 'reg', repository: 'a__b-c.d', tag: 'T_1', digest: `sha256:${hex}` }],
  ['[::1]:5000/a:1', { registry: '[::1]:5000', repository: 'a', tag: '1' }],
])('%s', (text, reference) => {
  expect(parseReference(text)).toEqual(reference);
  expect(formatReference(parseReference(text))).toBe(text);
});

test.each<[string, string]>([
  ['alpine', 'docker.io/library/alpine'],
  ['user/app:1', 'docker.io/user/app:1'],
  ['ghcr.io/user/app', 'ghcr.io/user/app'],
])('%s is %s where there is a default', (text, whole) => {
  expect(formatReference(parseReference(text, { defaultRegistry: 'docker.io' }))).toBe(whole);
});

describe('no references', () => {
  test.each([
    ['alpine', 'it has no registry'],
    ['reg.example/A', 'lower-case'],
    ['reg.example/a//b', 'lower-case'],
    ['reg.example/../a', 'lower-case'],
    ['reg.example/a:', 'its tag is no tag'],
    ['reg.example/a:-x', 'its tag is no tag'],
    ['reg.example/a@sha256:abc', 'no digest'],
    ['reg.example/a@b@c', 'more than one @'],
    ['user:pw@reg.example/a', 'no digest'],
    ['reg_example/a', 'no host'],
    ['reg.example/a\0', 'lower-case'],
    [`reg.example/${'a'.repeat(5000)}`, 'too long'],
  ])('%s', (text, why) => expect(() => parseReference(text)).toThrow(why));
});

test('what is read is written the same', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'ab.:/@-_1[]') }), (text) => {
      let reference: Reference;
      try {
        reference = parseReference(text);
      } catch {
        return;
      }
      expect(formatReference(reference)).toBe(text);
    }),
  );
});
