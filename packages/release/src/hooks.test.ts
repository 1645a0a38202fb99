import { KubeError } from '@pack/kube';
import { beforeEach, describe, expect, test } from 'vitest';

import { HookFault, runHooks } from './hooks.ts';
import { assemble } from './manifest.ts';
import type { ReleaseRun } from './ports.ts';
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

let world: World;
beforeEach(() => {
  world = createWorld();
});

/** A release that is recorded. */
async function released(templates: Readonly<Record<string, string>>): Promise<Release> {
  const chart = chartOf(templates);
  const files = Object.fromEntries(
    Object.entries(templates).map(([name, text]) => [`app/templates/${name}.yaml`, text]),
  );
  const { hooks, manifest } = assemble(files, chart, { subNotes: false, hideSecret: false });
  const release: Release = {
    name: 'web',
    namespace: NAMESPACE,
    version: 1,
    info: { status: 'pending-install' },
    chart: undefined,
    config: valuesOf(),
    manifest,
    hooks,
    applyMethod: 'ssa',
    labels: {},
  };
  await world.records.create(release);
  return release;
}

const ran = (release: Release, more: { wait?: 'watcher' | 'hookOnly'; timeout?: number } = {}, run = world.run) =>
  runHooks(release, 'pre-install', { wait: 'watcher', timeout: 1000, serverSide: true, ...more }, world.ports, run);

const begun = (): string[] =>
  world.heard.filter((line) => line.endsWith(' begun')).map((line) => line.split(' ')[1] ?? '');

test('those of the event, by weight and then by name', async () => {
  const weighted = (weight: string, events = 'pre-install') => hook(events, { weight });
  await ran(
    await released({
      a: configMap('b-zero', hook('pre-install')),
      b: configMap('five', weighted('5')),
      c: configMap('a-zero', weighted('0', 'post-install,pre-install')),
      d: configMap('minus', weighted('-5')),
      e: configMap('other', weighted('-9', 'post-install')),
    }),
  );
  expect(begun()).toEqual(['minus', 'a-zero', 'b-zero', 'five']);
});

test('each is done before the next begins, and recorded when it begins', async () => {
  const release = await released({
    a: pod('a', hook('pre-install', { weight: '1' })),
    b: pod('b', hook('pre-install', { weight: '2' })),
  });
  const phases: string[] = [];
  world.cluster.onRequest(async ({ verb, kind, name }) => {
    if (verb !== 'patch' || kind !== 'Pod') return;
    const { hooks } = await world.records.get('web', 1);
    phases.push(`${name}: ${hooks.map((each) => `${each.name} ${each.lastRun.phase}`).join(', ')}`);
  });
  const done = await ran(release);
  expect(phases).toEqual(['a: a Running, b ', 'b: a Succeeded, b Running']);
  for (const { lastRun } of done.hooks) {
    expect(lastRun).toMatchObject({ phase: 'Succeeded' });
    expect(Date.parse(lastRun.completed_at ?? '')).toBeGreaterThanOrEqual(Date.parse(lastRun.started_at ?? ''));
  }
});

describe('what becomes of the object', () => {
  const cases: [string, string, boolean, boolean][] = [
    ['by default it stays', '', true, true],
    ['before-hook-creation: it stays', 'before-hook-creation', true, true],
    ['hook-succeeded: it goes when it succeeds', 'hook-succeeded', false, true],
    ['hook-failed: it goes when it fails', 'hook-failed', true, false],
    ['hook-succeeded,hook-failed: it goes', 'hook-succeeded,hook-failed', false, false],
  ];
  test.each(cases)('%s', async (_, policies, staysWhenDone, staysWhenFailed) => {
    const more = policies === '' ? {} : { 'delete-policy': policies };
    await ran(await released({ a: pod('a', hook('pre-install', more)) }));
    expect(await world.names('Pod')).toEqual(staysWhenDone ? ['a'] : []);
    world = createWorld();
    await faultOf(ran(await released({ a: pod('a', hook('pre-install', more), 'fail') })));
    expect(await world.names('Pod')).toEqual(staysWhenFailed ? ['a'] : []);
  });

  test('that of before makes room', async () => {
    const release = await released({ a: configMap('a', hook('pre-install')) });
    await ran(release);
    const uid = async () =>
      (await world.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: NAMESPACE, name: 'a' }))?.metadata.uid;
    const before = await uid();
    await ran(release);
    expect(await uid()).not.toBe(before);
  });

  test('without that policy, one that is there is a fault', async () => {
    const release = await released({ a: pod('a', hook('pre-install', { 'delete-policy': 'hook-failed' })) });
    world.cluster.onRequest(({ verb, kind }) => {
      if (verb === 'patch' && kind === 'Pod') throw new KubeError('KUBE_CONFLICT', 'pods "a" is being deleted');
    });
    const { message } = await faultOf(ran(release));
    expect(message).toMatch(/^warning: Hook pre-install app\/templates\/a\.yaml failed: /);
  });

  test('a definition of a kind is never removed', async () => {
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: {
        name: 'things.example.com',
        annotations: hook('pre-install', { 'delete-policy': 'hook-succeeded,before-hook-creation' }),
      },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { kind: 'Thing', plural: 'things' },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
      },
    };
    const release = await released({ a: JSON.stringify(definition) });
    await ran(release);
    await ran(release);
    expect(world.heard.filter((line) => line.startsWith('deleted'))).toEqual([]);
  });
});

describe('a hook that fails', () => {
  const three = (outcome: 'fail' | 'unready') => ({
    a: pod('a', hook('pre-install', { weight: '1', 'delete-policy': 'hook-succeeded' })),
    b: pod('b', hook('pre-install', { weight: '2' }), outcome),
    c: pod('c', hook('pre-install', { weight: '3' })),
  });

  test('ends the run: earlier ones are cleaned up, later ones do not begin', async () => {
    const fault = await faultOf(ran(await released(three('fail'))));
    expect(fault).toBeInstanceOf(HookFault);
    expect(begun()).toEqual(['a', 'b']);
    expect(await world.names('Pod')).toEqual(['b']);
    const { hooks } = (fault as HookFault).release;
    expect(hooks.map(({ lastRun }) => lastRun.phase)).toEqual(['Succeeded', 'Failed', '']);
  });

  test('in time', async () => {
    const fault = await faultOf(ran(await released({ a: pod('a', hook('pre-install'), 'hang') }), { timeout: 50 }));
    expect((fault.cause as KubeError).code).toBe('KUBE_NOT_READY');
  });

  test.each([
    ['', /^unable to build kubernetes object for deleting hook app\/templates\/a\.yaml: resource mapping not found/],
    [
      'hook-failed',
      /^unable to build kubernetes object for pre-install hook app\/templates\/a\.yaml: resource mapping/,
    ],
  ])('of a kind that is unknown, with policy "%s"', async (policy, message) => {
    const annotations = hook('pre-install', policy === '' ? {} : { 'delete-policy': policy });
    const text = JSON.stringify({ apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'a', annotations } });
    expect((await faultOf(ran(await released({ a: text })))).message).toMatch(message);
  });
});

describe('a hook with a policy of its own', () => {
  const own = (policies: Readonly<Record<string, string>>): Record<string, string> => ({
    ...hook('pre-install'),
    ...Object.fromEntries(Object.entries(policies).map(([name, text]) => [`sherpack.io/hook-${name}`, text])),
  });

  test('is tried again', async () => {
    const fault = await faultOf(ran(await released({ a: pod('a', own({ retries: '2' }), 'fail') })));
    expect(fault).toBeInstanceOf(HookFault);
    expect(begun()).toEqual(['a', 'a', 'a']);
  });

  test('may fail', async () => {
    const release = await ran(
      await released({
        a: pod('a', own({ 'failure-policy': 'continue' }), 'fail'),
        b: pod('b', hook('pre-install', { weight: '1' })),
      }),
    );
    expect(begun()).toEqual(['a', 'b']);
    expect(release.hooks.map(({ lastRun }) => lastRun.phase)).toEqual(['Failed', 'Succeeded']);
  });

  test('has its own time', async () => {
    const fault = await faultOf(
      ran(await released({ a: pod('a', own({ timeout: '50ms' }), 'hang') }), { timeout: 60_000 }),
    );
    expect((fault.cause as KubeError).code).toBe('KUBE_NOT_READY');
  });

  test('that says nothing is refused', async () => {
    const fault = await faultOf(ran(await released({ a: pod('a', own({ retries: 'x' })) })));
    expect(fault.message).toContain('sherpack.io/hook-retries is not understood');
    expect(await world.names('Pod')).toEqual([]);
  });
});

describe('logs', () => {
  const printed = () => world.heard.filter((line) => line.startsWith('log of '));
  const cases: [string, string, '' | 'fail', number][] = [
    ['are not shown', '', '', 0],
    ['of one that succeeds', 'hook-succeeded', '', 1],
    ['of one that fails', 'hook-failed', 'fail', 1],
    ['not of one that fails', 'hook-succeeded', 'fail', 0],
    ['not of one that succeeds', 'hook-failed', '', 0],
  ];
  test.each(cases)('%s: %s %s', async (_, policy, outcome, count) => {
    const more = policy === '' ? {} : { 'output-log-policy': policy };
    await ran(await released({ a: pod('a', hook('pre-install', more), outcome) })).catch(() => undefined);
    expect(printed()).toHaveLength(count);
  });

  test('of the pods of a job', async () => {
    const job = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'work', annotations: hook('pre-install', { 'output-log-policy': 'hook-succeeded' }) },
      spec: {
        template: {
          spec: {
            restartPolicy: 'Never',
            containers: [
              { name: 'x', image: 'i' },
              { name: 'y', image: 'i' },
            ],
          },
        },
      },
    };
    await ran(await released({ a: JSON.stringify(job) }));
    expect(printed().map((line) => line.split(':')[0])).toEqual(['log of work-0/x', 'log of work-0/y']);
  });

  test('that cannot be read are no fault', async () => {
    world.cluster.onRequest(({ verb }) => {
      if (verb === 'logs') throw new KubeError('KUBE_FORBIDDEN', 'no logs for you');
    });
    await ran(await released({ a: pod('a', hook('pre-install', { 'output-log-policy': 'hook-succeeded' })) }));
    expect(world.heard).toContain('pre-install a done');
  });
});

test('stopped: the next does not begin', async () => {
  const stop = new AbortController();
  const release = await released({
    a: configMap('a', hook('pre-install', { weight: '1' })),
    b: configMap('b', hook('pre-install', { weight: '2' })),
  });
  const onEvent: ReleaseRun['onEvent'] = (event) => {
    world.run.onEvent?.(event);
    if (event.type === 'hook' && event.phase === 'done') stop.abort();
  };
  const fault = await faultOf(ran(release, {}, { signal: stop.signal, onEvent }));
  expect(fault.name).toBe('AbortError');
  expect(begun()).toEqual(['a']);
});
