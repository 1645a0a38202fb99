/** Readiness as Helm 3 knew it, for `--wait=legacy`. Helm: pkg/kube/ready.go. */
import type { Cluster, ClusterRun } from './cluster.ts';
import { KubeError } from './error.ts';
import { type KubeObject, refOf } from './object.ts';
import { isEqual, isFields } from './patch/json.ts';
import { selectorTextOf } from './selector.ts';
import { conditionsOf, field, int, text } from './status.ts';

export interface ReadyOptions {
  /** Jobs must have ended; else they are ready as soon as they are there. */
  readonly jobs: boolean;
}

type Rule = (object: KubeObject, look: Look) => boolean | Promise<boolean>;

/** Looks at the objects that an object has made. */
type Look = (kind: 'Pod' | 'ReplicaSet', labelSelector: string | undefined) => Promise<readonly KubeObject[]>;

/** Kinds without a rule are ready without a look at them. */
const RULES: Readonly<Record<string, Rule>> = {
  'apiextensions.k8s.io/v1/CustomResourceDefinition': crd,
  'apiextensions.k8s.io/v1beta1/CustomResourceDefinition': crd,
  'apps/v1/DaemonSet': daemonSet,
  'apps/v1/Deployment': deployment,
  'apps/v1/ReplicaSet': (object, look) => isObserved(object) && podsReady(object, look),
  'apps/v1/StatefulSet': statefulSet,
  'batch/v1/Job': job,
  'v1/PersistentVolumeClaim': (object) => text(object, 'status.phase', '') === 'Bound',
  'v1/Pod': isPodReady,
  'v1/ReplicationController': (object, look) => isObserved(object) && podsReady(object, look),
  'v1/Service': service,
};

/** Whether the object is ready now. Throws KUBE_NOT_FOUND when it is not there, KUBE_NOT_READY when it never will be. */
export async function isReady(
  cluster: Cluster,
  object: KubeObject,
  { jobs }: ReadyOptions,
  run: ClusterRun,
): Promise<boolean> {
  const id = `${object.apiVersion}/${object.kind}`;
  const rule = Object.hasOwn(RULES, id) ? RULES[id] : undefined;
  if (rule === undefined || (rule === job && !jobs)) return true;
  const ref = refOf(object);
  const current = await cluster.get(ref, run);
  if (current === undefined) {
    const { name } = await cluster.resourceOf(ref, run);
    const [group = ''] = object.apiVersion.includes('/') ? object.apiVersion.split('/') : [];
    throw new KubeError(
      'KUBE_NOT_FOUND',
      `${name}${group === '' ? '' : `.${group}`} ${JSON.stringify(ref.name)} not found`,
    );
  }
  return rule(current, async (kind, labelSelector) => {
    const type = { apiVersion: kind === 'Pod' ? 'v1' : 'apps/v1', kind };
    return (await cluster.list(type, { namespace: ref.namespace, labelSelector }, run)).items;
  });
}

const isObserved = (object: KubeObject): boolean =>
  int(object, 'status.observedGeneration', 0) === int(object, 'metadata.generation', 0);

function isPodReady(pod: KubeObject): boolean {
  return conditionsOf(pod).some(({ type, status }) => type === 'Ready' && status === 'True');
}

async function podsReady(object: KubeObject, look: Look): Promise<boolean> {
  const selector = field(object, 'spec.selector');
  const labels = object.kind === 'ReplicationController' ? { matchLabels: selector } : selector;
  return (await look('Pod', selectorTextOf(labels))).every(isPodReady);
}

function job(object: KubeObject): boolean {
  const { namespace, name } = object.metadata;
  if (int(object, 'status.failed', 0) > int(object, 'spec.backoffLimit', 6)) {
    throw new KubeError('KUBE_NOT_READY', `job is failed: ${namespace}/${name}`);
  }
  return int(object, 'status.succeeded', 0) >= int(object, 'spec.completions', 0);
}

async function deployment(object: KubeObject, look: Look): Promise<boolean> {
  // It will not come further, and Helm takes that for ready.
  if (field(object, 'spec.paused') === true) return true;
  const replicaSets = await look('ReplicaSet', selectorTextOf(field(object, 'spec.selector')));
  const own = replicaSets
    .filter((set) => isControlledBy(set, object))
    .toSorted((a, b) => ageKey(a).localeCompare(ageKey(b)))
    .find((set) => isEqual(templateOf(set), templateOf(object)));
  if (own === undefined || !isObserved(own) || !isObserved(object)) return false;
  const replicas = int(object, 'spec.replicas', 1);
  return int(own, 'status.readyReplicas', 0) >= replicas - maxUnavailable(object, replicas);
}

const ageKey = ({ metadata: { creationTimestamp = '', name } }: KubeObject): string => `${creationTimestamp} ${name}`;

function isControlledBy(object: KubeObject, owner: KubeObject): boolean {
  const { ownerReferences } = object.metadata;
  return (
    Array.isArray(ownerReferences) &&
    ownerReferences.some((reference) => reference?.controller === true && reference.uid === owner.metadata.uid)
  );
}

/** The controller labels its templates with a hash of them. */
function templateOf(object: KubeObject): unknown {
  const template = field(object, 'spec.template');
  const metadata = field(template, 'metadata');
  if (!isFields(template) || !isFields(metadata) || !isFields(metadata.labels)) return template;
  const { 'pod-template-hash': _, ...labels } = metadata.labels;
  return { ...template, metadata: { ...metadata, labels } };
}

function maxUnavailable(object: KubeObject, replicas: number): number {
  if (text(object, 'spec.strategy.type', '') !== 'RollingUpdate' || replicas === 0) return 0;
  const rolling = 'spec.strategy.rollingUpdate';
  const surge = scaled(field(object, `${rolling}.maxSurge`), replicas, Math.ceil) ?? 0;
  const unavailable = scaled(field(object, `${rolling}.maxUnavailable`), replicas, Math.floor) ?? 0;
  // Both may be zero by rounding alone, and then nothing would ever move.
  return surge === 0 && unavailable === 0 ? 1 : Math.min(unavailable, replicas);
}

/** Of a number, or of `25%` of the total. */
function scaled(value: unknown, total: number, round: (n: number) => number): number | undefined {
  if (typeof value === 'number') return value;
  const [, percent] = typeof value === 'string' ? (/^(\d+)%$/.exec(value) ?? []) : [];
  return percent === undefined ? undefined : round((Number(percent) * total) / 100);
}

function daemonSet(object: KubeObject): boolean {
  if (!isObserved(object)) return false;
  if (text(object, 'spec.updateStrategy.type', '') !== 'RollingUpdate') return true;
  const wanted = int(object, 'status.desiredNumberScheduled', 0);
  if (int(object, 'status.updatedNumberScheduled', 0) !== wanted) return false;
  const unavailable = scaled(field(object, 'spec.updateStrategy.rollingUpdate.maxUnavailable'), wanted, Math.ceil);
  return int(object, 'status.numberReady', 0) >= wanted - (unavailable ?? wanted);
}

function statefulSet(object: KubeObject): boolean {
  if (!isObserved(object)) return false;
  if (text(object, 'spec.updateStrategy.type', '') !== 'RollingUpdate') return true;
  const partition = int(object, 'spec.updateStrategy.rollingUpdate.partition', 0);
  const replicas = int(object, 'spec.replicas', 1);
  if (int(object, 'status.updatedReplicas', 0) < replicas - partition) return false;
  if (int(object, 'status.readyReplicas', 0) !== replicas) return false;
  return partition !== 0 || text(object, 'status.currentRevision', '') === text(object, 'status.updateRevision', '');
}

function service(object: KubeObject): boolean {
  const type = text(object, 'spec.type', '');
  if (type === 'ExternalName') return true;
  if (text(object, 'spec.clusterIP', '') === '') return false;
  const external = field(object, 'spec.externalIPs');
  if (type !== 'LoadBalancer' || (Array.isArray(external) && external.length > 0)) return true;
  return Array.isArray(field(object, 'status.loadBalancer.ingress'));
}

/** A name that is taken is not this wait's matter, so that counts as ready. */
function crd(object: KubeObject): boolean {
  return conditionsOf(object).some(
    ({ type, status }) =>
      (type === 'Established' && status === 'True') || (type === 'NamesAccepted' && status === 'False'),
  );
}
