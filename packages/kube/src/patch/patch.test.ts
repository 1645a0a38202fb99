import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { KubeObject } from '../object.ts';
import { clientSidePatch } from './client-side.ts';
import type { Fields } from './json.ts';
import { applyMergePatch, createMergePatch, createThreeWayMergePatch } from './json-merge.ts';
import { applyStrategicPatch, createStrategicPatch } from './strategic.ts';

interface Vector {
  readonly name: string;
  readonly op: 'patch' | 'apply';
  readonly original: KubeObject;
  readonly modified: KubeObject;
  readonly current: KubeObject;
  readonly threeWay?: boolean;
  readonly object: KubeObject;
  readonly patch: Fields;
  readonly want: Fields;
}

/** The answers are those of conformance/kube. */
const vectors = readFileSync(fileURLToPath(new URL('testdata/patches.jsonl', import.meta.url)), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Vector);

test.each(vectors.filter(({ op }) => op === 'patch'))(
  'a patch: $name',
  ({ original, modified, current, ...vector }) => {
    const { want, threeWay = false } = vector;
    const create = () => clientSidePatch({ original, target: modified, current, threeWayMerge: threeWay });
    if (want.error !== undefined) return expect(create).toThrow(String(want.error));
    expect(create() ?? { type: want.type, body: {} }).toEqual(want);
  },
);

test.each(vectors.filter(({ op }) => op === 'apply'))('applied: $name', ({ object, patch, want }) => {
  const apply = () => applyStrategicPatch(object.kind, object, patch);
  if (want.error !== undefined)
    return expect(apply).toThrow(expect.objectContaining({ code: 'KUBE_INVALID', message: want.error }));
  expect(apply()).toEqual(want);
});

/** Merge patches cannot say that a field is null. */
const { json } = fc.letrec((tie) => ({
  leaf: fc.oneof(fc.string({ maxLength: 3 }), fc.integer(), fc.boolean()),
  table: fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__', 'toString'), tie('json'), { maxKeys: 3 }),
  list: fc.array(tie('json'), { maxLength: 3 }),
  json: fc.oneof({ maxDepth: 3, depthSize: 'small' }, tie('leaf'), tie('table'), tie('list')),
}));
const table = fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__'), json, { maxKeys: 3 }) as fc.Arbitrary<Fields>;

test('a merge patch makes what it was made for', () => {
  fc.assert(
    fc.property(table, table, (before, after) => {
      expect(applyMergePatch(before, createMergePatch(before, after))).toEqual(after);
    }),
  );
});

test('a three-way merge patch makes what is wanted of what nobody changed', () => {
  fc.assert(
    fc.property(table, table, (before, after) => {
      expect(applyMergePatch(before, createThreeWayMergePatch(before, after, before))).toEqual(after);
    }),
  );
});

/** Items with names of their own, in any order. */
const named = (more: fc.Arbitrary<Fields>) =>
  fc.uniqueArray(fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), more }), {
    selector: ({ name }) => name,
    minLength: 1,
    maxLength: 4,
  });
const container = fc.record(
  {
    image: fc.constantFrom('i', 'j'),
    args: fc.array(fc.constantFrom('x', 'y'), { maxLength: 2 }),
    env: named(fc.record({ value: fc.constantFrom('1', '2') })),
  },
  { requiredKeys: ['image'] },
);
const deployment = fc
  .record({
    replicas: fc.nat(3),
    containers: named(container as fc.Arbitrary<Fields>),
    labels: fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2'), { minKeys: 1 }),
    // Sorted, for whether their order has changed is something that Go gets wrong.
    finalizers: fc.uniqueArray(fc.constantFrom('f/a', 'f/b', 'f/c'), { minLength: 1 }).map((names) => names.sort()),
  })
  .map(({ replicas, containers, labels, finalizers }): Fields => {
    const flat = (items: unknown): unknown =>
      Array.isArray(items)
        ? items.map(({ name, more }) => ({ name, ...more, ...('env' in more && { env: flat(more.env) }) }))
        : items;
    return {
      metadata: { labels, finalizers },
      spec: { replicas, template: { spec: { containers: flat(containers) } } },
    };
  });

test('a strategic patch makes what it was made for, order and all', () => {
  fc.assert(
    fc.property(deployment, deployment, (before, after) => {
      const patch = createStrategicPatch('Deployment', before, after, before);
      expect(applyStrategicPatch('Deployment', before, patch)).toEqual(after);
    }),
  );
});

test('what others added stays, and a second patch has nothing to do', () => {
  fc.assert(
    fc.property(deployment, deployment, (original, after) => {
      const current = { ...original, status: { replicas: 1 }, other: { a: ['b'] } };
      const patched = applyStrategicPatch(
        'Deployment',
        current,
        createStrategicPatch('Deployment', original, after, current),
      );
      expect(patched).toEqual({ ...after, status: { replicas: 1 }, other: { a: ['b'] } });
      expect(createStrategicPatch('Deployment', after, after, patched)).toEqual({});
    }),
  );
});

test('the objects given stay as they are', () => {
  fc.assert(
    fc.property(deployment, deployment, (before, after) => {
      const copies = structuredClone({ before, after });
      applyStrategicPatch('Deployment', before, createStrategicPatch('Deployment', before, after, before));
      expect({ before, after }).toEqual(copies);
    }),
  );
});
