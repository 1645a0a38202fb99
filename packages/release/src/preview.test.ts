import { KubeError } from '@pack/kube';
import { beforeEach, describe, expect, test } from 'vitest';

import { install } from './install.ts';
import { deployedOf, diffReleases, driftOf, lastRevisionOf, type Preview, previewChange } from './preview.ts';
import type { Release } from './record.ts';
import { chartOf, configMap, createWorld, manifestOf, NAMESPACE, valuesOf, type World } from './testing/world.ts';
import { type UpgradeInput, upgrade } from './upgrade.ts';

let world: World;
beforeEach(() => {
  world = createWorld();
});

const HOW = { name: 'web', wait: 'watcher', timeout: 2000 } as const;
const before = { a: configMap('a'), b: configMap('gone'), k: configMap('kept', { 'helm.sh/resource-policy': 'keep' }) };
const after = { a: configMap('a'), c: configMap('fresh') };

const installed = (serverSide = true, color = 'red'): Promise<Release> =>
  install(
    { ...HOW, namespace: NAMESPACE, chart: chartOf(before), values: valuesOf({ color }), dryRun: 'none', serverSide },
    world.ports,
  );

const planned = (more: Partial<UpgradeInput> = {}): Promise<Release> =>
  upgrade(
    {
      ...HOW,
      chart: chartOf(after, '2.0.0'),
      values: valuesOf({ color: 'blue' }),
      dryRun: 'server',
      serverSide: 'auto',
      historyMax: 0,
      ...more,
    },
    world.ports,
  );

const lines = (previews: readonly Preview[]): string[] =>
  previews.map(({ change, ref, fields, fault }) =>
    [`${change} ${ref.name}`, ...fields.filter(({ path }) => path.startsWith('data')).map(({ path }) => path), fault]
      .filter(Boolean)
      .join(' '),
  );

test.each([
  ['by the server', true],
  ['by the client', false],
])('what an upgrade would change: applied %s', async (_, serverSide) => {
  const current = await installed(serverSide);
  const target = await planned();
  const writes: boolean[] = [];
  world.cluster.onRequest(({ verb }) => void writes.push(['create', 'replace', 'delete'].includes(verb)));
  expect(lines(await previewChange(target, current, world.ports))).toEqual([
    'changed a data.color',
    'added fresh data.color',
    'removed gone data.color',
  ]);
  expect(await world.data('a')).toEqual({ color: 'red' });
  expect(await world.names()).toEqual(['a', 'gone', 'kept']);
});

test('nothing', async () => {
  const current = await installed();
  expect(await previewChange(current, current, world.ports)).toEqual([]);
});

test('what the server would refuse is told with its reason', async () => {
  const current = await installed();
  const target = await planned();
  world.cluster.onRequest(({ verb, name }) => {
    if (verb === 'patch' && name === 'fresh') throw new KubeError('KUBE_FORBIDDEN', 'exceeded quota: q');
  });
  expect(lines(await previewChange(target, current, world.ports))).toContain(
    'added fresh data.color exceeded quota: q',
  );
});

test('an installation into a namespace that is to be made', async () => {
  const target = await install(
    {
      ...HOW,
      namespace: 'later',
      chart: chartOf(after),
      values: valuesOf(),
      dryRun: 'server',
      serverSide: true,
      createNamespace: true,
    },
    world.ports,
  );
  expect(lines(await previewChange(target, undefined, world.ports))).toEqual([
    'added a data.color',
    'added fresh data.color',
  ]);
});

describe('drift', () => {
  const change = (name: string, data: Record<string, string | null>) =>
    world.cluster.patch(
      { apiVersion: 'v1', kind: 'ConfigMap', namespace: NAMESPACE, name },
      { type: 'merge', body: { data } },
      { fieldManager: 'hand' },
    );

  test('none', async () => {
    expect(await driftOf(await installed(), world.ports)).toEqual([]);
  });

  test('a field that another has changed, and an object that is gone', async () => {
    const release = await installed();
    await change('a', { color: 'green', theirs: 'stays' });
    await world.cluster.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: NAMESPACE, name: 'gone' });
    const drift = await driftOf(release, world.ports);
    expect(lines(drift)).toEqual(['changed a data.color', 'added gone data.color']);
    expect(drift[0]?.fields).toContainEqual({ path: 'data.color', before: 'green', after: 'red' });
  });

  test('what the release says nothing of does not count', async () => {
    const release = await installed();
    await change('a', { theirs: 'stays' });
    expect(await driftOf(release, world.ports)).toEqual([]);
  });
});

describe('two revisions, by their records alone', () => {
  test('what came, went and changed', async () => {
    const first = await installed();
    const second = await planned();
    const requests = world.cluster.requests;
    expect(lines(await diffReleases(first, second, world.ports))).toEqual([
      'changed a data.color',
      'added fresh data.color',
      'removed gone data.color',
      'removed kept data.color',
    ]);
    expect(world.cluster.requests).toBe(requests);
  });

  test('another namespace is no difference', async () => {
    const first = await installed();
    expect(await diffReleases(first, { ...first, namespace: 'other' }, world.ports)).toEqual([]);
  });

  test('hooks count', async () => {
    const first = await installed();
    const hook = {
      ...first.hooks[0],
      name: 'h',
      manifest: manifestOf({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'h' } }),
    };
    const second = { ...first, hooks: [hook as Release['hooks'][number]] };
    expect(lines(await diffReleases(first, second, world.ports))).toEqual(['added h']);
  });
});

describe('the revision whose objects are there', () => {
  test.each<[string, Release['info']['status'][], number]>([
    ['that which is deployed', ['superseded', 'deployed', 'failed'], 2],
    ['else the newest that is settled', ['superseded', 'failed', 'pending-upgrade'], 2],
    ['else the newest', ['pending-install'], 1],
  ])('%s', async (_, statuses, version) => {
    const release = await installed();
    await world.records.delete('web', 1);
    for (const [i, status] of statuses.entries()) {
      await world.records.create({ ...release, version: i + 1, info: { ...release.info, status } });
    }
    expect((await deployedOf('web', world.ports)).version).toBe(version);
    expect((await lastRevisionOf('web', world.ports)).version).toBe(statuses.length);
  });
});
