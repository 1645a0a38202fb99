/** Why an object is not as it should be: what a person would ask the cluster next. */
import type { Cluster } from './cluster.ts';
import type { KubeObject, ObjectRef } from './object.ts';
import { isFields } from './patch/json.ts';
import { ownRun } from './run.ts';
import { selectorTextOf } from './selector.ts';
import { type Condition, conditionsOf, kindOf, type Status } from './status.ts';

export interface ObjectEvent {
  /** `Normal` or `Warning`. */
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}

export interface ContainerState {
  readonly name: string;
  readonly state: 'running' | 'terminated' | 'waiting';
  readonly reason: string;
  readonly message: string;
  readonly restarts: number;
  readonly exitCode?: number;
  /** The last lines of its log; absent where there is none. */
  readonly log?: string;
}

export interface PodDiagnosis {
  readonly name: string;
  readonly phase: string;
  readonly conditions: readonly Condition[];
  readonly containers: readonly ContainerState[];
  readonly events: readonly ObjectEvent[];
}

export interface Diagnosis {
  readonly ref: ObjectRef;
  readonly status: Status;
  readonly conditions: readonly Condition[];
  /** The last ones, oldest first. */
  readonly events: readonly ObjectEvent[];
  /** Those that are not well, of an object that has pods; a pod has itself. */
  readonly pods: readonly PodDiagnosis[];
}

/** Of each at most so many are shown, and asked for. */
const MAX = { objects: 5, pods: 3, events: 5, logLines: 10, logBytes: 16_384 } as const;

/** Milliseconds for all of it: the fault is known already. */
const TIME = 5_000;

const POD = { apiVersion: 'v1', kind: 'Pod' };

/** Never fails: what cannot be read is left out. Conditions alone of those that are too many. */
export async function diagnose(
  cluster: Cluster,
  faulty: readonly { readonly ref: ObjectRef; readonly status: Status; readonly object?: KubeObject | undefined }[],
): Promise<Diagnosis[]> {
  const signal = AbortSignal.timeout(TIME);
  return Promise.all(
    faulty.map(async ({ ref, status, object }, i): Promise<Diagnosis> => {
      const known = { ref, status, conditions: object === undefined ? [] : conditionsOf(object) };
      if (object === undefined || i >= MAX.objects) return { ...known, events: [], pods: [] };
      const [events, pods] = await Promise.all([eventsOf(cluster, object, signal), podsOf(cluster, object, signal)]);
      return { ...known, events, pods };
    }),
  );
}

async function eventsOf(cluster: Cluster, object: KubeObject, signal: AbortSignal): Promise<ObjectEvent[]> {
  const { namespace = 'default', uid } = object.metadata;
  if (uid === undefined) return [];
  const type = { apiVersion: 'v1', kind: 'Event' };
  const query = { namespace, fieldSelector: `involvedObject.uid=${uid}` };
  const items = await orNone(cluster.list(type, query, ownRun({ signal })).then((list) => list.items));
  return items
    .map((event) => ({ at: timeOf(event), event }))
    .sort((a, b) => a.at - b.at)
    .slice(-MAX.events)
    .map(({ event }) => ({ type: textOf(event.type), reason: textOf(event.reason), message: textOf(event.message) }));
}

const timeOf = ({ lastTimestamp, eventTime, metadata }: KubeObject): number =>
  Date.parse(textOf(lastTimestamp) || textOf(eventTime) || (metadata.creationTimestamp ?? '')) || 0;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

async function podsOf(cluster: Cluster, object: KubeObject, signal: AbortSignal): Promise<PodDiagnosis[]> {
  const pods = await matching(cluster, object, signal);
  const unwell = pods.filter((pod) => !isWell(pod)).slice(0, MAX.pods);
  const isItself = kindOf(object) === 'Pod';
  return Promise.all(
    unwell.map(async (pod) => ({
      name: pod.metadata.name,
      phase: isFields(pod.status) ? textOf(pod.status.phase) : '',
      conditions: conditionsOf(pod),
      containers: await containersOf(cluster, pod, signal),
      events: isItself ? [] : await eventsOf(cluster, pod, signal),
    })),
  );
}

async function matching(cluster: Cluster, object: KubeObject, signal: AbortSignal): Promise<readonly KubeObject[]> {
  if (kindOf(object) === 'Pod') return [object];
  if (!isFields(object.spec)) return [];
  const { selector } = object.spec;
  const labels = object.kind === 'ReplicationController' ? { matchLabels: selector } : selector;
  const labelSelector =
    selectorTextOf(labels) ?? (object.kind === 'Job' ? `job-name=${object.metadata.name}` : undefined);
  const { namespace } = object.metadata;
  if (labelSelector === undefined || !HAS_PODS.has(object.kind)) return [];
  return orNone(cluster.list(POD, { namespace, labelSelector }, ownRun({ signal })).then((list) => list.items));
}

const HAS_PODS = new Set(['DaemonSet', 'Deployment', 'Job', 'ReplicaSet', 'ReplicationController', 'StatefulSet']);

const isWell = (pod: KubeObject): boolean =>
  (isFields(pod.status) && pod.status.phase === 'Succeeded') ||
  conditionsOf(pod).some(({ type, status }) => type === 'Ready' && status === 'True');

async function containersOf(cluster: Cluster, pod: KubeObject, signal: AbortSignal): Promise<ContainerState[]> {
  const status = isFields(pod.status) ? pod.status : {};
  const all = [status.initContainerStatuses, status.containerStatuses].flatMap((list) =>
    Array.isArray(list) ? list.filter(isFields) : [],
  );
  const unwell = all.filter(({ ready, state }) => ready !== true && !hasEndedWell(state));
  return Promise.all(
    unwell.map(async ({ name, state, restartCount }): Promise<ContainerState> => {
      const [kind = 'waiting', details] = (isFields(state) ? Object.entries(state)[0] : undefined) ?? [];
      const { reason, message, exitCode } = isFields(details) ? details : ({} as Record<string, unknown>);
      const restarts = typeof restartCount === 'number' ? restartCount : 0;
      const log = kind === 'waiting' && restarts === 0 ? '' : await logOf(cluster, pod, textOf(name), signal);
      return {
        name: textOf(name),
        state: kind as ContainerState['state'],
        reason: textOf(reason),
        message: textOf(message),
        restarts,
        ...(typeof exitCode === 'number' && { exitCode }),
        ...(log !== '' && { log }),
      };
    }),
  );
}

const hasEndedWell = (state: unknown): boolean =>
  isFields(state) && isFields(state.terminated) && state.terminated.exitCode === 0;

async function logOf(cluster: Cluster, pod: KubeObject, container: string, signal: AbortSignal): Promise<string> {
  const { namespace = 'default', name } = pod.metadata;
  try {
    const stream = await cluster.logs({ namespace, name }, { container, tailLines: MAX.logLines }, ownRun({ signal }));
    return await readSome(stream);
  } catch {
    return '';
  }
}

/** Logs have lines of any length. */
async function readSome(stream: ReadableStream<Uint8Array>): Promise<string> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let [text, size] = ['', 0];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    const part = value.subarray(0, MAX.logBytes - size);
    text += decoder.decode(part, { stream: true });
    size += part.length;
    if (size === MAX.logBytes) {
      await reader.cancel();
      return text;
    }
  }
}

async function orNone<T>(answer: Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await answer;
  } catch {
    return [];
  }
}
