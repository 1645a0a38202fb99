import { parseChart, walkCharts } from '@pack/core';
import { beforeEach, describe, expect, test } from 'vitest';

import { type InstallInput, install } from './install.ts';
import type { ReleasePorts } from './ports.ts';
import { previewChange } from './preview.ts';
import { encodeRelease, packRecord, type Release, unpackRecord } from './record.ts';
import { rollback } from './rollback.ts';
import { chartOf, configMap, createWorld, faultOf, NAMESPACE, pod, valuesOf, type World } from './testing/world.ts';
import { uninstall } from './uninstall.ts';
import { type UpgradeInput, upgrade } from './upgrade.ts';

let world: World;
let ports: ReleasePorts;
beforeEach(() => {
  world = createWorld();
  ports = {
    ...world.ports,
    render: async ({ chart }) => ({
      chart,
      files: Object.fromEntries(
        [...walkCharts(chart)].flatMap(({ chart: { templates }, path }) =>
          templates.map(({ name, data }) => [`${path}/${name}`, new TextDecoder().decode(data as Uint8Array)]),
        ),
      ),
    }),
  };
});

const HOW = { name: 'web', dryRun: 'none', serverSide: true, wait: 'ordered', timeout: 2000 } as const;
const installed = (chart: InstallInput['chart'], more: Partial<InstallInput> = {}): Promise<Release> =>
  install({ ...HOW, namespace: NAMESPACE, chart, values: valuesOf(), ...more }, ports, world.run);
const upgraded = (chart: UpgradeInput['chart'], more: Partial<UpgradeInput> = {}): Promise<Release> =>
  upgrade({ ...HOW, chart, values: valuesOf(), historyMax: 10, ...more }, ports, world.run);
const rolledBack = (wait: 'watcher' | 'hookOnly' | 'ordered' = 'hookOnly'): Promise<Release> =>
  rollback({ ...HOW, wait, version: 1, historyMax: 10 }, ports, world.run);
const removed = (wait: 'watcher' | 'hookOnly' | 'ordered' = 'hookOnly') =>
  uninstall({ ...HOW, wait }, ports, world.run);

const group = (name: string, ...waits: readonly string[]): Record<string, string> => ({
  'helm.sh/resource-group': name,
  ...(waits.length > 0 && { 'helm.sh/depends-on/resource-groups': JSON.stringify(waits) }),
});
/** The database is waited for by name last, so that the order of kinds and names would be another. */
const shop = chartOf({
  a: configMap('free'),
  b: configMap('app', group('app', 'queue', 'database')),
  c: pod('database', group('database')),
  d: configMap('queue', group('queue')),
});
const done = (): string[] => world.heard.filter((line) => /^(created|updated|deleted) /.test(line));

test('groups are made one after the other, each ready before the next', async () => {
  const { sequence } = await installed(shop);
  expect(done().slice(2)).toEqual(['created ConfigMap app', 'created ConfigMap free']);
  expect(done().slice(0, 2).sort()).toEqual(['created ConfigMap queue', 'created Pod database']);
  const app = world.heard.indexOf('created ConfigMap app');
  expect(world.heard.lastIndexOf('wait for Pod database', app)).toBeGreaterThan(0);
  expect(sequence).toEqual([['app']]);
});

test('none of it without --wait=ordered', async () => {
  const release = await installed(shop, { wait: 'watcher' });
  expect(done()[0]).toBe('created ConfigMap free');
  expect(release.sequence).toBeUndefined();
  expect(encodeRelease(release)).not.toContain('pack_sequence');
});

test('subcharts in the order of depends-on, and the chart after them', async () => {
  const files = {
    'Chart.yaml':
      'apiVersion: v2\nname: foo\nversion: 1.0.0\ndependencies:\n- {name: a, version: 1.0.0, depends-on: [z]}\n- {name: z, version: 1.0.0}\n',
    'templates/own.yaml': configMap('own'),
    'charts/a/Chart.yaml': 'apiVersion: v2\nname: a\nversion: 1.0.0\n',
    'charts/a/templates/x.yaml': configMap('from-a'),
    'charts/z/Chart.yaml': 'apiVersion: v2\nname: z\nversion: 1.0.0\n',
    'charts/z/templates/x.yaml': pod('from-z'),
  };
  const chart = parseChart(
    Object.entries(files).map(([name, content]) => ({ name, data: new TextEncoder().encode(content) })),
  );
  await installed(chart);
  expect(done()).toEqual(['created Pod from-z', 'created ConfigMap from-a', 'created ConfigMap own']);
  world.heard.length = 0;
  await removed();
  expect(done()).toEqual(['deleted ConfigMap own', 'deleted ConfigMap from-a', 'deleted Pod from-z']);
});

test('waves count within a group', async () => {
  const early = { ...group('app', 'database'), 'sherpack.io/sync-wave': '-1' };
  await installed(
    chartOf({ a: configMap('app', group('app')), b: configMap('early', early), c: pod('database', group('database')) }),
  );
  expect(done()).toEqual(['created Pod database', 'created ConfigMap early', 'created ConfigMap app']);
});

describe('a release that was made in order', () => {
  beforeEach(async () => {
    await installed(shop);
    world.heard.length = 0;
  });

  test.each(['hookOnly', 'watcher', 'ordered'] as const)('goes in reverse with --wait=%s', async (wait) => {
    await removed(wait);
    expect(done().slice(0, 2)).toEqual(['deleted ConfigMap free', 'deleted ConfigMap app']);
    expect(done().slice(2).sort()).toEqual(['deleted ConfigMap queue', 'deleted Pod database']);
  });

  test('becomes another in the order of that one, and what goes goes in reverse', async () => {
    const next = chartOf({
      a: configMap('first', group('zero')),
      b: configMap('app', { ...group('app', 'zero'), changed: 'yes' }),
    });
    await upgraded(next);
    expect(done()).toEqual([
      'created ConfigMap first',
      'updated ConfigMap app',
      'deleted ConfigMap free',
      expect.stringMatching(/^deleted (ConfigMap queue|Pod database)$/),
      expect.stringMatching(/^deleted (ConfigMap queue|Pod database)$/),
    ]);
  });

  test.each(['hookOnly', 'watcher', 'ordered'] as const)('comes back in its order with --wait=%s', async (wait) => {
    await upgraded(chartOf({ a: configMap('other') }), { wait: 'watcher' });
    world.heard.length = 0;
    const release = await rolledBack(wait);
    expect(done().slice(2)).toEqual(['created ConfigMap app', 'created ConfigMap free', 'deleted ConfigMap other']);
    expect(release.sequence).toEqual([['app']]);
  });

  test('is so after it was read again', async () => {
    const stored = await world.records.get('web', 1);
    expect((await unpackRecord(await packRecord(stored))).sequence).toEqual([['app']]);
  });
});

test('a release that was not made in order does not come back in one', async () => {
  await installed(shop, { wait: 'watcher' });
  await upgraded(chartOf({ a: configMap('other') }));
  world.heard.length = 0;
  const release = await rolledBack('ordered');
  expect(done()[0]).toBe('created ConfigMap free');
  expect(release.sequence).toBeUndefined();
});

test('the annotation that no server takes stays in the record', async () => {
  const release = await installed(shop);
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: NAMESPACE, name: 'app' };
  const live = await world.cluster.get(ref);
  expect(Object.keys(live?.metadata.annotations ?? {})).not.toContain('helm.sh/depends-on/resource-groups');
  expect(release.manifest).toContain('helm.sh/depends-on/resource-groups');
  expect(await previewChange(release, release, ports)).toEqual([]);
});

describe('readiness of its own', () => {
  const gate = (success: string, failure: string): string =>
    configMap('gate', {
      ...group('gate'),
      'helm.sh/readiness-success': JSON.stringify([success]),
      'helm.sh/readiness-failure': JSON.stringify([failure]),
    });
  const gated = (success: string, failure = '{.no} == 1') =>
    chartOf({ a: configMap('app', group('app', 'gate')), b: gate(success, failure) });
  const patchStatus = (status: unknown) =>
    world.cluster.patch(
      { apiVersion: 'v1', kind: 'ConfigMap', namespace: NAMESPACE, name: 'gate' },
      { type: 'merge', body: { status } },
    );

  test('holds back the next group', async () => {
    const work = installed(gated('{.phase} == Open'));
    setTimeout(() => patchStatus({ phase: 'Open' }), 50);
    await work;
    expect(done()).toEqual(['created ConfigMap gate', 'created ConfigMap app']);
  });

  test('and ends all when it fails', async () => {
    const work = installed(gated('{.phase} == Open', '{.phase} == Broken'));
    setTimeout(() => patchStatus({ phase: 'Broken' }), 50);
    const fault = await faultOf(work);
    expect(fault.message).toContain(
      'resource ConfigMap/shop/gate not ready. status: Failed, message: helm.sh/readiness-failure: {.phase} == Broken',
    );
    expect(done()).toEqual(['created ConfigMap gate']);
    expect(await world.history()).toBe('1 failed');
  });

  test('has a time of its own', async () => {
    const fault = await faultOf(installed(gated('{.phase} == Open'), { timeout: 600_000, readinessTimeout: 50 }));
    expect(fault.message).toContain('context deadline exceeded');
  });

  test('is nothing to --wait=watcher', async () => {
    await installed(gated('{.phase} == Open'), { wait: 'watcher' });
    expect(await world.names()).toEqual(['app', 'gate']);
  });
});

describe('what says nothing', () => {
  const cases: readonly (readonly [string, Record<string, string>, string])[] = [
    ['a circle', group('a', 'a'), 'chart app: resource groups go round in a circle: a (ConfigMap x) → a (ConfigMap x)'],
    ['no condition', { 'helm.sh/readiness-success': '["x"]' }, 'ConfigMap x: this condition is not understood: x'],
  ];
  test.each(cases)('%s is refused before anything is done', async (_, annotations, message) => {
    expect(await faultOf(installed(chartOf({ x: configMap('x', annotations) })))).toMatchObject({
      code: 'RELEASE_INVALID',
      message,
    });
    expect([await world.names(), await world.history()]).toEqual([[], '']);
  });

  test('a group that there is not is warned of', async () => {
    await installed(chartOf({ x: configMap('x', group('a', 'none')) }));
    expect(world.heard).toContain(
      'WARN resource group "a" of chart app waits for "none", which there is not or which is made last: its objects are made last (ConfigMap x)',
    );
  });
});
