import { type Chart, parseChart } from '@pack/core';
import { beforeEach, describe, expect, test } from 'vitest';

import { type CrdPolicy, crdFilesOf } from './crds.ts';
import { install } from './install.ts';
import { planAction } from './plan.ts';
import { previewCrds } from './preview.ts';
import { createWorld, faultOf, NAMESPACE, valuesOf, type World } from './testing/world.ts';
import { uninstall } from './uninstall.ts';
import { upgrade } from './upgrade.ts';

let world: World;
beforeEach(() => {
  world = createWorld();
});

const CRD = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' };
const KINDS = ['Gear', 'Wheel', 'Axle', 'Belt'];
const ANNOTATIONS = ['{}', '{sherpack.io/crd-policy: shared}', '{sherpack.io/crd-policy: external}', '{}'];

const definition = (kind: string, annotations: string): string => `apiVersion: ${CRD.apiVersion}
kind: ${CRD.kind}
metadata: {name: ${kind.toLowerCase()}s.parts.example, annotations: ${annotations}}
spec:
  group: parts.example
  scope: Namespaced
  names: {kind: ${kind}, plural: ${kind.toLowerCase()}s}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
`;

/** A pack with a definition of each kind; `crds` is what it says of them. */
function packOf(crds: string, annotations = ANNOTATIONS): Chart {
  const files = {
    'Pack.yaml': `apiVersion: sherpack.io/v1\nkind: Pack\nmetadata: {name: parts, version: 1.0.0}\ncrds: ${crds}\n`,
    ...Object.fromEntries(KINDS.map((kind, i) => [`crds/${kind}.yaml`, definition(kind, annotations[i] as string)])),
  };
  return parseChart(Object.entries(files).map(([name, text]) => ({ name, data: new TextEncoder().encode(text) })));
}

const HOW = { name: 'parts', dryRun: 'none', serverSide: true, wait: 'watcher', timeout: 2000 } as const;
const installed = (chart: Chart, crds: 'apply' | 'create' = 'create') =>
  install({ ...HOW, namespace: NAMESPACE, chart, values: valuesOf(), crds }, world.ports, world.run);
const gone = () => uninstall({ name: 'parts', wait: 'watcher', timeout: 2000 }, world.ports, world.run);
const kinds = async () => {
  const { items } = await world.cluster.list(CRD, {});
  return items.map(({ metadata: { name } }) => name.split('.')[0]);
};

test.each(['apply', 'create'] as const)('what is external is left to others: %s', async (policy) => {
  await installed(packOf('{}'), policy);
  expect(await kinds()).toEqual(['belts', 'gears', 'wheels']);
  await upgrade({ ...HOW, chart: packOf('{}'), values: valuesOf(), historyMax: 10, crds: 'upgrade' }, world.ports);
  expect(await kinds()).toEqual(['belts', 'gears', 'wheels']);
});

test('a policy that is none', async () => {
  const error = await faultOf(installed(packOf('{}', ['{sherpack.io/crd-policy: mine}', '{}', '{}', '{}'])));
  expect(error.message).toContain('sherpack.io/crd-policy is managed, shared or external, and not mine');
  expect(await kinds()).toEqual([]);
});

test('all stay when a release goes', async () => {
  await installed(packOf('{}'));
  await gone();
  expect(await kinds()).toEqual(['belts', 'gears', 'wheels']);
});

test('or go with it, but for those that are shared or of which there are objects', async () => {
  await installed(packOf('{uninstall: {keep: false}}'));
  const belt = { apiVersion: 'parts.example/v1', kind: 'Belt', metadata: { name: 'b', namespace: NAMESPACE } };
  await world.cluster.create(belt);
  await gone();
  expect(await kinds()).toEqual(['belts', 'wheels']);
  expect(world.heard.filter((line) => line.includes('CRD'))).toEqual([
    expect.stringContaining('CRD belts.parts.example is kept: 1 object of it would go with it'),
  ]);
});

test('nobody waits for their kinds where the pack says so', async () => {
  const waits = async (crds: string) => {
    world = createWorld();
    await installed(packOf(crds));
    return world.heard.some((line) => line.startsWith('wait'));
  };
  expect(await waits('{waitTimeout: 2s}')).toBe(true);
  expect(await waits('{waitReady: false}')).toBe(false);
});

describe('what would become of definitions', () => {
  /** Gear as it is, Wheel with another version beside, Axle external; Belt is not there yet. */
  const [old, next] = ['{}', '{}'].map((crds) => packOf(crds)) as [Chart, Chart];
  const files = crdFilesOf(next, valuesOf()).map((file) =>
    file.text.includes('kind: Wheel')
      ? {
          ...file,
          text: file.text.replace(
            'versions: [',
            'versions: [{name: v2, served: true, storage: false, schema: {openAPIV3Schema: {type: object}}}, ',
          ),
        }
      : file,
  );
  const seen = async (policy: CrdPolicy, serverSide = true) => {
    await installed(old);
    await world.cluster.delete({ ...CRD, name: 'belts.parts.example' }, {});
    const previews = await previewCrds(files, { namespace: NAMESPACE, policy, serverSide }, world.ports);
    return previews.map(({ change, ref: { name } }) => `${change} ${name.split('.')[0]}`).sort();
  };

  test.each<[CrdPolicy, boolean, readonly string[]]>([
    ['upgrade', true, ['added belts', 'changed wheels']],
    ['upgrade', false, ['added belts', 'changed wheels']],
    ['apply', true, ['added belts', 'changed wheels']],
    ['apply', false, ['added belts']],
    ['create', true, ['added belts']],
    ['skip', true, []],
  ])('%s, server-side: %s', async (policy, serverSide, expected) => {
    expect(await seen(policy, serverSide)).toEqual(expected);
    expect(await kinds()).toEqual(['gears', 'wheels']);
  });

  test('is in a plan', async () => {
    await installed(old);
    const input = { ...HOW, chart: next, values: valuesOf(), historyMax: 10 };
    const target = await upgrade({ ...input, dryRun: 'server' }, world.ports);
    const plan = await planAction(
      { action: 'upgrade', target, crds: files, options: { ...HOW, crds: 'upgrade' } },
      world.ports,
    );
    expect(plan.changes.map(({ change, ref: { name } }) => `${change} ${name}`)).toEqual([
      'changed wheels.parts.example',
    ]);
    const without = await planAction({ action: 'upgrade', target, crds: files, options: HOW }, world.ports);
    expect(without.changes).toEqual([]);
  });
});
