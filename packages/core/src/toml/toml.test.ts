import { GoError, Int, nilSlice, typeOf } from 'go-template';
import { describe, expect, test } from 'vitest';

import { encodeJson } from '../json/encode.ts';
import { Duration } from '../time/duration.ts';
import { Time } from '../time/time.ts';
import { UTC } from '../time/zone.ts';
import { decodeToml, fromToml } from './decode.ts';
import { encodeToml } from './encode.ts';

describe('encode', () => {
  test.each<[string, unknown, string]>([
    [
      'scalars before tables',
      { t: { y: { z: 2 }, x: 1n }, a: true },
      'a = true\n\n[t]\n  x = 1\n  [t.y]\n    z = 2.0\n',
    ],
    ['arrays of tables', { l: [{ a: Int.of('int', 1) }, { a: 'x' }] }, '[[l]]\n  a = 1\n\n[[l]]\n  a = "x"\n'],
    [
      'arrays',
      { l: [1n, 'a', [true]], m: [{ a: 1n, b: { c: [] } }, 1n] },
      'l = [1, "a", [true]]\nm = [{a = 1, b = {c = []}}, 1]\n',
    ],
    ['floats', { a: 1, b: 1e6, c: Number.NaN, d: Number.NEGATIVE_INFINITY }, 'a = 1.0\nb = 1e+06\nc = nan\nd = -inf\n'],
    ['keys and strings', { '': 'a"\\\n\x01', 'd.k': 'é' }, '"" = "a\\"\\\\\\n\\u0001"\n"d.k" = "é"\n'],
    ['nil is left out', { a: null, b: nilSlice(), c: 1n }, 'c = 1\n'],
    [
      'times',
      { d: new Duration(1_000_000_000n), t: Time.date(2021, 3, 4, 0, 0, 0, 0, UTC) },
      'd = "1s"\nt = 2021-03-04T00:00:00Z\n',
    ],
    ['not a table', 'a', '"a"'],
  ])('%s', (_, value, text) => {
    expect(encodeToml(value)).toBe(text);
  });

  const itself: { a?: unknown } = {};
  itself.a = itself;
  test.each<[string, unknown, string]>([
    ['nil in a list', { a: [null] }, 'toml: cannot encode array with nil element'],
    ['tables without a name', [{ a: 1 }], 'toml: top-level values must be Go maps or structs'],
    ['nil', null, 'reflect: call of reflect.Value.Type on zero Value'],
    ['a table in itself', itself, 'exceeded max depth'],
  ])('fails on %s', (_, value, message) => {
    expect(() => encodeToml(value)).toThrow(new GoError(message));
  });
});

describe('decode', () => {
  test.each<[string, string]>([
    [
      'a = 1\nb.c = "x"\n[t] # c\nx = [1, 2.5,\n "y", # c\n]\n[t.u]\nz = {k = 1, l.m = true}',
      '{"a":1,"b":{"c":"x"},"t":{"u":{"z":{"k":1,"l":{"m":true}}},"x":[1,2.5,"y"]}}',
    ],
    ['[[a]]\nb = 1\n[[a]]\n[a.c]\nd = 2', '{"a":[{"b":1},{"c":{"d":2}}]}'],
    [
      'a = \'\'\'\nraw \\ x\'\'\'\nb = """\na\\\n   b"""\nc = "\\u00e9\\x41\\e"',
      '{"a":"raw \\\\ x","b":"ab","c":"éA\\u001b"}',
    ],
    [
      'a = 0xFF\nb = 0o17\nc = 1_000\nd = -1e3\ne = 9223372036854775807',
      '{"a":255,"b":15,"c":1000,"d":-1000,"e":9223372036854775807}',
    ],
    [
      'a = 1979-05-27 07:32:00+02:00\nb = 1979-05-27\nc = 07:32',
      '{"a":"1979-05-27T07:32:00+02:00","b":"1979-05-27T00:00:00Z","c":"0000-01-01T07:32:00Z"}',
    ],
    ['"q k" = {}\r\n__proto__ = 1\r\n', '{"__proto__":1,"q k":{}}'],
  ])('%j', (text, json) => {
    expect(encodeJson(decodeToml(text))).toBe(json);
  });

  test('types', () => {
    const { i, f, l, t, d } = decodeToml('i = 1\nf = 1.0\nl = [{}]\nd = 07:32:00\n[[t]]');
    expect([i, f, l, t, d].map(typeOf)).toEqual([
      'int64',
      'float64',
      '[]interface {}',
      '[]map[string]interface {}',
      'time.Time',
    ]);
    expect(String((d as Time).goString())).toBe('0000-01-01 07:32:00 +0000 time-local');
  });

  test('a local time is written as it was read', () => {
    const text = 'a = 1979-05-27T07:32:00.5\nb = 1979-05-27\nc = 07:32:00\n';
    expect(encodeToml(decodeToml(text, { localOffset: 7200 }))).toBe(text);
  });

  test.each([
    ['a = 1\na = 2', `line 2 (last key "a"): Key 'a' has already been defined.`],
    ['[a]\nb=1\n[a]', `line 3: Key 'a' has already been defined.`],
    ['a = 1\n[a.b]', `line 2: Key 'a' was already created as a hash.`],
    ['a = 1\n[[a]]', `line 2: Key 'a' was already created and cannot be used as an array.`],
    ['a =', 'line 1 (last key "a"): unexpected EOF; expected value'],
    ['a =\n', `line 1 (last key "a"): expected value but found '\\n' instead`],
    ['a', "line 1: unexpected EOF; expected key separator '='"],
    ['= 1', "line 1: unexpected '=': key name appears blank"],
    ['[t', "line 1: expected '.' or ']' to end table name, but got '\\x00' instead"],
    ['[]', 'line 1: unexpected end of table name (table names cannot be empty)'],
    ['a = "x', `line 1 (last key "a"): unexpected EOF; expected '"'`],
    ['a = "x\n"', 'line 1 (last key "a"): strings cannot contain newlines'],
    ['a = "\\q"', `line 1 (last key "a"): invalid escape in string '\\q'`],
    ['a = yes', 'line 1 (last key "a"): expected value but found "yes" instead'],
    ['[t]\na = 01', 'line 2 (last key "t.a"): Invalid integer "01": cannot have leading zeroes'],
    ['a = 1__0', 'line 1 (last key "a"): Invalid integer "1__0": underscores must be surrounded by digits'],
    ['a = 9223372036854775808', 'line 1 (last key "a"): 9223372036854775808 is out of range for int64'],
    ['a = 1.', `line 1 (last key "a"): Invalid float "1.": '.' must be followed by one or more digits`],
    ['a = 2021-13-01', 'line 1 (last key "a"): invalid datetime: "2021-13-01"'],
    ['a = [1 2]', `line 1 (last key "a"): expected a comma (',') or array terminator (']'), but got '2'`],
    ['a = 1 2', `line 1: expected a top-level item to end with a newline, comment, or EOF, but got '2' instead`],
    ['a = \x01', `line 1 (last key "a"): TOML files cannot contain control characters: '0x01'`],
    ['é = 1', "line 1: expected '.' or '=', but got 'é' instead"],
    ['a = \udcff', 'line 1 (last key "a"): invalid UTF-8 byte: 0xff'],
  ])('fault of %j', (text, message) => {
    expect(fromToml(text)).toEqual({ Error: `toml: ${message}` });
  });

  test('deep nesting is refused', () => {
    expect(() => decodeToml(`a = ${'['.repeat(100_000)}`)).toThrow(new GoError('exceeded max depth'));
  });
});
