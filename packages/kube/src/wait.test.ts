import { describe, expect, test } from 'vitest';

import { createObjects } from './apply.ts';
import { KubeError } from './error.ts';
import { type KubeObject, refOf } from './object.ts';
import { createMemoryCluster, type MemoryCluster, type MemoryClusterOptions } from './testing/memory-cluster.ts';
import { type WaitEvent, type WaitOptions, waitDeleted, waitHook, waitReady } from './wait.ts';

const namespace = 'default';

const template = (outcome?: string) => ({
  metadata: { labels: { app: 'web', ...(outcome && { 'e2e-outcome': outcome }) } },
  spec: { containers: [{ name: 'main', image: 'web' }] },
});

const workload = (kind: string, outcome?: string, spec: object = {}): KubeObject => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name: 'web', namespace },
  spec: { replicas: 1, selector: { matchLabels: { app: 'web' } }, template: template(outcome), ...spec },
});

const job = (outcome?: string): KubeObject => {
  const { metadata, spec } = template(outcome);
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'task', namespace },
    spec: { template: { metadata, spec: { ...spec, restartPolicy: 'Never' } } },
  };
};

const pod = (name: string, outcome?: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace, labels: { ...(outcome && { 'e2e-outcome': outcome }) } },
  spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'web' }] },
});

const configMap = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
});

const now = Date.now;

async function started(objects: readonly KubeObject[], options: MemoryClusterOptions = {}): Promise<MemoryCluster> {
  const cluster = createMemoryCluster({ simulate: true, ...options });
  await createObjects(cluster, objects, { serverSide: true });
  return cluster;
}

const fault = (promise: Promise<unknown>): Promise<KubeError> =>
  promise.then(
    () => expect.unreachable(),
    (e) => e as KubeError,
  );

const SOON: WaitOptions = { timeout: 300 };
const LATE: WaitOptions = { timeout: 10_000 };

describe('until objects are ready', () => {
  test.each([
    ['nothing', []],
    ['what is ready as soon as it is there', [configMap('a'), configMap('b')]],
    ['workloads', [workload('Deployment'), workload('StatefulSet'), workload('DaemonSet')]],
    ['a job that runs', [job()]],
  ])('%s', async (_, objects) => {
    await expect(waitReady(await started(objects), objects, LATE, { now })).resolves.toBeUndefined();
  });

  test('one object that is named twice', async () => {
    const cluster = await started([configMap('a')]);
    await expect(waitReady(cluster, [configMap('a'), configMap('a')], LATE, { now })).resolves.toBeUndefined();
  });

  test('progress is told, object by object', async () => {
    const cluster = await started([workload('Deployment'), configMap('a')]);
    const events: WaitEvent[] = [];
    await waitReady(cluster, [workload('Deployment'), configMap('a')], LATE, { now, onEvent: (e) => events.push(e) });
    const { ref, status, done, count } = events.at(-1) as WaitEvent;
    expect({ ref: ref.kind, progress: status.progress, done, count }).toEqual({
      ref: 'Deployment',
      progress: 'Current',
      done: 2,
      count: 2,
    });
  });

  test('what does not get ready is named, with the reason', async () => {
    const objects = [configMap('a'), workload('Deployment', 'crash')];
    const cluster = await started(objects);
    const { code, message, reasons } = await fault(waitReady(cluster, objects, SOON, { now }));
    expect({ code, message }).toEqual({
      code: 'KUBE_NOT_READY',
      message:
        'resource Deployment/default/web not ready. status: InProgress, message: Available: 0/1\ncontext deadline exceeded',
    });
    expect(reasons).toHaveLength(1);
    expect(reasons?.[0]).toMatchObject({ ref: { kind: 'Deployment' }, conditions: [{ type: 'Available' }, {}] });
    expect(reasons?.[0]?.pods[0]?.containers).toEqual([
      {
        name: 'main',
        state: 'waiting',
        reason: 'CrashLoopBackOff',
        message: '',
        restarts: 5,
        log: 'the simulated pod says hello\nand goodbye\n',
      },
    ]);
  });

  test('a paused deployment is not waited for', async () => {
    const paused = workload('Deployment', 'unready', { paused: true });
    const cluster = await started([paused]);
    await expect(waitReady(cluster, [paused], LATE, { now })).resolves.toBeUndefined();
  });

  test('what has failed is not waited for, the rest is', async () => {
    const objects = [job('fail'), workload('Deployment')];
    const cluster = await started(objects);
    const { message } = await fault(waitReady(cluster, objects, { ...LATE, jobs: true }, { now }));
    expect(message).toBe('resource Job/default/task not ready. status: Failed, message: Job Failed. failed: 1/1');
  });

  test('so it is by the rules of the legacy strategy, of the first one that is not', async () => {
    const objects = [configMap('a'), workload('Deployment', 'crash')];
    const cluster = await started(objects);
    const legacy = { ...SOON, strategy: 'legacy' } as const;
    const { code, message, reasons } = await fault(waitReady(cluster, objects, legacy, { now }));
    expect({ code, message }).toEqual({ code: 'KUBE_NOT_READY', message: 'context deadline exceeded' });
    expect(reasons).toMatchObject([
      { ref: { kind: 'Deployment' }, pods: [{ containers: [{ reason: 'CrashLoopBackOff' }] }] },
    ]);
  });

  test('jobs must end only when that is asked for', async () => {
    const cluster = await started([job('hang')]);
    await expect(waitReady(cluster, [job('hang')], LATE, { now })).resolves.toBeUndefined();
    const { message } = await fault(waitReady(cluster, [job('hang')], { ...SOON, jobs: true }, { now }));
    expect(message).toMatch(/^resource Job\/default\/task not ready. status: InProgress, message: Job in progress\n/);
  });

  test('one that was never there has no status', async () => {
    const { message } = await fault(waitReady(await started([]), [configMap('x')], SOON, { now }));
    expect(message).toBe(
      'resource ConfigMap/default/x not ready. status: Unknown, message: \ncontext deadline exceeded',
    );
  });

  test('one that goes meanwhile is not found', async () => {
    const cluster = await started([pod('p', 'unready')]);
    const waiting = fault(waitReady(cluster, [pod('p', 'unready')], { timeout: 200 }, { now }));
    setTimeout(() => cluster.delete(refOf(pod('p'))), 50);
    expect((await waiting).message).toMatch(/status: NotFound, message: Resource not found/);
  });

  test('a stateful set whose pods fail has failed, as soon as it changes again', async () => {
    const looping = workload('StatefulSet', 'crash');
    const cluster = await started([looping]);
    const waiting = fault(waitReady(cluster, [looping], LATE, { now }));
    const poke = setInterval(() => {
      const body = { metadata: { annotations: { at: String(performance.now()) } } };
      void cluster.patch(refOf(looping), { type: 'merge', body });
    }, 20);
    const { message } = await waiting.finally(() => clearInterval(poke));
    expect(message).toBe('resource StatefulSet/default/web not ready. status: Failed, message: 1 pods have failed');
  });

  test('a custom kind that comes meanwhile', async () => {
    const cluster = await started([]);
    const widget: KubeObject = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w', namespace } };
    const waiting = waitReady(cluster, [widget], LATE, { now });
    await cluster.create({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'widgets.example.com' },
      spec: {
        group: 'example.com',
        names: { kind: 'Widget', plural: 'widgets' },
        scope: 'Namespaced',
        versions: [{ name: 'v1', served: true, storage: true }],
      },
    });
    await cluster.create(widget);
    await expect(waiting).resolves.toBeUndefined();
  });
});

describe('watches', () => {
  const slow = { step: 30 };

  test('that are cut are begun again', async () => {
    const cluster = await started([workload('Deployment')], slow);
    const cut = setInterval(() => cluster.endWatches(), 10);
    await waitReady(cluster, [workload('Deployment')], LATE, { now }).finally(() => clearInterval(cut));
    const { status } = (await cluster.get(refOf(workload('Deployment')))) as KubeObject;
    expect(status).toMatchObject({ readyReplicas: 1 });
  });

  test.each(['KUBE_EXPIRED', 'KUBE_UNAVAILABLE', 'KUBE_TIMEOUT', 'KUBE_REFUSED'] as const)(
    'that fail with %s are begun again',
    async (code) => {
      const cluster = await started([workload('Deployment')], slow);
      let failures = 2;
      cluster.onRequest(({ verb }) => {
        if ((verb === 'watch' || verb === 'list') && failures-- > 0) throw new KubeError(code, 'not now');
      });
      await expect(waitReady(cluster, [workload('Deployment')], LATE, { now })).resolves.toBeUndefined();
      expect(failures).toBeLessThan(0);
    },
  );

  test('that are cut at once are begun again less and less often, from where they were', async () => {
    const cluster = await started([pod('p', 'unready')]);
    const verbs: string[] = [];
    cluster.onRequest(({ verb, kind }) => {
      if (verb === 'watch') setTimeout(() => cluster.endWatches(), 5);
      if (kind === 'Pod') verbs.push(verb);
    });
    await fault(waitReady(cluster, [pod('p')], { timeout: 1_000 }, { now }));
    expect(verbs.filter((verb) => verb === 'list')).toHaveLength(1);
    const watches = verbs.filter((verb) => verb === 'watch').length;
    expect(watches).toBeGreaterThan(1);
    expect(watches).toBeLessThan(5);
  });

  test('that are forbidden end it', async () => {
    const cluster = await started([workload('Deployment')], slow);
    cluster.onRequest(({ verb }) => {
      if (verb === 'list') throw new KubeError('KUBE_FORBIDDEN', 'deployments.apps is forbidden: no', { hint: 'ask' });
    });
    const { code, message, hint } = await fault(waitReady(cluster, [workload('Deployment')], LATE, { now }));
    expect({ code, message, hint }).toEqual({
      code: 'KUBE_FORBIDDEN',
      message: 'failed to list apps/v1, Kind=Deployment: deployments.apps is forbidden: no',
      hint: 'ask',
    });
  });

  test('are one for all objects of a kind', async () => {
    const objects = ['a', 'b', 'c', 'd'].map(configMap);
    const cluster = await started(objects);
    const before = cluster.requests;
    await waitReady(cluster, objects, LATE, { now });
    expect(cluster.requests - before).toBeLessThanOrEqual(2);
  });

  test('end with the signal, whose reason it is', async () => {
    const cluster = await started([pod('p', 'unready')]);
    const stop = new AbortController();
    const waiting = fault(waitReady(cluster, [pod('p')], LATE, { now, signal: stop.signal }));
    setTimeout(() => stop.abort(new Error('enough')), 20);
    expect((await waiting).message).toBe('enough');
  });
});

describe.each(['watcher', 'legacy'] as const)('until hooks have ended, %s', (strategy) => {
  const wait = (cluster: MemoryCluster, objects: KubeObject[], options = LATE) =>
    waitHook(cluster, objects, { ...options, strategy }, { now });

  test('jobs and pods end well, other kinds are not waited for', async () => {
    const objects = [job(), pod('p'), workload('Deployment', 'unready'), configMap('a')];
    await expect(wait(await started(objects), objects)).resolves.toBeUndefined();
  });

  const words = {
    watcher: {
      job: 'resource Job/default/task not ready. status: Failed, message: Job Failed. failed: 1/1',
      pod: 'resource Pod/default/p not ready. status: Failed, message: pod p failed',
      late: 'resource Pod/default/p not ready. status: InProgress, message: Pod in progress\ncontext deadline exceeded',
    },
    legacy: {
      job: 'job task failed: BackoffLimitExceeded',
      pod: 'pod p failed',
      late: 'timed out waiting for the condition',
    },
  }[strategy];

  test.each([
    ['a job that fails', job('fail'), LATE, words.job],
    ['a pod that fails', pod('p', 'fail'), LATE, words.pod],
    ['a pod that does not end', pod('p', 'hang'), SOON, words.late],
  ])('%s', async (_, object, options, wanted) => {
    const { code, message } = await fault(wait(await started([object]), [object], options));
    expect({ code, message }).toEqual({ code: 'KUBE_NOT_READY', message: wanted });
  });

  test('all faults are told', async () => {
    const objects = [job('fail'), pod('p', 'fail')];
    const { message } = await fault(wait(await started(objects), objects));
    expect(message).toBe(`${words.job}\n${words.pod}`);
  });
});

describe.each(['watcher', 'legacy'] as const)('until objects are gone, %s', (strategy) => {
  const wait = (cluster: MemoryCluster, objects: KubeObject[], options = LATE) =>
    waitDeleted(cluster, objects.map(refOf), { ...options, strategy }, { now });

  test('that were never there', async () => {
    await expect(wait(await started([]), [configMap('a'), configMap('b')])).resolves.toBeUndefined();
  });

  test('of a kind that is gone, too', async () => {
    const widget = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w', namespace } };
    await expect(wait(await started([]), [widget])).resolves.toBeUndefined();
  });

  test('that stay', async () => {
    const held = { ...configMap('a'), metadata: { name: 'a', namespace, finalizers: ['example.com/hold'] } };
    const cluster = await started([held]);
    await cluster.delete(refOf(held));
    const { code, message } = await fault(wait(cluster, [held], SOON));
    expect(code).toBe('KUBE_NOT_READY');
    expect(message).toBe(
      strategy === 'legacy'
        ? 'context deadline exceeded'
        : 'resource ConfigMap/default/a still exists. status: Terminating, message: Resource scheduled for deletion\ncontext deadline exceeded',
    );
  });
});

test('objects that go while they are waited for', async () => {
  const cluster = await started([configMap('a')]);
  const waiting = waitDeleted(cluster, [refOf(configMap('a'))], LATE, { now });
  setTimeout(() => cluster.delete(refOf(configMap('a'))), 20);
  await expect(waiting).resolves.toBeUndefined();
});

describe('legacy: until objects are ready', () => {
  const wait = (cluster: MemoryCluster, objects: KubeObject[], options: { jobs?: boolean; timeout: number } = LATE) =>
    waitReady(cluster, objects, { ...options, strategy: 'legacy' }, { now });

  test('those that are', async () => {
    const objects = [configMap('a'), { ...workload('Deployment', 'unready', { paused: true }) }];
    await expect(wait(await started(objects), objects)).resolves.toBeUndefined();
  });

  test('those that are not, in time', async () => {
    const cluster = await started([pod('p', 'unready')]);
    expect((await fault(wait(cluster, [pod('p')], SOON))).message).toBe('context deadline exceeded');
  });

  test('those that are not there', async () => {
    const { code, message } = await fault(wait(await started([]), [workload('Deployment')]));
    expect({ code, message }).toEqual({ code: 'KUBE_NOT_FOUND', message: 'deployments.apps "web" not found' });
  });
});
