import { describe, expect, test } from 'vitest';

import { isCodedError } from '../error.ts';
import { mergeValueSources, type ValueSources } from './merge.ts';

const failure = (sources: ValueSources): string => {
  try {
    mergeValueSources(sources);
  } catch (e) {
    if (isCodedError(e)) return `${e.code} ${e.message}`;
    throw e;
  }
  throw new Error('no error');
};

test('sources come in one order, whatever that of the command line', () => {
  const values = mergeValueSources(
    {
      setLiteral: ['f=literal'],
      setFile: ['e=path,f=path'],
      setString: ['d=1,e=1,f=1'],
      set: ['c=1,d=x,e=x,f=x'],
      setJson: ['{"b":2,"c":2,"m":{"z":1}}', 'd=2,e=2,f=2'],
      files: [
        { name: '1', text: 'a: 1\nb: 1\nc: 1\nm: {x: 1, w: 1}\n---\na: 2' },
        { name: '2', text: 'm: {x: null}' },
      ],
    },
    (path) => `<${path}>`,
  );
  expect(values).toEqual({ a: 2, b: 2, c: 1n, d: '1', e: '<path>', f: 'literal', m: { x: null, w: 1, z: 1 } });
});

test('integers beyond 2^53 are kept where they are asked for', () => {
  const sources: ValueSources = {
    files: [
      {
        name: '1',
        text: `base: &b {merged: 9007199254740995}
a: 9007199254740993
b: {<<: *b, list: [-9223372036854775807, 9007199254740992.0]} # 9007199254740993
hex: 0x20000000000001
huge: 18446744073709551615
far: 18446744073709551616
text: "9007199254740993"
small: 9007199254740991
---
last: 9007199254740997
`,
      },
    ],
    setJson: ['c=9007199254740999', '{"d": [9007199254740993, 1.5, 1e3]}'],
    set: ['e=9007199254740993'],
  };
  expect(mergeValueSources({ ...sources, exact: true })).toEqual({
    base: { merged: 9007199254740995n },
    a: 9007199254740993n,
    b: { merged: 9007199254740995n, list: [-9223372036854775807n, 2 ** 53] },
    hex: 9007199254740993n,
    huge: 18446744073709551615n,
    far: 2 ** 64,
    text: '9007199254740993',
    small: 9007199254740991,
    last: 9007199254740997n,
    c: 9007199254740999n,
    d: [9007199254740993n, 1.5, 1000],
    e: 9007199254740993n,
  });
  expect(mergeValueSources(sources)).toMatchObject({ a: 2 ** 53, c: 9007199254741000, e: 9007199254740993n });
});

describe('faults', () => {
  test.each<[ValueSources, string]>([
    [
      { files: [{ name: 'v.yaml', text: '- a' }] },
      'failed to parse v.yaml: cannot unmarshal yaml document: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}',
    ],
    [{ set: ['a'] }, 'failed parsing --set data: key "a" has no value'],
    [
      { setString: ['a[x]=1'] },
      'failed parsing --set-string data: error parsing index: strconv.Atoi: parsing "x": invalid syntax',
    ],
    [{ setJson: ['a=x'] }, 'failed parsing --set-json data a=x'],
    [{ setJson: ['{x'] }, 'failed parsing --set-json data JSON: {x'],
    [{ setJson: ['a=1e999'], exact: true }, 'failed parsing --set-json data a=1e999'],
    [{ setLiteral: ['a'] }, 'failed parsing --set-literal data: key "a" has no value'],
    [{ setFile: ['a=x'] }, 'open x: no files can be read here'],
  ])('%j', (sources, message) => {
    expect(failure(sources)).toBe(`VALUES_INVALID ${message}`);
  });
});
