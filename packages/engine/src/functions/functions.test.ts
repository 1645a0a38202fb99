import { parseVersion, Time } from '@pack/core';
import fc from 'fast-check';
import {
  fromBytes,
  GoError,
  type GoMap,
  Int,
  isNilSlice,
  newMap,
  sliceOf,
  TypedMap,
  toBytes,
  toGo,
  typeOf,
} from 'go-template';
import { describe, expect, test } from 'vitest';

import { cryptoFunctions } from './crypto.ts';
import { hashFunctions } from './hash.ts';
import { sprigFunctions } from './index.ts';
import { loadFunctions } from './load.ts';
import { regexpFunctions } from './regexp.ts';
import type { World } from './world.ts';

let seed = 1;
const world: World = {
  now: () => new Date('2021-03-04T05:06:07Z'),
  // A linear congruential generator: even enough to look at, and the same in every run.
  random: (n) =>
    Uint8Array.from({ length: n }, () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return seed >> 16;
    }),
  timeZone: 'Europe/Berlin',
};

const functions = sprigFunctions(world, { ...regexpFunctions, ...hashFunctions, ...cryptoFunctions(world) });

function call(name: string, ...args: unknown[]): unknown {
  const found = functions[name];
  if (found === undefined) throw new Error(`no function ${name}`);
  return found.call(...(args as never[]));
}

function fault(name: string, ...args: unknown[]): string {
  try {
    call(name, ...args);
  } catch (e) {
    if (e instanceof GoError) return e.message;
    throw e;
  }
  throw new Error(`${name} did not fail`);
}

const map = (entries: Record<string, unknown>): GoMap => toGo(entries) as GoMap;
const int = (n: number): Int => Int.of('int', n);
const broken = fromBytes(Uint8Array.of(0xc3));

/** Rows of a function's name, its arguments and what it returns. */
type Row = [name: string, args: unknown[], wanted: unknown];
const rows = (cases: Row[]): void => {
  for (const [i, [name, args, wanted]] of cases.entries()) {
    test(`${name} ${i}`, () => {
      expect(call(name, ...args)).toEqual(wanted);
    });
  }
};

describe('text', () => {
  rows([
    ['upper', ['straße ᾳ'], 'STRAßE ᾼ'],
    ['lower', ['İΣΟΔΟΣ'], 'iσοδοσ'],
    ['title', ["don't stop_it ǆ é9a"], "Don'T Stop_it ǅ É9a"],
    ['untitle', ['Hello World'], 'hello world'],
    ['swapcase', ['hELLO wORLD'], 'Hello World'],
    ['trim', ['\u00a0\u0085 a \u2003'], 'a'],
    ['trim', ['\u200b\ufeff'], '\u200b\ufeff'],
    ['snakecase', ['HTTPServer2Go'], 'http_server2_go'],
    ['snakecase', ['HTTP20xOK'], 'http_20x_ok'],
    ['kebabcase', ['Bld4Floor3rd'], 'bld4-floor-3rd'],
    ['camelcase', ['HTTPServer_name'], 'HttpserverName'],
    ['camelcase', ['__'], '___'],
    ['nospace', ['a é'], 'aÃ©'],
    ['nospace', ['é'], 'é'],
    ['initials', ['José Ábel'], 'JÃ'],
    ['trunc', [1, 'é'], broken],
    ['trunc', [-2, 'abc'], 'bc'],
    ['trunc', [-9, 'abc'], 'abc'],
    ['substr', [1, -1, 'abc'], 'bc'],
    ['substr', [-1, 2, 'abc'], 'ab'],
    ['abbrev', [5, 'hello world'], 'he...'],
    ['abbrev', [3, 'hello'], 'hello'],
    ['abbrevboth', [5, 10, '1234 5678 9123'], '...5678...'],
    ['wrap', [5, 'Hello World of words'], 'Hello\nWorld\nof\nwords'],
    ['wrapWith', [5, '', 'HelloWorld'], 'Hello\nWorld'],
    ['quote', ['a"\u200b', null, broken, 1e6], '"a\\"\\u200b" "\\xc3" "1e+06"'],
    ['squote', ["it's", null, 1], "'it's' '1'"],
    ['cat', ['a', null, 1.5, true], 'a 1.5 true'],
    ['indent', [2, 'a\n\nb'], '  a\n  \n  b'],
    ['replace', ['', '-', 'a🎉'], '-a-🎉-'],
    ['replace', ['a', '$&', 'aa'], '$&$&'],
    ['trimAll', ['$é', '$ab$é'], 'ab'],
    ['trimSuffix', [fromBytes(Uint8Array.of(0xa9)), 'é'], broken],
    ['toStrings', [[1, null, 'a']], sliceOf('string', ['1', 'a'])],
    ['join', ['-', [1, null, 'b']], '1-b'],
    ['join', ['-', 'x'], 'x'],
    ['toString', [null], '<nil>'],
    ['plural', ['one', 'many', 1], 'one'],
    ['regexQuoteMeta', ['a.b[c]'], 'a\\.b\\[c\\]'],
    ['splitList', ['', 'a🎉'], sliceOf('string', ['a', '🎉'])],
    ['splitn', ['-', 2, 'a-b-c'], new TypedMap('map[string]string', 'string', map({ _0: 'a', _1: 'b-c' }))],
  ]);

  test.each([
    ['repeat', [-1, 'a'], 'strings: negative Repeat count'],
    ['repeat', [2 ** 40, 'a'], 'strings: Repeat output length overflow'],
    ['substr', [-1, 9, 'abc'], 'runtime error: slice bounds out of range [:9] with length 3'],
    ['substr', [3, 2, 'abc'], 'runtime error: slice bounds out of range [3:2]'],
  ])('%s%j panics', (name, args, message) => {
    expect(fault(name, ...args)).toBe(message);
  });

  test('broken bytes never get lost', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => {
        const text = fromBytes(bytes);
        const pieces = call('splitList', '', text) as string[];
        expect(toBytes(call('join', '', pieces) as string)).toEqual(bytes);
        expect(toBytes(call('b64dec', call('b64enc', text)) as string)).toEqual(bytes);
        expect(toBytes(call('b32dec', call('b32enc', text)) as string)).toEqual(bytes);
      }),
    );
  });
});

describe('numbers', () => {
  rows([
    ['int', ['010'], 8n],
    ['int', ['0x1F'], 31n],
    ['int', ['1_000'], 1000n],
    ['int', ['1.0'], 1n],
    ['int', ['1.9'], 0n],
    ['int', [1e19], -(1n << 63n)],
    ['float64', ['0x10'], 0],
    ['float64', ['1e400'], 0],
    ['float64', ['Inf'], Number.POSITIVE_INFINITY],
    ['atoi', ['99999999999999999999'], (1n << 63n) - 1n],
    ['add', [1.9, 1.9], 2n],
    ['div', [-7, 2n], -3n],
    ['mul', [1n << 62n, 4], 0n],
    ['max', [1, '7', null], 7n],
    ['addf', [0.1, 0.2], 0.3],
    ['mulf', [1.1, 1.1], 1.21],
    ['divf', [1, 3], 0.3333333333333333],
    ['divf', [-2, 3], -0.6666666666666667],
    ['add1f', [1e300], 1e300],
    ['round', [-1.5, 0], -2],
    ['round', [123.555555, 3], 123.556],
    ['round', [1.3, 0, 0.2], 2],
    ['ceil', [-0.5], -0],
    ['seq', [0], '1 0'],
    ['seq', [1, 2, 6], '1 3 5'],
    ['seq', [5, 1, 1], ''],
    ['until', [-2], sliceOf('int', [int(0), int(-1)])],
    ['untilStep', [0, 5, 0], sliceOf('int', [])],
    ['toDecimal', [777], 511n],
  ]);

  test.each([
    ['div', [1, 0], 'runtime error: integer divide by zero'],
    ['divf', [1, 0], 'decimal division by 0'],
    ['addf', ['Inf'], 'Cannot create a Decimal from +Inf'],
    ['until', [1e9], 'sequence of more than 10000000 numbers'],
  ])('%s%j panics', (name, args, message) => {
    expect(fault(name, ...args)).toBe(message);
  });
});

describe('lists', () => {
  const strings = (): string[] => sliceOf('string', ['b', 'a']);
  rows([
    ['first', [[]], null],
    ['last', [['a', 'b']], 'b'],
    ['initial', [['a', 'b']], ['a']],
    ['uniq', [[1, int(1), 1, 'a', 'a', [1], [1]]], [1, int(1), 'a', [1]]],
    ['has', [int(1), [1]], false],
    ['has', [1, null], false],
    ['without', [['a', 'b', null], 'a', null], ['b']],
    ['compact', [[0, '', 'a', null, [], newMap()]], ['a']],
    ['slice', [['a', 'b', 'c'], int(1)], ['b', 'c']],
    ['chunk', [2, ['a', 'b', 'c']], sliceOf('[]interface {}', [['a', 'b'], ['c']])],
    ['chunk', [-2, ['a']], sliceOf('[]interface {}', [['a']])],
    ['sortAlpha', [[10, 9, null, '🎉', '\uffff']], sliceOf('string', ['10', '9', '\uffff', '🎉'])],
    ['sortAlpha', ['x'], sliceOf('string', ['x'])],
    ['coalesce', [0, '', null], null],
    ['default', [5, false], 5],
    ['empty', [new Time(0, 0, parseZone())], false],
    ['all', [], true],
  ]);

  test('sortAlpha sorts a []string where it stands, append copies', () => {
    const list = strings();
    expect(call('sortAlpha', list)).toBe(list);
    expect(list).toEqual(sliceOf('string', ['a', 'b']));
    expect(call('append', list, 'c')).toEqual(['a', 'b', 'c']);
    expect(list).toHaveLength(2);
  });

  test('rest of nothing and concat of nothing are nil', () => {
    for (const [name, args] of [
      ['rest', [[]]],
      ['initial', [[]]],
      ['concat', []],
      ['regexFindAll', ['x', 'a', -1]],
    ] as const) {
      expect(isNilSlice(call(name, ...args) as unknown[])).toBe(true);
    }
  });

  test.each([
    ['first', [null], 'runtime error: invalid memory address or nil pointer dereference'],
    ['first', ['a'], 'Cannot find first on type string'],
    ['append', [map({}), 1], 'Cannot push on type map'],
    ['concat', ['a'], 'Cannot concat type string as list'],
    ['slice', [['a'], 0, 2], 'reflect.Value.Slice: slice index out of bounds'],
    ['chunk', [0, ['a']], 'runtime error: makeslice: len out of range'],
  ])('%s%j panics', (name, args, message) => {
    expect(fault(name, ...args)).toBe(message);
  });
});

describe('maps', () => {
  rows([
    ['dict', ['a', 1, 2, 'b', 'c'], map({ a: 1, 2: 'b', c: '' })],
    ['get', [map({}), 'a'], ''],
    ['get', [null, 'a'], ''],
    ['hasKey', [map({}), 'constructor'], false],
    ['dict', ['__proto__', 1], Object.assign(newMap(), JSON.parse('{"__proto__":1}'))],
    ['keys', [map({ b: 1, a: 2 }), map({ c: 3 })], sliceOf('string', ['a', 'b', 'c'])],
    ['values', [map({ b: 1, a: 2 })], [2, 1]],
    ['pick', [map({ a: 1, b: 2 }), 'a', 'x'], map({ a: 1 })],
    ['omit', [map({ a: 1, b: 2 }), 'a'], map({ b: 2 })],
    ['pluck', ['a', map({ a: 1 }), map({}), null], [1]],
    ['dig', ['a', 'b', 'd', map({ a: { b: null } })], null],
    ['dig', ['a', 'x', 'd', map({ a: {} })], 'd'],
    ['merge', [map({ a: 0, b: { c: 1 } }), map({ a: 5, b: { c: 2, d: [] } })], map({ a: 5, b: { c: 1, d: [] } })],
    [
      'mergeOverwrite',
      [map({ a: 1, b: { c: 1 }, l: [1] }), map({ a: null, b: {}, l: [] })],
      map({ a: null, b: { c: 1 }, l: [] }),
    ],
    ['merge', [map({ a: parseVersion('1') }), map({ a: {} })], ''],
  ]);

  test('merge shares nested maps with its source, deepCopy shares nothing', () => {
    const source = map({ a: { b: 1 } });
    const merged = call('merge', map({}), source) as GoMap;
    const copied = call('deepCopy', source) as GoMap;
    expect(merged.a).toBe(source.a);
    expect(copied).toEqual(source);
    expect(copied.a).not.toBe(source.a);
  });

  test.each([
    ['set', [null, 'a', 1], 'assignment to entry in nil map'],
    ['dig', ['a', map({})], 'dig needs at least three arguments'],
    ['dig', ['a', 'd', null], 'interface conversion: interface {} is nil, not map[string]interface {}'],
    ['dig', [1, 'd', map({})], 'interface conversion: interface {} is float64, not string'],
    [
      'dig',
      ['a', 'b', 'd', map({ a: 's' })],
      'interface conversion: interface {} is string, not map[string]interface {}',
    ],
    ['mustMerge', [map({ a: parseVersion('1') }), map({ a: {} })], 'src and dst must be of same type'],
    ['deepCopy', [null], 'reflect: call of reflect.Value.Type on zero Value'],
  ])('%s panics: %#', (name, args, message) => {
    expect(fault(name, ...args)).toBe(message);
  });

  test("mergeOverwrite with a map's own copy changes nothing", () => {
    const value = fc.dictionary(fc.string({ maxLength: 3 }), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 5 });
    fc.assert(
      fc.property(value, (data) => {
        const original = toGo(data) as GoMap;
        const merged = call('mergeOverwrite', toGo(data), call('deepCopy', original));
        expect(call('deepEqual', merged, original)).toBe(true);
      }),
    );
  });
});

describe('regular expressions', () => {
  rows([
    ['regexMatch', ['(', 'a'], false],
    ['regexFind', ['a+', 'xaab'], 'aa'],
    ['regexFindAll', ['a*', 'baab', -1], sliceOf('string', ['', 'aa', ''])],
    ['regexFindAll', ['[a-z]', 'abc', 2], sliceOf('string', ['a', 'b'])],
    ['regexReplaceAll', ['a(x*)b', '-ab-axxb-', '${1}W'], '-W-xxW-'],
    ['regexReplaceAll', ['a(x*)b', '-ab-axxb-', '$1W'], '---'],
    ['regexReplaceAll', ['(?P<n>a)', 'a', '$n$$$'], 'a$$'],
    ['regexReplaceAll', ['x*', 'aéb', '-'], '-a-é-b-'],
    ['regexReplaceAllLiteral', ['a', 'aa', '$0'], '$0$0'],
    ['regexSplit', ['', 'abc', -1], sliceOf('string', ['a', 'b', 'c'])],
    ['regexSplit', ['z+', 'pizza', 1], sliceOf('string', ['pizza'])],
    ['regexSplit', ['a', 'banana', 2], sliceOf('string', ['b', 'nana'])],
  ]);

  test('errors name the pattern only where Go panics', () => {
    expect(fault('regexFind', '(', 'a')).toBe('regexp: Compile(`(`): error parsing regexp: missing closing ): `(`');
    expect(fault('mustRegexFind', '(', 'a')).toBe('error parsing regexp: missing closing ): `(`');
    expect(fault('mustRegexMatch', '\\', 'a')).toBe(
      'error parsing regexp: trailing backslash at end of expression: ``',
    );
  });
});

describe('URLs and paths', () => {
  const parts = { fragment: '', host: '', hostname: '', opaque: '', path: '', query: '', scheme: '', userinfo: '' };
  rows([
    [
      'urlParse',
      ['http://u:p%40@[::1]:80/a%20b?q=1#f'],
      map({
        ...parts,
        scheme: 'http',
        userinfo: 'u:p%40',
        host: '[::1]:80',
        hostname: '::1',
        path: '/a b',
        query: 'q=1',
        fragment: 'f',
      }),
    ],
    ['urlParse', ['mailto:a@b'], map({ ...parts, scheme: 'mailto', opaque: 'a@b' })],
    [
      'urlJoin',
      [map({ scheme: 'http', host: 'h', path: 'x y', query: 'a=b c', fragment: 'é', userinfo: 'a:b:c' })],
      'http://a:b%3Ac@h/x%20y?a=b c#%C3%A9',
    ],
    ['urlJoin', [map({ path: 'a:b' })], './a:b'],
    ['base', ['/a/b/'], 'b'],
    ['base', ['//'], '/'],
    ['dir', ['a'], '.'],
    ['clean', ['/../a/./b/..//c'], '/a/c'],
    ['ext', ['a.b/c'], ''],
    ['osExt', ['a.tar.gz'], '.gz'],
    ['isAbs', ['/'], true],
  ]);

  test.each([
    ['http://a b/', 'parse "http://a b/": invalid character " " in host name'],
    ['http://h/%zz', 'parse "http://h/%zz": invalid URL escape "%zz"'],
    ['http://h:x/', 'parse "http://h:x/": invalid port ":x" after host'],
    [':', 'parse ":": missing protocol scheme'],
    ['a:b\n', 'parse "a:b\\n": net/url: invalid control character in URL'],
    ['1:2', 'parse "1:2": first path segment in URL cannot contain colon'],
  ])('%j is no URL', (text, message) => {
    expect(fault('urlParse', text)).toBe(`unable to parse url: ${message}`);
  });

  test('a part must be text', () => {
    expect(fault('urlJoin', map({ host: 1 }))).toBe(
      'unable to parse host key, must be of type string, but float64 found',
    );
  });
});

describe('encodings', () => {
  rows([
    ['b64dec', ['YQ\n=='], 'a'],
    ['b64dec', ['YQ='], 'illegal base64 data at input byte 3'],
    ['b64dec', ['YQ==x'], 'illegal base64 data at input byte 4'],
    ['b64dec', ['*'], 'illegal base64 data at input byte 0'],
    ['b32dec', ['ME======'], 'a'],
    ['b32dec', ['ME'], 'illegal base32 data at input byte 0'],
    ['sha1sum', ['a'], '86f7e437faa5a7fce15d1ddcb9eaeaea377667b8'],
    ['adler32sum', ['hello'], '103547413'],
    ['toJson', [map({ b: '<', a: null })], '{"a":null,"b":"\\u003c"}'],
    ['toRawJson', ['<'], '"<"'],
    ['toPrettyJson', [map({ a: [1] })], '{\n  "a": [\n    1\n  ]\n}'],
    ['toJson', [Number.NaN], ''],
    ['fromJson', ['{"a":1}'], map({ a: 1 })],
    ['mustFromJson', ['[1]'], [1]],
  ]);

  test('mustToJson fails', () => {
    expect(fault('mustToJson', Number.NaN)).toBe('json: unsupported value: NaN');
  });
});

describe('versions and types', () => {
  rows([
    ['semverCompare', ['^1.2', '1.9.0'], true],
    ['typeOf', [null], '<nil>'],
    ['kindOf', [null], 'invalid'],
    ['typeIsLike', ['semver.Version', parseVersion('1')], true],
    ['kindIs', ['slice', []], true],
    ['deepEqual', [parseVersion('1'), parseVersion('1')], true],
    ['deepEqual', [Number.NaN, Number.NaN], false],
    ['deepEqual', [[], sliceOf('string', [])], false],
  ]);
});

function parseZone() {
  return (call('now') as Time).location;
}

describe('dates', () => {
  const date = (): Time => call('toDate', '2006-01-02', '2021-07-01') as Time;
  rows([
    ['date', ['2006-01-02 15:04 MST', int(0)], '1970-01-01 01:00 CET'],
    ['date', ['2006', 1e9], '2021'],
    ['dateInZone', ['15:04', 0n, 'Nowhere/Land'], '00:00'],
    ['htmlDate', [86_400n], '1970-01-02'],
    ['ago', [1_614_834_300n], '1m7s'],
    ['duration', ['95'], '1m35s'],
    ['duration', [95], '0s'],
    ['durationRound', ['2h10m5s'], '2h'],
    ['durationRound', ['60s'], '60s'],
    ['durationRound', ['x'], '0s'],
  ]);

  test('toDate reads local time; junk is the first day', () => {
    expect(date().goString()).toBe('2021-07-01 00:00:00 +0200 CEST');
    expect((call('toDate', '2006', 'x') as Time).goString()).toBe('0001-01-01 00:00:00 +0000 UTC');
    expect(call('unixEpoch', date())).toBe('1625090400');
  });

  test('dateModify leaves the date as it is for a bad duration', () => {
    expect((call('dateModify', '-1.5h', date()) as Time).format('15:04')).toBe('22:30');
    expect(call('dateModify', '1d', date())).toEqual(date());
    expect(fault('mustDateModify', '1d', date())).toBe('time: unknown unit "d" in duration "1d"');
  });
});

describe('chance', () => {
  test.each([
    ['randAlphaNum', [20], /^[A-Za-z0-9]{20}$/],
    ['randAlpha', [20], /^[A-Za-z]{20}$/],
    ['randNumeric', [20], /^[0-9]{20}$/],
    ['randAscii', [40], /^[ -~]{40}$/],
    ['randAlpha', [-1], /^$/],
    ['randBytes', [3], /^[A-Za-z0-9+/]{4}$/],
    ['uuidv4', [], /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/],
  ])('%s%j', (name, args, pattern) => {
    expect(call(name, ...args)).toMatch(pattern);
  });

  test('shuffle keeps the characters, randInt the bounds', () => {
    expect([...(call('shuffle', 'aé🎉') as string)].sort()).toEqual([...'aé🎉'].sort());
    const seen = new Set(Array.from({ length: 200 }, () => call('randInt', -1, 3)));
    expect([...seen].sort()).toEqual([-1, 0, 1, 2]);
    expect(fault('randInt', 5, 5)).toBe('invalid argument to Intn');
    expect(fault('randBytes', -1)).toBe('runtime error: makeslice: len out of range');
  });

  test('getHostByName asks the world, and gives nothing without an answer', () => {
    expect(call('getHostByName', 'x')).toBe('');
    const resolving = sprigFunctions({ ...world, resolveHost: () => ['10.0.0.1'] });
    expect(resolving.getHostByName?.call(...(['x'] as never[]))).toBe('10.0.0.1');
  });
});

test('functions with large libraries load when a text names them', async () => {
  const names = async (...texts: string[]): Promise<string[]> => Object.keys(await loadFunctions(world, texts));
  expect(await names('{{ upper . }}', 'regexish genCAt')).toEqual([]);
  expect(await names('{{ x }}', '{{ . | sha256sum }}')).toContain('sha1sum');
  expect(await names('{{regexFind "a" .}}{{ genCA "a" 1 }}')).toEqual(
    expect.arrayContaining(['regexSplit', 'htpasswd']),
  );
  const declared = sprigFunctions(world);
  for (const [name, { signature }] of Object.entries(functions))
    expect([name, declared[name]?.signature]).toEqual([name, signature]);
});

test("env, expandenv and the engine's own functions are not here", () => {
  for (const name of ['env', 'expandenv', 'include', 'tpl', 'fail', 'required', 'lookup'])
    expect(functions[name]).toBeUndefined();
  expect(typeOf(functions.upper)).toBe('func(string) string');
});
