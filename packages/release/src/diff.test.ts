import type { KubeObject } from '@pack/kube';
import { describe, expect, test } from 'vitest';
import { diffObject, diffObjects } from './diff.ts';

const object = (more: Record<string, unknown> = {}, name = 'a', kind = 'ConfigMap', apiVersion = 'v1'): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'ns' },
  ...more,
});

const changesOf = (before: Record<string, unknown>, after: Record<string, unknown>, kind = 'ConfigMap') =>
  diffObject(object(before, 'a', kind), object(after, 'a', kind)).flatMap(({ fields }) => fields);

describe('fields', () => {
  test.each<[string, Record<string, unknown>, Record<string, unknown>, unknown[]]>([
    ['nothing', { data: { a: '1' } }, { data: { a: '1' } }, []],
    ['a value', { data: { a: '1' } }, { data: { a: '2' } }, [{ path: 'data.a', before: '1', after: '2' }]],
    ['one that comes', { data: {} }, { data: { 'a.b/c': '2' } }, [{ path: 'data["a.b/c"]', after: '2' }]],
    ['one that goes', { data: { a: '1' } }, {}, [{ path: 'data.a', before: '1' }]],
    ['an empty table that comes', {}, { data: {} }, [{ path: 'data', after: {} }]],
    ['a table for a text', { x: 'a' }, { x: { y: 'a' } }, [{ path: 'x', before: 'a', after: { y: 'a' } }]],
    [
      'items that are named',
      {
        c: [
          { name: 'a', v: 1 },
          { name: 'b', v: 2 },
        ],
      },
      {
        c: [
          { name: 'b', v: 3 },
          { name: 'a', v: 1 },
        ],
      },
      [{ path: 'c[name=b].v', before: 2, after: 3 }],
    ],
    [
      'items that are not',
      { args: ['x', 'y'] },
      { args: ['x', 'z', 'w'] },
      [
        { path: 'args[1]', before: 'y', after: 'z' },
        { path: 'args[2]', after: 'w' },
      ],
    ],
    [
      'names that are there twice',
      {
        c: [
          { name: 'a', v: 1 },
          { name: 'a', v: 2 },
        ],
      },
      { c: [{ name: 'a', v: 1 }] },
      [
        { path: 'c[1].name', before: 'a' },
        { path: 'c[1].v', before: 2 },
      ],
    ],
    [
      'large numbers',
      { n: 9007199254740993n },
      { n: 9007199254740992n },
      [{ path: 'n', before: 9007199254740993n, after: 9007199254740992n }],
    ],
    [
      'what the server writes',
      { status: { a: 1 }, metadata: { name: 'a', namespace: 'ns', uid: 'x', resourceVersion: '1', managedFields: [] } },
      {
        metadata: {
          name: 'a',
          namespace: 'ns',
          annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
        },
      },
      [],
    ],
  ])('%s', (_, before, after, changes) => {
    expect(changesOf(before, after)).toEqual(changes);
  });
});

describe('secrets are not shown', () => {
  test.each<[string, Record<string, unknown>, Record<string, unknown>, unknown[]]>([
    [
      'a value that changes',
      { data: { password: btoa('hunter2') } },
      { data: { password: btoa('hunter33') } },
      [{ path: 'data.password', before: '(hidden, 7 bytes, old)', after: '(hidden, 8 bytes, new)' }],
    ],
    [
      'one that is said another way',
      { data: { password: btoa('hunter2') } },
      { stringData: { password: 'hunter2' } },
      [],
    ],
    ['one that comes', {}, { stringData: { password: 'x' } }, [{ path: 'data.password', after: '(hidden, 1 byte)' }]],
  ])('%s', (_, before, after, changes) => {
    const found = changesOf(before, after, 'Secret');
    expect(found).toEqual(changes);
    expect(JSON.stringify(found)).not.toMatch(/hunter|aHVu/);
  });
});

test('objects come, go and change', () => {
  const kept = object({ data: { a: '1' } }, 'kept');
  const diffs = diffObjects(
    [kept, object({}, 'gone'), object({ spec: 1 }, 'moved', 'Ingress', 'extensions.example/v1beta1')],
    [object({}, 'fresh'), kept, object({ spec: 2 }, 'moved', 'Ingress', 'extensions.example/v1')],
  );
  expect(diffs.map(({ ref, change }) => `${change} ${ref.kind} ${ref.name}`)).toEqual([
    'added ConfigMap fresh',
    'changed Ingress moved',
    'removed ConfigMap gone',
  ]);
  expect(diffs[1]?.fields.map(({ path }) => path)).toEqual(['apiVersion', 'spec']);
});
