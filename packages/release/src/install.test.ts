import { KubeError } from '@pack/kube';
import { beforeEach, describe, expect, test } from 'vitest';

import { type InstallInput, install } from './install.ts';
import type { ReleaseRun } from './ports.ts';
import type { Release } from './record.ts';
import {
  chartOf,
  configMap,
  createWorld,
  faultOf,
  hook,
  manifestOf,
  NAMESPACE,
  pod,
  valuesOf,
  type World,
} from './testing/world.ts';
import { uninstall } from './uninstall.ts';

let world: World;
beforeEach(() => {
  world = createWorld();
});

const installed = (more: Partial<InstallInput> = {}, run: ReleaseRun = world.run): Promise<Release> =>
  install(
    {
      name: 'web',
      namespace: NAMESPACE,
      chart: chartOf({ a: configMap('NAME') }),
      values: valuesOf({ color: 'red' }),
      dryRun: 'none',
      serverSide: true,
      wait: 'watcher',
      timeout: 2000,
      ...more,
    },
    world.ports,
    run,
  );

test('what is done is told in its order', async () => {
  const chart = chartOf({
    a: configMap('NAME'),
    before: pod(
      'before',
      hook('pre-install', { 'output-log-policy': 'hook-succeeded', 'delete-policy': 'hook-succeeded' }),
    ),
    after: configMap('after', hook('post-install')),
  });
  const release = await installed({ chart });
  expect(world.heard.filter((line) => !line.startsWith('wait for Pod'))).toEqual([
    'record 1 pending-install',
    'record 1 pending-install',
    'pre-install before begun',
    'created Pod before',
    'pre-install before done',
    'log of before/main: the simulated pod says hello\nand goodbye\n',
    'deleted Pod before',
    'created ConfigMap web',
    'wait for ConfigMap web',
    'wait for ConfigMap after',
    'record 1 pending-install',
    'post-install after begun',
    'created ConfigMap after',
    'wait for ConfigMap after',
    'post-install after done',
    'record 1 deployed',
  ]);
  expect(release.info).toMatchObject({ status: 'deployed', description: 'Install complete' });
  expect(release.hooks.map(({ name, lastRun }) => [name, lastRun.phase])).toEqual([
    ['after', 'Succeeded'],
    ['before', 'Succeeded'],
  ]);
  expect(await world.records.get('web', 1)).toEqual(release);
});

test('objects say whose they are', async () => {
  await installed();
  const object = await world.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: NAMESPACE, name: 'web' });
  expect(object?.metadata).toMatchObject({
    labels: { 'app.kubernetes.io/managed-by': 'Helm' },
    annotations: { 'meta.helm.sh/release-name': 'web', 'meta.helm.sh/release-namespace': NAMESPACE },
  });
  expect(object?.data).toEqual({ color: 'red' });
});

describe('dry runs', () => {
  test.each(['client', 'server'] as const)('%s: nothing is written', async (dryRun) => {
    world.cluster.onRequest(({ verb }) => {
      expect(['create', 'replace', 'patch', 'delete']).not.toContain(verb);
    });
    const { info, manifest } = await installed({ dryRun });
    expect(info.description).toBe('Dry run complete');
    expect(manifest).toContain('"color":"red"');
    expect(await world.history()).toBe('');
  });

  test('of the client: the cluster is not asked', async () => {
    await installed({ dryRun: 'client' });
    expect(world.cluster.requests).toBe(0);
  });

  test('secrets are not shown', async () => {
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'hush' },
      stringData: { password: 'hunter2' },
    };
    const chart = chartOf({ a: configMap('NAME'), hush: manifestOf(secret) });
    const { manifest } = await installed({ chart, dryRun: 'server', hideSecret: true });
    expect(manifest).toContain('# Source: app/templates/hush.yaml\n# HIDDEN: The Secret output has been suppressed\n');
    expect(manifest).not.toContain('hunter2');
  });
});

describe('refused before anything is written', () => {
  const cases: [string, Partial<InstallInput>, string, RegExp][] = [
    ['a name that is none', { name: 'Web' }, 'RELEASE_INVALID', /^release name check failed: release name "Web": /],
    ['no name', { name: '' }, 'RELEASE_INVALID', /^release name check failed: release name "": /],
    ["labels that are the storage's", { labels: { owner: 'me' } }, 'RELEASE_INVALID', /system reserved label name/],
    [
      'hidden secrets without a dry run',
      { hideSecret: true },
      'RELEASE_INVALID',
      /^hiding Kubernetes secrets requires/,
    ],
    [
      'a kind that is unknown',
      { chart: chartOf({ a: 'apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: a}\n' }) },
      'KUBE_KIND_UNKNOWN',
      /^unable to build kubernetes objects from release manifest: .*no matches for kind "Thing"/,
    ],
  ];
  test.each(cases)('%s', async (_, more, code, message) => {
    const fault = await faultOf(installed(more));
    expect({ code: fault.code, message: fault.message }).toEqual({ code, message: expect.stringMatching(message) });
    expect(await world.history()).toBe('');
    expect(await world.names()).toEqual([]);
  });

  test("somebody else's object", async () => {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'web', namespace: NAMESPACE } };
    await world.cluster.create(object);
    const fault = await faultOf(installed());
    expect(fault.code).toBe('RELEASE_NOT_OWNED');
    expect(fault.message).toMatch(
      /^unable to continue with install: ConfigMap "web" in namespace "shop" exists and cannot be imported into the current release: invalid ownership metadata; label validation error: missing key "app\.kubernetes\.io\/managed-by": must be set to "Helm"; annotation/,
    );
    expect(await world.history()).toBe('');
  });

  test('a name that is in use', async () => {
    await installed();
    const fault = await faultOf(installed());
    expect([fault.code, fault.message, fault.hint]).toEqual([
      'RELEASE_NAME_IN_USE',
      'release name check failed: cannot reuse a name that is still in use',
      'pack upgrade web',
    ]);
    expect(await world.history()).toBe('1 deployed');
  });
});

test('--take-ownership', async () => {
  const metadata = { name: 'web', namespace: NAMESPACE, labels: { theirs: 'yes' } };
  await world.cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { color: 'blue' } });
  await installed({ takeOwnership: true, forceConflicts: true });
  expect(await world.data('web')).toEqual({ color: 'red' });
  expect(await world.history()).toBe('1 deployed');
});

describe('--replace', () => {
  test('takes the name of what was uninstalled with its history', async () => {
    await installed();
    await uninstall({ name: 'web', keepHistory: true, wait: 'watcher', timeout: 2000 }, world.ports);
    expect((await faultOf(installed())).code).toBe('RELEASE_NAME_IN_USE');
    await installed({ replace: true });
    expect(await world.history()).toBe('1 superseded, 2 deployed');
  });

  test('takes that of what failed', async () => {
    const chart = chartOf({ a: pod('NAME', {}, 'unready') });
    await faultOf(installed({ chart, timeout: 50 }));
    await world.cluster.delete({ apiVersion: 'v1', kind: 'Pod', namespace: NAMESPACE, name: 'web' });
    await installed({ replace: true });
    expect(await world.history()).toBe('1 failed, 2 deployed');
  });

  test('does not take that of what is deployed', async () => {
    await installed();
    expect((await faultOf(installed({ replace: true }))).code).toBe('RELEASE_NAME_IN_USE');
  });
});

describe('what fails is recorded as such', () => {
  const failing = { a: configMap('NAME'), before: pod('before', hook('pre-install'), 'fail') };

  test('a hook: nothing of the chart is made', async () => {
    const fault = await faultOf(installed({ chart: chartOf(failing) }));
    expect(fault.message).toMatch(/^failed pre-install: /);
    expect(await world.names()).toEqual([]);
    const { info, hooks } = await world.records.get('web', 1);
    expect(info).toMatchObject({ status: 'failed', description: `Release "web" failed: ${fault.message}` });
    expect(hooks[0]?.lastRun.phase).toBe('Failed');
  });

  test('--no-hooks: it is not run', async () => {
    await installed({ chart: chartOf(failing), noHooks: true });
    expect(await world.names('Pod')).toEqual([]);
  });

  test('an object that does not get ready', async () => {
    const fault = await faultOf(installed({ chart: chartOf({ a: pod('NAME', {}, 'unready') }), timeout: 100 }));
    expect(fault.code).toBe('KUBE_NOT_READY');
    expect(await world.history()).toBe('1 failed');
  });

  test('an object that the server does not take', async () => {
    world.cluster.onRequest(({ verb, kind }) => {
      if (verb === 'patch' && kind === 'ConfigMap') throw new KubeError('KUBE_FORBIDDEN', 'exceeded quota: q');
    });
    const fault = await faultOf(installed());
    expect([fault.code, fault.message]).toEqual(['KUBE_FORBIDDEN', expect.stringContaining('exceeded quota: q')]);
    expect(await world.history()).toBe('1 failed');
  });

  test('--rollback-on-failure: and then nothing is left', async () => {
    const chart = chartOf({ a: configMap('NAME'), b: pod('NAME', {}, 'unready') });
    const fault = await faultOf(installed({ chart, rollbackOnFailure: true, wait: 'hookOnly', timeout: 100 }));
    expect(fault.message).toMatch(
      /^release web failed, and has been uninstalled due to rollback-on-failure being set: /,
    );
    expect(await world.history()).toBe('');
    expect([...(await world.names()), ...(await world.names('Pod'))]).toEqual([]);
  });
});

describe('stopped', () => {
  const stopAt = async (line: string, more: Partial<InstallInput>) => {
    const stop = new AbortController();
    const run: ReleaseRun = {
      signal: stop.signal,
      onEvent(event) {
        world.run.onEvent?.(event);
        if (world.heard.at(-1) === line) stop.abort();
      },
    };
    return faultOf(installed(more, run));
  };
  const chart = chartOf({ a: configMap('NAME'), b: pod('NAME', {}, 'unready') });

  test.each(['created ConfigMap web', 'wait for Pod web'])('at "%s": the record says so', async (line) => {
    expect((await stopAt(line, { chart })).name).toBe('AbortError');
    const { info } = await world.records.get('web', 1);
    expect(info).toMatchObject({ status: 'failed', description: 'Release "web" failed: context canceled' });
  });

  test('--rollback-on-failure: what was made is removed all the same', async () => {
    await stopAt('wait for Pod web', { chart, rollbackOnFailure: true });
    expect(await world.history()).toBe('');
    expect([...(await world.names()), ...(await world.names('Pod'))]).toEqual([]);
  });
});

test('--create-namespace, and again', async () => {
  const elsewhere = { namespace: 'fresh', createNamespace: true };
  await installed(elsewhere);
  await installed({ ...elsewhere, name: 'other' });
  const ref = { apiVersion: 'v1', kind: 'Namespace', name: 'fresh' };
  expect((await world.cluster.get(ref))?.metadata.labels).toMatchObject({ name: 'fresh' });
  expect(await world.history('other')).toBe('1 deployed');
});
