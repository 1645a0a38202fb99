/** Waiting for objects by watching them. Helm: pkg/kube/statuswait.go. */
import type { Cluster, ClusterRun, WatchEvent } from './cluster.ts';
import { KubeError } from './error.ts';
import { type KubeObject, type ObjectRef, type ObjectType, refOf } from './object.ts';
import { hookStatusOf, jobsStatusOf, kindOf, type Status, statusOf } from './status.ts';

export interface WaitEvent {
  readonly type: 'wait';
  readonly ref: ObjectRef;
  readonly status: Status;
  /** How many of all are as they should be. */
  readonly done: number;
  readonly count: number;
}

export interface WaitRun extends ClusterRun {
  readonly onEvent?: ((event: WaitEvent) => void) | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export interface WaitOptions {
  /** Milliseconds for all of it. */
  readonly timeout: number;
}

export interface WaitReadyOptions extends WaitOptions {
  /** Jobs must have ended, and well. */
  readonly jobs?: boolean | undefined;
}

/** Until all are ready. Throws KUBE_NOT_READY, which names those that are not. */
export function waitReady(
  cluster: Cluster,
  objects: readonly KubeObject[],
  { timeout, jobs = false }: WaitReadyOptions,
  run: WaitRun,
): Promise<void> {
  const judge = jobs ? jobsStatusOf : statusOf;
  const awaited = objects.filter((object) => !isPaused(object)).map(refOf);
  return settle(cluster, awaited, { judge, wanted: 'Current', timeout }, run);
}

/** Until the jobs and pods among them have ended. Throws KUBE_NOT_READY. */
export const waitHook = (
  cluster: Cluster,
  objects: readonly KubeObject[],
  { timeout }: WaitOptions,
  run: WaitRun,
): Promise<void> => settle(cluster, objects.map(refOf), { judge: hookStatusOf, wanted: 'Current', timeout }, run);

/** Until all are gone. Throws KUBE_NOT_READY. */
export const waitDeleted = (
  cluster: Cluster,
  refs: readonly ObjectRef[],
  { timeout }: WaitOptions,
  run: WaitRun,
): Promise<void> => settle(cluster, refs, { judge: statusOf, wanted: 'NotFound', timeout }, run);

const isPaused = (object: KubeObject): boolean =>
  kindOf(object) === 'apps/Deployment' && (object.spec as { paused?: unknown } | undefined)?.paused === true;

interface Goal {
  readonly judge: (object: KubeObject, now: number) => Status;
  readonly wanted: 'Current' | 'NotFound';
  readonly timeout: number;
}

const UNSEEN: Status = { progress: 'Unknown', message: '' };
const NOT_FOUND: Status = { progress: 'NotFound', message: 'Resource not found' };

const idOf = ({ namespace = '', name }: ObjectRef): string => `${namespace}/${name}`;

/** Objects of one kind in one namespace are watched together. */
async function settle(cluster: Cluster, refs: readonly ObjectRef[], goal: Goal, run: WaitRun): Promise<void> {
  if (refs.length === 0) return;
  const { wanted, timeout, judge } = goal;
  const stop = new AbortController();
  const follow = (): void => stop.abort(run.signal?.reason);
  run.signal?.throwIfAborted();
  run.signal?.addEventListener('abort', follow, { once: true });
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    stop.abort();
  }, timeout);
  const statuses = new Map<ObjectRef, Status>(refs.map((ref) => [ref, UNSEEN]));
  const isSettled = ({ progress }: Status): boolean =>
    progress === wanted || (wanted === 'Current' && progress === 'Failed');
  const put = (ref: ObjectRef, status: Status): void => {
    const before = statuses.get(ref);
    if (before?.progress === status.progress && before.message === status.message) return;
    statuses.set(ref, status);
    const all = [...statuses.values()];
    run.onEvent?.({ type: 'wait', ref, status, done: all.filter(isSettled).length, count: all.length });
    if (all.every(isSettled)) stop.abort();
  };
  try {
    await Promise.all(
      grouped(refs).map((group) =>
        watchGroup(
          cluster,
          group,
          (ref, object) => put(ref, object === undefined ? NOT_FOUND : judge(object, run.now())),
          {
            signal: stop.signal,
            onWarning: run.onWarning,
          },
        ),
      ),
    );
  } catch (e) {
    if (!stop.signal.aborted) throw e;
  } finally {
    clearTimeout(timer);
    stop.abort();
    run.signal?.removeEventListener('abort', follow);
  }
  run.signal?.throwIfAborted();
  report(statuses, wanted, isLate);
}

function report(statuses: ReadonlyMap<ObjectRef, Status>, wanted: Goal['wanted'], isLate: boolean): void {
  const lines: string[] = [];
  for (const [{ kind, namespace = '', name }, { progress, message }] of statuses) {
    if (progress === wanted || (wanted === 'NotFound' && progress === 'Unknown')) continue;
    lines.push(
      wanted === 'NotFound'
        ? `resource ${kind}/${namespace}/${name} still exists. status: ${progress}, message: ${message}`
        : `resource ${kind}/${namespace}/${name} not ready. status: ${progress}, message: ${message}`,
    );
  }
  if (isLate) lines.push('context deadline exceeded');
  if (lines.length > 0) throw new KubeError('KUBE_NOT_READY', lines.join('\n'));
}

interface Group {
  readonly type: ObjectType;
  readonly namespace: string | undefined;
  readonly refs: readonly ObjectRef[];
}

function grouped(refs: readonly ObjectRef[]): Group[] {
  const groups = new Map<string, ObjectRef[]>();
  for (const ref of refs) {
    const key = JSON.stringify([ref.apiVersion, ref.kind, ref.namespace]);
    groups.set(key, [...(groups.get(key) ?? []), ref]);
  }
  return [...groups.values()].map((members) => {
    const [{ apiVersion, kind, namespace }] = members as [ObjectRef];
    return { type: { apiVersion, kind }, namespace, refs: members };
  });
}

/** Watches that end at once are begun again with a pause, ms. */
const PAUSES = [0, 100, 500, 1000, 2000, 5000];

/** Until the signal: lists, watches, and begins anew when the watch ends. */
async function watchGroup(
  cluster: Cluster,
  { type, namespace, refs }: Group,
  put: (ref: ObjectRef, object: KubeObject | undefined) => void,
  run: ClusterRun,
): Promise<void> {
  const byId = new Map(refs.map((ref) => [idOf(ref), ref]));
  const [only] = refs as [ObjectRef];
  const query = {
    namespace,
    ...(refs.length === 1 && { fieldSelector: `metadata.name=${only.name}` }),
  };
  const see = (object: KubeObject, isGone: boolean): void => {
    const ref = byId.get(idOf(refOf(object)));
    if (ref !== undefined) put(ref, isGone ? undefined : object);
  };
  for (let failures = 0; !run.signal?.aborted; ) {
    try {
      const { items, resourceVersion } = await cluster.list(type, query, run);
      const there = new Set(items.map((object) => idOf(refOf(object))));
      for (const object of items) see({ ...object, ...type }, false);
      for (const ref of refs) if (!there.has(idOf(ref))) put(ref, undefined);
      if (run.signal?.aborted) return;
      for await (const event of cluster.watch(type, { ...query, resourceVersion }, run)) {
        failures = 0;
        see({ ...event.object, ...type }, event.type === ('DELETED' satisfies WatchEvent['type']));
        if (run.signal?.aborted) return;
      }
      failures++;
    } catch (e) {
      if (run.signal?.aborted) return;
      if (!(e instanceof KubeError) || !isTransient(e)) throw e;
      failures++;
    }
    await pause(PAUSES[Math.min(failures, PAUSES.length - 1)] as number, run.signal);
  }
}

const isTransient = ({ code }: KubeError): boolean =>
  code === 'KUBE_EXPIRED' || code === 'KUBE_UNAVAILABLE' || code === 'KUBE_TIMEOUT';

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    if (signal?.aborted) done();
    else signal?.addEventListener('abort', done, { once: true });
  });
}
