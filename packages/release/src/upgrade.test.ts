import { KubeError } from '@pack/kube';
import { beforeEach, describe, expect, test } from 'vitest';

import { type InstallInput, install } from './install.ts';
import type { ReleaseRun } from './ports.ts';
import type { Release, ReleaseStatus } from './record.ts';
import {
  chartOf,
  configMap,
  createWorld,
  faultOf,
  hook,
  NAMESPACE,
  pod,
  valuesOf,
  type World,
} from './testing/world.ts';
import { uninstall } from './uninstall.ts';
import { type UpgradeInput, upgrade } from './upgrade.ts';

let world: World;
beforeEach(() => {
  world = createWorld();
});

const HOW = { name: 'web', dryRun: 'none', serverSide: true, wait: 'watcher', timeout: 2000 } as const;
const two = chartOf({ a: configMap('NAME'), b: configMap('gone') });
const next = chartOf({ a: configMap('NAME'), c: configMap('fresh') }, '2.0.0');
const stuck = chartOf({ a: configMap('NAME'), c: configMap('fresh'), p: pod('NAME', {}, 'unready') }, '3.0.0');

const installed = (more: Partial<InstallInput> = {}): Promise<Release> =>
  install({ ...HOW, namespace: NAMESPACE, chart: two, values: valuesOf({ color: 'red' }), ...more }, world.ports);

const upgraded = (more: Partial<UpgradeInput> = {}, run: ReleaseRun = world.run): Promise<Release> =>
  upgrade({ ...HOW, chart: next, values: valuesOf({ color: 'blue' }), historyMax: 10, ...more }, world.ports, run);

const setStatus = async (version: number, status: ReleaseStatus): Promise<void> => {
  const release = await world.records.get('web', version);
  await world.records.update({ ...release, info: { ...release.info, status } });
};

test('what is done is told in its order', async () => {
  const { info: before } = await installed();
  const { version, info } = await upgraded({
    chart: chartOf(
      { a: configMap('NAME'), c: configMap('fresh'), h: configMap('hooked', hook('pre-upgrade')) },
      '2.0.0',
    ),
  });
  expect(world.heard.filter((line) => !line.startsWith('wait'))).toEqual([
    'record 2 pending-upgrade',
    'record 2 pending-upgrade',
    'pre-upgrade hooked begun',
    'created ConfigMap hooked',
    'pre-upgrade hooked done',
    'updated ConfigMap web',
    'created ConfigMap fresh',
    'deleted ConfigMap gone',
    'record 1 superseded',
    'record 2 deployed',
  ]);
  expect(version).toBe(2);
  expect(info).toMatchObject({
    status: 'deployed',
    description: 'Upgrade complete',
    first_deployed: before.first_deployed,
  });
  expect(await world.names()).toEqual(['fresh', 'hooked', 'web']);
  expect(await world.data('web')).toEqual({ color: 'blue' });
});

test.each([
  [undefined, null],
  ['reset', null],
  ['reuse', {}],
  ['reset-then-reuse', null],
] as const)('of a chart without values.yaml there are, reused %s, these values: %j', async (reuse, values) => {
  await installed({ values: valuesOf() });
  const { chart } = await upgraded({ values: valuesOf(), reuse });
  expect(chart?.values).toEqual(values);
});

test('reused values that hide defaults are warned of', async () => {
  const lines = (from: number, to: number): string =>
    Array.from({ length: to - from }, (_, i) => `v${from + i}: ${i}\n`).join('');
  const config = configMap('NAME');
  await installed({ chart: chartOf({ a: config, 'values.yaml': lines(0, 1) }) });
  const fresh = chartOf({ a: config, 'values.yaml': lines(0, 8) }, '2.0.0');
  await upgraded({ chart: fresh, reuse: 'reuse' });
  const warning =
    'WARN reused values hide defaults that chart app 2.0.0 adds or changes: v1, v2, v3, v4, v5 and 2 more';
  expect(world.heard.filter((line) => line.startsWith(warning))).toHaveLength(1);
  world.heard.length = 0;
  await upgraded({ chart: fresh, reuse: 'reset-then-reuse' });
  expect(world.heard.filter((line) => line.startsWith('WARN'))).toEqual([]);
});

describe('values of before', () => {
  const cases: [string, Partial<UpgradeInput>, unknown][] = [
    ['are taken where none are given', { values: valuesOf() }, { color: 'red', size: 1 }],
    ['are left where some are', { values: valuesOf({ size: 2 }) }, { size: 2 }],
    ['--reset-values', { values: valuesOf(), reuse: 'reset' }, {}],
    ['--reuse-values', { values: valuesOf({ size: 2 }), reuse: 'reuse' }, { color: 'red', size: 2 }],
    [
      '--reset-then-reuse-values',
      { values: valuesOf({ size: 2 }), reuse: 'reset-then-reuse' },
      { color: 'red', size: 2 },
    ],
  ];
  test.each(cases)('%s', async (_, more, config) => {
    await installed({ values: valuesOf({ color: 'red', size: 1 }) });
    expect({ ...(await upgraded(more)).config }).toEqual(config);
  });
});

test('labels are kept, changed and, with null, taken away', async () => {
  await installed({ labels: { a: '1', b: '1', c: '1' } });
  const { labels } = await upgraded({ labels: { b: '2', c: 'null' } });
  expect(labels).toMatchObject({ a: '1', b: '2' });
  expect(labels).not.toHaveProperty('c');
});

describe('a release that is not there', () => {
  test('never was', async () => {
    const { code, message } = await faultOf(upgraded());
    expect([code, message]).toEqual(['RELEASE_NOT_FOUND', '"web" has no deployed releases']);
  });

  test('was uninstalled', async () => {
    await installed();
    await uninstall({ ...HOW, dryRun: false, keepHistory: true }, world.ports);
    expect((await faultOf(upgraded())).message).toBe('"web" has no deployed releases');
  });
});

test('another operation is at work', async () => {
  await installed();
  await setStatus(1, 'pending-upgrade');
  const { code, message, hint } = await faultOf(upgraded());
  expect([code, message]).toEqual(['RELEASE_PENDING', 'another operation (install/upgrade/rollback) is in progress']);
  expect(hint).toContain('pack recover web');
});

test('what failed is upgraded, over what is deployed', async () => {
  await installed();
  await faultOf(upgraded({ chart: stuck, timeout: 50 }));
  expect(await world.history()).toBe('1 deployed, 2 failed');
  await upgraded();
  expect(await world.history()).toBe('1 superseded, 2 failed, 3 deployed');
});

describe('an object that does not get ready', () => {
  const failing = (more: Partial<UpgradeInput> = {}) => faultOf(upgraded({ chart: stuck, timeout: 100, ...more }));

  test('what was deployed still is, and what was made stays', async () => {
    await installed();
    const fault = await failing();
    expect(fault.code).toBe('KUBE_NOT_READY');
    expect(await world.history()).toBe('1 deployed, 2 failed');
    const { description } = (await world.records.get('web', 2)).info;
    expect(description).toBe(`Upgrade "web" failed: ${fault.message}`);
    expect(await world.names()).toEqual(['fresh', 'web']);
  });

  test('--cleanup-on-fail: what was made goes', async () => {
    await installed();
    await failing({ cleanupOnFail: true });
    expect(await world.names()).toEqual(['web']);
    expect(await world.names('Pod')).toEqual([]);
  });

  test('--rollback-on-failure: all is as it was', async () => {
    await installed();
    const { message } = await failing({ rollbackOnFailure: true });
    expect(message).toMatch(/^release web failed, and has been rolled back due to rollback-on-failure being set: /);
    expect(await world.history()).toBe('1 superseded, 2 failed, 3 deployed');
    expect(await world.names()).toEqual(['gone', 'web']);
    expect(await world.data('web')).toEqual({ color: 'red' });
  });

  test('--rollback-on-failure of what never was good', async () => {
    await faultOf(installed({ chart: stuck, timeout: 50 }));
    const { message } = await failing({ rollbackOnFailure: true });
    expect(message).toMatch(/^unable to find a previously successful release when attempting to rollback\. original/);
  });
});

test('a hook that fails: nothing of the chart is changed', async () => {
  await installed();
  const chart = chartOf({ a: configMap('NAME'), h: pod('hooked', hook('pre-upgrade'), 'fail') });
  const fault = await faultOf(upgraded({ chart }));
  expect(fault.message).toMatch(/^pre-upgrade hooks failed: /);
  expect(await world.history()).toBe('1 deployed, 2 failed');
  expect(await world.names()).toEqual(['gone', 'web']);
  expect(await world.data('web')).toEqual({ color: 'red' });
});

describe('a fault of the server', () => {
  test('in the middle: the record says so', async () => {
    await installed();
    world.cluster.onRequest(({ verb, name }) => {
      if (verb === 'patch' && name === 'fresh') throw new KubeError('KUBE_FORBIDDEN', 'exceeded quota: q');
    });
    const { code } = await faultOf(upgraded());
    expect(code).toBe('KUBE_FORBIDDEN');
    expect(await world.history()).toBe('1 deployed, 2 failed');
  });
});

test('stopped: the record says so', async () => {
  await installed();
  const stop = new AbortController();
  const onEvent: ReleaseRun['onEvent'] = (event) => {
    world.run.onEvent?.(event);
    if (world.heard.at(-1) === 'wait for Pod web') stop.abort();
  };
  const fault = await faultOf(upgraded({ chart: stuck }, { signal: stop.signal, onEvent }));
  expect(fault.name).toBe('AbortError');
  expect((await world.records.get('web', 2)).info).toMatchObject({
    status: 'failed',
    description: 'Upgrade "web" failed: context canceled',
  });
});

describe('history', () => {
  test('has no more revisions than are wanted', async () => {
    await installed();
    for (let i = 0; i < 4; i++) await upgraded({ historyMax: 3 });
    expect(await world.history()).toBe('3 superseded, 4 superseded, 5 deployed');
  });

  test('but that which is deployed, it keeps', async () => {
    await installed();
    for (let i = 0; i < 3; i++) await faultOf(upgraded({ chart: stuck, timeout: 30, historyMax: 2 }));
    expect(await world.history()).toBe('1 deployed, 4 failed');
  });

  test('0 keeps all', async () => {
    await installed();
    for (let i = 0; i < 2; i++) await upgraded({ historyMax: 0 });
    expect(await world.history()).toBe('1 superseded, 2 superseded, 3 deployed');
  });
});

test.each(['client', 'server'] as const)('--dry-run=%s: nothing is written', async (dryRun) => {
  await installed();
  world.cluster.onRequest(({ verb }) => {
    expect(['create', 'replace', 'patch', 'delete']).not.toContain(verb);
  });
  const { version, info } = await upgraded({ dryRun });
  expect([version, info.description]).toEqual([2, 'Dry run complete']);
  expect(await world.history()).toBe('1 deployed');
});

describe('--take-ownership', () => {
  const theirs = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'fresh', namespace: NAMESPACE } };

  test('without it, an object of somebody else is left alone', async () => {
    await installed();
    await world.cluster.create(theirs);
    const { code, message } = await faultOf(upgraded());
    expect(code).toBe('RELEASE_NOT_OWNED');
    expect(message).toMatch(/^unable to continue with update: ConfigMap "fresh" in namespace "shop" exists/);
    expect(await world.history()).toBe('1 deployed');
  });

  test('with it, it becomes the release’s', async () => {
    await installed();
    await world.cluster.create(theirs);
    await upgraded({ takeOwnership: true, forceConflicts: true });
    expect(await world.data('fresh')).toEqual({ color: 'blue' });
  });
});

test.each([
  ['auto', 'csa', 'csa'],
  ['auto', 'ssa', 'ssa'],
  [true, 'csa', 'ssa'],
  [false, 'ssa', 'csa'],
] as const)('applied as asked: %s after %s', async (serverSide, before, after) => {
  await installed({ serverSide: before === 'ssa' });
  expect((await upgraded({ serverSide, forceConflicts: serverSide === true })).applyMethod).toBe(after);
  expect(await world.data('web')).toEqual({ color: 'blue' });
});
