import { KubeError } from '@pack/kube';
import { beforeEach, describe, expect, test } from 'vitest';

import { install } from './install.ts';
import type { Release } from './record.ts';
import { type RollbackInput, rollback } from './rollback.ts';
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
import { type UpgradeInput, upgrade } from './upgrade.ts';

let world: World;
const HOW = { name: 'web', dryRun: 'none', serverSide: true, wait: 'watcher', timeout: 2000 } as const;
const first = { a: configMap('NAME'), b: configMap('gone') };

const upgraded = (more: Partial<UpgradeInput> = {}): Promise<Release> =>
  upgrade(
    {
      ...HOW,
      chart: chartOf({ a: configMap('NAME'), c: configMap('fresh') }, '2.0.0'),
      values: valuesOf({ color: 'blue' }),
      historyMax: 10,
      ...more,
    },
    world.ports,
  );

const installed = async (templates: Readonly<Record<string, string>> = first): Promise<void> => {
  await install(
    { ...HOW, namespace: NAMESPACE, chart: chartOf(templates), values: valuesOf({ color: 'red' }) },
    world.ports,
  );
};

const rolledBack = (more: Partial<RollbackInput> = {}): Promise<Release> =>
  rollback({ ...HOW, version: 0, historyMax: 10, ...more }, world.ports, world.run);

beforeEach(() => {
  world = createWorld();
});

test('what was comes back as a revision of its own', async () => {
  await installed();
  const second = await upgraded();
  const third = await rolledBack();
  expect(world.heard.filter((line) => !line.startsWith('wait'))).toEqual([
    'record 3 pending-rollback',
    'updated ConfigMap web',
    'created ConfigMap gone',
    'deleted ConfigMap fresh',
    'record 2 superseded',
    'record 3 deployed',
  ]);
  expect(third).toMatchObject({ version: 3, chart: { metadata: { version: '1.0.0' } } });
  expect(third.info).toMatchObject({
    status: 'deployed',
    description: 'Rollback to 1',
    first_deployed: second.info.first_deployed,
  });
  expect(await world.history()).toBe('1 superseded, 2 superseded, 3 deployed');
  expect(await world.names()).toEqual(['gone', 'web']);
  expect(await world.data('web')).toEqual({ color: 'red' });
});

describe('which revision', () => {
  const cases: [string, Partial<RollbackInput>, string][] = [
    ['the one before', { version: 0 }, 'Rollback to 2'],
    ['a named one', { version: 1 }, 'Rollback to 1'],
    ['the newest itself', { version: 3 }, 'Rollback to 3'],
    ['with words of one’s own', { version: 1, description: 'oops' }, 'oops'],
  ];
  test.each(cases)('%s', async (_, more, description) => {
    await installed();
    await upgraded();
    await upgraded();
    expect((await rolledBack(more)).info.description).toBe(description);
  });

  test.each<[string, number, string, string]>([
    ['one that is not there', 7, 'RELEASE_NOT_FOUND', 'release has no 7 version'],
    ['one before the first', 0, 'RELEASE_NOT_FOUND', 'release has no 0 version'],
    ['one that is no number of revisions', -1, 'RELEASE_INVALID', 'invalid release revision'],
  ])('%s', async (_, version, code, message) => {
    await installed();
    const fault = await faultOf(rolledBack({ version }));
    expect([fault.code, fault.message]).toEqual([code, message]);
    expect(await world.history()).toBe('1 deployed');
  });

  test('of no release', async () => {
    expect((await faultOf(rolledBack())).code).toBe('RELEASE_NOT_FOUND');
  });
});

test('a dry run writes nothing', async () => {
  await installed();
  await upgraded();
  world.cluster.onRequest(({ verb }) => {
    expect(['create', 'replace', 'patch', 'delete']).not.toContain(verb);
  });
  expect((await rolledBack({ dryRun: 'server' })).version).toBe(3);
  expect(await world.history()).toBe('1 superseded, 2 deployed');
});

describe('failures', () => {
  test('a hook: nothing is changed, and the record says so', async () => {
    await installed({ ...first, h: pod('hooked', hook('pre-rollback'), 'fail') });
    await upgraded();
    await faultOf(rolledBack());
    expect(await world.history()).toBe('1 superseded, 2 deployed, 3 failed');
    expect(await world.names()).toEqual(['fresh', 'web']);
    expect((await world.records.get('web', 3)).info.description).toMatch(/^Rollback "web" failed: /);
  });

  test('--no-hooks', async () => {
    await installed({ ...first, h: pod('hooked', hook('pre-rollback'), 'fail') });
    await upgraded();
    await rolledBack({ noHooks: true });
    expect(await world.history()).toBe('1 superseded, 2 superseded, 3 deployed');
  });

  const refuseGone = (): void => {
    world.cluster.onRequest(({ verb, name }) => {
      if (verb === 'patch' && name === 'later') throw new KubeError('KUBE_FORBIDDEN', 'exceeded quota: q');
    });
  };
  const both = { a: configMap('NAME'), g: configMap('gone'), l: configMap('later') };

  test.each<[string, boolean, string[]]>([
    ['what was made stays', false, ['fresh', 'gone', 'web']],
    ['--cleanup-on-fail: what was made goes', true, ['fresh', 'web']],
  ])('the server refuses an object: %s', async (_, cleanupOnFail, names) => {
    await installed(both);
    await upgraded();
    refuseGone();
    expect((await faultOf(rolledBack({ cleanupOnFail }))).code).toBe('KUBE_FORBIDDEN');
    expect(await world.history()).toBe('1 superseded, 2 superseded, 3 failed');
    expect(await world.names()).toEqual(names);
  });

  test('an object that does not get ready', async () => {
    await installed();
    await upgraded({ chart: chartOf({ p: pod('NAME', {}, 'unready') }, '2.0.0'), wait: 'hookOnly' });
    await upgraded();
    const fault = await faultOf(rolledBack({ timeout: 100 }));
    expect(fault).toMatchObject({ code: 'KUBE_NOT_READY', message: expect.stringMatching(/^release web failed: /) });
    expect(await world.history()).toBe('1 superseded, 2 superseded, 3 deployed, 4 failed');
  });
});

test('history has no more revisions than are wanted', async () => {
  await installed();
  await upgraded();
  await upgraded();
  await rolledBack({ version: 2, historyMax: 2 });
  expect(await world.history()).toBe('3 superseded, 4 deployed');
});
