import { fromBytes } from 'go-template';
import { describe, expect, test } from 'vitest';

import { parseChart } from '../chart/parse.ts';
import { readPackSchema } from './schema.ts';

const read = (text: string, file = 'values.schema.yaml') => {
  const { schema, defaults } = readPackSchema(file, text);
  return { schema: JSON.parse(fromBytes(schema)), defaults };
};

describe('the short form', () => {
  test('becomes JSON Schema', () => {
    const { schema } = read(`schemaVersion: sherpack/v1
title: Values
properties:
  replicas: {type: integer, min: 1, max: 5, default: 2, required: true}
  color: {type: string, enumValues: [red, blue], minLength: 1, pattern: "^[a-z]+$"}
  any: {type: any, description: whatever}
  image:
    type: object
    properties: {tag: {type: string, required: true}}
  hosts: {type: array, minItems: 1, items: {type: string}}
`);
    expect(schema).toEqual({
      type: 'object',
      title: 'Values',
      required: ['replicas'],
      properties: {
        replicas: { type: 'integer', minimum: 1, maximum: 5, default: 2 },
        color: { type: 'string', enum: ['red', 'blue'], minLength: 1, pattern: '^[a-z]+$' },
        any: { description: 'whatever' },
        image: { type: 'object', required: ['tag'], properties: { tag: { type: 'string' } } },
        hosts: { type: 'array', minItems: 1, items: { type: 'string' } },
      },
    });
  });

  test('is known by what JSON Schema has not', () => {
    expect(read('properties: {a: {type: string, required: true}}').schema.required).toEqual(['a']);
    const long = { $schema: 'https://json-schema.org/draft/2020-12/schema', properties: { a: { type: 'string' } } };
    expect(read(JSON.stringify(long), 'values.schema.json').schema).toEqual(long);
    expect(read('type: object\nrequired: [a]\n').schema).toEqual({ type: 'object', required: ['a'] });
  });
});

test.each([
  [
    'properties: {a: {type: integer, default: 1, required: true}, b: {type: object, properties: {c: {default: x}}}}',
    { a: 1n, b: { c: 'x' } },
  ],
  ['type: object\nproperties: {a: {default: [1]}, b: {type: string}}', { a: [1n], b: undefined }],
  ['type: object', {}],
])('defaults of %j', (text, expected) => {
  expect(JSON.stringify(read(text).defaults)).toEqual(
    JSON.stringify(expected, (_, v) => (typeof v === 'bigint' ? Number(v) : v)),
  );
});

test.each([
  ['values.schema.yaml', 'a: [', 'cannot load values.schema.yaml'],
  ['values.schema.json', '[1]', 'a schema is a JSON object'],
  ['values.schema.yaml', '- 1', 'cannot load values.schema.yaml'],
])('%s that is none: %j', (file, text, message) => {
  expect(() => readPackSchema(file, text)).toThrow(
    expect.objectContaining({ code: 'CHART_INVALID', message: expect.stringContaining(message) }),
  );
});

describe('a pack', () => {
  const file = (name: string, text: string) => ({ name, data: new TextEncoder().encode(text) });
  const packOf = (...files: ReturnType<typeof file>[]) =>
    parseChart([
      file('Pack.yaml', 'apiVersion: sherpack.io/v1\nkind: Pack\nmetadata: {name: web, version: 1.0.0}\n'),
      ...files,
    ]);
  const schema = file(
    'values.schema.yaml',
    'schemaVersion: v1\nproperties: {a: {type: string, default: x}, b: {type: string, default: z}}\n',
  );

  test('has the defaults of its schema beneath its values', () => {
    const chart = packOf(file('values.yaml', 'a: own\n'), schema);
    expect({ ...chart.values }).toEqual({ a: 'own', b: 'z' });
    expect(JSON.parse(fromBytes(chart.schema as Uint8Array)).properties.a).toEqual({ type: 'string', default: 'x' });
  });

  test('a chart has not', () => {
    const chart = parseChart([file('Chart.yaml', 'apiVersion: v2\nname: c\nversion: 1.0.0\n'), schema]);
    expect([chart.schema, Object.keys(chart.values)]).toEqual([undefined, []]);
  });
});
