/** Waiting for objects. Helm: pkg/kube/statuswait.go, and for `legacy` wait.go. */
import type { Cluster, ClusterRun } from './cluster.ts';
import { diagnose } from './diagnosis.ts';
import { KubeError } from './error.ts';
import { type Follower, follow } from './follow.ts';
import { legacyDeleted, legacyHook, legacyReady } from './legacy-wait.ts';
import { type KubeObject, type ObjectRef, type ObjectType, refOf } from './object.ts';
import { ownRun } from './run.ts';
import { selectorTextOf } from './selector.ts';
import { field, hookStatusOf, jobsStatusOf, kindOf, SCHEDULE_WINDOW, type Status, statusOf } from './status.ts';

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
  /** Milliseconds for all of it; for `watcher` none means half a minute, for `legacy` no end. */
  readonly timeout: number;
  /** `watcher`, which is the default, watches; `legacy` asks again and again, by the rules of Helm 3. */
  readonly strategy?: 'watcher' | 'legacy' | undefined;
}

export interface WaitReadyOptions extends WaitOptions {
  /** Jobs must have ended, and well. */
  readonly jobs?: boolean | undefined;
  /** What is still missing of a live object that is ready by its kind; undefined when nothing is. */
  readonly check?: ((object: KubeObject) => Status | undefined) | undefined;
  /** How far a live object has come, in the place of what its kind says; undefined where its kind decides. */
  readonly override?: ((object: KubeObject) => Status | undefined) | undefined;
}

/** Until all are ready. Throws KUBE_NOT_READY, which names those that are not, and why. */
export function waitReady(
  cluster: Cluster,
  objects: readonly KubeObject[],
  { timeout, strategy, jobs = false, check = () => undefined, override = () => undefined }: WaitReadyOptions,
  run: WaitRun,
): Promise<void> {
  if (strategy === 'legacy') return legacyReady(cluster, objects, { timeout, jobs }, run);
  const byKind = jobs ? jobsStatusOf : statusOf;
  const judge: Goal['judge'] = (object, now) => {
    const own = byKind(object, now);
    const status = own.progress === 'Terminating' ? own : (override(object) ?? own);
    return status.progress === 'Current' ? (check(object) ?? status) : status;
  };
  const awaited = objects.filter((object) => !isPaused(object)).map(refOf);
  return settle(cluster, awaited, { judge, wanted: 'Current', timeout }, run);
}

/** Until the jobs and pods among them have ended. Throws KUBE_NOT_READY. Helm: WatchUntilReady. */
export const waitHook = (
  cluster: Cluster,
  objects: readonly KubeObject[],
  { timeout, strategy }: WaitOptions,
  run: WaitRun,
): Promise<void> =>
  strategy === 'legacy'
    ? legacyHook(cluster, objects, { timeout }, run)
    : settle(cluster, objects.map(refOf), { judge: hookStatusOf, wanted: 'Current', timeout }, run);

/** Until all are gone. Throws KUBE_NOT_READY. */
export const waitDeleted = (
  cluster: Cluster,
  refs: readonly ObjectRef[],
  { timeout, strategy }: WaitOptions,
  run: WaitRun,
): Promise<void> =>
  strategy === 'legacy'
    ? legacyDeleted(cluster, refs, { timeout }, run)
    : settle(cluster, refs, { judge: statusOf, wanted: 'NotFound', timeout }, run);

const isPaused = (object: KubeObject): boolean =>
  kindOf(object) === 'apps/Deployment' && field(object, 'spec.paused') === true;

interface Goal {
  readonly judge: (object: KubeObject, now: number) => Status;
  readonly wanted: 'Current' | 'NotFound';
  readonly timeout: number;
}

/** Helm: DefaultStatusWatcherTimeout. */
const DEFAULT_TIMEOUT = 30_000;

/** Timers do not take more, ms. */
const MAX_TIMEOUT = 2 ** 31 - 1;

const UNSEEN: Status = { progress: 'Unknown', message: '' };
const NOT_FOUND: Status = { progress: 'NotFound', message: 'Resource not found' };

interface Watched {
  readonly ref: ObjectRef;
  status: Status;
  object: KubeObject | undefined;
}

const idOf = ({ namespace = '', name }: Pick<ObjectRef, 'namespace' | 'name'>): string => `${namespace}/${name}`;

/** Objects of one kind in one namespace are watched together. */
async function settle(cluster: Cluster, refs: readonly ObjectRef[], goal: Goal, run: WaitRun): Promise<void> {
  run.signal?.throwIfAborted();
  if (refs.length === 0) return;
  const { wanted, timeout } = goal;
  const stop = new AbortController();
  const pass = (): void => stop.abort(run.signal?.reason);
  run.signal?.addEventListener('abort', pass, { once: true });
  let isLate = false;
  const timer = setTimeout(
    () => {
      isLate = true;
      stop.abort();
    },
    Math.min(timeout === 0 ? DEFAULT_TIMEOUT : timeout, MAX_TIMEOUT),
  );
  const groups = grouped(refs);
  const all = groups.flatMap(({ members }) => [...members.values()]);
  const isSettled = ({ status: { progress } }: Watched): boolean =>
    progress === wanted || (wanted === 'Current' && progress === 'Failed');
  const put = (watched: Watched, status: Status, object: KubeObject | undefined): void => {
    const before = watched.status;
    Object.assign(watched, { status, object });
    if (stop.signal.aborted || (before.progress === status.progress && before.message === status.message)) return;
    const done = all.filter(isSettled).length;
    run.onEvent?.({ type: 'wait', ref: watched.ref, status, done, count: all.length });
    if (done === all.length) stop.abort();
  };
  const part = { ...run, signal: stop.signal };
  try {
    await Promise.all(groups.map((group) => watchGroup(cluster, group, goal, put, ownRun(part))));
  } catch (e) {
    if (!stop.signal.aborted) throw e;
  } finally {
    clearTimeout(timer);
    stop.abort();
    run.signal?.removeEventListener('abort', pass);
  }
  run.signal?.throwIfAborted();
  await report(cluster, all, wanted, isLate);
}

async function report(
  cluster: Cluster,
  all: readonly Watched[],
  wanted: Goal['wanted'],
  isLate: boolean,
): Promise<void> {
  const faulty = all.filter(
    ({ status: { progress } }) => progress !== wanted && !(wanted === 'NotFound' && progress === 'Unknown'),
  );
  const fault = wanted === 'NotFound' ? 'still exists' : 'not ready';
  const lines = faulty.map(
    ({ ref: { kind, namespace = '', name }, status: { progress, message } }) =>
      `resource ${kind}/${namespace}/${name} ${fault}. status: ${progress}, message: ${message}`,
  );
  if (isLate) lines.push('context deadline exceeded');
  if (lines.length === 0) return;
  throw new KubeError('KUBE_NOT_READY', lines.join('\n'), { reasons: await diagnose(cluster, faulty) });
}

interface Group {
  readonly type: ObjectType;
  readonly namespace: string | undefined;
  /** By namespace and name: one may be asked for twice. */
  readonly members: ReadonlyMap<string, Watched>;
}

function grouped(refs: readonly ObjectRef[]): Group[] {
  const groups = new Map<string, { type: ObjectType; namespace: string | undefined; members: Map<string, Watched> }>();
  for (const ref of refs) {
    const { apiVersion, kind, namespace } = ref;
    const key = JSON.stringify([apiVersion, kind, namespace]);
    const group = groups.get(key) ?? { type: { apiVersion, kind }, namespace, members: new Map() };
    groups.set(key, group);
    if (!group.members.has(idOf(ref))) group.members.set(idOf(ref), { ref, status: UNSEEN, object: undefined });
  }
  return [...groups.values()];
}

type Put = (watched: Watched, status: Status, object: KubeObject | undefined) => void;

async function watchGroup(
  cluster: Cluster,
  { type, namespace, members }: Group,
  { judge, wanted }: Goal,
  put: Put,
  run: ClusterRun & Pick<WaitRun, 'now'>,
): Promise<void> {
  const [first] = members.values();
  const name = members.size === 1 ? first?.ref.name : undefined;
  const query = { namespace, ...(name !== undefined && { fieldSelector: `metadata.name=${name}` }) };
  const rejudgements = new Map<Watched, ReturnType<typeof setTimeout>>();

  const see = (object: KubeObject): void => {
    const watched = members.get(idOf(object.metadata));
    if (watched === undefined) return;
    clearTimeout(rejudgements.get(watched));
    const status = judge(object, run.now());
    if (isUnscheduled(object, status)) {
      // The status changes with time, while the object stays as it is.
      rejudgements.set(
        watched,
        setTimeout(() => see(object), SCHEDULE_WINDOW),
      );
    }
    if (wanted === 'Current' && status.progress === 'InProgress' && HAS_OWN_PODS.has(kindOf(object))) {
      lookAtPods(cluster, object, status, run).then(
        (deeper) => {
          // Meanwhile there may have been a newer one.
          if (watched.object === object) put(watched, deeper, object);
        },
        () => undefined,
      );
    }
    put(watched, status, object);
  };
  const miss = (watched: Watched): void => {
    clearTimeout(rejudgements.get(watched));
    // One that was never there has no status, says Helm.
    if (wanted === 'Current' && watched.object === undefined && watched.status === UNSEEN) return;
    put(watched, NOT_FOUND, undefined);
  };
  const follower: Follower = {
    onList(objects) {
      const there = new Set(objects.map(({ metadata }) => idOf(metadata)));
      for (const object of objects) see(object);
      for (const [id, watched] of members) if (!there.has(id)) miss(watched);
    },
    onChange: see,
    onGone(ref) {
      const watched = members.get(idOf(ref));
      if (watched !== undefined) put(watched, NOT_FOUND, undefined);
    },
  };
  try {
    await follow(cluster, type, query, follower, run);
  } catch (e) {
    if (!(e instanceof KubeError) || e.code !== 'KUBE_FORBIDDEN') throw e;
    const shown = `${type.apiVersion.includes('/') ? '' : '/'}${type.apiVersion}, Kind=${type.kind}`;
    throw new KubeError(e.code, `failed to list ${shown}: ${e.message}`, {
      cause: e,
      ...(e.hint !== undefined && { hint: e.hint }),
      ...(e.status !== undefined && { status: e.status }),
    });
  } finally {
    for (const timer of rejudgements.values()) clearTimeout(timer);
  }
}

const isUnscheduled = (object: KubeObject, { message }: Status): boolean =>
  kindOf(object) === 'Pod' && message === 'Pod has not been scheduled';

const HAS_OWN_PODS: ReadonlySet<string> = new Set(['apps/ReplicaSet', 'apps/StatefulSet']);

/** Of what is under way: it has failed when pods of it have. kstatus: statusreaders/pod_controller.go. */
async function lookAtPods(
  cluster: Cluster,
  object: KubeObject,
  status: Status,
  run: ClusterRun & Pick<WaitRun, 'now'>,
): Promise<Status> {
  const labelSelector = selectorTextOf(field(object, 'spec.selector'));
  if (labelSelector === undefined) return status;
  const { namespace } = object.metadata;
  const { items } = await cluster.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace, labelSelector }, run);
  const failed = items.filter((pod) => {
    const { progress, message } = statusOf({ ...pod, apiVersion: 'v1', kind: 'Pod' }, run.now());
    // A node may yet come.
    return progress === 'Failed' && message !== 'Pod could not be scheduled';
  });
  return failed.length === 0 ? status : { progress: 'Failed', message: `${failed.length} pods have failed` };
}
