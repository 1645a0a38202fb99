import { fromNanoseconds, UTC } from '@pack/core';
import type { KubeObject } from '@pack/kube';
import { createMemoryCluster } from '@pack/kube/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { ReleaseEvent, ReleasePorts } from './ports.ts';
import { createMemoryStorage } from './storage/memory.ts';
import { createStages, stagesOf, updateStages } from './waves.ts';

const NAMESPACE = 'shop';
const object = (name: string, annotations: Readonly<Record<string, string>> = {}, kind = 'ConfigMap'): KubeObject => ({
  apiVersion: kind === 'Deployment' ? 'apps/v1' : 'v1',
  kind,
  metadata: { name, namespace: NAMESPACE, annotations },
});
const wave = (number: string, more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> => ({
  'sherpack.io/sync-wave': number,
  ...more,
});
const waitFor = (...names: readonly string[]): Readonly<Record<string, string>> => ({
  'sherpack.io/wait-for': names.join(','),
});
const names = (objects: readonly KubeObject[]): string => objects.map(({ metadata }) => metadata.name).join(' ');
const shown = (objects: readonly KubeObject[]): string[] =>
  stagesOf(objects).map(({ objects: members, after, others }) =>
    `${names(members)} < ${[names(after), ...others].join(' ').trim()}`.trim(),
  );

describe('stages', () => {
  const cases: readonly (readonly [string, readonly KubeObject[], readonly string[]])[] = [
    ['nothing', [], []],
    ['no annotations', [object('b'), object('a')], ['b a <']],
    ['waves go up', [object('c', wave('2')), object('a', wave('-1')), object('b')], ['a <', 'b < a', 'c < a b']],
    ['the order within a wave stays', [object('z', wave('1')), object('y', wave('1'))], ['z y <']],
    ['one waits for another', [object('a', waitFor('ConfigMap/b')), object('b')], ['b <', 'a < b']],
    [
      'chains within a wave',
      [object('a', waitFor('configmap/b')), object('b', waitFor('configmap/c')), object('c')],
      ['c <', 'b < c', 'a < b'],
    ],
    [
      'what is skipped is not waited for by the next wave',
      [object('a', wave('0', { 'sherpack.io/skip-wait': 'true' })), object('b'), object('c', wave('1'))],
      ['a b <', 'c < b'],
    ],
    ['another of the cluster', [object('a', waitFor('Secret/x'))], ['a < secret/x']],
    ['of an earlier wave', [object('a', wave('1', waitFor('ConfigMap/b'))), object('b')], ['b <', 'a < b']],
    ['white space', [object('a', { 'sherpack.io/wait-for': ' ConfigMap/b , ' }), object('b')], ['b <', 'a < b']],
  ];
  test.each(cases)('%s', (_, objects, expected) => {
    expect(shown(objects)).toEqual(expected);
  });

  const wrong: readonly (readonly [string, readonly KubeObject[], string])[] = [
    [
      'no number',
      [object('a', wave('first'))],
      'ConfigMap a: sherpack.io/sync-wave is a whole number, and not "first"',
    ],
    [
      'no name',
      [object('a', waitFor('b'))],
      'ConfigMap a: sherpack.io/wait-for names others as KIND/NAME, and not "b"',
    ],
    [
      'a circle',
      [object('a', waitFor('ConfigMap/b')), object('b', waitFor('ConfigMap/a'))],
      'ConfigMap a: sherpack.io/wait-for goes round in a circle: configmap/a → configmap/b → configmap/a',
    ],
    [
      'itself',
      [object('a', waitFor('ConfigMap/a'))],
      'ConfigMap a: sherpack.io/wait-for goes round in a circle: configmap/a → configmap/a',
    ],
    [
      'a later wave',
      [object('a', waitFor('ConfigMap/b')), object('b', wave('1'))],
      'ConfigMap a: sherpack.io/wait-for names configmap/b, which is of the later wave 1',
    ],
  ];
  test.each(wrong)('%s is refused', (_, objects, message) => {
    expect(() => stagesOf(objects)).toThrow(expect.objectContaining({ code: 'RELEASE_INVALID', message }));
  });

  test('have every object once, in waves that go up', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -3, max: 3 }), { maxLength: 20 }), (waves) => {
        const objects = waves.map((number, i) => object(`n${i}`, wave(String(number))));
        const order = stagesOf(objects).flatMap((stage) => stage.objects);
        const numbers = order.map(({ metadata }) => waves[Number(metadata.name.slice(1))] as number);
        expect(new Set(order)).toEqual(new Set(objects));
        expect(order).toHaveLength(objects.length);
        expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      }),
    );
  });
});

describe('stage by stage', () => {
  const setUp = () => {
    const cluster = createMemoryCluster({ namespaces: [NAMESPACE], simulate: true });
    const ports: ReleasePorts = {
      cluster,
      records: createMemoryStorage({ now: Date.now }),
      render: () => Promise.reject(new Error('nothing is rendered')),
      now: () => fromNanoseconds(BigInt(Date.now()) * 1_000_000n, UTC),
    };
    const seen: string[] = [];
    const onEvent = (event: ReleaseEvent): void => {
      if (event.type === 'apply') seen.push(`${event.change} ${event.ref.name}`);
      if (event.type === 'wait' && event.status.progress === 'Current') seen.push(`ready ${event.ref.name}`);
    };
    return { cluster, ports, seen, run: { onEvent } };
  };
  const WAIT = { wait: 'hookOnly', timeout: 2000 } as const;

  test('each wave is ready before the next is made', async () => {
    const { ports, seen, run } = setUp();
    await createStages([object('late', wave('1')), object('early')], { serverSide: true }, WAIT, ports, run);
    expect(seen).toEqual(['created early', 'ready early', 'created late']);
  });

  test('what is no longer wanted goes at the end', async () => {
    const { ports, seen, run } = setUp();
    const [gone, kept] = [object('gone'), object('kept')];
    await createStages([gone, kept], { serverSide: true }, WAIT, ports, {});
    const targets = [object('late', wave('1')), object('kept', { note: 'changed' })];
    const applied = await updateStages([gone, kept], targets, { serverSide: true }, WAIT, ports, run);
    expect(seen).toEqual(['updated kept', 'ready kept', 'created late', 'deleted gone']);
    expect([names(applied.created), names(applied.updated), applied.deleted.map(({ name }) => name).join()]).toEqual([
      'late',
      'kept',
      'gone',
    ]);
  });

  test('a condition of its own must be met before the next wave', async () => {
    const { ports, seen, run } = setUp();
    const early = object('early', { 'sherpack.io/health-check': 'jsonpath={.data.ready}=yes' });
    const work = createStages(
      [early, object('late', wave('1'))],
      { serverSide: true },
      { ...WAIT, timeout: 300 },
      ports,
      run,
    );
    await expect(work).rejects.toMatchObject({
      code: 'KUBE_NOT_READY',
      message: expect.stringContaining('.data.ready is not there, and is to be yes'),
    });
    expect(seen).toEqual(['created early']);
  });

  test('another of the cluster is waited for', async () => {
    const { cluster, ports, seen, run } = setUp();
    const work = createStages([object('a', waitFor('Secret/x'))], { serverSide: true }, WAIT, ports, run);
    setTimeout(() => cluster.create({ ...object('x', {}, 'Secret') }), 50);
    await work;
    expect(seen).toEqual(['ready x', 'created a']);
  });

  test('a kind that is none is refused', async () => {
    const { ports } = setUp();
    const work = createStages([object('a', waitFor('Nonsense/x'))], { serverSide: true }, WAIT, ports, {});
    await expect(work).rejects.toMatchObject({ code: 'RELEASE_INVALID' });
  });
});
