import { loadChart } from '@pack/core';
import { createMemoryCluster } from '@pack/kube/testing';
import { createObjectStorage, type Release } from '@pack/release';
import { newMap } from 'go-template';
import { beforeEach, expect, test } from 'vitest';

import type { Io } from './command.ts';
import { forgetGenerated, type KeptSecrets, keptSecrets } from './generated.ts';
import { secretIo } from './output/secret-io.ts';

const file = (name: string, text: string) => ({ name, data: new TextEncoder().encode(text) });
const packOf = (template: string) =>
  loadChart([
    file('Pack.yaml', 'apiVersion: sherpack.io/v1\nkind: Pack\nmetadata: {name: web, version: 1.0.0}\n'),
    file('templates/a.yaml', template),
  ]);

const release = { name: 'rel', namespace: 'default', revision: 1, isUpgrade: false };
const recordOf = (version: number): Release => ({
  name: 'rel',
  namespace: 'default',
  version,
  info: { status: 'pending-install' },
  chart: undefined,
  config: newMap(),
  manifest: '',
  hooks: [],
  applyMethod: 'ssa',
  labels: {},
});

let cluster = createMemoryCluster();
let shown = '';
const outside: Io = { stdout: (text) => (shown += text), stderr: () => undefined, stdin: async () => '', env: {} };
beforeEach(() => {
  cluster = createMemoryCluster();
  shown = '';
});

const ref = { apiVersion: 'v1', kind: 'Secret', namespace: 'default', name: 'pack.generated.rel' };
const storageOf = (kept: KeptSecrets) =>
  kept.records(createObjectStorage({ kind: 'Secret', cluster, namespace: 'default', now: Date.now }));

/** What a command generates for `names`, and its records. */
async function command(names: readonly string[], live = true) {
  const io = secretIo(outside);
  const kept = keptSecrets(cluster, io);
  const chart = await packOf('{{ generate_secret("a", 12) }}');
  const { generateSecret } = await kept.generatorFor({ chart, release, live });
  const made = names.map((name) => generateSecret?.(name, 12, 'abcdef'));
  return { io, kept, made, records: storageOf(kept) };
}

test('what was made is kept with the record, and not before', async () => {
  const { made, records, kept } = await command(['a', 'b']);
  expect(await cluster.get(ref)).toBeUndefined();
  expect(kept.pending()).toEqual({ a: made[0], b: made[1] });
  await records.create(recordOf(1));
  expect(await cluster.get(ref)).toMatchObject({ type: 'pack/generated.v1' });
  const next = await command(['b', 'c', 'a']);
  expect([next.made[0], next.made[2]]).toEqual([made[1], made[0]]);
  await next.records.create(recordOf(2));
  expect((await command(['a', 'b', 'c'])).made).toEqual([made[0], made[1], next.made[1]]);
});

test('a render of a client looks at no cluster', async () => {
  const { made, records } = await command(['a']);
  await records.create(recordOf(1));
  expect((await command(['a'], false)).made).not.toEqual(made);
});

test('a chart that generates nothing asks for nothing', async () => {
  const kept = keptSecrets(cluster, outside);
  expect(await kept.generatorFor({ chart: await packOf('a: 1'), release, live: true })).toEqual({});
});

test('what is undone takes its secrets along, an older revision that goes does not', async () => {
  const { records } = await command(['a']);
  await records.create(recordOf(1));
  const next = await command(['a', 'b']);
  await next.records.create(recordOf(2));
  await next.records.delete('rel', 1);
  expect(await cluster.get(ref)).toBeDefined();
  await records.create(recordOf(1));
  await records.delete('rel', 1);
  expect(await cluster.get(ref)).toBeUndefined();
});

test('those of a plan are kept when it is applied', async () => {
  const kept = keptSecrets(cluster, outside);
  await kept.adopt(release, { a: 'planned-secret' });
  await storageOf(kept).create(recordOf(1));
  expect((await command(['a'])).made).toEqual(['planned-secret']);
});

test('they are not shown', async () => {
  const { io, made } = await command(['a']);
  io.stdout(`the secret is ${made[0]}, ${btoa(made[0] ?? '')}`);
  expect(shown).toBe('the secret is (hidden), (hidden)');
});

test('a Secret of that name that holds something else is left alone', async () => {
  await cluster.create({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: 'default', name: ref.name },
    data: {},
  });
  await expect(command(['a'])).rejects.toMatchObject({ code: 'KUBE_INVALID' });
});

test.each([
  ['templates that generate', [{ name: 'a', data: btoa('{{ generate_secret("a") }}') }], undefined, true],
  ['dependencies that may', [], [{ name: 'd' }], true],
  ['neither', [{ name: 'a', data: btoa('a: 1') }], undefined, false],
])('a release that is no more: with %s', async (_, templates, dependencies, isGone) => {
  const { records } = await command(['a']);
  await records.create(recordOf(1));
  const metadata = { apiVersion: 'v2', name: 'web', version: '1.0.0', ...(dependencies && { dependencies }) };
  const chart = { metadata, templates, values: null, files: [] };
  await forgetGenerated({ ...recordOf(1), chart } as Release, cluster);
  expect((await cluster.get(ref)) === undefined).toBe(isGone);
});
