import { expect, test } from 'vitest';

import { conflictHint, fieldAt } from './conflict.ts';
import { KubeError } from './error.ts';
import type { KubeObject } from './object.ts';
import { createMemoryCluster } from './testing/memory-cluster.ts';

const object = {
  metadata: { annotations: { 'a.b/c': '1', a: { wrong: true } }, finalizers: ['x', 'y]"'] },
  spec: {
    replicas: 0,
    containers: [
      {
        name: 'a',
        image: 'i',
        ports: [
          { port: 80, protocol: 'TCP' },
          { port: 80, protocol: 'UDP', n: 2 },
        ],
      },
    ],
    services: [{ port: 80 }],
  },
};

const cases: [path: string, value: unknown][] = [
  ['', object],
  ['.spec.replicas', 0],
  ['.metadata.annotations.a.b/c', '1'],
  ['.spec.containers[name="a"].image', 'i'],
  ['.spec.containers[name="a"].ports[port=80,protocol="UDP"].n', 2],
  ['.spec.services[port=80,protocol="TCP"].port', 80],
  ['.spec.containers[0].name', 'a'],
  ['.metadata.finalizers[="x"]', 'x'],
  ['.metadata.finalizers[="y]\\""]', 'y]"'],
  ['.spec.containers[name="b"].image', undefined],
  ['.spec.nothing', undefined],
  ['.spec.replicas.more', undefined],
  ['.spec[0]', undefined],
  ['.spec.containers[', undefined],
  ['nonsense', undefined],
];
test.each(cases)('%j', (path, value) => {
  expect(fieldAt(object, path)).toEqual(value);
});

const conflict = (...fields: string[]): KubeError =>
  new KubeError('KUBE_CONFLICT', 'no', {
    status: {
      code: 409,
      details: {
        causes: fields.map((field) => ({
          reason: 'FieldManagerConflict',
          message: 'conflict with "hand" using v1',
          field,
        })),
      },
    },
  });
const configMap = (data: object): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', namespace: 'default' },
  data,
});

test('many fields and long values are cut', async () => {
  const cluster = createMemoryCluster();
  await cluster.create(configMap({ long: 'x'.repeat(100) }));
  const fields = ['.data.long', ...Array.from({ length: 14 }, (_, i) => `.data.k${i}`)];
  const hint = await conflictHint(cluster, configMap({ k0: '1' }), conflict(...fields), {});
  const lines = hint?.split('\n') ?? [];
  expect(lines).toHaveLength(12);
  expect(lines[1]).toBe(`  ConfigMap a .data.long: "${'x'.repeat(58)}… by hand, nothing in the chart`);
  expect(lines[2]).toBe('  ConfigMap a .data.k0: nothing by hand, "1" in the chart');
  expect(lines[11]).toBe('  and 5 more');
});

test('an object that may not be read is told of with less', async () => {
  const cluster = createMemoryCluster();
  cluster.onRequest(() => {
    throw new KubeError('KUBE_FORBIDDEN', 'no');
  });
  const hint = await conflictHint(cluster, configMap({ a: 'b' }), conflict('.data.a'), {});
  expect(hint).toContain('.data.a: nothing by hand, "b" in the chart');
});

test('a conflict of versions is none of fields', async () => {
  expect(await conflictHint(createMemoryCluster(), configMap({}), conflict(), {})).toBeUndefined();
});
