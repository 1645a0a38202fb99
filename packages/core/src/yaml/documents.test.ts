import { describe, expect, test } from 'vitest';

import { decodeValues, mergeMaps, splitYamlDocuments } from './documents.ts';

test.each<[string, string, string[]]>([
  ['no separator', 'a: 1', ['a: 1\n']],
  ['the first keeps its own', '---\na: 1\n--- # c\nb: 2\n', ['---\na: 1\n', 'b: 2\n']],
  ['empty ones', '---\n---\n---\n', ['---\n', '---\n']],
  ['inside a line it is text', 'a: |\n  ---\n', ['a: |\n  ---\n']],
  ['nothing', '', []],
])('documents: %s', (_, text, documents) => {
  expect([...splitYamlDocuments(text)]).toEqual(documents);
});

describe('values', () => {
  test.each<[string, string, unknown]>([
    ['merged', 'a: {x: 1, z: 1}\n---\na: {z: 2}\nb: [1]', { a: { x: 1, z: 2 }, b: [1] }],
    ['null replaces', 'a: {x: 1}\n---\na: ~', { a: null }],
    ['a scalar replaces a map', 'a: {x: 1}\n---\na: 1', { a: 1 }],
    ['the end of a last line counts', 'a: |\n  x', { a: 'x\n' }],
    ['4096 bytes without a newline at the end', `a: ${'x'.repeat(4093)}`, { a: 'x'.repeat(4093) }],
  ])('%s', (_, text, values) => {
    expect(decodeValues(text)).toEqual(values);
  });

  test.each([
    ['---x', 'error reading yaml document: invalid Yaml document separator: x'],
    [
      'a: [\n---\n---x',
      'cannot unmarshal yaml document: error converting YAML to JSON: yaml: line 1: did not find expected node content',
    ],
    [
      '- 1',
      'cannot unmarshal yaml document: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}',
    ],
  ])('fault of %j', (text, message) => {
    expect(() => decodeValues(text)).toThrow(message);
  });
});

test('merging changes neither map', () => {
  const a = { x: { y: 1 } };
  const b = { x: { z: 2 } };
  expect([mergeMaps(a, b), a, b]).toEqual([{ x: { y: 1, z: 2 } }, { x: { y: 1 } }, { x: { z: 2 } }]);
});
