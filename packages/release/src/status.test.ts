import { KubeError } from '@pack/kube';
import { beforeEach, expect, test } from 'vitest';

import { install } from './install.ts';
import type { Release } from './record.ts';
import { getRelease, objectsOf, tablesOf } from './status.ts';
import {
  chartOf,
  configMap,
  createWorld,
  faultOf,
  manifestOf,
  NAMESPACE,
  valuesOf,
  type World,
} from './testing/world.ts';

let world: World;
beforeEach(() => {
  world = createWorld();
});

const deployment = (name: string, app = name): string =>
  manifestOf({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app, tier: 'x' } },
      template: {
        metadata: { labels: { app, tier: 'x' } },
        spec: { containers: [{ name: 'main', image: 'main:1' }] },
      },
    },
  });
const job = manifestOf({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'once' },
  spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'main:1' }] } } },
});

const installed = (templates: Readonly<Record<string, string>>): Promise<Release> =>
  install(
    {
      name: 'web',
      namespace: NAMESPACE,
      chart: chartOf(templates),
      values: valuesOf(),
      dryRun: 'none',
      serverSide: true,
      wait: 'watcher',
      timeout: 5000,
    },
    world.ports,
  );

const namesOf = (map: ReadonlyMap<string, readonly { readonly metadata: { readonly name: string } }[]>) =>
  [...map].map(([key, objects]) => `${key}: ${objects.map(({ metadata }) => metadata.name).join(' ')}`);

test('objects by their kind, and the pods of each workload as a list', async () => {
  const release = await installed({ a: configMap('b'), b: configMap('a'), c: deployment('web'), d: job });
  const found = await objectsOf(release, world.ports);
  const pods = found.get('v1/Pod(related)');
  expect(namesOf(new Map([...found].filter(([key]) => key !== 'v1/Pod(related)')))).toEqual([
    'v1/ConfigMap: b a',
    'v1/Deployment: web',
    'v1/Job: once',
  ]);
  // Of what the manifest selects: jobs select what the server says.
  expect(pods?.map(({ kind, items }) => [kind, (items as unknown[]).length])).toEqual([['PodList', 2]]);
});

test('what is gone, or cannot be read, is left out', async () => {
  const release = await installed({ a: configMap('a'), b: configMap('b'), c: deployment('web') });
  await world.cluster.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: NAMESPACE, name: 'a' });
  world.cluster.onRequest(({ kind }) => {
    if (kind === 'Pod') throw new KubeError('KUBE_FORBIDDEN', 'pods is forbidden');
  });
  expect(namesOf(await objectsOf(release, world.ports))).toEqual(['v1/ConfigMap: b', 'v1/Deployment: web']);
});

test('pods that two workloads select are shown once', async () => {
  const release = await installed({ a: deployment('web'), b: deployment('other', 'web') });
  expect((await objectsOf(release, world.ports)).get('v1/Pod(related)')).toHaveLength(1);
});

test('the same as the server shows it', async () => {
  const release = await installed({ a: configMap('b'), b: configMap('a'), c: deployment('web') });
  await world.cluster.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: NAMESPACE, name: 'a' });
  const tables = await tablesOf(release, world.ports);
  expect([...tables].map(([key, all]) => [key, all.map(({ rows }) => rows.length)])).toEqual([
    ['v1/ConfigMap', [1]],
    ['v1/Deployment', [1]],
    ['v1/Pod(related)', [2]],
  ]);
  expect(tables.get('v1/ConfigMap')?.[0]?.rows[0]?.[0]).toBe('b');
});

test.each<[string, { name: string; version?: number }, string]>([
  ['no release', { name: 'other' }, 'release: not found'],
  ['no revision', { name: 'web', version: 7 }, 'release: not found'],
  ['no name', { name: 'Web' }, 'releaseContent: Release name is invalid: Web'],
])('%s', async (_, input, message) => {
  await installed({ a: configMap('a') });
  expect((await faultOf(getRelease(input, world.ports))).message).toBe(message);
});

test('a cluster that does not answer', async () => {
  world.cluster.onRequest(() => {
    throw new KubeError('KUBE_UNAVAILABLE', 'connection refused', { hint: 'start it' });
  });
  expect(await faultOf(getRelease({ name: 'web' }, world.ports))).toMatchObject({
    code: 'KUBE_UNAVAILABLE',
    message: 'kubernetes cluster unreachable: connection refused',
    hint: 'start it',
  });
});
