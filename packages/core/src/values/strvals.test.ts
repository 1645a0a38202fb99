import fc from 'fast-check';
import { type GoMap, newMap, toGo } from 'go-template';
import { describe, expect, test } from 'vitest';

import { setFiles, setJson, setLiteral, setStrings, setValues } from './strvals.ts';

const given = { m: { b: 1 }, s: 'x', l: ['p', { d: 2 }], n: null };

const parsed = (set: (text: string, into: GoMap) => void, text: string, into: object = {}): GoMap => {
  const values = toGo(into) as GoMap;
  set(text, values);
  return values;
};

describe('--set', () => {
  test.each([
    ['a=1,b=x', { a: 1n, b: 'x' }],
    ['a=', { a: '' }],
    ['a=1,', { a: 1n }],
    ['', {}],
    ['a=true,b=FALSE,c=Null', { a: true, b: false, c: null }],
    [
      'a=0,b=00,c=-5,d=+5,e=1.5,f=1e3,g=9223372036854775808',
      { a: 0n, b: '00', c: -5n, d: 5n, e: '1.5', f: '1e3', g: '9223372036854775808' },
    ],
    ['a.b.c=1', { a: { b: { c: 1n } } }],
    ['a\\.b=1,c=x\\,y,d=\\n', { 'a.b': 1n, c: 'x,y', d: 'n' }],
    ['a={x,1,{}', { a: ['x', 1n, '{'] }],
    ['a={}', { a: [''] }],
    ['a={x}b=1', { a: ['x'], b: 1n }],
    ['a[1].b=1', { a: [null, { b: 1n }] }],
    ['a[0][1]=x', { a: [[null, 'x']] }],
    ['a[0]=', { a: [''] }],
    ['a[0].b=', { a: [] }],
    ['a[0]', { a: [] }],
    ['a[0', {}],
    ['a.=1,b=2', undefined],
    ['=1', {}],
    ['__proto__.x=1', { ['__proto__']: { x: 1n } }],
  ])('%s', (text, expected) => {
    if (expected === undefined) expect(() => parsed(setValues, text)).toThrow('key map "a" has no value');
    else expect(parsed(setValues, text)).toEqual(expected);
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  test.each([
    ['a', 'key "a" has no value'],
    ['a=1,,b=2', 'key "" has no value (cannot end with ,)'],
    ['a..b=1', 'key map "a" has no value'],
    ['a={x,y', "list must terminate with '}'"],
    ['a[-1]=1', 'negative -1 index not allowed'],
    ['a[65537]=1', 'index of 65537 is greater than maximum supported index of 65536'],
    ['a[x]=1', 'error parsing index: strconv.Atoi: parsing "x": invalid syntax'],
    [
      'a[99999999999999999999]=1',
      'error parsing index: strconv.Atoi: parsing "99999999999999999999": value out of range',
    ],
    ['a[0]é,=1', "unexpected data at end of array index: ['é' ',']"],
    ['s.t=1', 'unable to parse key: interface conversion: interface {} is string, not map[string]interface {}'],
    ['n[0]=1', 'unable to parse key: interface conversion: interface {} is nil, not []interface {}'],
    ['l[0][0]=1', 'unable to parse key: interface conversion: interface {} is string, not []interface {}'],
    [`${'a.'.repeat(31)}b=1`, 'value name nested level is greater than maximum supported nested level of 30'],
  ])('%s fails', (text, message) => {
    expect(() => parsed(setValues, text, given)).toThrow(message);
  });

  test('goes into what is there', () => {
    expect(parsed(setValues, 'm.c=2,l[1].e=3,s=y', given)).toEqual({
      m: { b: 1, c: 2n },
      s: 'y',
      l: ['p', { d: 2, e: 3n }],
      n: null,
    });
  });

  test('lists without end are given up', () => {
    expect(() => parsed(setValues, `a${'[0]'.repeat(100_000)}=1`)).toThrow('value name has more than 1000 indexes');
    expect(() => parsed(setValues, `a${'[65536]'.repeat(500)}=1`)).toThrow('lists grow beyond');
  });
});

test.each([
  ['a=1,b=true', { a: '1', b: 'true' }],
  ['a={1,2}', { a: ['1', '2'] }],
])('--set-string %s', (text, expected) => {
  expect(parsed(setStrings, text)).toEqual(expected);
});

test('--set-file reads every value', () => {
  expect(parsed((text, into) => setFiles(text, into, (path) => `<${path}>`), 'a=x,b[0]=y')).toEqual({
    a: '<x>',
    b: ['<y>'],
  });
});

describe('--set-json', () => {
  test.each([
    ['a=1,b={"c":[1,null]}, d="x,y"', { a: 1, b: { c: [1, null] }, ' d': 'x,y' }],
    ['a=,b=1', { a: null, b: 1 }],
    ['a= \u00a0', { a: null }],
    ['a[1]=true', { a: [null, true] }],
    ['a="x"b=1', { a: 'x', b: 1 }],
  ])('%s', (text, expected) => {
    expect(parsed(setJson, text)).toEqual(expected);
  });

  test.each([
    ['a=x', "invalid character 'x' looking for beginning of value"],
    ['a=[1', 'unexpected EOF'],
    ['a=tru', 'unexpected EOF'],
    ['a=1e400', 'json: cannot unmarshal number 1e400 into Go value of type float64'],
  ])('%s fails', (text, message) => {
    expect(() => parsed(setJson, text)).toThrow(message);
  });
});

test.each([
  ['a=1,b=\\x', { a: '1,b=\\x' }],
  ['a.b[0]=x=y', { a: { b: ['x=y'] } }],
  ['a,b=1', { 'a,b': '1' }],
])('--set-literal %s', (text, expected) => {
  expect(parsed(setLiteral, text)).toEqual(expected);
});

test('any text sets something or fails with a message', () => {
  const piece = fc.constantFrom('a', '.', '=', ',', '[', '0', ']', '{', '}', '\\', '"', ' ', 'é');
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 12 }),
      fc.constantFrom(setValues, setStrings, setJson, setLiteral),
      (pieces, set) => {
        const values = newMap();
        try {
          set(pieces.join(''), values);
        } catch (e) {
          expect((e as Error).name).toBe('GoError');
        }
        expect(Object.keys(values)).not.toContain('');
      },
    ),
  );
});
