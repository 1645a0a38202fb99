import type { KubeObject } from '@pack/kube';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { crdRisks } from './crd-risks.ts';

interface Options {
  readonly versions?: Readonly<Record<string, unknown>>;
  readonly stored?: readonly string[];
  readonly more?: object;
  readonly unserved?: readonly string[];
}

/** A definition of versions, each with the schema of its `spec`. */
const crd = ({ versions = { v1: { type: 'object' } }, stored, more, unserved = [] }: Options): KubeObject => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'things.example.com' },
  spec: {
    scope: 'Namespaced',
    names: { kind: 'Thing' },
    versions: Object.entries(versions).map(([name, spec], i) => ({
      name,
      served: !unserved.includes(name),
      storage: i === 0,
      schema: { openAPIV3Schema: { type: 'object', properties: { spec } } },
    })),
    ...more,
  },
  status: { storedVersions: stored ?? [Object.keys(versions)[0]] },
});

const fields = (properties: object, more: object = {}): object => ({ type: 'object', properties, ...more });
const one = (properties: object, more: object = {}): Options => ({ versions: { v1: fields(properties, more) } });
const PATH = 'spec.versions[v1].schema.spec';
const STRING = { type: 'string' };
const OPEN = { 'x-kubernetes-preserve-unknown-fields': true };

const cases: readonly (readonly [string, Options, Options, readonly string[]])[] = [
  ['nothing changes', one({ a: STRING }), one({ a: STRING }), []],
  ['a field comes', one({ a: STRING }), one({ a: STRING, b: STRING }), []],
  ['a field goes', one({ a: STRING, b: STRING }), one({ a: STRING }), [`loss ${PATH}.b`]],
  ['a field within goes', one({ a: fields({ b: STRING }) }), one({ a: fields({}) }), [`loss ${PATH}.a.b`]],
  ['a field goes from what keeps all', one({ a: STRING }), one({}, OPEN), []],
  ['a field goes and any is allowed', one({ a: STRING }), one({}, { additionalProperties: true }), []],
  [
    'a field goes where entries have its type',
    one({ a: STRING }),
    { versions: { v1: { type: 'object', additionalProperties: STRING } } },
    [],
  ],
  [
    'entries go',
    { versions: { v1: { type: 'object', additionalProperties: STRING } } },
    one({ a: STRING }),
    [`loss ${PATH}[*]`],
  ],
  ['what kept all keeps only what it names', one({}, OPEN), one({ a: STRING }), [`loss ${PATH}`]],
  [
    'items lose a field',
    one({ a: { type: 'array', items: fields({ b: STRING }) } }),
    one({ a: { type: 'array', items: fields({}) } }),
    [`loss ${PATH}.a[].b`],
  ],
  ['a type changes', one({ a: STRING }), one({ a: { type: 'integer' } }), [`loss ${PATH}.a`]],
  ['a type gets wider', one({ a: { type: 'integer' } }), one({ a: { type: 'number' } }), []],
  ['a type gets narrower', one({ a: { type: 'number' } }), one({ a: { type: 'integer' } }), [`loss ${PATH}.a`]],
  ['a type becomes one of two', one({ a: STRING }), one({ a: { 'x-kubernetes-int-or-string': true } }), []],
  ['a field is required', one({ a: STRING }), one({ a: STRING }, { required: ['a'] }), [`break ${PATH}.a`]],
  [
    'a value goes',
    one({ a: { ...STRING, enum: ['x', 'y'] } }),
    one({ a: { ...STRING, enum: ['x'] } }),
    [`break ${PATH}.a`],
  ],
  [
    'a value of many digits stays',
    one({ a: { type: 'integer', enum: [9007199254740993n] } }),
    one({ a: { type: 'integer', enum: [9007199254740993n, 1] } }),
    [],
  ],
  ['values are named', one({ a: STRING }), one({ a: { ...STRING, enum: ['x'] } }), [`break ${PATH}.a`]],
  ['a version comes', { versions: { v1: STRING } }, { versions: { v1: STRING, v2: STRING } }, []],
  [
    'a version goes that is stored',
    { versions: { v1: STRING, v2: STRING }, stored: ['v1', 'v2'] },
    { versions: { v2: STRING } },
    ['loss spec.versions[v1]'],
  ],
  [
    'a version goes that is not stored any more',
    { versions: { v2: STRING, v1: STRING }, stored: ['v2'] },
    { versions: { v2: STRING } },
    ['break spec.versions[v1]'],
  ],
  [
    'a version is served no longer',
    { versions: { v1: STRING } },
    { versions: { v1: STRING }, unserved: ['v1'] },
    ['break spec.versions[v1].served'],
  ],
  ['the scope changes', {}, { more: { scope: 'Cluster' } }, ['loss spec.scope']],
  ['the kind changes', {}, { more: { names: { kind: 'Other' } } }, ['loss spec.names.kind']],
  ['all is kept', one({ a: STRING }), { ...one({}), more: { preserveUnknownFields: true } }, []],
  ['a name of every object', one({ constructor: STRING }), one({}), [`loss ${PATH}.constructor`]],
];

test.each(cases)('%s', (_, before, after, expected) => {
  const risks = crdRisks(crd(before), crd(after));
  expect(risks.map(({ severity, path }) => `${severity} ${path}`)).toEqual(expected);
});

const schema = fc.letrec<{ schema: object }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom({ type: 'string' }, { type: 'integer' }, OPEN),
    fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('schema')).map((properties) => fields(properties)),
    tie('schema').map((items) => ({ type: 'array', items })),
  ),
})).schema;

test('a schema over itself loses nothing', () => {
  fc.assert(
    fc.property(schema, (spec) => {
      const definition = crd({ versions: { v1: spec } });
      expect(crdRisks(definition, definition)).toEqual([]);
    }),
  );
});
