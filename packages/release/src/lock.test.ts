import { fromNanoseconds, UTC } from '@pack/core';
import { KubeError, type KubeObject } from '@pack/kube';
import { createMemoryCluster, type MemoryCluster } from '@pack/kube/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { type Hold, locked } from './lock.ts';
import type { LockPort, ReleaseEvent, ReleasePorts, ReleaseRun } from './ports.ts';
import type { Release, ReleaseStatus } from './record.ts';
import { createMemoryStorage } from './storage/memory.ts';

const NAMESPACE = 'shop';
const LEASE = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: NAMESPACE, name: 'pack.rel' };
const INPUT = { name: 'rel', timeout: 60_000 };

let cluster: MemoryCluster;

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-01-01T12:00:00Z') });
  cluster = createMemoryCluster({ namespaces: [NAMESPACE] });
});
afterEach(() => {
  vi.useRealTimers();
});

const portsOf = (holder: string, more: Partial<LockPort> = {}): ReleasePorts => ({
  cluster,
  records: createMemoryStorage({ now: Date.now }),
  render: () => Promise.reject(new Error('nothing is rendered')),
  now: () => fromNanoseconds(BigInt(Date.now()) * 1_000_000n, UTC),
  lock: { namespace: NAMESPACE, holder, ...more },
});

const lease = (): Promise<KubeObject | undefined> => cluster.get(LEASE);
const holderOf = async (): Promise<unknown> => ((await lease())?.spec as { holderIdentity?: string })?.holderIdentity;

const pending = (status: ReleaseStatus = 'pending-upgrade', at = new Date()): Release =>
  ({ name: 'rel', version: 2, info: { status, last_deployed: at.toISOString() } }) as Release;

/** Work that ends when it is told to. */
function task() {
  let done: (result: string) => void = () => undefined;
  const promise = new Promise<string>((resolve) => {
    done = resolve;
  });
  return { work: () => promise, done: (result: string) => done(result) };
}

/** What becomes of a promise, once timers have had `ms`. */
async function after<T>(ms: number, promise: Promise<T>): Promise<T | Error | 'going on'> {
  let outcome: T | Error | 'going on' = 'going on';
  promise.then(
    (value) => (outcome = value),
    (e: Error) => (outcome = e),
  );
  await vi.advanceTimersByTimeAsync(ms);
  return outcome;
}

describe('a Lease', () => {
  test('is held while the work goes on, is renewed, and goes', async () => {
    const { work, done } = task();
    const running = locked(INPUT, portsOf('a'), {}, work);
    expect(await after(1, running)).toBe('going on');
    const first = (await lease())?.spec as { renewTime: string };
    expect(first).toMatchObject({ holderIdentity: 'a', leaseDurationSeconds: 15 });
    await vi.advanceTimersByTimeAsync(6000);
    const second = (await lease())?.spec as { renewTime: string };
    expect(Date.parse(second.renewTime) - Date.parse(first.renewTime)).toBeGreaterThanOrEqual(5000);
    done('result');
    expect(await after(1, running)).toBe('result');
    expect(await lease()).toBeUndefined();
  });

  test('is waited for, and who waits says so once', async () => {
    const first = task();
    const events: ReleaseEvent[] = [];
    const one = locked(INPUT, portsOf('a'), {}, first.work);
    await vi.advanceTimersByTimeAsync(1);
    const two = locked(INPUT, portsOf('b'), { onEvent: (event) => events.push(event) }, async () => 'two');
    expect(await after(20_000, two)).toBe('going on');
    expect(events).toMatchObject([{ type: 'warning', facts: { name: 'rel', holder: 'a' } }]);
    first.done('one');
    expect(await after(1000, one)).toBe('one');
    expect(await after(1000, two)).toBe('two');
  });

  test('that stays held is an error that names the holder', async () => {
    const { work, done } = task();
    void locked(INPUT, portsOf('host/7'), {}, work);
    await vi.advanceTimersByTimeAsync(1);
    const second = locked({ ...INPUT, timeout: 3000 }, portsOf('b'), {}, async () => 'two');
    const fault = await after(5000, second);
    expect(fault).toMatchObject({
      code: 'RELEASE_PENDING',
      hint: expect.stringContaining('host/7 works on rel since'),
    });
    done('');
  });

  test('of a holder that is gone is taken over at once, else when it was silent for its duration', async () => {
    const remains = async (): Promise<void> => {
      const time = new Date().toISOString().replace('Z', '000Z');
      await cluster.create({
        apiVersion: LEASE.apiVersion,
        kind: LEASE.kind,
        metadata: { name: LEASE.name, namespace: NAMESPACE },
        spec: { holderIdentity: 'dead', leaseDurationSeconds: 15, acquireTime: time, renewTime: time },
      });
    };
    await remains();
    const known = locked(INPUT, portsOf('b', { isGone: (holder) => holder === 'dead' }), {}, async () => 'known');
    expect(await after(1, known)).toBe('known');
    await remains();
    const watched = locked(INPUT, portsOf('c'), {}, async () => 'watched');
    expect(await after(14_000, watched)).toBe('going on');
    expect(await after(2000, watched)).toBe('watched');
    expect(await lease()).toBeUndefined();
  });

  test('that another took over ends the work of who was silent', async () => {
    let signal: AbortSignal | undefined;
    const running = locked(INPUT, portsOf('a'), {}, (run: ReleaseRun) => {
      signal = run.signal;
      return new Promise((_, reject) => run.signal?.addEventListener('abort', () => reject(new Error('stopped'))));
    });
    await vi.advanceTimersByTimeAsync(1);
    const taken = (await lease()) as KubeObject;
    await cluster.replace({ ...taken, spec: { ...(taken.spec as object), holderIdentity: 'b' } });
    expect(await after(6000, running)).toMatchObject({
      code: 'RELEASE_PENDING',
      message: 'another command took over release rel',
    });
    expect(signal?.aborted).toBe(true);
    expect(await holderOf()).toBe('b');
  });

  test('that was lost in a long silence is looked after before anything is written', async () => {
    const running = locked(INPUT, portsOf('a'), {}, async (_, { ports }) => {
      const taken = (await lease()) as KubeObject;
      await cluster.replace({ ...taken, spec: { ...(taken.spec as object), holderIdentity: 'b' } });
      vi.setSystemTime(Date.now() + 16_000);
      return ports.cluster.create({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'x', namespace: NAMESPACE },
      });
    });
    await expect(running).rejects.toMatchObject({ code: 'RELEASE_PENDING' });
    expect(await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: NAMESPACE, name: 'x' })).toBeUndefined();
  });

  test('is renewed by one at a time', async () => {
    const created = await locked(INPUT, portsOf('a'), {}, async (_, { ports }) => {
      vi.setSystemTime(Date.now() + 16_000);
      const names = ['x', 'y', 'z'];
      await Promise.all(
        names.map((name) =>
          ports.cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: NAMESPACE } }),
        ),
      );
      return names.length;
    });
    expect(created).toBe(3);
  });

  test('may be forbidden: all goes on without', async () => {
    cluster.onRequest(({ kind }) => {
      if (kind === 'Lease') throw new KubeError('KUBE_FORBIDDEN', 'no');
    });
    await expect(locked(INPUT, portsOf('a'), {}, async () => 'done')).resolves.toBe('done');
  });

  test('comes with its namespace', async () => {
    cluster = createMemoryCluster();
    const seen = await locked(INPUT, portsOf('a'), {}, async (_, hold) => {
      await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
      await hold.again();
      return holderOf();
    });
    expect(seen).toBe('a');
    expect(await lease()).toBeUndefined();
  });

  test('is not waited for any longer by who is stopped', async () => {
    const { work, done } = task();
    void locked(INPUT, portsOf('a'), {}, work);
    await vi.advanceTimersByTimeAsync(1);
    const stop = new AbortController();
    const second = locked(INPUT, portsOf('b'), { signal: stop.signal }, async () => 'two');
    await vi.advanceTimersByTimeAsync(700);
    stop.abort(new Error('enough'));
    expect(await after(1, second)).toMatchObject({ message: 'enough' });
    done('');
  });

  test('is kept without a holder when something is left pending', async () => {
    const release = pending();
    const work = async ({ onEvent }: ReleaseRun): Promise<void> =>
      onEvent?.({ type: 'record', release, status: 'pending-upgrade' });
    await locked(INPUT, portsOf('a'), {}, work);
    expect(await holderOf()).toBe('');
    const known = await locked(INPUT, portsOf('b'), {}, async (_, hold: Hold) => hold.isOrphan(release));
    expect(known).toBe(true);
  });
});

describe('a pending revision is an orphan', () => {
  const HOUR = 3_600_000;
  const cases: readonly (readonly [string, ReleaseStatus, number, boolean])[] = [
    ['never when it is not pending', 'failed', -9 * HOUR, false],
    ['not when it is young and no Lease tells of it', 'pending-install', -HOUR / 2, false],
    ['when it is older than any timeout', 'pending-install', -2 * HOUR, true],
    ['that of a rollback too', 'pending-rollback', -2 * HOUR, true],
  ];
  test.each(cases)('%s', async (_, status, age, expected) => {
    const release = pending(status, new Date(Date.now() + age));
    for (const ports of [portsOf('a'), { ...portsOf('a'), lock: undefined }]) {
      expect(await locked(INPUT, ports, {}, async (__, hold) => hold.isOrphan(release))).toBe(expected);
    }
  });
});
