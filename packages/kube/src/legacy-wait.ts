/** Waiting by asking again and again, for who may not watch. Helm: pkg/kube/wait.go. */
import type { Cluster, ClusterRun } from './cluster.ts';
import { diagnose } from './diagnosis.ts';
import { KubeError } from './error.ts';
import { follow, pause } from './follow.ts';
import { type KubeObject, type ObjectRef, refOf } from './object.ts';
import { isReady } from './ready.ts';
import { conditionsOf, hookStatusOf, statusOf, text } from './status.ts';
import type { WaitRun } from './wait.ts';

interface LegacyOptions {
  /** Milliseconds; 0 for no end. */
  readonly timeout: number;
}

/** Between two looks, ms. */
const INTERVAL = 2_000;

/** A server that fails so often for one object in turn will not get better. */
const MAX_FAULTS = 30;

/** For one more look at what is wrong, ms. */
const LOOK_TIME = 5_000;

/** Timers do not take more, ms. */
const MAX_TIMEOUT = 2 ** 31 - 1;

/** Until all are ready. Throws KUBE_NOT_READY, KUBE_NOT_FOUND. */
export async function legacyReady(
  cluster: Cluster,
  objects: readonly KubeObject[],
  { timeout, jobs }: LegacyOptions & { readonly jobs: boolean },
  run: WaitRun,
): Promise<void> {
  const faults = new Map<KubeObject, number>();
  let last: KubeObject | undefined;
  const looking = poll(timeout, run, async (part) => {
    for (const object of objects) {
      last = object;
      try {
        if (!(await isReady(cluster, object, { jobs }, part))) return false;
        faults.delete(object);
      } catch (e) {
        const count = (faults.get(object) ?? 0) + 1;
        if (!isRetryable(e) || count > MAX_FAULTS) throw e;
        faults.set(object, count);
        return false;
      }
    }
    return true;
  });
  await explained(cluster, () => last && refOf(last), run, looking);
}

/** Adds what a person needs to know of the object that was not ready. */
async function explained(
  cluster: Cluster,
  ref: () => ObjectRef | undefined,
  { now }: WaitRun,
  work: Promise<void>,
): Promise<void> {
  try {
    await work;
  } catch (e) {
    const subject = ref();
    if (!(e instanceof KubeError) || e.code !== 'KUBE_NOT_READY' || subject === undefined) throw e;
    const object = await cluster.get(subject, { signal: AbortSignal.timeout(LOOK_TIME) }).catch(() => undefined);
    if (object === undefined) throw e;
    const status = (isHooked(object) ? hookStatusOf : statusOf)(object, now());
    const reasons = await diagnose(cluster, [{ ref: subject, status, object }]);
    throw new KubeError(e.code, e.message, { cause: e.cause ?? e, reasons });
  }
}

/** Those that end. */
const isHooked = ({ kind }: KubeObject): boolean => kind === 'Job' || kind === 'Pod';

/** Until all are gone. Throws KUBE_NOT_READY, and what a look at one of them throws. */
export const legacyDeleted = (
  cluster: Cluster,
  refs: readonly ObjectRef[],
  { timeout }: LegacyOptions,
  run: ClusterRun,
): Promise<void> =>
  poll(timeout, run, async (part) => {
    for (const ref of refs) {
      try {
        if ((await cluster.get(ref, part)) !== undefined) return false;
      } catch (e) {
        // With its kind it is gone, too.
        if (!(e instanceof KubeError && e.code === 'KUBE_KIND_UNKNOWN')) throw e;
      }
    }
    return true;
  });

const isRetryable = (e: unknown): boolean =>
  e instanceof KubeError &&
  (e.code === 'KUBE_UNAVAILABLE' ||
    e.code === 'KUBE_TIMEOUT' ||
    e.status?.code === 429 ||
    ((e.status?.code ?? 0) >= 500 && e.status?.code !== 501));

async function poll(timeout: number, run: ClusterRun, isDone: (run: ClusterRun) => Promise<boolean>): Promise<void> {
  await within(timeout, run, 'context deadline exceeded', async (part) => {
    while (!(await isDone(part))) {
      await pause(INTERVAL, part.signal);
      part.signal?.throwIfAborted();
    }
  });
}

/** Throws KUBE_NOT_READY with `late` when the time is over first. */
async function within(
  timeout: number,
  run: ClusterRun,
  late: string,
  act: (run: ClusterRun) => Promise<void>,
): Promise<void> {
  run.signal?.throwIfAborted();
  const deadline = new AbortController();
  const timer = timeout === 0 ? undefined : setTimeout(() => deadline.abort(), Math.min(timeout, MAX_TIMEOUT));
  const signal = run.signal === undefined ? deadline.signal : AbortSignal.any([run.signal, deadline.signal]);
  try {
    await act({ ...run, signal });
  } catch (e) {
    run.signal?.throwIfAborted();
    if (!deadline.signal.aborted) throw e;
    throw new KubeError('KUBE_NOT_READY', late, { cause: e });
  } finally {
    clearTimeout(timer);
  }
}

/** Until the jobs and pods among them have ended. Throws KUBE_NOT_READY. */
export async function legacyHook(
  cluster: Cluster,
  objects: readonly KubeObject[],
  { timeout }: LegacyOptions,
  run: WaitRun,
): Promise<void> {
  const outcomes = await Promise.allSettled(
    objects
      .filter(isHooked)
      .map(refOf)
      .map((ref) => {
        const ending = within(timeout, run, 'timed out waiting for the condition', (part) => ended(cluster, ref, part));
        return explained(cluster, () => ref, run, ending);
      }),
  );
  const faults = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  const [first] = faults;
  if (faults.length < 2 || !(first instanceof KubeError)) {
    if (first !== undefined) throw first;
    return;
  }
  const message = faults.map((fault) => (fault instanceof Error ? fault.message : String(fault))).join('\n');
  throw new KubeError(first.code, message, { cause: new AggregateError(faults) });
}

/** One that was removed has ended. */
async function ended(cluster: Cluster, ref: ObjectRef, run: ClusterRun): Promise<void> {
  const end = new AbortController();
  const signal = run.signal === undefined ? end.signal : AbortSignal.any([run.signal, end.signal]);
  let fault: KubeError | undefined;
  const see = (object: KubeObject): void => {
    const outcome = outcomeOf(object);
    if (outcome === undefined) return;
    if (outcome !== '') fault = new KubeError('KUBE_NOT_READY', outcome);
    end.abort();
  };
  const { namespace, name } = ref;
  await follow(
    cluster,
    ref,
    { namespace, fieldSelector: `metadata.name=${name}` },
    { onList: (objects) => objects.forEach(see), onChange: see, onGone: () => end.abort() },
    { ...run, signal },
  );
  if (fault !== undefined) throw fault;
  if (!end.signal.aborted) run.signal?.throwIfAborted();
}

/** Empty for a good one, undefined for none so far. */
function outcomeOf(object: KubeObject): string | undefined {
  const { name } = object.metadata;
  if (object.kind === 'Pod') {
    const phase = text(object, 'status.phase', '');
    if (phase === 'Succeeded') return '';
    return phase === 'Failed' ? `pod ${name} failed` : undefined;
  }
  for (const { type, status, reason } of conditionsOf(object)) {
    if (status !== 'True') continue;
    if (type === 'Complete') return '';
    if (type === 'Failed') return `job ${name} failed: ${reason}`;
  }
  return undefined;
}
