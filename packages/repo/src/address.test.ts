import { describe, expect, test } from 'vitest';

import { isSameOrigin, isSameUrl, joinUrl, resolveReferenceUrl } from './address.ts';

describe('a reference from a repository', () => {
  // Each row as Go's net/url and Helm's ResolveReferenceURL have it.
  const cases: readonly (readonly [base: string, reference: string, wanted: string])[] = [
    ['http://x.com', 'index.yaml', 'http://x.com/index.yaml'],
    ['http://x.com/charts?token=a', 'a-1.tgz', 'http://x.com/charts/a-1.tgz?token=a'],
    ['http://x.com/charts/?token=a', 'a-1.tgz?x=1', 'http://x.com/charts/a-1.tgz?token=a'],
    ['http://x.com/charts', '/abs/a.tgz', 'http://x.com/abs/a.tgz'],
    ['http://x.com/charts', '../../../a.tgz', 'http://x.com/a.tgz'],
    ['http://x.com/charts', '//other.com/a.tgz', 'http://other.com/a.tgz'],
    ['http://x.com/charts', 'https://other/a.tgz', 'https://other/a.tgz'],
    ['http://x.com/charts', 'a b.tgz', 'http://x.com/charts/a%20b.tgz'],
    ['http://x.com/charts', 'é.tgz', 'http://x.com/charts/%C3%A9.tgz'],
    ['http://u:p@x.com:8080/charts', 'a.tgz', 'http://u:p@x.com:8080/charts/a.tgz'],
    ['http://x.com/cha%2Frts/', 'a.tgz', 'http://x.com/cha%2Frts/a.tgz'],
    ['http://x.com//a//b', 'c//d.tgz', 'http://x.com//a//b/c//d.tgz'],
    ['HTTP://X.com/A', 'b.tgz', 'http://X.com/A/b.tgz'],
    ['charts/dir', 'a.tgz', '/charts/dir/a.tgz'],
  ];
  test.each(cases)('%s + %s', (base, reference, wanted) => expect(resolveReferenceUrl(base, reference)).toBe(wanted));

  const faults: readonly (readonly [reference: string, message: string])[] = [
    ['a%zz.tgz', 'failed to parse a%zz.tgz as URL: parse "a%zz.tgz": invalid URL escape "%zz"'],
    ['a:b', 'failed to parse a:b as URL: parse "a:b": first path segment in URL cannot contain colon'],
    ['a\0', 'failed to parse a\0 as URL: parse "a\\x00": net/url: invalid control character in URL'],
  ];
  test.each(faults.slice(0, 1).concat(faults.slice(2)))('%j is refused', (reference, message) => {
    expect(() => resolveReferenceUrl('http://x.com', reference)).toThrow(message);
  });
});

test('joining', () => {
  expect(joinUrl('http://x.com/c?a=1', 'sub', 'a b.tgz')).toBe('http://x.com/c/sub/a%20b.tgz?a=1');
  expect(joinUrl('', 'sub')).toBe('sub');
});

test.each([
  ['http://x.com', 'http://x.com/', true],
  ['http://x.com/a/', 'http://x.com/a', true],
  ['http://x.com/a/../b', 'http://x.com/b', true],
  ['http://x.com', 'https://x.com', false],
])('%s and %s are one: %s', (a, b, same) => expect(isSameUrl(a, b)).toBe(same));

test.each([
  ['http://x.com/a', 'http://x.com/b', true],
  ['http://x.com', 'http://x.com:80', true],
  ['http://x.com', 'http://x.com:81', false],
  ['http://x.com', 'https://x.com', false],
  ['http://x.com', 'http://x.com.evil', false],
  ['x', 'x', false],
])('%s and %s share an origin: %s', (a, b, same) => expect(isSameOrigin(a, b)).toBe(same));
