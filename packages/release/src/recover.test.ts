import { fromNanoseconds, parseChart, UTC } from '@pack/core';
import { createMemoryCluster, type MemoryCluster } from '@pack/kube/testing';
import { newMap } from 'go-template';
import { beforeEach, expect, test } from 'vitest';

import { install } from './install.ts';
import type { ReleasePorts } from './ports.ts';
import type { ReleaseStatus } from './record.ts';
import { recover } from './recover.ts';
import { rollback } from './rollback.ts';
import { createMemoryStorage } from './storage/memory.ts';
import { uninstall } from './uninstall.ts';
import { upgrade } from './upgrade.ts';

const NAMESPACE = 'shop';
const chartOf = (version: string, ...names: readonly string[]) =>
  parseChart(
    Object.entries({
      'Chart.yaml': `apiVersion: v2\nname: app\nversion: ${version}\n`,
      ...Object.fromEntries(
        names.map((name) => [
          `templates/${name}.yaml`,
          `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {version: ${version}}\n`,
        ]),
      ),
    }).map(([name, text]) => ({ name, data: new TextEncoder().encode(text) })),
  );

let cluster: MemoryCluster;
let ports: ReleasePorts;

beforeEach(() => {
  cluster = createMemoryCluster({ namespaces: [NAMESPACE] });
  ports = {
    cluster,
    records: createMemoryStorage({ now: Date.now }),
    render: async ({ chart }) => ({
      chart,
      files: Object.fromEntries(
        chart.templates.map(({ name, data }) => [`app/${name}`, new TextDecoder().decode(data as Uint8Array)]),
      ),
    }),
    now: () => fromNanoseconds(BigInt(Date.now()) * 1_000_000n, UTC),
  };
});

const HOW = { name: 'rel', dryRun: 'none', wait: 'hookOnly', timeout: 1000, historyMax: 0 } as const;
const first = () =>
  install(
    { ...HOW, namespace: NAMESPACE, chart: chartOf('1.0.0', 'a', 'b'), values: newMap(), serverSide: true },
    ports,
  );
const second = () => upgrade({ ...HOW, chart: chartOf('2.0.0', 'a', 'c'), values: newMap(), serverSide: true }, ports);
const third = () => rollback({ ...HOW, version: 1, serverSide: true }, ports);
const leave = () => uninstall({ ...HOW, dryRun: false }, ports);

async function objects(): Promise<string> {
  const { items } = await cluster.list({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace: NAMESPACE });
  return items
    .filter(({ metadata }) => metadata.name !== 'kube-root-ca.crt')
    .map(({ metadata, data }) => `${metadata.name}=${(data as { version: string }).version}`)
    .sort()
    .join(' ');
}

async function statuses(): Promise<string> {
  const heads = await ports.records.list({ name: 'rel' });
  return heads
    .toSorted((x, y) => x.version - y.version)
    .map(({ version, status }) => `${version}:${status}`)
    .join(' ');
}

/** The action, up to the object `name`, after which nothing is heard of its process any more. */
async function killed(action: () => Promise<unknown>, name: string): Promise<void> {
  const { records } = ports;
  const never = new Promise<never>(() => undefined);
  let isDead = false;
  const stop = cluster.onRequest((request) => {
    isDead ||= request.name === name && (request.verb === 'patch' || request.verb === 'delete');
    return isDead ? never : undefined;
  });
  const reached = new Promise<void>((resolve) => {
    const look = setInterval(() => {
      if (!isDead) return;
      clearInterval(look);
      resolve();
    }, 1);
  });
  // Its records are its own from now on: whatever it would still write is lost.
  ports = { ...ports, records: { ...records, update: (release) => (isDead ? never : records.update(release)) } };
  void action().catch(() => undefined);
  await reached;
  stop();
  ports = { ...ports, records };
}

const V1 = 'a=1.0.0 b=1.0.0';
const V2 = 'a=2.0.0 c=2.0.0';
type Action = () => Promise<unknown>;
const cases: readonly (readonly [string, readonly Action[], Action, string, boolean, string, string, string])[] = [
  ['an installation goes', [], first, 'b', false, 'removed', '', ''],
  ['an installation is done', [], first, 'b', true, 'completed', '1:failed 2:deployed', V1],
  ['an upgrade goes back', [first], second, 'c', false, 'returned', '1:superseded 2:failed 3:deployed', V1],
  ['an upgrade is done', [first], second, 'c', true, 'completed', '1:superseded 2:failed 3:deployed', V2],
  [
    'a rollback goes back',
    [first, second],
    third,
    'b',
    false,
    'returned',
    '1:superseded 2:superseded 3:failed 4:deployed',
    V2,
  ],
  [
    'a rollback is done',
    [first, second],
    third,
    'b',
    true,
    'completed',
    '1:superseded 2:superseded 3:failed 4:deployed',
    V1,
  ],
  ['an uninstallation is done', [first], leave, 'b', false, 'completed', '', ''],
];

test.each(cases)('%s', async (_, before, action, point, forward, outcome, records, left) => {
  for (const each of before) await each();
  await killed(action, point);
  const recovered = await recover({ ...HOW, forward, force: true }, ports);
  expect([recovered.outcome, await statuses(), await objects()]).toEqual([outcome, records, left]);
});

test('what is deployed needs nothing', async () => {
  await first();
  expect(await recover(HOW, ports)).toMatchObject({ outcome: 'none', revision: 1 });
  expect(await statuses()).toBe('1:deployed');
});

test('what may be at work still is left alone, until one says that it is not', async () => {
  await first();
  await killed(second, 'c');
  await expect(recover(HOW, ports)).rejects.toMatchObject({
    code: 'RELEASE_PENDING',
    hint: expect.stringContaining('pack recover rel --force'),
  });
  await expect(second()).rejects.toMatchObject({ code: 'RELEASE_PENDING' });
  expect(await statuses()).toBe('1:deployed 2:pending-upgrade');
});

test('what was never there is not found', async () => {
  await expect(recover(HOW, ports)).rejects.toMatchObject({ code: 'RELEASE_NOT_FOUND' });
});

test('a status that is not pending is left as it is', async () => {
  const release = await first();
  for (const status of ['failed', 'superseded', 'uninstalled'] satisfies ReleaseStatus[]) {
    await ports.records.update({ ...release, info: { ...release.info, status } });
    expect(await recover({ ...HOW, force: true }, ports)).toMatchObject({ outcome: 'none' });
  }
});
