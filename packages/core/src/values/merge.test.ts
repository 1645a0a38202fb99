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
    [{ setLiteral: ['a'] }, 'failed parsing --set-literal data: key "a" has no value'],
    [{ setFile: ['a=x'] }, 'open x: no files can be read here'],
  ])('%j', (sources, message) => {
    expect(failure(sources)).toBe(`VALUES_INVALID ${message}`);
  });
});
