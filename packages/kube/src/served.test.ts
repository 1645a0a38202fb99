import { expect, test } from 'vitest';

import type { Cluster } from './cluster.ts';
import type { KubeObject } from './object.ts';
import { waitServed } from './served.ts';
import { createMemoryCluster } from './testing/memory-cluster.ts';

const definition = (more: object = {}): KubeObject => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    names: { kind: 'Widget', plural: 'widgets' },
    scope: 'Namespaced',
    versions: [
      { name: 'v1', served: true, storage: true },
      { name: 'v0', served: false },
    ],
    ...more,
  },
});

/** Whose list is behind for so many calls. */
function behind(calls: number) {
  const memory = createMemoryCluster();
  let asked = 0;
  const cluster: Cluster = {
    ...memory,
    async resources(options, run) {
      const all = await memory.resources(options, run);
      return asked++ < calls ? all.filter(({ kind }) => kind !== 'Widget') : all;
    },
  };
  return { memory, cluster, asked: () => asked };
}

test('a list that is behind is asked for again', async () => {
  const { memory, cluster, asked } = behind(2);
  await memory.create(definition());
  await waitServed(cluster, [definition()], {});
  expect(asked()).toBe(3);
});

test('what defines no kind that is served is not waited for', async () => {
  const { cluster, asked } = behind(0);
  await waitServed(cluster, [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }], {});
  await waitServed(cluster, [definition({ versions: [{ name: 'v1', served: false }] })], {});
  await waitServed(cluster, [definition({ versions: undefined })], {});
  expect(asked()).toBe(3);
});

test('a signal ends it', async () => {
  const stop = new AbortController();
  const waiting = waitServed(behind(0).cluster, [definition()], { signal: stop.signal });
  setTimeout(() => stop.abort(new Error('enough')), 20);
  await expect(waiting).rejects.toThrow('enough');
});
