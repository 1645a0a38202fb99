/** How far an object has come. kstatus: pkg/kstatus/status; Helm's own rules for jobs and pods: internal/statusreaders. */
import type { KubeObject } from './object.ts';
import { isFields } from './patch/json.ts';

export type Progress = 'Current' | 'InProgress' | 'Failed' | 'Terminating' | 'NotFound' | 'Unknown';

export interface Status {
  readonly progress: Progress;
  readonly message: string;
}

const current = (message: string): Status => ({ progress: 'Current', message });
const inProgress = (message: string): Status => ({ progress: 'InProgress', message });
const failed = (message: string): Status => ({ progress: 'Failed', message });

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

export function field(object: unknown, path: string): unknown {
  let value = object;
  for (const name of path.split('.')) value = isFields(value) ? value[name] : undefined;
  return value;
}

export function int(object: KubeObject, path: string, absent: number): number {
  const value = field(object, path);
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : absent;
}

export function text(object: KubeObject, path: string, absent: string): string {
  const value = field(object, path);
  return typeof value === 'string' ? value : absent;
}

export function conditionsOf(object: KubeObject): Condition[] {
  const conditions = field(object, 'status.conditions');
  if (!Array.isArray(conditions)) return [];
  return conditions.filter(isFields).map(({ type, status, reason, message }) => ({
    type: String(type ?? ''),
    status: String(status ?? ''),
    reason: String(reason ?? ''),
    message: String(message ?? ''),
  }));
}

/** By the rules for every kind. `now`: milliseconds since the epoch, for pods that wait for a node. */
export function statusOf(object: KubeObject, now: number): Status {
  const generic = genericStatus(object);
  if (generic !== undefined) return generic;
  const rule = RULES[kindOf(object)];
  if (rule !== undefined) return rule(object, now);
  return readyStatus(object) ?? current('Resource is current');
}

/** Of a hook: jobs and pods must have ended, and well; all else is ready as soon as it is there. */
export function hookStatusOf(object: KubeObject): Status {
  switch (kindOf(object)) {
    case 'batch/Job':
      return doneJob(object);
    case 'Pod':
      return donePod(object);
    default:
      return current('Resource is current');
  }
}

/** With `--wait-for-jobs`. */
export const jobsStatusOf = (object: KubeObject, now: number): Status =>
  kindOf(object) === 'batch/Job' ? doneJob(object) : statusOf(object, now);

export function kindOf({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? kind : `${apiVersion.slice(0, slash)}/${kind}`;
}

function genericStatus(object: KubeObject): Status | undefined {
  if (object.metadata.deletionTimestamp) {
    return { progress: 'Terminating', message: 'Resource scheduled for deletion' };
  }
  const [generation, observed] = [int(object, 'metadata.generation', -1), int(object, 'status.observedGeneration', -1)];
  if (generation >= 0 && observed >= 0 && generation !== observed) {
    return inProgress(`${object.kind} generation is ${generation}, but latest observed generation is ${observed}`);
  }
  for (const { type, status, message } of conditionsOf(object)) {
    if (type === 'Reconciling' && status === 'True') return inProgress(message);
    if (type === 'Stalled' && status === 'True') return failed(message);
  }
  return undefined;
}

function readyStatus(object: KubeObject): Status | undefined {
  const ready = conditionsOf(object).find(({ type }) => type === 'Ready');
  if (ready?.status === 'True') return current('Resource is Ready');
  return ready?.status === 'False' || ready?.status === 'Unknown' ? inProgress(ready.message) : undefined;
}

type Rule = (object: KubeObject, now: number) => Status;

const alwaysReady: Rule = () => current('Resource is always ready');

const RULES: Readonly<Record<string, Rule>> = {
  'apps/DaemonSet': daemonSet,
  'apps/Deployment': deployment,
  'apps/ReplicaSet': replicaSet,
  'apps/StatefulSet': statefulSet,
  'apiextensions.k8s.io/CustomResourceDefinition': crd,
  'batch/CronJob': alwaysReady,
  'batch/Job': job,
  ConfigMap: alwaysReady,
  PersistentVolumeClaim: claim,
  Pod: pod,
  'extensions/DaemonSet': daemonSet,
  'extensions/Deployment': deployment,
  'extensions/ReplicaSet': replicaSet,
  'policy/PodDisruptionBudget': () => current('AllowedDisruptions has been computed.'),
  Secret: alwaysReady,
  Service: service,
};

function deployment(object: KubeObject): Status {
  let progressing = int(object, 'spec.progressDeadlineSeconds', 2 ** 31 - 1) === 2 ** 31 - 1;
  let available = false;
  for (const { type, status, reason } of conditionsOf(object)) {
    if (type === 'Progressing') {
      if (reason === 'ProgressDeadlineExceeded') return failed('Progress deadline exceeded');
      if (status === 'True' && reason === 'NewReplicaSetAvailable') progressing = true;
    } else if (type === 'Available' && status === 'True') available = true;
  }
  const wanted = int(object, 'spec.replicas', 1);
  const [there, updated, ready, usable] = ['replicas', 'updatedReplicas', 'readyReplicas', 'availableReplicas'].map(
    (name) => int(object, `status.${name}`, 0),
  ) as [number, number, number, number];
  if (wanted > there) return inProgress(`Replicas: ${there}/${wanted}`);
  if (wanted > updated) return inProgress(`Updated: ${updated}/${wanted}`);
  if (there > wanted) return inProgress(`Pending termination: ${there - wanted}`);
  if (updated > usable) return inProgress(`Available: ${usable}/${updated}`);
  if (wanted > ready) return inProgress(`Ready: ${ready}/${wanted}`);
  if (!progressing) return inProgress('ReplicaSet not Available');
  if (!available) return inProgress('Deployment not Available');
  return current(`Deployment is available. Replicas: ${there}`);
}

function replicaSet(object: KubeObject): Status {
  if (conditionsOf(object).some(({ type, status }) => type === 'ReplicaFailure' && status === 'True')) {
    return inProgress('Replica Failure condition. Check Pods');
  }
  const wanted = int(object, 'spec.replicas', 1);
  const [there, ready, usable, labelled] = [
    'replicas',
    'readyReplicas',
    'availableReplicas',
    'fullyLabeledReplicas',
  ].map((name) => int(object, `status.${name}`, 0)) as [number, number, number, number];
  if (wanted > labelled) return inProgress(`Labelled: ${labelled}/${wanted}`);
  if (wanted > usable) return inProgress(`Available: ${usable}/${wanted}`);
  if (wanted > ready) return inProgress(`Ready: ${ready}/${wanted}`);
  if (there > wanted) return inProgress(`Pending termination: ${there - wanted}`);
  return current(`ReplicaSet is available. Replicas: ${there}`);
}

function statefulSet(object: KubeObject): Status {
  if (text(object, 'spec.updateStrategy.type', '') === 'OnDelete') {
    return current('StatefulSet is using the ondelete update strategy');
  }
  const wanted = int(object, 'spec.replicas', 1);
  const [there, ready, now, updated] = ['replicas', 'readyReplicas', 'currentReplicas', 'updatedReplicas'].map((name) =>
    int(object, `status.${name}`, 0),
  ) as [number, number, number, number];
  if (wanted > there) return inProgress(`Replicas: ${there}/${wanted}`);
  if (wanted > ready) return inProgress(`Ready: ${ready}/${wanted}`);
  if (there > wanted) return inProgress(`Pending termination: ${there - wanted}`);
  const partition = int(object, 'spec.updateStrategy.rollingUpdate.partition', -1);
  if (partition !== -1) {
    return updated < wanted - partition
      ? inProgress(`updated: ${updated}/${wanted - partition}`)
      : current(`Partition rollout complete. updated: ${updated}`);
  }
  if (wanted > now) return inProgress(`current: ${now}/${wanted}`);
  if (text(object, 'status.currentRevision', '') !== text(object, 'status.updateRevision', '')) {
    return inProgress('Waiting for updated revision to match current');
  }
  return current(`All replicas scheduled as expected. Replicas: ${there}`);
}

function daemonSet(object: KubeObject): Status {
  for (const path of ['metadata.generation', 'status.observedGeneration']) {
    if (field(object, path) === undefined) return inProgress(`${object.kind} ${path} not found`);
  }
  const wanted = int(object, 'status.desiredNumberScheduled', -1);
  const [there, updated, usable, ready] = [
    'currentNumberScheduled',
    'updatedNumberScheduled',
    'numberAvailable',
    'numberReady',
  ].map((name) => int(object, `status.${name}`, 0)) as [number, number, number, number];
  if (wanted === -1) return inProgress('Missing .status.desiredNumberScheduled');
  if (wanted > there) return inProgress(`Current: ${there}/${wanted}`);
  if (wanted > updated) return inProgress(`Updated: ${updated}/${wanted}`);
  if (wanted > usable) return inProgress(`Available: ${usable}/${wanted}`);
  if (wanted > ready) return inProgress(`Ready: ${ready}/${wanted}`);
  return current(`All replicas scheduled as expected. Replicas: ${wanted}`);
}

function claim(object: KubeObject): Status {
  const phase = text(object, 'status.phase', 'unknown');
  return phase === 'Bound' ? current('PVC is Bound') : inProgress(`PVC is not Bound. phase: ${phase}`);
}

/** A pod may wait for a node so long, ms. */
export const SCHEDULE_WINDOW = 15_000;

function pod(object: KubeObject, now: number): Status {
  const conditions = conditionsOf(object);
  switch (text(object, 'status.phase', '')) {
    case 'Succeeded':
      return current('Pod has completed successfully');
    case 'Failed':
      return current('Pod has completed, but not successfully');
    case 'Running': {
      if (conditions.some(({ type, status }) => type === 'Ready' && status === 'True')) return current('Pod is Ready');
      const looping = crashLoops(object);
      return looping.length > 0
        ? failed(`Containers in CrashLoop state: ${looping.join(',')}`)
        : inProgress('Pod is running but is not Ready');
    }
    case 'Pending': {
      const unscheduled = conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
      if (unscheduled?.reason !== 'Unschedulable') return inProgress('Pod is in the Pending phase');
      return now - SCHEDULE_WINDOW < Date.parse(object.metadata.creationTimestamp ?? '')
        ? inProgress('Pod has not been scheduled')
        : failed('Pod could not be scheduled');
    }
    case '':
      return inProgress('Pod phase not available');
    default:
      return { progress: 'Unknown', message: `unknown phase ${text(object, 'status.phase', '')}` };
  }
}

function crashLoops(object: KubeObject): string[] {
  const statuses = field(object, 'status.containerStatuses');
  if (!Array.isArray(statuses)) return [];
  return statuses
    .filter((status) => field(status, 'state.waiting.reason') === 'CrashLoopBackOff')
    .map((status) => String(field(status, 'name')));
}

function counts(object: KubeObject): { completions: number; succeeded: number; failed: number; active: number } {
  return {
    completions: int(object, 'spec.completions', int(object, 'spec.parallelism', 1)),
    succeeded: int(object, 'status.succeeded', 0),
    failed: int(object, 'status.failed', 0),
    active: int(object, 'status.active', 0),
  };
}

function endOfJob(object: KubeObject): Status | undefined {
  const { completions, succeeded, failed: bad } = counts(object);
  for (const { type, status } of conditionsOf(object)) {
    if (status !== 'True') continue;
    if (type === 'Complete') return current(`Job Completed. succeeded: ${succeeded}/${completions}`);
    if (type === 'Failed') return failed(`Job Failed. failed: ${bad}/${completions}`);
  }
  return undefined;
}

function job(object: KubeObject): Status {
  const { succeeded, active, failed: bad } = counts(object);
  return (
    endOfJob(object) ??
    (text(object, 'status.startTime', '') === ''
      ? inProgress('Job not started')
      : current(`Job in progress. success:${succeeded}, active: ${active}, failed: ${bad}`))
  );
}

const doneJob = (object: KubeObject): Status => endOfJob(object) ?? inProgress('Job in progress');

function donePod(object: KubeObject): Status {
  const { name } = object.metadata;
  const phase = text(object, 'status.phase', '');
  if (phase === 'Succeeded') return current(`pod ${name} succeeded`);
  return phase === 'Failed' ? failed(`pod ${name} failed`) : inProgress('Pod in progress');
}

function service(object: KubeObject): Status {
  return text(object, 'spec.type', 'ClusterIP') === 'LoadBalancer' && text(object, 'spec.clusterIP', '') === ''
    ? inProgress('ClusterIP not set. Service type: LoadBalancer')
    : current('Service is ready');
}

function crd(object: KubeObject): Status {
  for (const { type, status, reason, message } of conditionsOf(object)) {
    if (type === 'NamesAccepted' && status === 'False') return failed(message);
    if (type !== 'Established') continue;
    if (status === 'False' && reason !== 'Installing') return failed(message);
    if (status === 'True') return current('CRD is established');
  }
  return inProgress('Install in progress');
}
