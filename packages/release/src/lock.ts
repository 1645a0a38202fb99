/**
 * One command at a time on a release: while an action works it holds a Lease beside the records. What is left of a
 * Lease also tells whose revision is pending for good: that of a command which was killed. Helm has nothing like it.
 *
 * A short action pays two requests, one that creates and one that deletes; one of more than five seconds one every five.
 * Where no Lease may be written all goes on without, as with Helm, whose errors are then the action's own.
 */
import { type Cluster, KubeError, type KubeErrorCode, type KubeObject, type ObjectRef } from '@pack/kube';

import { ReleaseError } from './error.ts';
import type { LockPort, ReleaseEvent, ReleasePorts, ReleaseRun } from './ports.ts';
import { isPending, type Release } from './record.ts';

/** Milliseconds: a Lease that was not renewed for so long is nobody's. */
const DURATION = 15_000;
const RENEWAL = 5_000;
const POLL = 500;
/** By how much clocks of machines may differ. A Lease that seems to have run out is watched, unless by more than this. */
const SKEW = 60_000;
/** How much longer than its timeout a command may work that holds no Lease, as Helm. */
const MARGIN = 3_600_000;

/** What an action knows of the lock. */
export interface Hold {
  /** What to work with: a process that slept for so long that another took over writes nothing when it wakes. */
  readonly ports: ReleasePorts;
  /** Whether the command that made this revision is gone; false for what is not pending. */
  isOrphan(release: Release): boolean;
  /** Tries once more to hold the Lease, now that there is a namespace. */
  again(): Promise<void>;
}

interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
}

/** The working times of the command that left its Lease behind, in milliseconds since the epoch. */
interface Remains {
  readonly from: number;
  readonly until: number;
}

const pending = (hint: string): ReleaseError =>
  new ReleaseError('RELEASE_PENDING', 'another operation (install/upgrade/rollback) is in progress', { hint });

/** Of a revision that is pending, and by all that is known not for good. */
export const pendingError = (name: string): ReleaseError =>
  pending(`wait for it to end; if its process is gone, pack recover ${name} --force`);

/** For an action within an action, which holds the Lease. */
export const withoutLock = (ports: ReleasePorts): ReleasePorts => ({ ...ports, lock: undefined });

const leaseRef = (name: string, namespace: string): ObjectRef => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  namespace,
  name: `pack.${name}`,
});

const specOf = ({ spec }: KubeObject): LeaseSpec => (spec ?? {}) as LeaseSpec;
const millis = (time: string | undefined): number => (time === undefined ? 0 : Date.parse(time));
/** A MicroTime has six digits. */
const microTime = (time: number): string => new Date(time).toISOString().replace('Z', '000Z');

interface LockInput {
  readonly name: string;
  /** Milliseconds to wait for another command. */
  readonly timeout: number;
  /** For who has not looked whether the cluster can be reached: asked where no Lease can be had. Throws what is wrong. */
  readonly reach?: () => Promise<unknown>;
}

/**
 * Does `work` while no other command works on the release. The signal that `work` gets is also aborted when another command took the Lease over. Throws RELEASE_PENDING.
 */
export async function locked<T>(
  { name, timeout, reach }: LockInput,
  ports: ReleasePorts,
  run: ReleaseRun,
  work: (run: ReleaseRun, hold: Hold) => Promise<T>,
): Promise<T> {
  const now = (): number => Number(ports.now().nanoseconds() / 1_000_000n);
  const began = now();
  const isStale = ({ info }: Release): boolean => millis(info.last_deployed) + timeout + MARGIN < began;
  if (ports.lock === undefined) {
    const isOrphan = (release: Release): boolean => isPending(release.info.status) && isStale(release);
    return work(run, { ports, isOrphan, async again() {} });
  }
  const lease = createLease(name, timeout, { cluster: ports.cluster, ...ports.lock, now }, run);
  const unsettled = new Map<number, boolean>();
  const onEvent = (event: ReleaseEvent): void => {
    if (event.type === 'record') unsettled.set(event.release.version, isPending(event.status));
    run.onEvent?.(event);
  };
  const signal = run.signal === undefined ? lease.lost : AbortSignal.any([run.signal, lease.lost]);
  if (!(await lease.acquire())) await reach?.();
  try {
    return await work(
      { onEvent, signal },
      {
        ports: guarded(ports, lease.ensureHeld),
        isOrphan(release) {
          if (!isPending(release.info.status)) return false;
          const { remains } = lease;
          const at = millis(release.info.last_deployed);
          return (remains !== undefined && remains.from <= at && at <= remains.until) || isStale(release);
        },
        again: async () => void (await lease.acquire(began)),
      },
    );
  } catch (e) {
    throw lease.lost.aborted ? lease.lost.reason : e;
  } finally {
    await lease.release([...unsettled.values()].includes(true));
  }
}

/** Ports whose writes are preceded by `ensure`. */
function guarded({ cluster, records, ...ports }: ReleasePorts, ensure: () => Promise<void>): ReleasePorts {
  const after =
    <A extends unknown[], T>(write: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      await ensure();
      return write(...args);
    };
  return {
    ...ports,
    cluster: {
      ...cluster,
      create: after(cluster.create),
      replace: after(cluster.replace),
      patch: after(cluster.patch),
      delete: after(cluster.delete),
    },
    records: {
      ...records,
      create: after(records.create),
      update: after(records.update),
      delete: after(records.delete),
    },
  };
}

interface LeasePorts extends LockPort {
  readonly cluster: Cluster;
  readonly now: () => number;
}

function createLease(
  name: string,
  timeout: number,
  { cluster, namespace, holder, isGone, now }: LeasePorts,
  { signal, onEvent }: ReleaseRun,
) {
  const ref = leaseRef(name, namespace);
  const lost = new AbortController();
  let held: KubeObject | undefined;
  let remains: Remains | undefined;
  let renewedAt = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let renewing: Promise<void> | undefined;

  const bodyOf = (acquired: number, renewed: number, before?: KubeObject): KubeObject => ({
    apiVersion: ref.apiVersion,
    kind: ref.kind,
    metadata: { ...before?.metadata, name: ref.name, namespace },
    spec: {
      holderIdentity: holder,
      leaseDurationSeconds: DURATION / 1000,
      acquireTime: microTime(acquired),
      renewTime: microTime(renewed),
    },
  });

  function hold(object: KubeObject, time: number): void {
    held = object;
    renewedAt = time;
    timer = setTimeout(renew, RENEWAL);
  }

  /** One at a time: a second would take the first for another command. */
  const renew = (): Promise<void> =>
    (renewing ??= tryRenew().finally(() => {
      renewing = undefined;
    }));

  async function tryRenew(): Promise<void> {
    clearTimeout(timer);
    const mine = held as KubeObject;
    const time = now();
    try {
      hold(await cluster.replace(bodyOf(millis(specOf(mine).acquireTime), time, mine)), time);
    } catch (e) {
      const { code } = e as KubeError;
      if (code !== 'KUBE_CONFLICT' && code !== 'KUBE_NOT_FOUND') return hold(mine, renewedAt);
      held = undefined;
      lost.abort(
        new ReleaseError('RELEASE_PENDING', `another command took over release ${name}`, {
          hint: `this one was silent for too long; see pack history ${name}`,
        }),
      );
    }
  }

  /** That which another command left is taken over with its times, until what it left pending is seen to. */
  async function takeOver(found: KubeObject): Promise<void> {
    const { acquireTime, renewTime } = specOf(found);
    const time = now();
    const left = { from: millis(acquireTime), until: millis(renewTime) + DURATION };
    hold(await cluster.replace(bodyOf(left.from, time, found), {}, { signal }), time);
    remains = left;
  }

  /** Undefined when the Lease is held; else that of the other. Throws KUBE_… */
  async function attempt(since: number, isOver: (found: KubeObject) => boolean): Promise<KubeObject | undefined> {
    try {
      hold(await cluster.create(bodyOf(since, now()), {}, { signal }), now());
      return undefined;
    } catch (e) {
      if (!isOf(e, 'KUBE_ALREADY_EXISTS')) throw e;
    }
    const found = await cluster.get(ref, { signal });
    if (found === undefined) return attempt(since, isOver);
    if (!isOver(found)) return found;
    try {
      await takeOver(found);
      return undefined;
    } catch (e) {
      // Another that waited was faster.
      if (isOf(e, 'KUBE_CONFLICT') || isOf(e, 'KUBE_NOT_FOUND')) return found;
      throw e;
    }
  }

  return {
    lost: lost.signal,
    get remains(): Remains | undefined {
      return remains;
    },
    /** Waits for it; false when it cannot be had. `since`: from when on this command is at work. Throws RELEASE_PENDING. */
    async acquire(since = now()): Promise<boolean> {
      if (held !== undefined) return true;
      const deadline = now() + timeout;
      const isOver = overWatch(now, isGone);
      let isTold = false;
      for (;;) {
        let other: KubeObject | undefined;
        try {
          other = await attempt(since, isOver);
        } catch (e) {
          // Without, as Helm: what is wrong will be said of what is asked for.
          if (e instanceof KubeError) return false;
          throw e;
        }
        if (other === undefined) return true;
        const { holderIdentity = 'nobody', acquireTime = '' } = specOf(other);
        if (now() >= deadline) {
          throw pending(`${holderIdentity} works on ${name} since ${acquireTime}; a longer --timeout waits for it`);
        }
        if (!isTold) {
          const facts = { name, holder: holderIdentity, since: acquireTime };
          onEvent?.({ type: 'warning', level: 'WARN', message: 'waiting for another command on this release', facts });
        }
        isTold = true;
        await pause(Math.min(POLL, Math.max(1, deadline - now())), signal);
      }
    },
    /** Throws RELEASE_PENDING when another command took it over in a silence of this one. */
    async ensureHeld(): Promise<void> {
      if (held !== undefined && now() - renewedAt > DURATION) await renew();
      lost.signal.throwIfAborted();
    },
    /** `isUnsettled`: something is left pending, and whoever comes next has to know that nobody is at work on it. */
    async release(isUnsettled: boolean): Promise<void> {
      await renewing;
      // After a long silence it may be another's.
      if (held !== undefined && now() - renewedAt > DURATION) await renew();
      clearTimeout(timer);
      if (held === undefined) return;
      try {
        if (isUnsettled) {
          const body = bodyOf(millis(specOf(held).acquireTime), now(), held);
          await cluster.replace({ ...body, spec: { ...(body['spec'] as LeaseSpec), holderIdentity: '' } });
        } else await cluster.delete(ref, { uid: held.metadata.uid });
      } catch (e) {
        // It runs out by itself.
        if (!(e instanceof KubeError)) throw e;
      }
    },
  };
}

const isOf = (e: unknown, code: KubeErrorCode): boolean => e instanceof KubeError && e.code === code;

/**
 * Whether nobody holds a Lease any more: it was given up, its holder is known to be gone, it ran out long ago by this
 * machine's clock, or it was not renewed for its duration while it was watched.
 */
function overWatch(now: () => number, isGone: LockPort['isGone']): (found: KubeObject) => boolean {
  let seen: { readonly version: string | undefined; readonly at: number } | undefined;
  return (found) => {
    const { holderIdentity = '', renewTime, leaseDurationSeconds = DURATION / 1000 } = specOf(found);
    const version = found.metadata.resourceVersion;
    if (seen?.version !== version || seen === undefined) seen = { version, at: now() };
    const duration = leaseDurationSeconds * 1000;
    return (
      holderIdentity === '' ||
      isGone?.(holderIdentity) === true ||
      millis(renewTime) + duration + SKEW < now() ||
      seen.at + duration <= now()
    );
  };
}

const pause = (ms: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', stop, { once: true });
  });
