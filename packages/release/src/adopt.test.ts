import type { KubeObject } from '@pack/kube';
import { beforeEach, describe, expect, test } from 'vitest';

import { ADOPTED, type AdoptManifestsInput, adoptManifests, adoptRelease, releaseToHelm } from './adopt.ts';
import { install } from './install.ts';
import type { Release } from './record.ts';
import {
  chartOf,
  configMap,
  createWorld,
  faultOf,
  manifestOf,
  NAMESPACE,
  valuesOf,
  type World,
} from './testing/world.ts';
import { upgrade } from './upgrade.ts';

let world: World;
beforeEach(() => {
  world = createWorld();
});

const HOW = { name: 'web', timeout: 2000 } as const;
const WAIT = { ...HOW, wait: 'watcher' } as const;
const ref = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace: NAMESPACE, name });
const live = async (name: string): Promise<KubeObject> => (await world.cluster.get(ref(name))) as KubeObject;
const lastOf = async (): Promise<Release> =>
  world.records.get('web', (await world.records.list({ name: 'web' })).length);

describe('a release of Helm', () => {
  beforeEach(async () => {
    await install(
      {
        ...WAIT,
        namespace: NAMESPACE,
        chart: chartOf({ a: configMap('a') }),
        values: valuesOf({ color: 'red' }),
        dryRun: 'none',
        serverSide: true,
        labels: { team: 'x' },
      },
      world.ports,
    );
  });
  const upgraded = () =>
    upgrade(
      {
        ...WAIT,
        chart: chartOf({ a: configMap('a') }),
        values: valuesOf({ color: 'blue' }),
        dryRun: 'none',
        serverSide: 'auto',
        historyMax: 0,
      },
      world.ports,
    );

  test('is marked, and nothing else is done', async () => {
    const before = await live('a');
    const { outcome, release, changes } = await adoptRelease(HOW, world.ports, world.run);
    expect([outcome, changes]).toEqual(['adopted', []]);
    expect(release.labels).toEqual({ team: 'x', [ADOPTED]: 'true' });
    expect(await lastOf()).toMatchObject({ labels: { team: 'x', [ADOPTED]: 'true' }, version: 1 });
    expect(await live('a')).toEqual(before);
    expect((await adoptRelease(HOW, world.ports)).outcome).toBe('already');
  });

  test('stays so in later revisions, and is given back', async () => {
    await adoptRelease(HOW, world.ports);
    await upgraded();
    expect((await lastOf()).labels[ADOPTED]).toBe('true');
    expect(await releaseToHelm({ ...HOW, dryRun: true }, world.ports)).toBe(2);
    expect(await releaseToHelm(HOW, world.ports)).toBe(2);
    expect(await releaseToHelm(HOW, world.ports)).toBe(0);
    expect((await lastOf()).labels).toMatchObject({ team: 'x' });
    expect((await lastOf()).labels[ADOPTED]).toBeUndefined();
    expect(await world.history()).toBe('1 superseded, 2 deployed');
  });

  test('is refused when something would change, unless it is forced', async () => {
    await world.cluster.patch(ref('a'), { type: 'merge', body: { data: { color: 'green' } } });
    const { outcome, changes } = await adoptRelease(HOW, world.ports);
    expect(outcome).toBe('refused');
    expect(changes).toMatchObject([
      { change: 'changed', fields: [{ path: 'data.color', before: 'green', after: 'red' }] },
    ]);
    expect((await lastOf()).labels[ADOPTED]).toBeUndefined();
    expect((await adoptRelease({ ...HOW, force: true, dryRun: true }, world.ports)).outcome).toBe('planned');
    expect((await lastOf()).labels[ADOPTED]).toBeUndefined();
    expect((await adoptRelease({ ...HOW, force: true }, world.ports)).outcome).toBe('adopted');
    expect(await world.data('a')).toEqual({ color: 'green' });
  });

  test('that is pending, failed or not there', async () => {
    const release = await lastOf();
    const as = (status: Release['info']['status']) =>
      world.records.update({ ...release, info: { ...release.info, status } });
    await as('pending-upgrade');
    expect((await faultOf(adoptRelease(HOW, world.ports))).code).toBe('RELEASE_PENDING');
    await as('failed');
    expect((await faultOf(adoptRelease(HOW, world.ports))).code).toBe('RELEASE_UNADOPTABLE');
    expect((await faultOf(adoptRelease({ ...HOW, name: 'other' }, world.ports))).code).toBe('RELEASE_NOT_FOUND');
  });
});

describe('objects that nobody manages', () => {
  const object = (name: string, more: Partial<KubeObject['metadata']> = {}): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: NAMESPACE, ...more },
    data: { color: 'red', go: '{{ .Values }}' },
  });
  const text = (...objects: KubeObject[]): string => objects.map(manifestOf).join('---\n');
  const adopt = (manifests: string, more: Partial<AdoptManifestsInput> = {}) =>
    adoptManifests({ ...HOW, namespace: NAMESPACE, manifests, ...more }, world.ports, world.run);
  const create = (...objects: KubeObject[]) =>
    Promise.all(objects.map((one) => world.cluster.create(one, { fieldManager: 'kubectl' })));

  test('get labels, and there is a release', async () => {
    await create(object('a', { labels: { app: 'x' } }), object('b'));
    const { outcome, release } = await adopt(text(object('a', { labels: { app: 'x' } }), object('b')));
    expect(outcome).toBe('adopted');
    expect(await world.history()).toBe('1 deployed');
    const { metadata, data } = await live('a');
    expect(metadata.labels).toEqual({ app: 'x', 'app.kubernetes.io/managed-by': 'Helm' });
    expect(metadata.annotations).toEqual({
      'meta.helm.sh/release-name': 'web',
      'meta.helm.sh/release-namespace': NAMESPACE,
    });
    expect(data).toEqual({ color: 'red', go: '{{ .Values }}' });
    expect(release).toMatchObject({ version: 1, applyMethod: 'csa', chart: { metadata: { name: 'web' } } });
    const templates = release.chart?.templates.map(({ name, data }) => [name, atob(data)]) ?? [];
    expect(templates.map(([name]) => name)).toEqual(['templates/configmap-a.yaml', 'templates/configmap-b.yaml']);
    expect(templates[0]?.[1]).toContain('{{ "{{" }} .Values }}');
  });

  test('are upgraded like others', async () => {
    await create(object('a'), object('b'));
    await adopt(text(object('a'), object('b')));
    const chart = chartOf({ a: configMap('a') });
    await upgrade(
      { ...WAIT, chart, values: valuesOf({ color: 'blue' }), dryRun: 'none', serverSide: 'auto', historyMax: 0 },
      world.ports,
    );
    expect(await world.data('a')).toEqual({ color: 'blue' });
    expect(await world.names()).toEqual(['a']);
  });

  test('as the server shows them', async () => {
    await create(object('a'), object('b'));
    const { items } = await world.cluster.list({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace: NAMESPACE });
    const shown = items
      .filter(({ metadata }) => 'ab'.includes(metadata.name))
      .map((item) => ({ ...item, apiVersion: 'v1', kind: 'ConfigMap' }));
    const { outcome, release } = await adopt(`${JSON.stringify({ apiVersion: 'v1', kind: 'List', items: shown })}\n`);
    expect(outcome).toBe('adopted');
    expect(release.manifest).not.toMatch(/resourceVersion|uid|managedFields|creationTimestamp/);
  });

  test('what would change is shown and refused', async () => {
    await create(object('a'));
    const other = { ...object('a'), data: { color: 'blue' } };
    const before = await live('a');
    const { outcome, changes } = await adopt(text(other));
    expect(outcome).toBe('refused');
    expect(changes[0]?.fields).toEqual([{ path: 'data.color', before: 'red', after: 'blue' }]);
    expect(await live('a')).toEqual(before);
    expect((await adopt(text(object('a')), { dryRun: true })).outcome).toBe('planned');
    expect(await live('a')).toEqual(before);
    expect((await adopt(text(other), { force: true })).outcome).toBe('adopted');
    expect(await world.data('a')).toEqual(object('a').data);
  });

  test('what was interrupted is gone on with', async () => {
    await create(object('a'), object('b'));
    let patches = 0;
    world.cluster.onRequest(({ verb, name }) => {
      // The first is the dry run.
      if (verb === 'patch' && name === 'b' && ++patches === 2) throw new Error('cut off');
    });
    expect((await faultOf(adopt(text(object('a'), object('b'))))).message).toBe('cut off');
    expect((await live('a')).metadata.labels).toEqual({ 'app.kubernetes.io/managed-by': 'Helm' });
    expect((await adopt(text(object('a'), object('b')))).outcome).toBe('adopted');
  });

  const owned = { 'meta.helm.sh/release-name': 'other', 'meta.helm.sh/release-namespace': NAMESPACE };
  const refusals: [name: string, there: KubeObject[], manifests: string, code: string, message: string][] = [
    [
      'not there',
      [],
      text(object('a')),
      'RELEASE_UNADOPTABLE',
      'ConfigMap "a" in namespace "shop" is not in the cluster',
    ],
    [
      'of a release',
      [object('a', { annotations: owned })],
      text(object('a')),
      'RELEASE_NOT_OWNED',
      'ConfigMap "a" in namespace "shop" belongs to release "other" in namespace "shop"',
    ],
    [
      'of a tool',
      [object('a', { labels: { 'app.kubernetes.io/managed-by': 'flux' } })],
      text(object('a')),
      'RELEASE_NOT_OWNED',
      'has the label app.kubernetes.io/managed-by=flux',
    ],
    [
      'of a controller',
      [object('a', { ownerReferences: [{ apiVersion: 'v1', kind: 'Owner', name: 'o', uid: '1', controller: true }] })],
      text(object('a')),
      'RELEASE_NOT_OWNED',
      'is made by Owner "o"',
    ],
    ['twice', [object('a')], text(object('a'), object('a')), 'RELEASE_UNADOPTABLE', 'is there twice'],
    [
      'a hook',
      [object('a')],
      text(object('a', { annotations: { 'helm.sh/hook': 'test' } })),
      'RELEASE_UNADOPTABLE',
      'ConfigMap a is a hook',
    ],
    ['nothing', [], '# nothing\n', 'RELEASE_UNADOPTABLE', 'there are no objects'],
    ['no YAML', [], 'a: [', 'RELEASE_UNADOPTABLE', 'cannot read the manifests'],
    ['no object', [], 'a: 1', 'RELEASE_UNADOPTABLE', 'a manifest is no object'],
    ['no name', [], 'apiVersion: v1\nkind: ConfigMap\n', 'RELEASE_UNADOPTABLE', 'a ConfigMap has no name'],
  ];
  test.each(refusals)('refused: %s', async (_, there, manifests, code, message) => {
    await create(...there);
    const fault = await faultOf(adopt(manifests, { force: true }));
    expect([fault.code, fault.message]).toEqual([code, expect.stringContaining(message)]);
    expect(await world.records.list({ name: 'web' })).toEqual([]);
  });

  test('a name that is taken, or is none', async () => {
    await create(object('a'));
    expect((await faultOf(adopt(text(object('a')), { name: 'No_Name' }))).code).toBe('RELEASE_INVALID');
    await adopt(text(object('a')));
    expect((await faultOf(adopt(text(object('a'))))).code).toBe('RELEASE_NAME_IN_USE');
  });
});
