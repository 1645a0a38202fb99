import { describe, expect, test } from 'vitest';

import { ApplyError, type ApplyEvent, createObjects, deleteObjects, FIELD_MANAGER, updateObjects } from './apply.ts';
import { KubeError } from './error.ts';
import { type KubeObject, refOf } from './object.ts';
import { createMemoryCluster, type MemoryCluster } from './testing/memory-cluster.ts';

const namespace = 'default';
const SERVER = { serverSide: true } as const;
const CLIENT = { serverSide: false } as const;

const configMap = (name: string, data: Record<string, string> = {}, more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace, ...more },
  data,
});
const secret = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace } });

const fault = (promise: Promise<unknown>): Promise<ApplyError> =>
  promise.then(
    () => expect.unreachable(),
    (e) => e as ApplyError,
  );

const read = (cluster: MemoryCluster, object: KubeObject): Promise<KubeObject | undefined> =>
  cluster.get(refOf(object));

function managersOf(object: KubeObject | undefined): string[] {
  const entries = (object?.metadata.managedFields ?? []) as { manager: string; operation: string }[];
  return entries.map(({ manager, operation }) => `${manager} ${operation}`);
}

function recorded(): { events: string[]; run: { onEvent: (event: ApplyEvent) => void } } {
  const events: string[] = [];
  const onEvent = (event: ApplyEvent): void => {
    events.push(event.type === 'apply' ? `${event.change} ${event.ref.kind} ${event.ref.name}` : event.message);
  };
  return { events, run: { onEvent } };
}

/** The names of what is written, in the order in which it arrives. */
function arrivals(cluster: MemoryCluster): string[] {
  const names: string[] = [];
  cluster.onRequest(({ verb, name }) => {
    if (verb !== 'get') names.push(`${verb} ${name}`);
  });
  return names;
}

const causesOf = (e: unknown): string[] => (e instanceof Error ? [e.message, ...causesOf(e.cause)] : []);

describe('creation', () => {
  test.each([
    ['on the server', SERVER, 'helm Apply'],
    ['by the client', CLIENT, 'helm Update'],
  ])('%s', async (_, options, manager) => {
    const cluster = createMemoryCluster();
    const { events, run } = recorded();
    const made = await createObjects(cluster, [configMap('a', { k: '1' }), secret('s')], options, run);
    expect(made.map(({ metadata }) => metadata.name)).toEqual(['a', 's']);
    expect(events).toEqual(['created ConfigMap a', 'created Secret s']);
    expect(managersOf(await read(cluster, configMap('a')))).toEqual([manager]);
  });

  test('kind after kind, and those of a kind at once', async () => {
    const cluster = createMemoryCluster();
    let open = 0;
    const waves: string[] = [];
    cluster.onRequest(async ({ kind }) => {
      open++;
      await new Promise((resolve) => setTimeout(resolve, 5));
      waves.push(`${kind} ${open}`);
      await Promise.resolve();
      open--;
    });
    const objects = [configMap('a'), configMap('b'), secret('s'), configMap('c')];
    await createObjects(cluster, objects, SERVER);
    expect(waves.map((wave) => wave.split(' ')[0])).toEqual(['ConfigMap', 'ConfigMap', 'Secret', 'ConfigMap']);
    expect(waves[0]).toBe('ConfigMap 2');
  });

  test('all faults are told, and the rest is made', async () => {
    const cluster = createMemoryCluster();
    const lost = { ...configMap('a'), metadata: { name: 'a', namespace: 'lost' } };
    const { code, message } = await fault(createObjects(cluster, [lost, configMap('b'), lost], SERVER));
    const line = 'server-side apply failed for object lost/a /v1, Kind=ConfigMap: namespaces "lost" not found';
    expect({ code, message }).toEqual({ code: 'KUBE_NOT_FOUND', message: `${line}\n${line}` });
    expect(await read(cluster, configMap('b'))).toBeDefined();
  });

  test('conflicts of quotas are tried again, other ones are not', async () => {
    const cluster = createMemoryCluster();
    const quota = new KubeError(
      'KUBE_CONFLICT',
      'Operation cannot be fulfilled on resourcequotas "q": the object has been modified; please try again',
      { status: { code: 409, reason: 'Conflict' } },
    );
    let left = 3;
    const stop = cluster.onRequest(() => {
      if (left-- > 0) throw quota;
    });
    await createObjects(cluster, [configMap('a')], SERVER);
    expect(left).toBe(-1);
    stop();
    left = 100;
    cluster.onRequest(() => {
      left--;
      throw quota;
    });
    const { message } = await fault(createObjects(cluster, [configMap('b')], SERVER));
    expect(message).toBe(`conflict occurred while applying object default/b /v1, Kind=ConfigMap: ${quota.message}`);
    expect(left).toBe(95);
  });

  test('a conflict names field, manager and values, and the way out', async () => {
    const cluster = createMemoryCluster();
    const patch = { type: 'apply', body: configMap('a', { k: 'mine' }) } as const;
    await cluster.patch(refOf(configMap('a')), patch, { fieldManager: 'editor' });
    const { code, message, hint } = await fault(createObjects(cluster, [configMap('a', { k: '1' })], SERVER));
    expect({ code, message, hint }).toEqual({
      code: 'KUBE_CONFLICT',
      message:
        'conflict occurred while applying object default/a /v1, Kind=ConfigMap: Apply failed with 1 conflict: conflict with "editor": .data.k',
      hint: 'leave the fields out of the chart, or take over what others have set with --force-conflicts\n  ConfigMap a .data.k: "mine" by editor, "1" in the chart',
    });
    await createObjects(cluster, [configMap('a', { k: '1' })], { ...SERVER, forceConflicts: true });
    expect(await read(cluster, configMap('a'))).toMatchObject({ data: { k: '1' } });
  });

  const hush = (data: object, name = 'stringData'): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'hush', namespace: 'default' },
    [name]: data,
  });

  test('conflicts over several objects are told of together', async () => {
    const cluster = createMemoryCluster();
    const names = Array.from({ length: 14 }, (_, i) => `c${i}`);
    for (const name of names) {
      const patch = { type: 'apply', body: configMap(name, { k: 'mine' }) } as const;
      await cluster.patch(refOf(configMap(name)), patch, { fieldManager: 'editor' });
    }
    const wanted = names.map((name) => configMap(name, { k: '1' }));
    for (const work of [createObjects(cluster, wanted, SERVER), updateObjects(cluster, wanted, wanted, SERVER)]) {
      const lines = (await fault(work)).hint?.split('\n') ?? [];
      expect(lines.slice(0, 2)).toEqual([
        expect.stringContaining('--force-conflicts'),
        '  ConfigMap c0 .data.k: "mine" by editor, "1" in the chart',
      ]);
      expect(lines.slice(11)).toEqual([expect.stringContaining('ConfigMap c10'), '  and 3 more']);
    }
  });

  test('a conflict over a Secret names the field alone', async () => {
    const cluster = createMemoryCluster();
    const theirs = hush({ password: btoa('theirs-is-long') }, 'data');
    await cluster.patch(refOf(theirs), { type: 'apply', body: theirs }, { fieldManager: 'editor' });
    const ours = hush({ password: btoa('ours-is-long') }, 'data');
    const { message, hint } = await fault(createObjects(cluster, [ours], SERVER));
    expect(hint).toContain('.data.password: (hidden) by editor, (hidden) in the chart');
    for (const text of ['theirs-is-long', 'ours-is-long', btoa('theirs-is-long'), btoa('ours-is-long')]) {
      expect(`${message}${hint}`).not.toContain(text);
    }
  });

  test.each([
    ['applied', SERVER],
    ['created', { serverSide: false }],
  ])('what a Secret holds is in no error when it is %s, nor in its causes', async (_, options) => {
    const cluster = createMemoryCluster();
    const said =
      'bad: "hunter2hunter2", aHVudGVyMmh1bnRlcjI= and 12345678, or x; not max; []interface {}{"in-list", map{"k":"in-map"}}';
    cluster.onRequest(() => {
      throw new KubeError('KUBE_INVALID', said, { status: { code: 422, message: said } });
    });
    const object = {
      ...hush({ a: 'hunter2hunter2', b: 12345678, c: 'x', e: ['in-list', { k: 'in-map' }] }),
      data: { d: 'aHVudGVyMmh1bnRlcjI=' },
    };
    const e = await fault(createObjects(cluster, [object], options));
    expect(e.message).toContain(
      'bad: "(hidden)", (hidden) and (hidden), or (hidden); not max; []interface {}{"(hidden)", map{"k":"(hidden)"}}',
    );
    const all = JSON.stringify([e.status, causesOf(e)]);
    expect(all).not.toMatch(/hunter2|aHVudGVy|12345678|in-list|in-map/);
  });

  test('a dry run leaves nothing', async () => {
    const cluster = createMemoryCluster();
    for (const options of [SERVER, CLIENT])
      await createObjects(cluster, [configMap('a')], { ...options, dryRun: true });
    expect(await read(cluster, configMap('a'))).toBeUndefined();
  });

  test('ends with the signal', async () => {
    const cluster = createMemoryCluster();
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(createObjects(cluster, [configMap('a')], SERVER, { signal })).rejects.toThrow('enough');
  });
});

describe.each([
  ['on the server', SERVER],
  ['by the client', CLIENT],
] as const)('updates %s', (_, options) => {
  test('make, change, keep and remove', async () => {
    const cluster = createMemoryCluster();
    const kept = configMap('kept', {}, { annotations: { 'helm.sh/resource-policy': 'keep' } });
    const originals = [configMap('same', { k: '1' }), configMap('old', { k: '1' }), configMap('gone'), kept];
    await createObjects(cluster, originals, options);
    const targets = [configMap('same', { k: '1' }), configMap('old', { k: '2' }), configMap('new')];
    const { events, run } = recorded();
    const { created, updated, deleted } = await updateObjects(cluster, originals, targets, options, run);
    expect(created.map(({ metadata }) => metadata.name)).toEqual(['new']);
    expect(updated.map(({ metadata }) => metadata.name)).toEqual(['same', 'old']);
    expect(deleted.map(({ name }) => name)).toEqual(['gone']);
    expect(events).toEqual([
      'unchanged ConfigMap same',
      'updated ConfigMap old',
      'created ConfigMap new',
      'deleted ConfigMap gone',
      'kept ConfigMap kept',
    ]);
    expect(await read(cluster, configMap('old'))).toMatchObject({ data: { k: '2' } });
    expect(await read(cluster, kept)).toBeDefined();
  });

  test('leave what others have added', async () => {
    const cluster = createMemoryCluster();
    const [original, target] = [configMap('a', { k: '1', old: '1' }), configMap('a', { k: '2' })];
    await createObjects(cluster, [original], options);
    await cluster.patch(refOf(original), { type: 'merge', body: { data: { other: 'x' } } }, { fieldManager: 'editor' });
    await updateObjects(cluster, [original], [target], options);
    expect(await read(cluster, original)).toMatchObject({ data: { k: '2', other: 'x' } });
    expect((await read(cluster, original))?.data).not.toHaveProperty('old');
  });

  test('know an object by its group and kind, whatever the version', async () => {
    const cluster = createMemoryCluster();
    const scaler = (version: string): KubeObject => ({
      apiVersion: `autoscaling/${version}`,
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'h', namespace },
      spec: { maxReplicas: 1, scaleTargetRef: { kind: 'Deployment', name: 'd' } },
    });
    await createObjects(cluster, [scaler('v2')], options);
    const { deleted } = await updateObjects(cluster, [scaler('v1')], [scaler('v2')], options);
    expect(deleted).toEqual([]);
  });

  test('tell what was done when one cannot be made', async () => {
    const cluster = createMemoryCluster();
    await createObjects(cluster, [configMap('a', { k: '1' })], options);
    const lost = { ...configMap('x'), metadata: { name: 'x', namespace: 'lost' } };
    const update = updateObjects(cluster, [configMap('a')], [configMap('a', { k: '2' }), lost, secret('s')], options);
    const { message, applied } = await fault(update);
    const why = 'namespaces "lost" not found';
    expect(message).toBe(
      options.serverSide
        ? `failed to create resource: server-side apply failed for object lost/x /v1, Kind=ConfigMap: ${why}`
        : `failed to create resource: ${why}`,
    );
    expect(applied.updated.map(({ metadata }) => metadata.name)).toEqual(['a']);
    expect(applied.created.map(({ metadata }) => metadata.name)).toEqual(['x']);
    expect(await read(cluster, secret('s'))).toBeUndefined();
  });

  test('go on when one cannot be changed, but remove nothing', async () => {
    const cluster = createMemoryCluster();
    const originals = ['a', 'b', 'c', 'gone'].map((name) => configMap(name, { k: '1' }));
    await createObjects(cluster, originals, options);
    cluster.onRequest(({ verb, name }) => {
      if (verb === 'patch' && (name === 'a' || name === 'b')) throw new KubeError('KUBE_INVALID', `${name} is invalid`);
    });
    const targets = ['a', 'b', 'c'].map((name) => configMap(name, { k: '2' }));
    const error = await fault(updateObjects(cluster, originals, targets, options));
    expect(error).toBeInstanceOf(ApplyError);
    const line = (name: string): string =>
      options.serverSide
        ? `server-side apply failed for object default/${name} /v1, Kind=ConfigMap: ${name} is invalid`
        : `cannot patch "${name}" with kind ConfigMap: ${name} is invalid`;
    expect(error.message).toBe(`${line('a')} && ${line('b')}`);
    expect(await read(cluster, configMap('c'))).toMatchObject({ data: { k: '2' } });
    expect(await read(cluster, configMap('gone'))).toBeDefined();
  });

  test('tell what cannot be removed', async () => {
    const cluster = createMemoryCluster();
    await createObjects(cluster, [configMap('a'), configMap('b')], options);
    cluster.onRequest(({ verb, name }) => {
      if (verb === 'delete' && name === 'a') throw new KubeError('KUBE_FORBIDDEN', 'configmaps "a" is forbidden');
    });
    const { message, applied } = await fault(updateObjects(cluster, [configMap('a'), configMap('b')], [], options));
    expect(message).toBe(
      'failed to delete resource namespace=default, name=a, kind=ConfigMap: configmaps "a" is forbidden',
    );
    expect(applied.deleted.map(({ name }) => name)).toEqual(['b']);
  });

  test('warn of an object that no one has told of', async () => {
    const cluster = createMemoryCluster();
    await createObjects(cluster, [configMap('a')], options);
    const { events, run } = recorded();
    await updateObjects(cluster, [], [configMap('a', { k: '1' })], options, run);
    expect(events[0]).toBe('resource exists on cluster but not in original release, using cluster state as baseline');
  });
});

describe('updates', () => {
  test('by replacing', async () => {
    const cluster = createMemoryCluster();
    const original = configMap('a', { k: '1' });
    await createObjects(cluster, [original], CLIENT);
    await cluster.patch(refOf(original), { type: 'merge', body: { data: { other: 'x' } } });
    await updateObjects(cluster, [original], [configMap('a', { k: '2' })], { ...CLIENT, forceReplace: true });
    expect((await read(cluster, original))?.data).toEqual({ k: '2' });
  });

  test('from the client to the server take over the fields', async () => {
    const cluster = createMemoryCluster();
    const original = configMap('a', { k: '1', old: '1' });
    await createObjects(cluster, [original], CLIENT);
    await updateObjects(cluster, [original], [configMap('a', { k: '2' })], { ...SERVER, upgradeManager: true });
    const after = await read(cluster, original);
    expect(after?.data).toEqual({ k: '2' });
    expect(managersOf(after)).toEqual([`${FIELD_MANAGER} Apply`]);
  });

  test('of managers that meet with a change of somebody else are tried again', async () => {
    const cluster = createMemoryCluster();
    const original = configMap('a', { k: '1' });
    await createObjects(cluster, [original], CLIENT);
    let meddles = 2;
    cluster.onRequest(async ({ verb, patch }) => {
      if (verb !== 'patch' || patch?.type !== 'json' || meddles-- <= 0) return;
      await cluster.replace({
        ...configMap('a', { k: '1' }),
        metadata: { name: 'a', namespace, labels: { n: `${meddles}` } },
      });
    });
    await updateObjects(cluster, [original], [configMap('a', { k: '2' })], { ...SERVER, upgradeManager: true });
    expect(await read(cluster, original)).toMatchObject({ data: { k: '2' } });
    expect(meddles).toBeLessThan(0);
  });

  test.each([
    [
      { ...CLIENT, forceConflicts: true },
      'invalid client update option(s): forceConflicts enabled when serverSideApply disabled',
    ],
    [
      { ...SERVER, threeWayMerge: true },
      'invalid operation: cannot use three-way merge for unstructured and server-side apply together',
    ],
    [
      { ...SERVER, forceConflicts: true, forceReplace: true },
      'invalid operation: cannot use force conflicts and force replace together',
    ],
    [{ ...SERVER, forceReplace: true }, 'invalid operation: cannot use server-side apply and force replace together'],
  ])('refuse %j', async (options, wanted) => {
    const cluster = createMemoryCluster();
    const { code, message } = await fault(updateObjects(cluster, [], [configMap('a')], options));
    expect({ code, message }).toEqual({ code: 'KUBE_INVALID', message: wanted });
    expect(cluster.requests).toBe(0);
  });

  test('end with the signal, between two objects', async () => {
    const cluster = createMemoryCluster();
    const stop = new AbortController();
    const onEvent = (): void => stop.abort(new Error('enough'));
    const run = { signal: stop.signal, onEvent };
    await expect(updateObjects(cluster, [], [configMap('a'), configMap('b')], SERVER, run)).rejects.toThrow('enough');
    expect(await read(cluster, configMap('a'))).toBeDefined();
    expect(await read(cluster, configMap('b'))).toBeUndefined();
  });
});

describe('removal', () => {
  test('of what is there and what is not', async () => {
    const cluster = createMemoryCluster();
    await createObjects(cluster, [configMap('a')], SERVER);
    const { events, run } = recorded();
    const { deleted, errors } = await deleteObjects(cluster, [configMap('a'), configMap('b')], {}, run);
    expect(deleted.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(events).toEqual(['deleted ConfigMap a']);
    expect(errors).toEqual([]);
  });

  test('goes on after a fault', async () => {
    const cluster = createMemoryCluster();
    await createObjects(cluster, [configMap('a'), secret('s')], SERVER);
    cluster.onRequest(({ kind }) => {
      if (kind === 'ConfigMap') throw new KubeError('KUBE_FORBIDDEN', 'configmaps "a" is forbidden');
    });
    const { deleted, errors } = await deleteObjects(cluster, [configMap('a'), secret('s')]);
    expect(deleted.map(({ name }) => name)).toEqual(['s']);
    expect(errors.map(({ message }) => message)).toEqual(['configmaps "a" is forbidden']);
  });

  test('kind after kind', async () => {
    const cluster = createMemoryCluster();
    const seen = arrivals(cluster);
    await deleteObjects(cluster, [configMap('a'), secret('s'), configMap('b')]);
    expect(seen).toEqual(['delete a', 'delete s', 'delete b']);
  });
});
