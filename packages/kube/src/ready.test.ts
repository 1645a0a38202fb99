import { describe, expect, test } from 'vitest';

import type { KubeObject } from './object.ts';
import { isReady } from './ready.ts';
import { createMemoryCluster } from './testing/memory-cluster.ts';

const namespace = 'default';

function object(type: string, { metadata, ...more }: Record<string, unknown>, name = 'x'): KubeObject {
  const slash = type.lastIndexOf('/');
  const kind = type.slice(slash + 1);
  const scope = kind === 'CustomResourceDefinition' ? {} : { namespace };
  return { apiVersion: type.slice(0, slash), kind, metadata: { name, ...scope, ...(metadata as object) }, ...more };
}

/** Whether it is ready in a cluster that has nothing but it and what is with it, as they are. */
async function judge(subject: KubeObject, others: readonly KubeObject[] = [], jobs = false): Promise<boolean> {
  const stored = [subject, ...others];
  const memory = createMemoryCluster();
  const cluster = {
    ...memory,
    get: async () => subject,
    list: async ({ kind }: { kind: string }) => ({
      items: stored.filter((each) => each.kind === kind),
      resourceVersion: '1',
    }),
  };
  return isReady(cluster, subject, { jobs }, {});
}

const ready = (status: string) => ({ status: { conditions: [{ type: 'Ready', status }] } });
const pod = (status: string, name = 'p') => object('v1/Pod', ready(status), name);
const labels = { app: 'web' };
const selector = { matchLabels: labels };
const seen = { metadata: { generation: 2 }, status: { observedGeneration: 2 } };
const unseen = { metadata: { generation: 2 }, status: { observedGeneration: 1 } };

const deployment = (spec: object = {}, status: object = { observedGeneration: 2 }): KubeObject =>
  object('apps/v1/Deployment', {
    metadata: { generation: 2, uid: 'u' },
    spec: {
      replicas: 4,
      selector,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } },
      template: { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'new' }] } },
      ...spec,
    },
    status,
  });

const replicaSet = (
  readyReplicas: number,
  more: { image?: string; owner?: string; observed?: number } = {},
): KubeObject =>
  object(
    'apps/v1/ReplicaSet',
    {
      metadata: { generation: 1, ownerReferences: [{ uid: more.owner ?? 'u', controller: true }] },
      spec: {
        template: {
          metadata: { labels: { ...labels, 'pod-template-hash': 'h' } },
          spec: { containers: [{ name: 'main', image: more.image ?? 'new' }] },
        },
      },
      status: { observedGeneration: more.observed ?? 1, readyReplicas },
    },
    more.image ?? 'new',
  );

const rolling = (maxSurge: unknown, maxUnavailable: unknown, replicas = 4) =>
  deployment({ replicas, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } } });

const daemonSet = (
  status: object,
  updateStrategy: object = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
) =>
  object('apps/v1/DaemonSet', {
    metadata: { generation: 1 },
    spec: { updateStrategy },
    status: { observedGeneration: 1, desiredNumberScheduled: 3, updatedNumberScheduled: 3, ...status },
  });

const statefulSet = (status: object, spec: object = {}) =>
  object('apps/v1/StatefulSet', {
    metadata: { generation: 1 },
    spec: { replicas: 2, updateStrategy: { type: 'RollingUpdate' }, ...spec },
    status: { observedGeneration: 1, ...status },
  });

const service = (spec: object, status: object = {}) => object('v1/Service', { spec, status });

const definition = (type: string, status: string) =>
  object('apiextensions.k8s.io/v1/CustomResourceDefinition', { status: { conditions: [{ type, status }] } });

const cases: [name: string, subject: KubeObject, wanted: boolean, others?: KubeObject[]][] = [
  ['a kind without a rule', object('v1/ConfigMap', {}), true],
  ['an old version of a kind', object('apps/v1beta1/Deployment', {}), true],
  ['a pod', pod('True'), true],
  ['a pod that is not ready', pod('False'), false],
  ['a pod of which nothing is known', object('v1/Pod', {}), false],
  ['a claim', object('v1/PersistentVolumeClaim', { status: { phase: 'Bound' } }), true],
  ['a claim that waits', object('v1/PersistentVolumeClaim', { status: { phase: 'Pending' } }), false],
  ['a deployment', deployment(), true, [replicaSet(4)]],
  ['a deployment with as few pods as may be', deployment(), true, [replicaSet(3)]],
  ['a deployment with too few pods', deployment(), false, [replicaSet(2)]],
  ['a deployment without a replica set', deployment(), false],
  ['a deployment with that of an older template', deployment(), false, [replicaSet(4, { image: 'old' })]],
  ['a deployment with that of another one', deployment(), false, [replicaSet(4, { owner: 'other' })]],
  ['a deployment whose replica set nobody has seen', deployment(), false, [replicaSet(4, { observed: 0 })]],
  ['a deployment that nobody has seen', deployment({}, { observedGeneration: 1 }), false, [replicaSet(4)]],
  ['a paused deployment', deployment({ paused: true }), true],
  ['a deployment that is recreated', deployment({ strategy: { type: 'Recreate' } }), false, [replicaSet(3)]],
  ['a share of pods, rounded down', rolling('25%', '30%', 10), true, [replicaSet(7)]],
  ['a share of pods, one too few', rolling('25%', '39%', 10), false, [replicaSet(6)]],
  ['shares that are nothing but for rounding', rolling('0%', '25%', 2), true, [replicaSet(1)]],
  ['no pods wanted', rolling(1, 1, 0), true, [replicaSet(0)]],
  ['more may be missing than there are', rolling(1, 9, 2), true, [replicaSet(0)]],
  ['a daemon set', daemonSet({ numberReady: 2 }), true],
  ['a daemon set with too few pods', daemonSet({ numberReady: 1 }), false],
  ['a daemon set under way', daemonSet({ numberReady: 3, updatedNumberScheduled: 2 }), false],
  ['a daemon set that nobody has seen', daemonSet({ numberReady: 3, observedGeneration: 0 }), false],
  ['a daemon set that is updated by hand', daemonSet({}, { type: 'OnDelete' }), true],
  ['a stateful set', statefulSet({ updatedReplicas: 2, readyReplicas: 2 }), true],
  ['a stateful set with too few pods', statefulSet({ updatedReplicas: 2, readyReplicas: 1 }), false],
  ['a stateful set with too many pods', statefulSet({ updatedReplicas: 2, readyReplicas: 3 }), false],
  ['a stateful set with older pods', statefulSet({ updatedReplicas: 1, readyReplicas: 2 }), false],
  [
    'a stateful set between two revisions',
    statefulSet({ updatedReplicas: 2, readyReplicas: 2, currentRevision: 'a', updateRevision: 'b' }),
    false,
  ],
  [
    'a part of a stateful set',
    statefulSet(
      { updatedReplicas: 1, readyReplicas: 2, currentRevision: 'a', updateRevision: 'b' },
      { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } } },
    ),
    true,
  ],
  ['a stateful set that is updated by hand', statefulSet({}, { updateStrategy: { type: 'OnDelete' } }), true],
  ['a replica set', object('apps/v1/ReplicaSet', { ...seen, spec: { selector } }), true, [pod('True')]],
  [
    'a replica set with a pod that is not ready',
    object('apps/v1/ReplicaSet', { ...seen, spec: { selector } }),
    false,
    [pod('False')],
  ],
  ['a replica set that nobody has seen', object('apps/v1/ReplicaSet', { ...unseen, spec: { selector } }), false],
  ['a replication controller', object('v1/ReplicationController', { ...seen, spec: { selector: labels } }), true],
  ['a service', service({ type: 'ClusterIP', clusterIP: '10.0.0.1' }), true],
  ['a service without an address', service({ type: 'ClusterIP' }), false],
  ['a service elsewhere', service({ type: 'ExternalName' }), true],
  [
    'a load balancer',
    service({ type: 'LoadBalancer', clusterIP: 'x' }, { loadBalancer: { ingress: [{ ip: 'y' }] } }),
    true,
  ],
  ['a load balancer that waits', service({ type: 'LoadBalancer', clusterIP: 'x' }), false],
  ['a load balancer of its owner', service({ type: 'LoadBalancer', clusterIP: 'x', externalIPs: ['y'] }), true],
  ['a definition', definition('Established', 'True'), true],
  ['a definition under way', definition('Established', 'False'), false],
  ['a definition whose name is taken', definition('NamesAccepted', 'False'), true],
];

describe('whether it is ready', () => {
  test.each(cases)('%s', async (_, subject, wanted, others = []) => {
    expect(await judge(subject, others)).toBe(wanted);
  });
});

describe('a job', () => {
  const job = (status: object, spec: object = { completions: 2, backoffLimit: 1 }) =>
    object('batch/v1/Job', { spec, status });

  test.each([
    ['that runs, when jobs do not count', job({ active: 1 }), false, true],
    ['that runs', job({ succeeded: 1 }), true, false],
    ['that has ended', job({ succeeded: 2, failed: 1 }), true, true],
    ['of which nothing is wanted', job({}, { backoffLimit: 1 }), true, true],
  ])('%s', async (_, subject, jobs, wanted) => {
    expect(await judge(subject, [], jobs)).toBe(wanted);
  });

  test('that has failed', async () => {
    await expect(judge(job({ failed: 2 }), [], true)).rejects.toThrow('job is failed: default/x');
  });
});
