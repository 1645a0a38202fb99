import { fromNanoseconds, UTC } from '@pack/core';
import { type Executed, KubeError, type KubeObject, waitReady } from '@pack/kube';
import { createMemoryCluster } from '@pack/kube/testing';
import { describe, expect, test } from 'vitest';

import { type HealthCheck, healthCheckOf, healthOf, isAwaited, waitAnswers } from './health.ts';

const object = (check: string | undefined, more: Partial<KubeObject> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'a', ...(check !== undefined && { annotations: { 'sherpack.io/health-check': check } }) },
  ...more,
});

describe('health checks', () => {
  const field = (value: string | undefined, ...path: readonly string[]): HealthCheck => ({
    type: 'field',
    path,
    value,
  });
  const cases: readonly (readonly [string, HealthCheck])[] = [
    ['condition=Ready', { type: 'condition', name: 'Ready', value: 'True' }],
    ['condition=Ready=False', { type: 'condition', name: 'Ready', value: 'False' }],
    ['jsonpath={.status.phase}=Running', field('Running', 'status', 'phase')],
    ['jsonpath=.status.phase', field(undefined, 'status', 'phase')],
    ["jsonpath='{.status.phase}'=Running", field('Running', 'status', 'phase')],
    ['jsonpath={.status.parts[0]["a.b"].c}=x=y', field('x=y', 'status', 'parts', '0', 'a.b', 'c')],
    ['http=8080', { type: 'http', port: '8080', path: '/' }],
    ['http=web/healthz?full=1', { type: 'http', port: 'web', path: '/healthz?full=1' }],
    ['command=pg_isready -q | cat', { type: 'command', command: ['sh', '-c', 'pg_isready -q | cat'] }],
    ['command=["pg_isready", "-q"]', { type: 'command', command: ['pg_isready', '-q'] }],
  ];
  test.each(cases)('%s', (text, expected) => {
    expect(healthCheckOf(object(text, { spec: { selector: { app: 'a' } } }))).toEqual(expected);
  });

  const several: readonly (readonly [Readonly<Record<string, string>>, HealthCheck | undefined])[] = [
    [
      { type: 'http', path: '/healthz', port: '8080' },
      { type: 'http', port: '8080', path: '/healthz' },
    ],
    [
      { type: 'command', command: '/bin/ready.sh' },
      { type: 'command', command: ['sh', '-c', '/bin/ready.sh'] },
    ],
  ];
  test.each(several)('in several annotations: %j', (parts, expected) => {
    const entries = Object.entries(parts).map(([name, value]) => [`sherpack.io/health-check-${name}`, value]);
    const pod = { ...object('true'), kind: 'Pod' };
    const annotations = { ...pod.metadata.annotations, ...Object.fromEntries(entries) };
    expect(healthCheckOf({ ...pod, metadata: { ...pod.metadata, annotations } })).toEqual(expected);
  });

  test('none', () => {
    expect([healthCheckOf(object(undefined)), healthCheckOf(object('false'))]).toEqual([undefined, undefined]);
  });

  const refused = ['', 'ready', 'true', 'condition=', 'jsonpath={status}', 'jsonpath={.a[*]}', 'http=', 'command=true'];
  test.each(refused)('%j is refused', (text) => {
    expect(() => healthCheckOf(object(text))).toThrow(/^Service a: sherpack\.io\/health-check is not understood: /);
  });
  test.each(['command=', 'command=[]', 'command=[1]', 'command=[x'])('of what has pods %j is refused', (text) => {
    expect(() => healthCheckOf(object(text, { kind: 'Pod' }))).toThrow('is not understood');
  });
  test('only what has ports answers', () => {
    expect(() => healthCheckOf(object('http=80', { kind: 'ConfigMap' }))).toThrow('is not understood');
  });
});

describe('health', () => {
  const status = { phase: 'Pending', conditions: [{ type: 'Ready', status: 'False' }], parts: [{ size: 3 }] };
  const cases: readonly (readonly [string | undefined, string | undefined])[] = [
    [undefined, undefined],
    ['condition=Ready=False', undefined],
    ['condition=Ready', 'condition Ready is False, and is to be True'],
    ['condition=Other', 'condition Other is not there, and is to be True'],
    ['jsonpath={.status.phase}=Pending', undefined],
    ['jsonpath={.status.phase}=Running', '.status.phase is Pending, and is to be Running'],
    ['jsonpath={.status.phase}', undefined],
    ['jsonpath={.status.none}', '.status.none is not there'],
    ['jsonpath={.status.parts[0].size}=3', undefined],
    ['jsonpath={.status.parts[0]}={"size":3}', undefined],
    ['jsonpath={.status.constructor}', '.status.constructor is not there'],
    ['http=80', undefined],
  ];
  test.each(cases)('%s', (check, message) => {
    expect(healthOf(object(check, { status }))?.message).toBe(message);
  });
});

test('what is skipped is not awaited', () => {
  const skipping = (value: string): KubeObject => ({
    ...object(undefined),
    metadata: { name: 'a', annotations: { 'sherpack.io/skip-wait': value } },
  });
  expect(['true', 'TRUE', '1', 'false', ''].map((value) => isAwaited(skipping(value)))).toEqual([
    false,
    false,
    false,
    true,
    true,
  ]);
  expect(isAwaited(object(undefined))).toBe(true);
});

describe('a command', () => {
  const NAMESPACE = 'shop';
  const meta = { name: 'web', namespace: NAMESPACE, annotations: { 'sherpack.io/health-check': 'command=ready' } };
  const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main' }, { name: 'side' }] } };
  const deployment: KubeObject = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: meta,
    spec: { selector: { matchLabels: { app: 'web' } }, template },
  };
  type Exec = (pod: KubeObject, command: readonly string[]) => Executed | Promise<Executed>;

  async function waited(object: KubeObject, exec: Exec, { timeout = 300, signal }: WaitedOptions = {}) {
    const cluster = createMemoryCluster({ namespaces: [NAMESPACE], simulate: true, step: 1, exec });
    await cluster.create(object);
    await waitReady(cluster, [object], { timeout: 10_000 }, { now: Date.now });
    const now = () => fromNanoseconds(BigInt(Date.now()) * 1_000_000n, UTC);
    await waitAnswers([object], { timeout }, { cluster, now }, { signal });
  }
  interface WaitedOptions {
    readonly timeout?: number;
    readonly signal?: AbortSignal;
  }
  const pod: KubeObject = { apiVersion: 'v1', kind: 'Pod', metadata: meta, spec: template.spec };
  const service: KubeObject = { apiVersion: 'v1', kind: 'Service', metadata: meta, spec: { selector: { app: 'web' } } };

  test.each([pod, deployment])('runs in a pod of a $kind', async (object) => {
    const seen: unknown[] = [];
    await waited(object, ({ metadata }, command) => {
      seen.push([metadata.name.split('-')[0], ...command]);
      return { code: 0, output: '' };
    });
    expect(seen).toEqual([['web', 'sh', '-c', 'ready']]);
  });

  test('is run until it ends well', async () => {
    let runs = 0;
    await waited(pod, () => ({ code: ++runs < 2 ? 1 : 0, output: '' }), { timeout: 10_000 });
    expect(runs).toBe(2);
  });

  const faults: readonly (readonly [string, KubeObject, Exec, string])[] = [
    ['that ends badly', pod, () => ({ code: 3, output: 'no\n' }), 'its command ends with 3 in pod web: no'],
    ['of which no pod runs', service, () => ({ code: 0, output: '' }), 'no pod of it runs'],
    [
      'that does not run',
      pod,
      () => Promise.reject(new KubeError('KUBE_REFUSED', 'no such file')),
      'its command does not run: no such file',
    ],
  ];
  test.each(faults)('%s', async (_, object, exec, message) => {
    await expect(waited(object, exec)).rejects.toMatchObject({
      code: 'KUBE_NOT_READY',
      message: `resource ${object.kind}/shop/web not ready. status: InProgress, message: ${message}\ncontext deadline exceeded`,
    });
  });

  test('that may not be run is no matter of time', async () => {
    const exec: Exec = () => Promise.reject(new KubeError('KUBE_FORBIDDEN', 'pods/exec is forbidden'));
    await expect(waited(pod, exec, { timeout: 60_000 })).rejects.toMatchObject({ code: 'KUBE_FORBIDDEN' });
  });

  test('is over when all is', async () => {
    const stop = new AbortController();
    const exec: Exec = () => {
      stop.abort();
      return Promise.reject(new Error('stopped'));
    };
    await expect(waited(pod, exec, { signal: stop.signal })).rejects.toMatchObject({ name: 'AbortError' });
  });
});
