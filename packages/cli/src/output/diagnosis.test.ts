import type { Diagnosis } from '@pack/kube';
import { expect, test } from 'vitest';

import { formatDiagnoses } from './diagnosis.ts';

const good = { type: 'Initialized', status: 'True', reason: '', message: '' };
const unready = {
  type: 'Ready',
  status: 'False',
  reason: 'ContainersNotReady',
  message: 'containers with unready status',
};
const pod = {
  name: 'web-1',
  phase: 'Running',
  conditions: [good, unready],
  containers: [
    {
      name: 'main',
      state: 'waiting',
      reason: 'CrashLoopBackOff',
      message: 'back-off',
      restarts: 5,
      log: 'a\n\u001b[31mb\u0007\n',
    },
    { name: 'side', state: 'terminated', reason: 'Error', message: '', restarts: 1, exitCode: 2 },
  ],
  events: [{ type: 'Warning', reason: 'BackOff', message: 'restarting' }],
} as const;
const diagnosis = (kind: string, name: string, more: Partial<Diagnosis> = {}): Diagnosis => ({
  ref: { apiVersion: 'v1', kind, name },
  status: { progress: 'InProgress', message: '0 of 1' },
  conditions: [],
  events: [],
  pods: [],
  ...more,
});

const cases: [string, Diagnosis, string][] = [
  [
    'an object with pods',
    diagnosis('Deployment', 'web', {
      conditions: [
        { type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable', message: 'not enough' },
        { type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated', message: 'goes on' },
        { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'quota' },
      ],
      pods: [pod],
    }),
    `Deployment web is InProgress: 0 of 1
  Available=False: MinimumReplicasUnavailable: not enough
  ReplicaFailure=True: FailedCreate: quota
  Pod web-1 is Running:
    Ready=False: ContainersNotReady: containers with unready status
    container main is waiting (5 restarts): CrashLoopBackOff: back-off
      | a
      | b
    container side is terminated (exit code 2, 1 restart): Error
    Warning event: BackOff: restarting`,
  ],
  [
    'a pod has itself',
    diagnosis('Pod', 'web-1', {
      conditions: [...pod.conditions, { ...unready, type: 'ContainersReady' }],
      events: pod.events,
      pods: [{ ...pod, events: [] }],
    }),
    `Pod web-1 is InProgress: 0 of 1
  Ready=False: ContainersNotReady: containers with unready status
  Warning event: BackOff: restarting
  container main is waiting (5 restarts): CrashLoopBackOff: back-off
    | a
    | b
  container side is terminated (exit code 2, 1 restart): Error`,
  ],
  ['nothing is known', diagnosis('Service', 's'), 'Service s is InProgress: 0 of 1'],
];
test.each(cases)('%s', (_, given, wanted) => {
  expect(formatDiagnoses([given], 'context deadline exceeded').join('\n')).toBe(wanted);
});

test('what was said already is not said again', () => {
  expect(formatDiagnoses([diagnosis('Service', 's')], 'Service s: 0 of 1')).toEqual([]);
});
