/**
 * Controllers, scheduler and kubelet, so far that what is deployed becomes ready and what is to be done gets done. The
 * label `e2e-outcome` of a pod says how it fares: `fail` ends badly, `unready`, `crash` and `pull` never get ready, and
 * any other never ends.
 */
import type { KubeObject, ObjectType } from '../object.ts';
import { type Fields, isEqual, isFields } from '../patch/json.ts';
import { groupOf, type Kind } from './kinds.ts';
import type { Store } from './store.ts';
import type { Writes } from './writes.ts';

const POD: ObjectType = { apiVersion: 'v1', kind: 'Pod' };
const REPLICA_SET: ObjectType = { apiVersion: 'apps/v1', kind: 'ReplicaSet' };
const OUTCOME = 'e2e-outcome';
const MANAGER = 'kube-controller-manager';
/** Which template a pod was made of. */
const REVISION = 'pack.test/revision';

const fields = (value: unknown): Fields => (isFields(value) ? value : {});
const labelsOf = (template: Fields): Record<string, string> =>
  fields(fields(template.metadata).labels) as Record<string, string>;
const phaseOf = (pod: KubeObject): unknown => fields(pod.status).phase;
const isReady = (pod: KubeObject): boolean => conditionOf(pod, 'Ready') === 'True';

function conditionOf({ status }: KubeObject, type: string): unknown {
  const { conditions } = fields(status);
  return Array.isArray(conditions) ? conditions.filter(isFields).find((each) => each.type === type)?.status : undefined;
}

/** Looks at each object `step` ms after it has changed, and at its owner. */
export function simulate(
  store: Store,
  writes: Writes,
  kindOf: (type: ObjectType) => Kind | undefined,
  step: number,
  now: () => number,
): void {
  const pending = new Set<string>();
  const [pods, replicaSets] = [POD, REPLICA_SET].map((type) => kindOf(type)) as [Kind, Kind];
  const time = (): string => new Date(now()).toISOString().replace(/\.\d+Z$/, 'Z');

  store.subscribe(({ object }) => {
    look(object);
    for (const { apiVersion, kind, name } of ownersOf(object)) {
      look({ apiVersion, kind, metadata: { ...object.metadata, name } });
    }
  });

  function look({ apiVersion, kind, metadata: { namespace, name } }: KubeObject): void {
    const reconcile = RULES[`${groupOf(apiVersion)}/${kind}`];
    const key = JSON.stringify([apiVersion, kind, namespace, name]);
    if (reconcile === undefined || pending.has(key)) return;
    pending.add(key);
    setTimeout(() => {
      pending.delete(key);
      const own = kindOf({ apiVersion, kind });
      const object = own && store.get(own, namespace, name);
      if (own === undefined || object === undefined || object.metadata.deletionTimestamp !== undefined) return;
      const status = reconcile(object);
      if (status !== undefined && !isEqual(object.status, status)) store.put(own, { ...object, status });
    }, step);
  }

  const ownedBy = (kind: Kind, { metadata: { namespace, uid } }: KubeObject): KubeObject[] =>
    store
      .list(kind, namespace)
      .filter((object) => ownersOf(object).some((owner) => owner.uid === uid && owner.controller === true));

  function own(kind: Kind, owner: KubeObject, metadata: KubeObject['metadata'], spec: unknown): void {
    const { namespace } = owner.metadata;
    // A namespace that is going away takes no more.
    if (store.get(kind, namespace, metadata.name) !== undefined || isLeaving(namespace)) return;
    const { apiVersion, metadata: named } = owner;
    const reference = { apiVersion, kind: owner.kind, name: named.name, uid: named.uid, controller: true };
    const object: KubeObject = {
      apiVersion: kind.apiVersion,
      kind: kind.kind,
      metadata: {
        ...metadata,
        ...(namespace !== undefined && { namespace }),
        ownerReferences: [{ ...reference, blockOwnerDeletion: true }],
      },
      spec,
    };
    writes.create(kind, object, { fieldManager: MANAGER });
  }

  function isLeaving(namespace = ''): boolean {
    const kind = kindOf({ apiVersion: 'v1', kind: 'Namespace' }) as Kind;
    return store.get(kind, undefined, namespace)?.metadata.deletionTimestamp !== undefined;
  }

  const drop = (kind: Kind, { metadata: { namespace, name } }: KubeObject): boolean =>
    writes.delete(kind, { apiVersion: kind.apiVersion, kind: kind.kind, namespace, name }, {});

  /** The pods of an owner's template, which are made and dropped until there are as many of it as are wanted. */
  function scale(
    owner: KubeObject,
    wanted: number,
    nameOf: (i: number) => string,
    more: Record<string, string> = {},
  ): KubeObject[] {
    const template = fields(fields(owner.spec).template);
    const revision = hashOf(template);
    const labels = { ...labelsOf(template), ...more };
    const names = new Set(Array.from({ length: wanted }, (_, i) => nameOf(i)));
    for (const pod of ownedBy(pods, owner)) {
      const { name, annotations } = pod.metadata;
      if (!names.has(name) || annotations?.[REVISION] !== revision) drop(pods, pod);
    }
    for (const name of names) own(pods, owner, { name, labels, annotations: { [REVISION]: revision } }, template.spec);
    return ownedBy(pods, owner);
  }

  const replicas = ({ spec }: KubeObject): number => Number(fields(spec).replicas ?? 1);

  function replicaSet(object: KubeObject): Fields {
    const { name } = object.metadata;
    const mine = scale(object, replicas(object), (i) => `${name}-${i}`);
    const ready = mine.filter(isReady).length;
    return {
      observedGeneration: object.metadata.generation,
      replicas: mine.length,
      fullyLabeledReplicas: mine.length,
      ...(ready > 0 && { readyReplicas: ready, availableReplicas: ready }),
    };
  }

  function deployment(object: KubeObject): Fields {
    const spec = fields(object.spec);
    const template = fields(spec.template);
    const hash = hashOf(template);
    const current = `${object.metadata.name}-${hash}`;
    const wanted = replicas(object);
    for (const old of ownedBy(replicaSets, object)) if (old.metadata.name !== current) drop(replicaSets, old);
    const labels = { ...labelsOf(template), 'pod-template-hash': hash };
    const content = {
      replicas: wanted,
      selector: { matchLabels: labels },
      template: { ...template, metadata: { ...fields(template.metadata), labels } },
    };
    own(replicaSets, object, { name: current, labels }, content);
    const made = store.get(replicaSets, object.metadata.namespace, current);
    if (made !== undefined && replicas(made) !== wanted) {
      store.put(replicaSets, { ...made, spec: { ...fields(made.spec), replicas: wanted } });
    }
    const status = fields(made?.status);
    const [there, ready] = [Number(status.replicas ?? 0), Number(status.readyReplicas ?? 0)];
    const isDone = ready >= wanted;
    return {
      observedGeneration: object.metadata.generation,
      replicas: there,
      updatedReplicas: there,
      readyReplicas: ready,
      availableReplicas: ready,
      conditions: [
        {
          type: 'Available',
          status: isDone ? 'True' : 'False',
          reason: isDone ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
        },
        {
          type: 'Progressing',
          status: 'True',
          reason: isDone ? 'NewReplicaSetAvailable' : 'ReplicaSetUpdated',
        },
      ],
    };
  }

  function statefulSet(object: KubeObject): Fields {
    const mine = scale(object, replicas(object), (i) => `${object.metadata.name}-${i}`);
    const ready = mine.filter(isReady).length;
    const revision = `${object.metadata.name}-${hashOf(fields(fields(object.spec).template))}`;
    return {
      observedGeneration: object.metadata.generation,
      replicas: mine.length,
      readyReplicas: ready,
      availableReplicas: ready,
      currentReplicas: mine.length,
      updatedReplicas: mine.length,
      currentRevision: revision,
      updateRevision: revision,
    };
  }

  /** There is one node. */
  function daemonSet(object: KubeObject): Fields {
    const mine = scale(object, 1, () => `${object.metadata.name}-node`);
    const ready = mine.filter(isReady).length;
    return {
      observedGeneration: object.metadata.generation,
      desiredNumberScheduled: 1,
      currentNumberScheduled: mine.length,
      updatedNumberScheduled: mine.length,
      numberMisscheduled: 0,
      numberReady: ready,
      numberAvailable: ready,
    };
  }

  /** The first pod that fails is the last: it would be tried again minutes later. */
  function job(object: KubeObject): Fields | undefined {
    if (conditionOf(object, 'Complete') === 'True' || conditionOf(object, 'Failed') === 'True') return undefined;
    const { name, uid } = object.metadata;
    const wanted = Number(fields(object.spec).completions ?? 1);
    const labels = { 'job-name': name, 'batch.kubernetes.io/job-name': name, 'controller-uid': uid ?? '' };
    const mine = scale(object, wanted, (i) => `${name}-${i}`, labels);
    const succeeded = mine.filter((pod) => phaseOf(pod) === 'Succeeded').length;
    const failed = mine.filter((pod) => phaseOf(pod) === 'Failed').length;
    const active = mine.length - succeeded - failed;
    const startTime = fields(object.status).startTime ?? time();
    const counts = { startTime, ...(succeeded > 0 && { succeeded }), ...(failed > 0 && { failed }) };
    if (failed > 0) {
      const message = 'Job has reached the specified backoff limit';
      return { ...counts, conditions: [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', message }] };
    }
    if (succeeded < wanted) return { ...counts, active, ready: mine.filter(isReady).length };
    const conditions = [{ type: 'Complete', status: 'True', reason: 'CompletionsReached' }];
    return { ...counts, completionTime: time(), conditions };
  }

  function pod(object: KubeObject): Fields | undefined {
    const outcome = object.metadata.labels?.[OUTCOME];
    const status = fields(object.status);
    const ends = ['Never', 'OnFailure'].includes(String(fields(object.spec).restartPolicy));
    if (status.podIP === undefined) return startedStatus(object, outcome, time());
    if (status.phase !== 'Running') return undefined;
    if (outcome === 'fail') return endedStatus(status, 'Failed', 'PodFailed');
    return ends && outcome === undefined ? endedStatus(status, 'Succeeded', 'PodCompleted') : undefined;
  }

  const RULES: Readonly<Record<string, (object: KubeObject) => Fields | undefined>> = {
    '/PersistentVolumeClaim': ({ spec }) => ({ phase: 'Bound', accessModes: fields(spec).accessModes ?? [] }),
    '/Pod': pod,
    'apps/DaemonSet': daemonSet,
    'apps/Deployment': deployment,
    'apps/ReplicaSet': replicaSet,
    'apps/StatefulSet': statefulSet,
    'batch/Job': job,
  };
}

interface Owner extends ObjectType {
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
}

const ownersOf = ({ metadata: { ownerReferences } }: KubeObject): readonly Owner[] =>
  Array.isArray(ownerReferences) ? ownerReferences : [];

const NEVER_READY: Readonly<Record<string, string>> = {
  crash: 'CrashLoopBackOff',
  pull: 'ImagePullBackOff',
  unready: '',
};

function startedStatus({ spec }: KubeObject, outcome: string | undefined, time: string): Fields {
  const waiting = outcome === undefined ? undefined : NEVER_READY[outcome];
  const ready = waiting === undefined;
  const { containers } = fields(spec);
  const state = waiting ? { waiting: { reason: waiting } } : { running: { startedAt: time } };
  return {
    phase: outcome === 'pull' ? 'Pending' : 'Running',
    podIP: '10.1.0.2',
    startTime: time,
    conditions: ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({
      type,
      status: ready || type === 'Initialized' || type === 'PodScheduled' ? 'True' : 'False',
    })),
    containerStatuses: (Array.isArray(containers) ? containers.filter(isFields) : []).map(({ name, image }) => ({
      name,
      image,
      ready,
      restartCount: outcome === 'crash' ? 5 : 0,
      state,
    })),
  };
}

function endedStatus(before: Fields, phase: string, reason: string): Fields {
  return {
    ...before,
    phase,
    conditions: ['Initialized', 'Ready', 'ContainersReady'].map((type) => ({
      type,
      status: type === 'Initialized' ? 'True' : 'False',
      ...(type !== 'Initialized' && { reason }),
    })),
  };
}

/** Short and the same for the same template. */
function hashOf(template: Fields): string {
  let hash = 0;
  for (const character of JSON.stringify(template, (_, value) => (typeof value === 'bigint' ? String(value) : value))) {
    hash = (Math.imul(hash, 31) + (character.codePointAt(0) as number)) >>> 0;
  }
  return hash.toString(36);
}
