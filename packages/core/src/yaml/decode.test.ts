import fc from 'fast-check';
import { GoError, newMap } from 'go-template';
import { describe, expect, test } from 'vitest';

import { construct } from './construct.ts';
import {
  decodeYaml,
  decodeYamlArray,
  decodeYamlExact,
  decodeYamlMap,
  fromYaml,
  fromYamlArray,
  parseYaml,
} from './decode.ts';
import { encodeYaml, encodeYamlPretty } from './encode.ts';
import { TextError } from './error.ts';
import { readOrdinary, UNUSUAL } from './ordinary.ts';
import { readSource } from './source.ts';

const fault = (text: string, options = {}): string => {
  try {
    decodeYaml(text, options);
  } catch (e) {
    if (e instanceof TextError) return e.message.replace(/^error converting YAML to JSON: /, '');
    throw e;
  }
  return 'no error';
};

const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('scalars of YAML 1.1', () => {
  test.each<[string, unknown]>([
    ['yes', true],
    ['N', false],
    ['oN', 'oN'],
    ['~', null],
    ['nil', 'nil'],
    ['010', 8],
    ['0o17', 15],
    ['08', 8],
    ['0x1F', 31],
    ['0b11', 3],
    ['0b-1', -1],
    ['-0b1', -1],
    ['1_000', 1000],
    ['_1', '_1'],
    ['+1', 1],
    ['-0', 0],
    ['-0.0', -0],
    ['1e3', 1000],
    ['1e400', '1e400'],
    ['.5', 0.5],
    ['1:30', '1:30'],
    ['2021-03-04', '2021-03-04'],
    ['9007199254740993', 9007199254740992],
    ['18446744073709551615', 18446744073709552000],
    ['"\\x41\\u00e9\\U0001F389\\e"', 'Aé🎉\x1b'],
    ["'it''s'", "it's"],
    ['!!str 12', '12'],
    ['!!float 1', 1],
    ['!!int "12"', 12],
    ['!!binary aGk=', 'hi'],
    ['!!binary 4pyT6Q==', '✓\ufffd'],
    ['! 12', '12'],
    ['!foo 12', '12'],
    ['a b\n  c\n\n  d', 'a b c\nd'],
    ['|\n  a\n   b\n\n  c\n', 'a\n b\n\nc\n'],
    ['>-\n  a\n  b\n\n  c\n   d\n', 'a b\nc\n d'],
    ['|2-\n   a\n', ' a'],
    ['|+\n  a\n\n', 'a\n\n'],
    ['"a\n   b\\\n   c"', 'a bc'],
  ])('%j', (text, value) => {
    expect(decodeYaml(`v: ${text}`)).toEqual({ v: value });
  });
});

describe('keys', () => {
  test.each([
    ['y: 1', 'true'],
    ['n: 1', 'false'],
    ['010: 1', '8'],
    ['3.00000001: 1', '3'],
    ['1e21: 1', '1e+21'],
    ['.inf: 1', '.inf'],
    ['"n": 1', 'n'],
    ['? a b\n: 1', 'a b'],
    ['__proto__: 1', '__proto__'],
  ])('%j', (text, key) => {
    expect(Object.keys(decodeYaml(text) as object)).toEqual([key]);
  });
});

describe('collections', () => {
  test.each<[string, string, unknown]>([
    ['the last of equal keys wins', 'a: 1\na: 2', { a: 2 }],
    ['a list under its key', 'a:\n- 1\n- - 2\n  - 3\nb: 4', { a: [1, [2, 3]], b: 4 }],
    ['flow', 'a: {b: [1, "x", c d], "e":f}', { a: { b: [1, 'x', 'c d'], e: 'f' } }],
    ['a pair in a flow list', '[a: b]', [{ a: 'b' }]],
    [
      'merge where it stands',
      'x: &x {a: 1, b: 2}\nz:\n  a: 0\n  <<: *x\n  b: 3',
      { x: { a: 1, b: 2 }, z: { a: 1, b: 3 } },
    ],
    ['of merged maps the first wins', '<<: [{a: 1}, {a: 2, b: 2}]', { a: 1, b: 2 }],
    ['a quoted << is a key', '"<<": {a: 1}', { '<<': { a: 1 } }],
    ['aliases are copies', 'x: &x {a: 1}\nz: *x', { x: { a: 1 }, z: { a: 1 } }],
    ['only the first document', '--- # c\na: 1\n---\nb: [', { a: 1 }],
    ['what follows the root is not seen', '"a" b', 'a'],
    ['directives', '%YAML 1.1\n%TAG !e! tag:yaml.org,2002:\n---\n!e!str 1', '1'],
    ['CRLF and lone CR', 'a: 1\r\nb:\r\n- x\r\n- |\r\n  l\rc: 2', { a: 1, b: ['x', 'l\n'], c: 2 }],
    ['a byte order mark', '\ufeffa: 1', { a: 1 }],
    ['UTF-16', '\udcff\udcfea\0:\0 \x001\0', { a: 1 }],
    ['a tab after a value', 'a: b\t# c', { a: 'b' }],
    ['nothing', '', null],
    ['a comment only', '# x', null],
  ])('%s', (_, text, value) => {
    expect(json(decodeYaml(text))).toEqual(value);
  });

  test('an alias is a copy, not the same map', () => {
    const { x, z } = decodeYaml('x: &x {a: 1}\nz: *x') as { x: object; z: object };
    expect(x).toEqual(z);
    expect(x).not.toBe(z);
  });
});

describe('faults have the words and lines of go-yaml', () => {
  test.each([
    ['a: b: c', 'yaml: mapping values are not allowed in this context'],
    ['a: 1\nb\nc: 2', "yaml: line 3: could not find expected ':'"],
    ['a: 1\n b: 2', 'yaml: line 2: mapping values are not allowed in this context'],
    ['a:\n  - b\n c: 1', 'yaml: line 2: did not find expected key'],
    ['a: [1, 2', "yaml: line 1: did not find expected ',' or ']'"],
    ['a: "x', 'yaml: found unexpected end of stream'],
    ['a: @x', 'yaml: found character that cannot start any token'],
    ['a:\n\tb: 1', 'yaml: line 2: found character that cannot start any token'],
    ['a: *x', "yaml: unknown anchor 'x' referenced"],
    ['a: &x [*x]', "yaml: anchor 'x' value contains itself"],
    ['a: {{ .x }}', 'yaml: invalid map key: map[interface {}]interface {}{".x":interface {}(nil)}'],
    ['~: 1', 'unsupported map key of type: %!s(<nil>), key: <nil>, value: 1'],
    ['18446744073709551615: x', 'unsupported map key of type: uint64, key: 0xffffffffffffffff, value: "x"'],
    ['b: .nan\na: -.inf', 'json: unsupported value: -Inf'],
    ['<<: 1', 'yaml: map merge requires map or sequence of maps as the value'],
    ['!!int abc', 'yaml: cannot decode !!str `abc` as a !!int'],
    ['!!binary x', 'yaml: !!binary value contains invalid base64 data'],
    ['!x!y z', 'yaml: found undefined tag handle'],
    ['%YAML 1.2\n---\na', 'yaml: found incompatible YAML document'],
    ['"\\ud83c\\udf89"', 'yaml: found invalid Unicode character escape code'],
    ['"\\/"', 'yaml: found unknown escape character'],
    [`a: \x01`, 'yaml: control characters are not allowed'],
    [`a: \udcff`, 'yaml: invalid leading UTF-8 octet'],
    [`a: \udcc3`, 'yaml: incomplete UTF-8 octet sequence'],
    [`a: \udcc3x`, 'yaml: invalid trailing UTF-8 octet'],
    [`a: 1\n${'k'.repeat(1025)}: 1`, "yaml: line 2: could not find expected ':'"],
  ])('%j', (text, message) => {
    expect(fault(text)).toBe(message);
  });

  test('a bad character counts only once the reader comes to its block', () => {
    expect(fault(`a: [\nb: ]\n${'#'.repeat(600)}\x01`)).toBe('yaml: control characters are not allowed');
    expect(fault(`a: b: c\n${'#'.repeat(600)}\x01`)).toBe('yaml: mapping values are not allowed in this context');
    expect(decodeYaml(`a: 1\n---\n${'#'.repeat(600)}\x01`)).toEqual({ a: 1 });
  });

  test('the line is that of the text, whatever the message says', () => {
    expect(() => decodeYaml('a: 1\nb: [\nc: 2')).toThrow(expect.objectContaining({ line: 3, code: 'TEXT_INVALID' }));
  });

  test('a null key of a map that another replaces does no harm', () => {
    expect(decodeYaml('a: {~: 1}\na: 2')).toEqual({ a: 2 });
  });
});

describe('strict', () => {
  test('names every key set twice', () => {
    expect(fault('a: 1\nb:\n  c: 1\n  c: 2\na: 2\n1: x\n"1": y', { strict: true })).toBe(
      'yaml: unmarshal errors:\n  line 4: key "c" already set in map\n  line 5: key "a" already set in map',
    );
  });
});

describe('limits', () => {
  test('aliases must not multiply', () => {
    const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]'];
    for (const [i, name] of [...'bcdefghi'].entries()) {
      const last = 'abcdefghi'[i] as string;
      bomb.push(`${name}: &${name} [${Array.from({ length: 9 }, () => `*${last}`).join(', ')}]`);
    }
    expect(fault(bomb.join('\n'))).toBe('yaml: document contains excessive aliasing');
  });

  test.each([
    ['flow', '['.repeat(20_000), 'error converting YAML to JSON: yaml: exceeded max depth of 10000'],
    ['block', '- '.repeat(20_000), 'error converting YAML to JSON: yaml: exceeded max depth of 10000'],
    [
      'JSON',
      `a: ${'['.repeat(10_000)}${']'.repeat(10_000)}`,
      "error unmarshaling JSON: while decoding JSON: invalid character '[' exceeded max depth",
    ],
  ])('nesting: %s', (_, text, message) => {
    expect(() => decodeYaml(text)).toThrow(message);
  });

  test('ten thousand levels are read', () => {
    let value = decodeYaml('['.repeat(10_000) + ']'.repeat(10_000));
    let depth = 0;
    for (; Array.isArray(value); value = value[0]) depth++;
    expect(depth).toBe(10_000);
  });
});

describe('select', () => {
  const text = 'apiVersion: v1\nmetadata:\n  name: x\n  labels: {a: b}\nspec:\n- kind: [1, {x: y}]\n';
  const select = { apiVersion: true, metadata: { name: true } } as const;

  test.each([
    ['ordinary', text],
    ['unusual', `${text}anchor: &x 1\n`],
  ])('keeps the wanted keys of %s text', (_, input) => {
    expect(decodeYaml(input, { select })).toEqual({ apiVersion: 'v1', metadata: { name: 'x' } });
  });

  test.each(['spec: {~: 1}', 'spec: .inf', 'spec: {a: b: c}', 'spec:\n  <<: 1'])('and fails as ever: %j', (bad) => {
    expect(() => decodeYaml(`apiVersion: v1\n${bad}`, { select })).toThrow(GoError);
  });
});

test('texts makes strings of numbers where Go has strings', () => {
  const texts = { version: true, annotations: { '*': true }, dependencies: { '[]': { version: true } } } as const;
  const text =
    'version: 1.10\nx: 1.10\nannotations: {a: 010, b: yes, c: 1.23456789, d: ~}\ndependencies: [{version: 2}]';
  expect(decodeYaml(text, { texts })).toEqual({
    version: '1.1',
    x: 1.1,
    annotations: { a: '8', b: 'true', c: '1.2345679', d: null },
    dependencies: [{ version: '2' }],
  });
});

describe('typed', () => {
  const mismatch = 'error unmarshaling JSON: while decoding JSON: json: cannot unmarshal';
  test('maps', () => {
    expect(decodeYamlMap('')).toEqual({});
    expect(() => decodeYamlMap('- 1')).toThrow(`${mismatch} array into Go value of type map[string]interface {}`);
    expect(fromYaml('5')).toEqual({ Error: `${mismatch} number into Go value of type map[string]interface {}` });
  });
  test('lists', () => {
    expect(decodeYamlArray('null')).toEqual([]);
    expect(() => decodeYamlArray('true')).toThrow(`${mismatch} bool into Go value of type []interface {}`);
    expect(fromYamlArray('a: 1')).toEqual([`${mismatch} object into Go value of type []interface {}`]);
  });
});

const pieces = fc.constantFrom(
  ...[
    'a',
    'b: ',
    ': ',
    '- ',
    '\n',
    '\n  ',
    '\n    ',
    '[',
    ']',
    '{',
    '}',
    ', ',
    '"',
    "'",
    '|',
    '>-',
    '#',
    ' # c',
    '1',
    '~',
    'y',
    'x y',
  ],
  ...[
    '.inf',
    '\\n',
    '\\',
    '---',
    '\n---\n',
    '\t',
    '? ',
    '&a ',
    '*a',
    '<<: ',
    '!!str ',
    'é',
    '🎉',
    'k: v\n',
    '- v\n',
    '  k: v\n',
  ],
);

describe('properties', () => {
  test('the quick reader says what the complete one says, or nothing', () => {
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 20 }), (parts) => {
        const source = readSource(parts.join(''));
        const quick = source.ordinary ? readOrdinary(source.text, false, undefined) : UNUSUAL;
        if (quick === UNUSUAL) return;
        const root = parseYaml(parts.join(''));
        expect(quick).toEqual(
          root === undefined ? null : construct(root, { strict: false, exact: false, texts: undefined }),
        );
      }),
      { numRuns: 3000 },
    );
  });

  test('any text is read or refused', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        try {
          decodeYaml(text);
        } catch (e) {
          expect(e).toBeInstanceOf(TextError);
        }
      }),
    );
  });

  const word = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 30 }),
    fc
      .array(fc.constantFrom('word', "it's", 'a: b', '- x', '# c', 'true', '1e3', 'é', '🎉', '"'), { maxLength: 30 })
      .map((w) => w.join(' ')),
    fc.array(fc.constantFrom('line', '', '  in', 'a: b', '# c'), { maxLength: 6 }).map((w) => w.join('\n')),
  );
  const value = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      word,
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(word, tie('value'), { maxKeys: 4 }).map((entries) => Object.assign(newMap(), entries)),
    ),
  })).value;

  test.each([
    ['encodeYaml', encodeYaml],
    ['encodeYamlPretty', encodeYamlPretty],
  ])('%s writes what is read back', (_, encode) => {
    fc.assert(
      fc.property(value, (v) => {
        let text: string;
        try {
          text = encode(v);
        } catch (e) {
          expect(e).toBeInstanceOf(GoError); // control characters
          return;
        }
        expect(decodeYaml(text)).toEqual(v);
      }),
      { numRuns: 500 },
    );
  });
});

describe('decodeYamlExact', () => {
  const cases: [text: string, value: unknown][] = [
    ['a: 80', { a: 80n }],
    ['a: 80.0', { a: 80 }],
    ['a: 9007199254740993', { a: 9007199254740993n }],
    ['a: 1e3', { a: 1000 }],
    ['a: yes', { a: 'yes' }],
    ['a: Off', { a: 'Off' }],
    ['n: y\non: {yes: no}', { n: 'y', on: { yes: 'no' } }],
    ['a: [true, False, ~]', { a: [true, false, null] }],
    ['a: !!bool "true"', { a: true }],
    ['a: "80"', { a: '80' }],
    ['a: .inf', { a: Number.POSITIVE_INFINITY }],
    ['a: &x {b: 1}\nc: {<<: *x, d: 2}', { a: { b: 1n }, c: { b: 1n, d: 2n } }],
    ['', null],
  ];
  test.each(cases)('%j', (text, value) => {
    expect(decodeYamlExact(text)).toEqual(value);
  });

  test('a key set twice', () => {
    expect(() => decodeYamlExact('a: 1\na: 2\n')).toThrow('key "a" already set in map');
  });
});
