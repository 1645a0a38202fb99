import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { compileFilePattern } from './file-match.ts';
import { compileGlob } from './glob.ts';
import { parseIgnore } from './ignore.ts';
import { basePath, cleanPath } from './path.ts';

const message = (act: () => unknown): string => {
  try {
    act();
  } catch (e) {
    if (e instanceof Error) return e.message;
  }
  throw new Error('no error');
};

describe('glob', () => {
  test.each([
    ['*', 'a', true],
    ['*', 'a/b', false],
    ['**', 'a/b', true],
    ['**.yaml', 'a/b.yaml', true],
    ['a/**', 'a/', true],
    ['a?c', 'a/c', false],
    ['a?c', 'aéc', true],
    ['{a,b/*}.y', 'b/x.y', true],
    ['{a,{b,c}}', 'c', true],
    ['{a,b', 'b', true],
    ['[a-c]', 'b', true],
    ['[!a-c]', 'b', false],
    ['[!a]', '/', true],
    ['[abc]', '-', false],
    ['\\*', '*', true],
    ['\\*', 'a', false],
    ['', '', true],
    ['', 'a', false],
    ['a,b', 'a,b', true],
    ['*.{yml,yaml}', 'x.yaml', true],
  ])('%s and %s', (pattern, path, expected) => {
    expect(compileGlob(pattern)(path)).toBe(expected);
  });

  test.each([
    ['[', 'unexpected end of input'],
    ['[a', 'unexpected end of input'],
    ['[b-a]', "hi character 'a' should be greater than lo 'b'"],
    ['[a-bc]', 'expected close range character'],
    ['[]', 'could not parse range'],
  ])('%s is malformed', (pattern, expected) => {
    expect(message(() => compileGlob(pattern))).toBe(expected);
  });

  test('takes no more time for many stars', () => {
    expect(compileGlob('*a'.repeat(200))(`${'a'.repeat(3000)}b`)).toBe(false);
  });
});

describe('path.Match', () => {
  test.each([
    ['*', 'a', true],
    ['*', 'a/b', false],
    ['a*', 'ab', true],
    ['*c', 'abc', true],
    ['a*/b', 'a/c/b', false],
    ['a*b?c*x', 'abxbbxdbxebxczzx', true],
    ['[a-z]', 'm', true],
    ['[^a-z]', '/', true],
    ['?', '/', false],
    ['a\\*', 'a*', true],
    ['a???b', 'aébb', false],
    ['*x', 'xxx', true],
    ['templates/.?*', 'templates/.x', true],
    ['templates/.?*', 'templates/.', false],
    ['[]a]', ']', 'error'],
    ['a[', 'a', 'error'],
    ['a[', 'b', 'error'],
    ['b*[', 'a', false],
    ['[-]', '-', 'error'],
    ['[x-]', 'x', 'error'],
    ['a\\', 'a', 'error'],
  ])('%s and %s', (pattern, name, expected) => {
    const act = (): boolean => compileFilePattern(pattern)(name);
    if (expected === 'error') expect(message(act)).toBe('syntax error in pattern');
    else expect(act()).toBe(expected);
  });
});

describe('.helmignore', () => {
  const ignored = (rules: string, path: string, isFolder = false): boolean => parseIgnore(rules)(path, isFolder);

  test.each([
    ['', 'templates/.x', false, true],
    ['', '.x', false, false],
    ['# x\n\n  *.md  ', 'docs/a.md', false, true],
    ['/a.md', 'x/a.md', false, false],
    ['/a.md', 'a.md', false, true],
    ['docs/', 'docs', true, true],
    ['docs/', 'docs', false, false],
    ['docs/*.md', 'docs/a.md', false, true],
    ['\ufeffa', 'a', false, true],
    ['!a', 'a', false, false],
    ['!a', 'b', false, true],
    ['!a/', 'a', false, true],
    ['a', '.', true, false],
    ['a\r\nb', 'a', false, true],
  ])('%j and %s', (rules, path, isFolder, expected) => {
    expect(ignored(rules, path, isFolder)).toBe(expected);
  });

  test.each([
    ['a/**', 'double-star (**) syntax is not supported'],
    ['[', 'syntax error in pattern'],
  ])('%s is an error', (rules, expected) => {
    expect(message(() => parseIgnore(rules))).toBe(expected);
  });
});

test('a pattern without special characters matches itself alone', () => {
  const plain = fc.stringMatching(/^[a-z./é]*$/);
  fc.assert(
    fc.property(plain, plain, (a, b) => {
      expect(compileGlob(a)(b)).toBe(a === b);
      expect(compileFilePattern(a)(b)).toBe(a === b);
    }),
  );
});

test.each([
  ['', '.', '.'],
  ['a//b/../c/.', 'a/c', '.'],
  ['../../a', '../../a', 'a'],
  ['/../a/', '/a', 'a'],
  ['/', '/', '/'],
  ['a/b/', 'a/b', 'b'],
])('path %s', (path, clean, base) => {
  expect([cleanPath(path), basePath(path)]).toEqual([clean, base]);
});
