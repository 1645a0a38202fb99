import { Complex, Float32, Int, newMap, nilSlice, sliceOf, TypedMap } from 'go-template';
import { describe, expect, test } from 'vitest';

import { Duration } from '../time/duration.ts';
import { Time } from '../time/time.ts';
import { UTC } from '../time/zone.ts';
import { encodeYaml, encodeYamlPretty } from './encode.ts';

const long = Array.from({ length: 20 }, () => 'word').join(' ');

describe('scalars', () => {
  test.each<[unknown, string, string?]>([
    ['', '""'],
    ['a b', 'a b'],
    [' a', "' a'"],
    ['a: b', "'a: b'"],
    ['a #b', "'a #b'"],
    ['- a', "'- a'"],
    ['-a', '-a'],
    ['...', "'...'"],
    ["it's", "it's"],
    ["'", "''''"],
    ['{{ x }}', "'{{ x }}'"],
    ['a]', 'a]'],
    ['=', '='],
    ['<<', '<<'],
    ['true', '"true"'],
    ['y', '"y"'],
    ['1e3', '"1e3"'],
    ['1_000', '"1_000"'],
    ['0o-7', '0o-7', '"0o-7"'],
    ['12:30', '"12:30"'],
    ['2019-08-21', '"2019-08-21"'],
    ['2019-13-21', '2019-13-21'],
    ['1e400', '1e400'],
    ['a\nb', '|-\n  a\n  b'],
    ['a\nb\n', '|\n  a\n  b'],
    ['a\n\n', '|+\n  a\n'],
    ['\na', '|2-\n\n  a'],
    ['a \nb', '"a \\nb"'],
    ['a\n\tb', '"a\\n\\tb"', '|-\n  a\n  \tb'],
    ['\t', '"\\t"'],
    ['🎉', '"\\U0001F389"'],
    ['\ufeffa', '"\\uFEFF\\x61"'],
    ['a\u2028b', "'a\u2028  b'"],
    [
      long,
      'word word word word word word word word word word word word word word word word word\n  word word word',
      long,
    ],
    [1000000, '1000000', '1e+06'],
    [1e19, '10000000000000000000', '1e+19'],
    [1e20, '1e+20'],
    [-0, '0', '-0'],
    [0.00001, '1e-05'],
    [9007199254740993n, '9007199254740993'],
    [Int.of('int', 5), '5'],
    [new Float32(0.1), '0.1'],
    [new Duration(3_600_000_000_000n), '3600000000000', '1h0m0s'],
    [Time.date(2021, 3, 4, 0, 0, 0, 0, UTC), '"2021-03-04T00:00:00Z"', '2021-03-04T00:00:00Z'],
    [Uint8Array.of(104, 105), 'aGk=', '- 104\n- 105'],
    [nilSlice(), 'null', '[]'],
    ['a\udcc3', 'a\ufffd', '!!binary YcM='],
    ['a\x85\x85b', '|-\n  a\n  b', '"a\\N\\Nb"'],
    [null, 'null'],
  ])('%#', (value, plain, pretty = plain) => {
    expect([encodeYaml(value), encodeYamlPretty(value)]).toEqual([`${plain}\n`, `${pretty}\n`]);
  });
});

describe('collections', () => {
  const entries = newMap();
  entries.x = 1;
  test.each<[string, unknown, string, string]>([
    [
      'lists under keys',
      { a: [1, [2, 3], { b: [] }] },
      'a:\n- 1\n- - 2\n  - 3\n- b: []\n',
      'a:\n  - 1\n  - - 2\n    - 3\n  - b: []\n',
    ],
    ['maps', { a: { b: {}, c: { d: null } } }, 'a:\n  b: {}\n  c:\n    d: null\n', 'a:\n  b: {}\n  c:\n    d: null\n'],
    ['long keys', { ['k'.repeat(129)]: [1] }, `? ${'k'.repeat(129)}\n: - 1\n`, `? ${'k'.repeat(129)}\n: - 1\n`],
    ['keys of many lines', { 'a\nb': { c: 1 } }, '? |-\n  a\n  b\n: c: 1\n', '? |-\n  a\n  b\n: c: 1\n'],
    ['keys that look like else', { 1: 1, n: 2, '': 3 }, '"": 3\n"1": 1\n"n": 2\n', '"": 3\n"1": 1\n"n": 2\n'],
    [
      'typed ones',
      { m: new TypedMap('map[string]string', 'string', entries), l: sliceOf('string', ['a']) },
      'l:\n- a\nm:\n  x: 1\n',
      'l:\n  - a\nm:\n  x: 1\n',
    ],
  ])('%s', (_, value, plain, pretty) => {
    expect([encodeYaml(value), encodeYamlPretty(value)]).toEqual([plain, pretty]);
  });

  test.each<[string, string[], string[]?]>([
    ['digits by value', ['k1', 'k2', 'k9', 'k10']],
    ['letters last, by code point', ['.', '1', 'A', 'B', 'a', 'é']],
    ['a prefix first', ['a', 'a-b', 'aa']],
    ['letters after digits', ['d1-', 'd1a'], ['d1a', 'd1-']],
    ['leading zeros', ['a1', 'a01', 'a2']],
    ['beyond 64 bits the sum wraps', ['99999999999999999999', '9223372036854775808']],
  ])('order of keys: %s', (_, version2, version3 = version2) => {
    const value = Object.fromEntries([...version2].reverse().map((key) => [key, 0]));
    const keys = (text: string): string[] =>
      text
        .trim()
        .split('\n')
        .map((line) => line.replace(/^"?(.*?)"?: 0$/, '$1'));
    expect([keys(encodeYaml(value)), keys(encodeYamlPretty(value))]).toEqual([version2, version3]);
  });
});

describe('failures', () => {
  const itself: { a?: unknown } = {};
  itself.a = itself;
  test.each<[string, unknown, string]>([
    ['NaN', [Number.NaN], 'error marshaling into JSON: json: unsupported value: NaN'],
    ['complex', new Complex(0, 1), 'error marshaling into JSON: json: unsupported type: complex128'],
    ['control characters', { a: '\x7f' }, 'yaml: control characters are not allowed'],
    ['a key beyond 1024 characters', { ['k'.repeat(1023)]: 1 }, "yaml: did not find expected ',' or '}'"],
    [
      'a map in itself',
      itself,
      'error marshaling into JSON: json: unsupported value: encountered a cycle via map[string]interface {}',
    ],
  ])('%s', (_, value, message) => {
    expect(() => encodeYaml(value)).toThrow(message);
  });

  test('toYamlPretty knows infinities', () => {
    expect(encodeYamlPretty([Number.NaN, Number.NEGATIVE_INFINITY])).toBe('- .nan\n- -.inf\n');
  });
});
