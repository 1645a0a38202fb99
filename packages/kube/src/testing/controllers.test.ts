import { describe, expect, test } from 'vitest';

import { type KubeObject, refOf } from '../object.ts';
import { type WaitEvent, waitHook, waitReady } from '../wait.ts';
import { createMemoryCluster, type MemoryCluster } from './memory-cluster.ts';

const namespace = 'shop';
const open = (simulate = true): MemoryCluster => createMemoryCluster({ namespaces: [namespace], simulate });
const run = { now: Date.now };
const LONG = { timeout: 30_000 };

const workload = (type: string, name: string, labels: Record<string, string> = {}, spec: object = {}): KubeObject => ({
  apiVersion: type.slice(0, type.lastIndexOf('/')),
  kind: type.slice(type.lastIndexOf('/') + 1),
  metadata: { name, namespace },
  spec: {
    ...(type !== 'batch/v1/Job' && { selector: { matchLabels: { app: name } } }),
    ...spec,
    template: {
      metadata: { labels: { app: name, ...labels } },
      spec: {
        restartPolicy: type === 'batch/v1/Job' ? 'Never' : 'Always',
        containers: [{ name: 'main', image: 'main:1' }],
      },
    },
  },
});

const configMap = (name: string, metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { ...metadata, name, namespace },
});

const pod = (name: string, labels: Record<string, string> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace, labels },
  spec: { restartPolicy: 'Always', containers: [{ name: 'main', image: 'main:1' }] },
});

async function made(cluster: MemoryCluster, ...objects: KubeObject[]): Promise<KubeObject[]> {
  for (const object of objects) await cluster.create(object);
  return objects;
}

describe('ready', () => {
  test.each(['apps/v1/Deployment', 'apps/v1/StatefulSet', 'apps/v1/DaemonSet', 'apps/v1/ReplicaSet', 'batch/v1/Job'])(
    '%s',
    async (type) => {
      const cluster = open();
      const objects = await made(cluster, workload(type, 'web'));
      const events: WaitEvent[] = [];
      await waitReady(cluster, objects, LONG, { ...run, onEvent: (event) => events.push(event) });
      expect(events.at(-1)).toMatchObject({ type: 'wait', done: 1, count: 1, status: { progress: 'Current' } });
    },
  );

  test('several kinds together, and each told of', async () => {
    const cluster = open();
    const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data', namespace }, spec: {} };
    const objects = await made(cluster, configMap('a'), configMap('b'), pod('p'), claim);
    const done = new Set<string>();
    await waitReady(cluster, objects, LONG, {
      ...run,
      onEvent: ({ ref, status }) => status.progress === 'Current' && done.add(ref.name),
    });
    expect([...done].sort()).toEqual(['a', 'b', 'data', 'p']);
  });

  test('jobs, when they have ended', async () => {
    const cluster = open();
    const jobs = await made(cluster, workload('batch/v1/Job', 'job'));
    await waitReady(cluster, jobs, { ...LONG, jobs: true }, run);
    expect((await cluster.get(refOf(jobs[0] as KubeObject)))?.status).toMatchObject({ succeeded: 1 });
  });
});

describe('not ready', () => {
  const faultOf = (promise: Promise<void>): Promise<unknown> =>
    promise.then(
      () => undefined,
      (e: unknown) => e,
    );

  test('for good', async () => {
    const cluster = open();
    const objects = await made(cluster, pod('p', { 'e2e-outcome': 'crash' }));
    expect(await faultOf(waitReady(cluster, objects, LONG, run))).toMatchObject({
      message: 'resource Pod/shop/p not ready. status: Failed, message: Containers in CrashLoop state: main',
    });
  });
});

describe('jobs', () => {
  test.each([
    ['fail', `resource Job/${namespace}/job not ready. status: Failed, message: Job Failed. failed: 1/1`],
    ['', undefined],
  ])('that end: %s', async (outcome, message) => {
    const cluster = open();
    const hooks = await made(
      cluster,
      workload('batch/v1/Job', 'job', outcome === '' ? {} : { 'e2e-outcome': outcome }),
    );
    const ending = waitHook(cluster, hooks, LONG, run);
    if (message === undefined) await expect(ending).resolves.toBeUndefined();
    else await expect(ending).rejects.toMatchObject({ code: 'KUBE_NOT_READY', message });
  });

  test('that hang', async () => {
    const cluster = open();
    const hooks = await made(cluster, workload('batch/v1/Job', 'job', { 'e2e-outcome': 'hang' }));
    await expect(waitHook(cluster, hooks, { timeout: 40 }, run)).rejects.toMatchObject({
      message: `resource Job/${namespace}/job not ready. status: InProgress, message: Job in progress\ncontext deadline exceeded`,
    });
  });
});
