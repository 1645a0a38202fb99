import { describe, expect, test } from 'vitest';

import { readSuites } from './suite.ts';

const read = (text: string, strict = false) => readSuites('x_test.yaml', text, { route: 'shop', strict });

describe('readSuites', () => {
  test('several in a file', () => {
    const suite = 'suite: a\ntests: [{it: t, asserts: [{isKind: {of: x}}]}]\n';
    expect(
      read(`${suite}---\n${suite.replace('suite: a', 'suite: b')}---\n# nothing\n`).map(({ name }) => name),
    ).toEqual(['a', 'b']);
  });

  const cases: [text: string, message: string][] = [
    ['suite: a', 'no tests found'],
    ['tests: [{it: t}]', 'no asserts found'],
    ['tests: [{asserts: [{template: x}]}]', 'no assertion type defined'],
    ['tests: [{asserts: [{isCat: {}}]}]', 'Assertion type `isCat` is invalid'],
    ['tests: [{asserts: [{isKind: {of: x}, equal: {path: a, value: 1}}]}]', 'is declared duplicately'],
    ['tests: [{asserts: [{isKind: {of: 1}}]}]', "isKind: 'of' expected type 'string', got unconvertible type 'int'"],
    ['tests: [{asserts: [{isKind: x}]}]', "isKind: expected a map, got 'string'"],
    ['tests: [{asserts: [{hasDocuments: {count: "1"}}]}]', "'count' expected type 'int'"],
    ['tests: [{asserts: [{isKind: {of: x}, documentSelector: {value: 1}}]}]', "empty 'documentSelector.path'"],
    ['tests: {}', 'cannot unmarshal map[string]interface {} into list: tests of TestSuite'],
    ['tests: [1]', 'cannot unmarshal int into TestJob'],
    ['- 1', 'cannot unmarshal []interface {} into TestSuite'],
    ['a: [', 'yaml: '],
    ['tests: [{asserts: [{isKind: {of: x}}], documentIndex: a}]', 'cannot unmarshal string into int'],
  ];
  test.each(cases)('refuses %s', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  test('unknown fields are refused when that is asked for', () => {
    const text = 'sweet: 1\ntests: [{asserts: [{isKind: {of: x}}]}]';
    expect(read(text).length).toBe(1);
    expect(() => read(text, true)).toThrow('field sweet not found in type unittest.TestSuite');
  });
});
