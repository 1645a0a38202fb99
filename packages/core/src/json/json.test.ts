import fc from 'fast-check';
import { Float32, GoError, Int, nilSlice } from 'go-template';
import { describe, expect, test } from 'vitest';

import { decodeJson, fromJson, fromJsonArray } from './decode.ts';
import { encodeJson } from './encode.ts';

describe('encode', () => {
  test.each<[unknown, string]>([
    [{ b: 1, a: [], '🎉': {}, '\ufffd': null }, '{"a":[],"b":1,"\ufffd":null,"🎉":{}}'],
    ['<a & b>\u2028', '"\\u003ca \\u0026 b\\u003e\\u2028"'],
    ['\b\f\n\r\t\x01"\\\x7f', '"\\b\\f\\n\\r\\t\\u0001\\"\\\\\x7f"'],
    ['é\udcc3', '"é\\ufffd"'],
    [1e21, '1e+21'],
    [1e-7, '1e-7'],
    [-0, '-0'],
    [100000000000000000000, '100000000000000000000'],
    [new Float32(0.1), '0.1'],
    [9007199254740993n, '9007199254740993'],
    [Int.of('uint8', 7), '7'],
    [Uint8Array.of(104, 105), '"aGk="'],
    [nilSlice(), 'null'],
  ])('%#', (value, text) => {
    expect(encodeJson(value)).toBe(text);
  });

  test('raw and indented', () => {
    expect(encodeJson({ a: ['<', {}], b: { c: [] } }, { escapeHtml: false, indent: '  ' })).toBe(
      '{\n  "a": [\n    "<",\n    {}\n  ],\n  "b": {\n    "c": []\n  }\n}',
    );
  });

  test('what JSON cannot hold', () => {
    expect(() => encodeJson([Number.POSITIVE_INFINITY])).toThrow(new GoError('json: unsupported value: +Inf'));
  });
});

describe('decode', () => {
  test.each<[string, unknown]>([
    ['{"a":1,"a":2}', { a: 2 }],
    ['"\\ud83c\\udf89 \\ud800 \\/"', '🎉 \ufffd /'],
    ['"\udcc3"', '\ufffd'],
    [' [1e2, -0.5] ', [100, -0.5]],
  ])('%j', (text, value) => {
    expect(decodeJson(text)).toEqual(value);
  });

  test('no key reaches a prototype', () => {
    for (const text of ['{"__proto__":{"x":1}}', '{"__proto__":{"x":1},"s":"\\ud800"}']) {
      const value = decodeJson(text) as object;
      expect(Object.keys(value)).toContain('__proto__');
      expect('x' in value).toBe(false);
    }
  });

  test.each([
    ['', 'unexpected end of JSON input'],
    ['{"a":1', 'unexpected end of JSON input'],
    ['nul', "invalid character ' ' in literal null (expecting 'l')"],
    ['1.', "invalid character ' ' after decimal point in numeric literal"],
    ['-x', "invalid character 'x' in numeric literal"],
    ['1e+', "invalid character ' ' in exponent of numeric literal"],
    ['01', "invalid character '1' after top-level value"],
    ["'a'", "invalid character '\\'' looking for beginning of value"],
    ['é', "invalid character 'Ã' looking for beginning of value"],
    ['{a}', "invalid character 'a' looking for beginning of object key string"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b"}', `invalid character '"' after object key:value pair`],
    ['[1 2]', "invalid character '2' after array element"],
    ['"\\x"', "invalid character 'x' in string escape code"],
    ['"\\u12g4"', "invalid character 'g' in \\u hexadecimal character escape"],
    ['"\n"', "invalid character '\\n' in string literal"],
    ['1e400', 'json: cannot unmarshal number 1e400 into Go value of type float64'],
    ['['.repeat(10_001), "invalid character '[' exceeded max depth"],
  ])('fault of %j', (text, message) => {
    expect(() => decodeJson(text)).toThrow(new GoError(message));
  });

  test('what is written is read back', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = encodeJson(value);
        expect(JSON.parse(text)).toEqual(value);
        expect(encodeJson(decodeJson(text))).toBe(text);
      }),
    );
  });
});

describe('for templates', () => {
  test.each<[string, string, string]>([
    ['null', 'null', 'null'],
    ['{"a":1}', '{"a":1}', '["json: cannot unmarshal object into Go value of type []interface {}"]'],
    ['[1]', '{"Error":"json: cannot unmarshal array into Go value of type map[string]interface {}"}', '[1]'],
    [
      '1e400',
      '{"Error":"json: cannot unmarshal number into Go value of type map[string]interface {}"}',
      '["json: cannot unmarshal number into Go value of type []interface {}"]',
    ],
    ['{', '{"Error":"unexpected end of JSON input"}', '["unexpected end of JSON input"]'],
  ])('%j', (text, map, list) => {
    expect([encodeJson(fromJson(text)), encodeJson(fromJsonArray(text))]).toEqual([map, list]);
  });

  test('a number out of range leaves the rest', () => {
    expect(fromJson('{"a":1e400,"b":1}')).toEqual({
      Error: 'json: cannot unmarshal number 1e400 into Go value of type float64',
      a: null,
      b: 1,
    });
  });
});
