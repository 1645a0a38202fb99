import { describe, expect, test } from 'vitest';

import { diagnose } from './diagnosis.ts';
import { KubeError } from './error.ts';
import type { KubeObject } from './object.ts';
import { refOf } from './object.ts';
import type { Status } from './status.ts';
import { createMemoryCluster, type MemoryCluster } from './testing/memory-cluster.ts';

const namespace = 'default';
const status: Status = { progress: 'InProgress', message: 'Available: 0/1' };

const deployment = (name = 'web'): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace },
  spec: { selector: { matchLabels: { app: name } } },
  status: { conditions: [{ type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable', message: 'no' }] },
});

const pod = (name: string, more: object, app = 'web'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace, labels: { app } },
  spec: { containers: [{ name: 'main', image: 'x' }] },
  ...more,
});

const container = (state: object, more: object = {}) => ({
  name: 'main',
  ready: false,
  restartCount: 0,
  state,
  ...more,
});
const withContainers = (...containerStatuses: object[]) => ({ status: { phase: 'Running', containerStatuses } });

/** An event of an object that is in the cluster. */
const event = (name: string, uid: string | undefined, reason: string, lastTimestamp?: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name, namespace },
  involvedObject: { uid },
  type: 'Warning',
  reason,
  message: `${reason} it is`,
  ...(lastTimestamp && { lastTimestamp }),
});

/** Stored as it is, status and all. */
async function put(cluster: MemoryCluster, object: KubeObject): Promise<KubeObject> {
  const created = await cluster.create(object);
  if (object.status === undefined) return created;
  const body = { status: object.status };
  return cluster.patch(refOf(object), { type: 'merge', body }, { subresource: 'status' });
}

async function reasonsOf(cluster: MemoryCluster, ...objects: KubeObject[]) {
  return diagnose(
    cluster,
    objects.map((object) => ({ ref: refOf(object), status, object })),
  );
}

describe('of a deployment', () => {
  test('conditions, events and pods', async () => {
    const cluster = createMemoryCluster({ logs: () => 'cannot open /data\n' });
    const web = await put(cluster, deployment());
    const ended = { terminated: { exitCode: 1, reason: 'Error', message: 'bad' } };
    const faulty = await put(cluster, pod('web-1', withContainers(container(ended, { restartCount: 3 }))));
    await put(cluster, pod('web-2', { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } }));
    await put(cluster, pod('other', withContainers(container(ended)), 'other'));
    await cluster.create(event('late', web.metadata.uid, 'Late', '2026-01-02T00:00:00Z'));
    await cluster.create(event('early', web.metadata.uid, 'Early', '2026-01-01T00:00:00Z'));
    await cluster.create(event('of-pod', faulty.metadata.uid, 'BackOff', '2026-01-01T00:00:00Z'));
    expect(await reasonsOf(cluster, web)).toEqual([
      {
        ref: refOf(web),
        status,
        conditions: [{ type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable', message: 'no' }],
        events: [
          { type: 'Warning', reason: 'Early', message: 'Early it is' },
          { type: 'Warning', reason: 'Late', message: 'Late it is' },
        ],
        pods: [
          {
            name: 'web-1',
            phase: 'Running',
            conditions: [],
            containers: [
              {
                name: 'main',
                state: 'terminated',
                reason: 'Error',
                message: 'bad',
                restarts: 3,
                exitCode: 1,
                log: 'cannot open /data\n',
              },
            ],
            events: [{ type: 'Warning', reason: 'BackOff', message: 'BackOff it is' }],
          },
        ],
      },
    ]);
  });

  test('no more than a person reads', async () => {
    const cluster = createMemoryCluster({ logs: () => 'x'.repeat(100_000) });
    const web = await put(cluster, deployment());
    for (let i = 0; i < 8; i++) {
      await put(cluster, pod(`web-${i}`, withContainers(container({ running: {} }))));
      await cluster.create(event(`e-${i}`, web.metadata.uid, `E${i}`, `2026-01-01T00:00:0${i}Z`));
    }
    const [reason] = await reasonsOf(cluster, web);
    expect(reason?.events.map((each) => each.reason)).toEqual(['E3', 'E4', 'E5', 'E6', 'E7']);
    expect(reason?.pods).toHaveLength(3);
    expect(reason?.pods[0]?.containers[0]?.log).toHaveLength(16_384);
  });

  test('the first objects only are looked into', async () => {
    const cluster = createMemoryCluster();
    const objects = await Promise.all(
      ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => put(cluster, deployment(name))),
    );
    const before = cluster.requests;
    const reasons = await reasonsOf(cluster, ...objects);
    expect(reasons.map(({ conditions }) => conditions.length)).toEqual([1, 1, 1, 1, 1, 1, 1]);
    expect(cluster.requests - before).toBe(10);
  });
});

test.each([
  [
    'that waits and has printed nothing',
    container({ waiting: { reason: 'ImagePullBackOff' } }),
    { state: 'waiting', reason: 'ImagePullBackOff' },
  ],
  [
    'that loops',
    container({ waiting: { reason: 'CrashLoopBackOff' } }, { restartCount: 2 }),
    { restarts: 2, log: 'hello\n' },
  ],
  ['that runs and is not ready', container({ running: { startedAt: 'x' } }), { state: 'running', log: 'hello\n' }],
  ['of which nothing is known', { name: 'main' }, { name: 'main', state: 'waiting', reason: '', restarts: 0 }],
])('a container %s', async (_, containerStatus, wanted) => {
  const cluster = createMemoryCluster({ logs: () => 'hello\n' });
  const faulty = await put(cluster, pod('p', withContainers(containerStatus)));
  const [reason] = await reasonsOf(cluster, faulty);
  expect(reason?.pods[0]?.containers[0]).toMatchObject(wanted);
  if (!('log' in wanted)) expect(reason?.pods[0]?.containers[0]).not.toHaveProperty('log');
});

test('containers that are well say nothing', async () => {
  const cluster = createMemoryCluster();
  const well = [container({ running: {} }, { ready: true }), container({ terminated: { exitCode: 0 } })];
  const [reason] = await reasonsOf(cluster, await put(cluster, pod('p', withContainers(...well))));
  expect(reason?.pods[0]?.containers).toEqual([]);
});

test('one that is not there has nothing but its status', async () => {
  const ref = refOf(deployment());
  expect(await diagnose(createMemoryCluster(), [{ ref, status }])).toEqual([
    { ref, status, conditions: [], events: [], pods: [] },
  ]);
});

test('what may not be read is left out', async () => {
  const cluster = createMemoryCluster();
  const faulty = await put(cluster, pod('p', withContainers(container({ running: {} }))));
  cluster.onRequest(() => {
    throw new KubeError('KUBE_FORBIDDEN', 'no');
  });
  const [reason] = await reasonsOf(cluster, faulty);
  expect(reason?.events).toEqual([]);
  expect(reason?.pods[0]?.containers[0]).not.toHaveProperty('log');
});

test('an error around one with reasons has them too', () => {
  const reasons = [{ ref: refOf(deployment()), status, conditions: [], events: [], pods: [] }];
  const inner = new KubeError('KUBE_NOT_READY', 'not ready', { reasons });
  expect(new KubeError('KUBE_NOT_READY', 'failed: not ready', { cause: inner }).reasons).toBe(reasons);
});
