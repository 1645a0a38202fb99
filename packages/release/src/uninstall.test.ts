import { KubeError } from '@pack/kube';
import { beforeEach, describe, expect, test } from 'vitest';

import { install } from './install.ts';
import type { Release } from './record.ts';
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
import { type Uninstalled, type UninstallInput, uninstall } from './uninstall.ts';
import { upgrade } from './upgrade.ts';

let world: World;
const HOW = { name: 'web', wait: 'watcher', timeout: 2000 } as const;
const simple = { a: configMap('NAME'), b: configMap('other') };

const installed = (templates: Readonly<Record<string, string>> = simple): Promise<Release> =>
  install(
    { ...HOW, namespace: NAMESPACE, chart: chartOf(templates), values: valuesOf(), dryRun: 'none', serverSide: true },
    world.ports,
  );

const upgraded = (): Promise<Release> =>
  upgrade(
    { ...HOW, chart: chartOf(simple, '2.0.0'), values: valuesOf(), dryRun: 'none', serverSide: true, historyMax: 10 },
    world.ports,
  );

const removed = (more: Partial<UninstallInput> = {}): Promise<Uninstalled> =>
  uninstall({ ...HOW, ...more }, world.ports, world.run);

beforeEach(() => {
  world = createWorld();
});

test('objects go, then the records', async () => {
  await installed({ ...simple, h: configMap('hooked', hook('post-delete')) });
  await upgraded();
  const { release, kept } = await removed();
  expect(world.heard.filter((line) => !line.startsWith('wait'))).toEqual([
    'record 2 uninstalling',
    'deleted ConfigMap web',
    'deleted ConfigMap other',
  ]);
  expect(kept).toEqual([]);
  expect(release?.info).toMatchObject({ status: 'uninstalled', description: 'Uninstallation complete' });
  expect(release?.info.deleted).toBeDefined();
  expect(await world.history()).toBe('');
  expect(await world.names()).toEqual([]);
});

test.each([
  [false, ['after', 'before']],
  [true, []],
])('what hooks left behind, --hooks %s', async (removeHooks, left) => {
  await installed({
    ...simple,
    h: configMap('before', hook('pre-install')),
    i: configMap('after', hook('post-delete')),
  });
  await removed({ removeHooks });
  expect((await world.names()).sort()).toEqual(left);
});

describe('--keep-history', () => {
  test('records stay', async () => {
    await installed();
    await upgraded();
    await removed({ keepHistory: true, description: 'bye' });
    expect(await world.history()).toBe('1 superseded, 2 uninstalled');
    expect((await world.records.get('web', 2)).info.description).toBe('bye');
  });

  test('and go with a second command, unless they are to be kept again', async () => {
    await installed();
    await removed({ keepHistory: true });
    const { message } = await faultOf(removed({ keepHistory: true }));
    expect(message).toBe('the release named "web" is already deleted');
    await removed();
    expect(await world.history()).toBe('');
  });
});

describe('a release that is not there', () => {
  test.each<[string, Partial<UninstallInput>, string]>([
    ['is told', {}, 'uninstall: Release not loaded: web: release: not found'],
    ['is told in a dry run', { dryRun: true }, 'release: not found'],
    ['is told of a name that is none', { name: 'Web' }, 'uninstall: Release name is invalid: Web'],
  ])('%s', async (_, more, message) => {
    expect((await faultOf(removed(more))).message).toBe(message);
  });

  test.each([true, false])('--ignore-not-found, dry run %s', async (dryRun) => {
    expect(await removed({ ignoreNotFound: true, dryRun })).toEqual({ release: undefined, kept: [] });
  });
});

test('a dry run changes nothing', async () => {
  await installed();
  const { release } = await removed({ dryRun: true });
  expect(release?.version).toBe(1);
  expect(await world.history()).toBe('1 deployed');
  expect(await world.names()).toEqual(['other', 'web']);
});

test.each([
  { 'helm.sh/resource-policy': ' Keep ' },
  { 'sherpack.io/resource-policy': 'keep', 'helm.sh/resource-policy': 'delete' },
])('what its policy keeps stays, and is told: %j', async (policy) => {
  await installed({ ...simple, k: configMap('kept', policy) });
  expect((await removed()).kept).toEqual([{ kind: 'ConfigMap', name: 'kept' }]);
  expect(await world.names()).toEqual(['kept']);
});

test('what is gone already is no fault', async () => {
  await installed();
  await world.cluster.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: NAMESPACE, name: 'web' });
  await removed();
  expect(await world.history()).toBe('');
});

describe('failures', () => {
  test('a hook before: nothing is removed', async () => {
    await installed({ ...simple, h: pod('hooked', hook('pre-delete'), 'fail') });
    await faultOf(removed());
    expect(await world.history()).toBe('1 uninstalling');
    expect(await world.names()).toEqual(['other', 'web']);
    await removed({ noHooks: true });
    expect(await world.history()).toBe('');
  });

  test('a hook after: all is removed, and the fault is told', async () => {
    await installed({ ...simple, h: pod('hooked', hook('post-delete'), 'fail') });
    const { code, message } = await faultOf(removed());
    expect(code).toBe('RELEASE_FAILED');
    expect(message).toMatch(/^uninstallation completed with 1 error\(s\): /);
    expect(await world.history()).toBe('');
    expect(await world.names()).toEqual([]);
  });

  test('an object that the server does not remove: the record stays, for another try', async () => {
    await installed();
    const stop = world.cluster.onRequest(({ verb, name }) => {
      if (verb === 'delete' && name === 'web') throw new KubeError('KUBE_FORBIDDEN', 'configmaps "web" is forbidden');
    });
    const { code, message, hint } = await faultOf(removed());
    expect([code, message]).toEqual(['RELEASE_FAILED', 'failed to delete release: web']);
    expect(hint).toContain('configmaps "web" is forbidden');
    expect(await world.history()).toBe('1 uninstalling');
    expect(await world.names()).toEqual(['web']);
    stop();
    await removed();
    expect(await world.history()).toBe('');
    expect(await world.names()).toEqual([]);
  });

  test('an object that does not go in time', async () => {
    const finalizers = ['example.com/never'];
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'NAME', finalizers } };
    await installed({ a: JSON.stringify(object) });
    const { code, message } = await faultOf(removed({ timeout: 50 }));
    expect(code).toBe('RELEASE_FAILED');
    expect(message).toMatch(/^uninstallation completed with 1 error\(s\): /);
    expect(await world.history()).toBe('');
  });

  test('a manifest that is none', async () => {
    const release = await installed();
    await world.records.update({ ...release, manifest: 'a: [' });
    const { message, hint } = await faultOf(removed());
    expect(message).toBe('failed to delete release: web');
    expect(hint).toMatch(/^corrupted release record\. You must manually delete the resources: /);
  });
});

test('without waiting nobody looks whether it is gone', async () => {
  const finalizers = ['example.com/never'];
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'NAME', finalizers } };
  await installed({ a: JSON.stringify(object) });
  await removed({ wait: 'hookOnly' });
  expect(await world.history()).toBe('');
  expect(await world.names()).toEqual(['web']);
});

describe('a cluster', () => {
  const withLock = () => ({ ...world.ports, lock: { namespace: NAMESPACE, holder: 'me' } });
  const asked = (): string[] => {
    const paths: string[] = [];
    world.cluster.onRequest(({ verb, kind }) => void paths.push(`${verb} ${kind}`));
    return paths;
  };

  test('that gives the Lease is not asked whether it is there', async () => {
    await installed();
    const paths = asked();
    await uninstall(HOW, withLock());
    expect(paths[0]).toBe('create Lease');
    expect(paths.filter((path) => path.startsWith('version'))).toEqual([]);
  });

  test.each<[string, Partial<UninstallInput>]>([
    ['asked to remove a release', {}],
    ['asked what would be removed', { dryRun: true }],
    ['asked for what is no name', { name: 'Web' }],
  ])('that does not answer is told as such when %s', async (_, more) => {
    world.cluster.onRequest(() => {
      throw new KubeError('KUBE_UNAVAILABLE', 'connection refused');
    });
    for (const ports of [world.ports, withLock()]) {
      expect((await faultOf(uninstall({ ...HOW, ...more }, ports))).message).toBe(
        'kubernetes cluster unreachable: connection refused',
      );
    }
  });
});
