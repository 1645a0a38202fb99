import type { KubeObject } from '../../object.ts';
import { waitHook, waitReady } from '../../wait.ts';
import type { ContractCase } from '../contract.ts';
import { deployment, ensure, refused, same } from './expect.ts';

const timeout = 60_000;
const run = { now: Date.now };

const job = (namespace: string, name: string, labels: Record<string, string> = {}): KubeObject => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name, namespace },
  spec: {
    backoffLimit: 0,
    template: {
      metadata: { labels },
      spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'main:1' }] },
    },
  },
});

const pod = (
  namespace: string,
  name: string,
  restartPolicy: string,
  labels: Record<string, string> = {},
): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace, labels },
  spec: { restartPolicy, containers: [{ name: 'main', image: 'main:1' }] },
});

export const workloadCases: readonly ContractCase[] = [
  {
    name: 'makes deployments ready',
    async check(cluster, namespace) {
      const object = await cluster.create(deployment(namespace, 'web', { replicas: 2 }));
      await waitReady(cluster, [object], { timeout }, run);
      const pods = await cluster.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace, labelSelector: 'app=web' });
      same('its pods', pods.items.length, 2);
    },
  },
  {
    name: 'ends jobs, well or not',
    async check(cluster, namespace) {
      const good = await cluster.create(job(namespace, 'good'));
      await waitReady(cluster, [good], { timeout, jobs: true }, run);
      const bad = await cluster.create(job(namespace, 'bad', { 'e2e-outcome': 'fail' }));
      const fault = await refused(waitHook(cluster, [bad], { timeout }, run), 'KUBE_NOT_READY');
      same(
        'the failure',
        fault.message,
        `resource Job/${namespace}/bad not ready. status: Failed, message: Job Failed. failed: 1/1`,
      );
    },
  },
  {
    name: 'runs pods and has their logs',
    async check(cluster, namespace) {
      const once = await cluster.create(pod(namespace, 'once', 'Never'));
      const always = await cluster.create(pod(namespace, 'always', 'Always'));
      await waitHook(cluster, [once], { timeout }, run);
      await waitReady(cluster, [always], { timeout }, run);
      const text = await new Response(await cluster.logs({ namespace, name: 'once' })).text();
      ensure('a log', text !== '', text);
      await refused(cluster.logs({ namespace, name: 'none' }), 'KUBE_NOT_FOUND', 'pods "none" not found');
    },
  },
  {
    name: 'runs commands in pods',
    async check(cluster, namespace) {
      const open = await cluster.create(pod(namespace, 'open', 'Always'));
      await waitReady(cluster, [open], { timeout }, run);
      const { code } = await cluster.exec({ namespace, name: 'open' }, ['true'], { container: 'main' });
      same('the exit code', code, 0);
      await refused(cluster.exec({ namespace, name: 'none' }, ['true']), 'KUBE_NOT_FOUND', 'pods "none" not found');
    },
  },
];
