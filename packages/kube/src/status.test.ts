import { describe, expect, test } from 'vitest';

import type { KubeObject } from './object.ts';
import { conditionsOf, hookStatusOf, jobsStatusOf, kindOf, statusOf } from './status.ts';

const NOW = Date.parse('2026-01-01T00:01:00Z');

const is = (type: string, status = 'True', reason = '', message = '') => ({ type, status, reason, message });

function object(type: string, more: Record<string, unknown> = {}): KubeObject {
  const [apiVersion, kind] = type.includes('/')
    ? [type.slice(0, type.lastIndexOf('/')), type.slice(type.lastIndexOf('/') + 1)]
    : ['v1', type];
  const { metadata, ...rest } = more;
  return { apiVersion, kind, metadata: { name: 'x', namespace: 'n', ...(metadata as object) }, ...rest };
}

const deployed = (status: object, spec: object = { replicas: 2, progressDeadlineSeconds: 600 }) =>
  object('apps/v1/Deployment', { spec, status });
const all = { replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 };
const done = [is('Progressing', 'True', 'NewReplicaSetAvailable'), is('Available')];
const set = (status: object, spec: object = { replicas: 2 }) => object('apps/v1/ReplicaSet', { spec, status });
const stateful = (status: object, spec: object = { replicas: 2 }) => object('apps/v1/StatefulSet', { spec, status });
const steady = { replicas: 2, readyReplicas: 2, currentReplicas: 2, updatedReplicas: 2 };
const daemon = (status: object | undefined, metadata: object = { generation: 1 }) =>
  object('apps/v1/DaemonSet', { metadata, ...(status && { status: { observedGeneration: 1, ...status } }) });
const everywhere = {
  desiredNumberScheduled: 1,
  currentNumberScheduled: 1,
  updatedNumberScheduled: 1,
  numberAvailable: 1,
  numberReady: 1,
};
const pod = (phase: string, more: object = {}) =>
  object('Pod', { metadata: { creationTimestamp: '2026-01-01T00:00:30Z' }, status: { phase, ...more } });
const job = (status: object, spec: object = {}) => object('batch/v1/Job', { spec, status });
const crd = (...conditions: object[]) =>
  object('apiextensions.k8s.io/v1/CustomResourceDefinition', { status: { conditions } });
const looping = (name: string) => ({ name, state: { waiting: { reason: 'CrashLoopBackOff' } } });

const cases: readonly (readonly [KubeObject, string, string])[] = [
  [object('ConfigMap'), 'Current', 'Resource is always ready'],
  [object('Secret'), 'Current', 'Resource is always ready'],
  [object('ServiceAccount'), 'Current', 'Resource is current'],
  [object('ConfigMap', { metadata: { deletionTimestamp: 'x' } }), 'Terminating', 'Resource scheduled for deletion'],
  // Of any kind.
  [
    object('acme.io/v1/Widget', { metadata: { generation: 2 }, status: { observedGeneration: 1 } }),
    'InProgress',
    'Widget generation is 2, but latest observed generation is 1',
  ],
  [object('acme.io/v1/Widget', { metadata: { generation: 2 } }), 'Current', 'Resource is current'],
  [
    object('acme.io/v1/Widget', { status: { conditions: [is('Reconciling', 'True', '', 'on it')] } }),
    'InProgress',
    'on it',
  ],
  [object('acme.io/v1/Widget', { status: { conditions: [is('Stalled', 'True', '', 'stuck')] } }), 'Failed', 'stuck'],
  [object('acme.io/v1/Widget', { status: { conditions: [is('Ready')] } }), 'Current', 'Resource is Ready'],
  [
    object('acme.io/v1/Widget', { status: { conditions: [is('Ready', 'False', '', 'not yet')] } }),
    'InProgress',
    'not yet',
  ],
  [
    object('acme.io/v1/Widget', { status: { conditions: [is('Ready', 'Unknown', '', 'who knows')] } }),
    'InProgress',
    'who knows',
  ],
  [object('acme.io/v1/Widget', { status: { conditions: 'none' } }), 'Current', 'Resource is current'],
  // Deployments.
  [deployed({}), 'InProgress', 'Replicas: 0/2'],
  [deployed({ replicas: 2, updatedReplicas: 1 }), 'InProgress', 'Updated: 1/2'],
  [deployed({ ...all, replicas: 3 }), 'InProgress', 'Pending termination: 1'],
  [deployed({ ...all, availableReplicas: 1 }), 'InProgress', 'Available: 1/2'],
  [deployed({ ...all, readyReplicas: 1 }), 'InProgress', 'Ready: 1/2'],
  [deployed(all), 'InProgress', 'ReplicaSet not Available'],
  [deployed({ ...all, conditions: done.slice(0, 1) }), 'InProgress', 'Deployment not Available'],
  [deployed({ ...all, conditions: done }), 'Current', 'Deployment is available. Replicas: 2'],
  [deployed({ ...all, conditions: done.slice(1) }, { replicas: 2 }), 'Current', 'Deployment is available. Replicas: 2'],
  [
    deployed({ ...all, conditions: [is('Progressing', 'False', 'ProgressDeadlineExceeded')] }),
    'Failed',
    'Progress deadline exceeded',
  ],
  // Replica sets.
  [set({ conditions: [is('ReplicaFailure')] }), 'InProgress', 'Replica Failure condition. Check Pods'],
  [set({}), 'InProgress', 'Labelled: 0/2'],
  [set({ fullyLabeledReplicas: 2 }), 'InProgress', 'Available: 0/2'],
  [set({ fullyLabeledReplicas: 2, availableReplicas: 2 }), 'InProgress', 'Ready: 0/2'],
  [
    set({ fullyLabeledReplicas: 2, availableReplicas: 2, readyReplicas: 2, replicas: 3 }),
    'InProgress',
    'Pending termination: 1',
  ],
  [
    set({ fullyLabeledReplicas: 2, availableReplicas: 2, readyReplicas: 2, replicas: 2 }),
    'Current',
    'ReplicaSet is available. Replicas: 2',
  ],
  // Stateful sets.
  [
    stateful({}, { updateStrategy: { type: 'OnDelete' } }),
    'Current',
    'StatefulSet is using the ondelete update strategy',
  ],
  [stateful({}), 'InProgress', 'Replicas: 0/2'],
  [stateful({ replicas: 2 }), 'InProgress', 'Ready: 0/2'],
  [stateful({ ...steady, replicas: 3 }), 'InProgress', 'Pending termination: 1'],
  [stateful({ ...steady, currentReplicas: 1 }), 'InProgress', 'current: 1/2'],
  [
    stateful({ ...steady, currentRevision: 'a', updateRevision: 'b' }),
    'InProgress',
    'Waiting for updated revision to match current',
  ],
  [stateful(steady), 'Current', 'All replicas scheduled as expected. Replicas: 2'],
  [
    stateful({ ...steady, updatedReplicas: 0 }, { replicas: 2, updateStrategy: { rollingUpdate: { partition: 1 } } }),
    'InProgress',
    'updated: 0/1',
  ],
  [
    stateful(steady, { replicas: 2, updateStrategy: { rollingUpdate: { partition: 1 } } }),
    'Current',
    'Partition rollout complete. updated: 2',
  ],
  // Daemon sets.
  [daemon(everywhere, {}), 'InProgress', 'DaemonSet metadata.generation not found'],
  [daemon(undefined), 'InProgress', 'DaemonSet status.observedGeneration not found'],
  [daemon({}), 'InProgress', 'Missing .status.desiredNumberScheduled'],
  [daemon({ ...everywhere, currentNumberScheduled: 0 }), 'InProgress', 'Current: 0/1'],
  [daemon({ ...everywhere, updatedNumberScheduled: 0 }), 'InProgress', 'Updated: 0/1'],
  [daemon({ ...everywhere, numberAvailable: 0 }), 'InProgress', 'Available: 0/1'],
  [daemon({ ...everywhere, numberReady: 0 }), 'InProgress', 'Ready: 0/1'],
  [daemon(everywhere), 'Current', 'All replicas scheduled as expected. Replicas: 1'],
  // Claims.
  [object('PersistentVolumeClaim'), 'InProgress', 'PVC is not Bound. phase: unknown'],
  [object('PersistentVolumeClaim', { status: { phase: 'Pending' } }), 'InProgress', 'PVC is not Bound. phase: Pending'],
  [object('PersistentVolumeClaim', { status: { phase: 'Bound' } }), 'Current', 'PVC is Bound'],
  // Pods.
  [object('Pod'), 'InProgress', 'Pod phase not available'],
  [pod('Succeeded'), 'Current', 'Pod has completed successfully'],
  [pod('Failed'), 'Current', 'Pod has completed, but not successfully'],
  [pod('Running', { conditions: [is('Ready')] }), 'Current', 'Pod is Ready'],
  [pod('Running'), 'InProgress', 'Pod is running but is not Ready'],
  [
    pod('Running', { containerStatuses: [looping('a'), { name: 'ok', state: {} }, looping('b')] }),
    'Failed',
    'Containers in CrashLoop state: a,b',
  ],
  [pod('Pending'), 'InProgress', 'Pod is in the Pending phase'],
  [
    pod('Pending', { conditions: [is('PodScheduled', 'False', 'Unschedulable')] }),
    'Failed',
    'Pod could not be scheduled',
  ],
  [
    {
      ...pod('Pending', { conditions: [is('PodScheduled', 'False', 'Unschedulable')] }),
      metadata: { name: 'x', creationTimestamp: '2026-01-01T00:00:50Z' },
    },
    'InProgress',
    'Pod has not been scheduled',
  ],
  [pod('Odd'), 'Unknown', 'unknown phase Odd'],
  // The rest.
  [job({}), 'InProgress', 'Job not started'],
  [job({ startTime: 'x', active: 1 }), 'Current', 'Job in progress. success:0, active: 1, failed: 0'],
  [job({ succeeded: 1, conditions: [is('Complete')] }), 'Current', 'Job Completed. succeeded: 1/1'],
  [job({ failed: 1, conditions: [is('Failed')] }, { completions: 3 }), 'Failed', 'Job Failed. failed: 1/3'],
  [object('batch/v1/CronJob'), 'Current', 'Resource is always ready'],
  [object('policy/v1/PodDisruptionBudget'), 'Current', 'AllowedDisruptions has been computed.'],
  [object('Service'), 'Current', 'Service is ready'],
  [
    object('Service', { spec: { type: 'LoadBalancer' } }),
    'InProgress',
    'ClusterIP not set. Service type: LoadBalancer',
  ],
  [object('Service', { spec: { type: 'LoadBalancer', clusterIP: '10.0.0.1' } }), 'Current', 'Service is ready'],
  [crd(), 'InProgress', 'Install in progress'],
  [crd(is('NamesAccepted', 'False', '', 'taken')), 'Failed', 'taken'],
  [crd(is('Established', 'False', 'Installing')), 'InProgress', 'Install in progress'],
  [crd(is('Established', 'False', 'Broken', 'why')), 'Failed', 'why'],
  [crd(is('Established')), 'Current', 'CRD is established'],
];

test.each(cases.map(([object, progress, message]) => ({ kind: object.kind, object, progress, message })))(
  '$kind: $progress, $message',
  ({ object, progress, message }) => {
    expect(statusOf(object, NOW)).toEqual({ progress, message });
  },
);

describe('of hooks', () => {
  test.each([
    [job({ startTime: 'x' }), 'InProgress', 'Job in progress'],
    [job({ succeeded: 1, conditions: [is('Complete')] }), 'Current', 'Job Completed. succeeded: 1/1'],
    [job({ failed: 1, conditions: [is('Failed')] }), 'Failed', 'Job Failed. failed: 1/1'],
    [pod('Running', { conditions: [is('Ready')] }), 'InProgress', 'Pod in progress'],
    [pod('Succeeded'), 'Current', 'pod x succeeded'],
    [pod('Failed'), 'Failed', 'pod x failed'],
    [deployed({}), 'Current', 'Resource is current'],
  ])('%#', (object, progress, message) => {
    expect(hookStatusOf(object)).toEqual({ progress, message });
  });
});

test('with --wait-for-jobs jobs must have ended', () => {
  const running = job({ startTime: 'x' });
  expect(jobsStatusOf(running, NOW).progress).toBe('InProgress');
  expect(jobsStatusOf(object('ConfigMap'), NOW).progress).toBe('Current');
});

test('conditions and kinds are read as they come', () => {
  expect(conditionsOf(object('Pod', { status: { conditions: [null, { type: 'A' }] } }))).toEqual([
    { type: 'A', status: '', reason: '', message: '' },
  ]);
  expect(kindOf({ apiVersion: 'v1', kind: 'Pod' })).toBe('Pod');
  expect(kindOf({ apiVersion: 'apps/v1', kind: 'Deployment' })).toBe('apps/Deployment');
});
