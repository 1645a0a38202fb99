import { describe, expect, test } from 'vitest';

import { valueAtPath } from './set-path.ts';

describe('valueAtPath', () => {
  const cases: [path: string, tree: unknown][] = [
    ['a', { a: 1 }],
    ['a.b', { a: { b: 1 } }],
    ['a[1].b', { a: [null, { b: 1 }] }],
    ['a[0][1]', { a: [[null, 1]] }],
    ['a.[b.c/d]', { a: { 'b.c/d': 1 } }],
    ['[b.c]', { 'b.c': 1 }],
    ['a.[b.c].d', { a: { 'b.c': { d: 1 } } }],
  ];
  test.each(cases)('%s', (path, tree) => {
    expect(valueAtPath(path, 1)).toEqual(tree);
  });

  test.each([
    ['', 'set path is empty'],
    ['a.', 'unexpected end'],
    ['a..b', 'a key is missing'],
    ['a[b]', 'is no index'],
    ['a[0', 'missing ]'],
    ['a[99999999]', 'no list is as long'],
    ['a,b', 'invalid token found ,'],
    ['a=1', 'invalid token found ='],
  ])('refuses %j', (path, message) => {
    expect(() => valueAtPath(path, 1)).toThrow(message);
  });

  test('reaches no prototype', () => {
    valueAtPath('__proto__.polluted', true);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});
