import type { KubeObject } from '@pack/kube';
import { describe, expect, test } from 'vitest';

import { type HealthCheck, healthCheckOf, healthOf, isAwaited } from './health.ts';

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
  ];
  test.each(cases)('%s', (text, expected) => {
    expect(healthCheckOf(object(text))).toEqual(expected);
  });

  test.each(['', 'ready', 'condition=', 'jsonpath={status}', 'jsonpath={.a[*]}', 'http=', 'command=true'])(
    '%j is refused',
    (text) => {
      expect(() => healthCheckOf(object(text))).toThrow(/^Service a: sherpack\.io\/health-check is not understood: /);
    },
  );
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
