import { createMemoryCluster } from '@pack/kube/testing';
import { beforeEach, describe, expect, test } from 'vitest';

import { historyOf, type ListInput, listNames, listReleases } from './list.ts';
import type { Release, ReleaseStatus } from './record.ts';
import { createObjectStorage } from './storage/objects.ts';
import { createWorld, faultOf, NAMESPACE, valuesOf, type World } from './testing/world.ts';

let world: World;
beforeEach(() => {
  world = createWorld();
});

const TIMES: Readonly<Record<string, string>> = {
  ant: '2026-01-02T00:00:00.000000002Z',
  bee: '2026-01-02T01:00:00.000000001+01:00',
  cat: '2026-01-03T00:00:00Z',
  dog: '2026-01-01T00:00:00Z',
};

async function put(name: string, version: number, status: ReleaseStatus, labels: Record<string, string> = {}) {
  const release: Release = {
    name,
    namespace: NAMESPACE,
    version,
    info: { status, ...(TIMES[name] !== undefined && { last_deployed: TIMES[name] }) },
    chart: undefined,
    config: valuesOf(),
    manifest: '',
    hooks: [],
    applyMethod: 'ssa',
    labels,
  };
  await world.records.create(release);
}

async function putAll(): Promise<void> {
  await put('dog', 1, 'deployed', { tier: 'back' });
  await put('ant', 1, 'superseded', { tier: 'front' });
  await put('ant', 2, 'deployed', { tier: 'front' });
  await put('cat', 1, 'superseded');
  await put('cat', 2, 'failed');
  await put('bee', 1, 'uninstalled', { tier: 'back' });
  await put('elk', 1, 'pending-upgrade');
}

const cases: [string, ListInput, string][] = [
  ['the newest of each, by name', {}, 'ant 2, bee 1, cat 2, dog 1, elk 1'],
  ['the other way round', { reverse: true }, 'elk 1, dog 1, cat 2, bee 1, ant 2'],
  ['by date, to the nanosecond', { byDate: true }, 'elk 1, dog 1, bee 1, ant 2, cat 2'],
  ['by date, the newest first', { byDate: true, reverse: true }, 'cat 2, ant 2, bee 1, dog 1, elk 1'],
  ['a page', { max: 2, offset: 1 }, 'bee 1, cat 2'],
  ['a page by date', { byDate: true, max: 2 }, 'elk 1, dog 1'],
  ['a page from the other end', { reverse: true, max: 1 }, 'elk 1'],
  ['the rest', { offset: 3 }, 'dog 1, elk 1'],
  ['nothing is behind the end', { offset: 9 }, ''],
  ['0 is no bound', { max: 0 }, 'ant 2, bee 1, cat 2, dog 1, elk 1'],
  ['a state', { states: ['deployed'] }, 'ant 2, dog 1'],
  ['states', { states: ['failed', 'uninstalled'] }, 'bee 1, cat 2'],
  ['all that is pending', { states: ['pending'] }, 'elk 1'],
  ['what was superseded, of which nothing is the newest', { states: ['superseded'] }, 'ant 1, cat 1'],
  ['what was superseded, among others', { states: ['superseded', 'failed'] }, 'cat 2'],
  ['names', { filter: (name) => name < 'c' }, 'ant 2, bee 1'],
  ['labels', { selector: 'tier=back' }, 'bee 1, dog 1'],
  ['labels that are not', { selector: 'tier notin (back)' }, 'ant 2, cat 2, elk 1'],
  ['labels of the storage', { selector: 'status=deployed,tier' }, 'ant 2, dog 1'],
  ['all of it', { selector: 'tier', states: ['deployed'], reverse: true, max: 1 }, 'dog 1'],
];

test.each(cases)('%s', async (_, input, wanted) => {
  await putAll();
  const releases = await listReleases(input, world.ports);
  expect(releases.map(({ name, version }) => `${name} ${version}`).join(', ')).toBe(wanted);
  expect(await listNames(input, world.ports)).toEqual(releases.map(({ name }) => name));
});

test('a selector that is none', async () => {
  await putAll();
  expect(await faultOf(listReleases({ selector: 'a b' }, world.ports))).toMatchObject({ code: 'KUBE_INVALID' });
});

test('nothing', async () => {
  expect(await listReleases({ selector: 'a b' }, world.ports)).toEqual([]);
});

test('the same name in two namespaces is two releases', async () => {
  const cluster = createMemoryCluster({ namespaces: [NAMESPACE, 'other'] });
  const storage = (namespace: string) => createObjectStorage({ kind: 'Secret', cluster, namespace, now: Date.now });
  for (const namespace of [NAMESPACE, 'other']) {
    await put('web', 1, 'deployed');
    const release = { ...(await world.records.get('web', 1)), namespace };
    await world.records.delete('web', 1);
    await storage(namespace).create(release);
  }
  const ports = { cluster, records: storage('') };
  expect((await listReleases({}, ports)).map(({ namespace }) => namespace)).toEqual(['other', NAMESPACE]);
});

test('a record that is broken is told of and left out', async () => {
  const cluster = createMemoryCluster({ namespaces: [NAMESPACE] });
  const records = createObjectStorage({ kind: 'Secret', cluster, namespace: NAMESPACE, now: Date.now });
  await put('web', 1, 'deployed');
  await records.create(await world.records.get('web', 1));
  const metadata = { namespace: NAMESPACE, labels: { owner: 'helm', name: 'bad', version: '3', status: 'failed' } };
  for (const [name, data] of [
    ['garbage', { release: btoa('garbage') }],
    ['none', {}],
  ] as const) {
    await cluster.create({ apiVersion: 'v1', kind: 'Secret', metadata: { ...metadata, name }, data });
  }
  const releases = await listReleases({}, { cluster, records }, world.run);
  expect(releases.map(({ name }) => name)).toEqual(['web']);
  expect(world.heard).toEqual(['WARN a record of a release cannot be read']);
});

test('names are asked for without records', async () => {
  const cluster = createMemoryCluster({ namespaces: [NAMESPACE] });
  const records = createObjectStorage({ kind: 'Secret', cluster, namespace: NAMESPACE, now: Date.now });
  await put('web', 1, 'deployed');
  await records.create(await world.records.get('web', 1));
  const [head] = await records.list({ headsOnly: true });
  expect([head?.name, head?.packed]).toEqual(['web', undefined]);
  const before = cluster.requests;
  expect(await listNames({}, { cluster, records })).toEqual(['web']);
  expect(cluster.requests - before).toBe(1);
});

describe('of many records those are read that are shown', () => {
  const world500 = async () => {
    const cluster = createMemoryCluster({ namespaces: [NAMESPACE] });
    const records = createObjectStorage({ kind: 'Secret', cluster, namespace: NAMESPACE, now: Date.now });
    for (let i = 100; i < 500; i++) {
      await put(`r${i}`, 1, 'deployed');
      await records.create(await world.records.get(`r${i}`, 1));
    }
    const read: string[] = [];
    const collect: typeof records.collect = (query, pick, signal) =>
      records.collect(
        query,
        (head) => {
          if (head.packed !== undefined) read.push(head.name);
          return pick(head);
        },
        signal,
      );
    return { cluster, records, ports: { cluster, records: { ...records, collect } }, read };
  };

  test('a page', async () => {
    const { cluster, ports, read } = await world500();
    const before = cluster.requests;
    const releases = await listReleases({ max: 3, offset: 1 }, ports);
    expect(releases.map(({ name }) => name)).toEqual(['r101', 'r102', 'r103']);
    expect(read.sort()).toEqual(['r101', 'r102', 'r103']);
    expect(cluster.requests - before).toBe(2);
  });

  test('all of them, whose names are too many for a request', async () => {
    const { cluster, ports, read } = await world500();
    const before = cluster.requests;
    expect(await listReleases({}, ports)).toHaveLength(400);
    expect(read).toHaveLength(400);
    expect(cluster.requests - before).toBe(2);
  });

  test('what changes in between is shown as it is then, and what goes is not', async () => {
    const { ports, records } = await world500();
    const collect: typeof records.collect = async (query, pick, signal) => {
      if (query.among !== undefined) {
        await records.delete('r100', 1);
        const release = await records.get('r101', 1);
        await records.update({ ...release, info: { ...release.info, status: 'uninstalling' } });
      }
      return ports.records.collect(query, pick, signal);
    };
    const releases = await listReleases({ max: 3 }, { ...ports, records: { ...ports.records, collect } });
    expect(releases.map(({ name, info }) => `${name} ${info.status}`)).toEqual(['r101 uninstalling', 'r102 deployed']);
  });
});

test('a cluster that is not there', async () => {
  world.cluster.onRequest(() => {
    throw Object.assign(new Error('never asked'), {});
  });
  await expect(listReleases({}, world.ports)).rejects.toThrow();
});

describe('history', () => {
  test.each([
    [10, [1, 2, 3]],
    [2, [2, 3]],
    [0, []],
  ])('at most %i', async (max, versions) => {
    for (const version of [2, 1, 3]) await put('web', version, 'superseded');
    const revisions = await historyOf({ name: 'web', max }, world.ports);
    expect(revisions.map(({ version }) => version)).toEqual(versions);
  });

  test('of no release', async () => {
    expect(await faultOf(historyOf({ name: 'web', max: 1 }, world.ports))).toMatchObject({ code: 'RELEASE_NOT_FOUND' });
  });
});
