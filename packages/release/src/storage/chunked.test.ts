import { KubeError, type KubeObject, refOf } from '@pack/kube';
import { createMemoryCluster, type MemoryCluster } from '@pack/kube/testing';
import { newMap } from 'go-template';
import { describe, expect, test } from 'vitest';

import { ReleaseError } from '../error.ts';
import { packRecord, type Release, unpackRecord } from '../record.ts';
import { createObjectStorage } from './objects.ts';
import type { ReleaseStorage } from './storage.ts';

const namespace = 'shop';
/** Of an object, bytes. */
const limit = 8192;
const HEAD = 'sh.helm.release.v1.web.v1';
const KINDS = ['Secret', 'ConfigMap'] as const;
type Kind = (typeof KINDS)[number];

/** Nothing that gzip makes smaller, and always the same. */
function noise(bytes: number, seed: number): string {
  let state = seed;
  let out = '';
  for (let i = 0; i < bytes; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    out += String.fromCharCode(state >>> 24);
  }
  return btoa(out);
}

const contents = [noise(12_000, 1), noise(12_000, 2)];

function release(more: { content?: number; status?: Release['info']['status']; small?: boolean } = {}): Release {
  const { content = 0, status = 'pending-install', small = false } = more;
  const config = newMap();
  config.color = 'red';
  return {
    name: 'web',
    namespace,
    version: 1,
    info: { first_deployed: '2026-01-02T03:04:05Z', status, description: 'so', notes: 'Have fun' },
    chart: {
      metadata: { apiVersion: 'v2', name: 'shop', version: '1.0.0' },
      templates: [{ name: 'templates/a.yaml', data: btoa('kind: ConfigMap') }],
      values: newMap(),
      schemamodtime: '0001-01-01T00:00:00Z',
      files: small ? [] : [{ name: 'files/big.bin', data: contents[content] as string }],
    },
    config,
    manifest: '---\nkind: ConfigMap\n',
    hooks: [],
    applyMethod: 'ssa',
    labels: { team: 'a' },
  };
}

const clusterOf = (): MemoryCluster => createMemoryCluster({ namespaces: [namespace] });
const storageOf = (cluster: MemoryCluster, kind: Kind = 'Secret', chunked = true): ReleaseStorage =>
  createObjectStorage({ kind, cluster, namespace, now: () => 1_800_000_000_000, chunked, limit });

async function objectsIn(cluster: MemoryCluster, kind: Kind = 'Secret'): Promise<readonly KubeObject[]> {
  return (await cluster.list({ apiVersion: 'v1', kind }, { namespace })).items;
}
const namesIn = async (cluster: MemoryCluster, kind: Kind = 'Secret'): Promise<string[]> =>
  (await objectsIn(cluster, kind)).map(({ metadata }) => metadata.name).sort();

const fault = (promise: Promise<unknown>): Promise<ReleaseError> =>
  promise.then(
    () => expect.unreachable(),
    (e) => e as ReleaseError,
  );

describe.each(KINDS)('a large record in several objects: %s', (kind) => {
  test('is read as it was', async () => {
    const storage = storageOf(clusterOf(), kind);
    await storage.create(release());
    expect(await storage.get('web', 1)).toEqual(release());
    const [head] = await storage.list({ name: 'web' });
    expect({ ...(await head?.load()), labels: {} }).toEqual({ ...release(), labels: {} });
  });

  test('the first is as Helm names and marks it, the others are none of its', async () => {
    const cluster = clusterOf();
    await storageOf(cluster, kind).create(release());
    const [head, ...parts] = await objectsIn(cluster, kind);
    expect(head?.metadata).toMatchObject({
      name: HEAD,
      labels: { name: 'web', owner: 'helm', status: 'pending-install', version: '1', team: 'a' },
    });
    expect(parts).toHaveLength(2);
    for (const { metadata, type } of parts) {
      expect(metadata.name).toMatch(/^sh\.helm\.release\.v1\.web\.v1\.[0-9a-f]{16}\.[12]$/);
      expect(metadata.labels).toEqual({ name: 'web', owner: 'pack', version: '1' });
      expect(metadata.ownerReferences).toEqual([{ apiVersion: 'v1', kind, name: HEAD, uid: head?.metadata.uid }]);
      expect(type).toBe(kind === 'Secret' ? 'pack/release-part.v1' : undefined);
    }
  });

  test('a state is the head’s alone', async () => {
    const cluster = clusterOf();
    const storage = storageOf(cluster, kind);
    await storage.create(release());
    const before = await namesIn(cluster, kind);
    const written: string[] = [];
    cluster.onRequest(({ verb, name }) => {
      if (verb !== 'list') written.push(`${verb} ${name}`);
    });
    await storage.update(release({ status: 'deployed' }));
    expect(written).toEqual([`replace ${HEAD}`]);
    expect(await namesIn(cluster, kind)).toEqual(before);
    expect((await storage.get('web', 1)).info.status).toBe('deployed');
  });

  test('other contents take the place of those before', async () => {
    const cluster = clusterOf();
    const storage = storageOf(cluster, kind);
    await storage.create(release());
    const before = await namesIn(cluster, kind);
    await storage.update(release({ content: 1 }));
    expect(await storage.get('web', 1)).toEqual(release({ content: 1 }));
    expect((await namesIn(cluster, kind)).filter((name) => before.includes(name))).toEqual([HEAD]);
    expect(await namesIn(cluster, kind)).toHaveLength(3);
  });

  test('nothing is left of it', async () => {
    const cluster = clusterOf();
    const storage = storageOf(cluster, kind);
    await storage.create(release());
    await storage.delete('web', 1);
    expect(await namesIn(cluster, kind)).toEqual([]);
  });
});

test('what is known to be whole is removed by one request', async () => {
  for (const [chunked, requests] of [
    [false, 1],
    [true, 2],
  ] as const) {
    const cluster = clusterOf();
    const storage = storageOf(cluster, 'Secret', chunked);
    await storage.create(release({ small: true }));
    await storage.list({ name: 'web' });
    const before = cluster.requests;
    await storage.delete('web', 1);
    expect(cluster.requests - before).toBe(requests);
  }
});

test('what was listed with its parts is removed with them, also by who did not ask for any', async () => {
  const cluster = clusterOf();
  await storageOf(cluster).create(release());
  const storage = storageOf(cluster, 'Secret', false);
  await storage.list({ name: 'web' });
  await storage.delete('web', 1);
  expect(await namesIn(cluster)).toEqual([]);
});

test('who removes the head removes the parts', async () => {
  const cluster = clusterOf();
  await storageOf(cluster).create(release());
  await cluster.delete({ apiVersion: 'v1', kind: 'Secret', namespace, name: HEAD });
  expect(await namesIn(cluster)).toEqual([]);
});

test('what fits is stored as ever', async () => {
  const [plain, chunked] = [clusterOf(), clusterOf()];
  await storageOf(plain, 'Secret', false).create(release({ small: true }));
  await storageOf(chunked).create(release({ small: true }));
  const dataIn = async (cluster: MemoryCluster) => (await objectsIn(cluster)).map(({ data, type }) => ({ data, type }));
  expect(await dataIn(chunked)).toEqual(await dataIn(plain));
  expect(await namesIn(chunked)).toEqual([HEAD]);
});

describe('the record of the head', () => {
  const headRecord = async (): Promise<Release> => {
    const cluster = clusterOf();
    await storageOf(cluster).create(release());
    const [head] = await objectsIn(cluster);
    return unpackRecord(atob((head as KubeObject & { data: { release: string } }).data.release));
  };

  test('says what lists, histories and states show', async () => {
    const { name, version, info, chart, config } = await headRecord();
    expect({ name, version, info, config }).toEqual({
      name: 'web',
      version: 1,
      info: release().info,
      config: release().config,
    });
    expect(chart).toMatchObject({ metadata: release().chart?.metadata, templates: [], files: [] });
  });

  test('lets nobody build, remove or test objects that it does not know', async () => {
    const { manifest, hooks } = await headRecord();
    const text = JSON.parse(manifest) as Record<string, unknown>;
    expect(Object.keys(text)).toEqual(['this revision is stored in parts, which Helm does not read: use pack']);
    expect(hooks.map((hook) => [hook.events, hook.manifest])).toEqual([[['pre-delete', 'test'], manifest]]);
  });
});

describe('without being asked to', () => {
  test('nothing is split, and the error says what is large and what to do', async () => {
    const cluster = clusterOf();
    const storage = storageOf(cluster, 'Secret', false);
    for (const refused of [storage.create(release()), storage.ensureFits?.(release()) as Promise<void>]) {
      const { code, message, hint = '' } = await fault(refused);
      expect({ code, message }).toEqual({
        code: 'RELEASE_TOO_LARGE',
        message: `create: failed to create: Secret "${HEAD}" is invalid: data: Too long: may not be more than 8192 bytes`,
      });
      expect(hint).toContain('has 16.2 KiB, and one object holds 8.0 KiB');
      expect(hint).toContain('the most is files/big.bin (11.7 KiB); ');
      expect(hint).toContain('.helmignore');
      expect(hint).toContain('PACK_DRIVER_CHUNKED=true');
    }
    expect(await namesIn(cluster)).toEqual([]);
  });

  test('what was split is read, changed and removed', async () => {
    const cluster = clusterOf();
    await storageOf(cluster).create(release());
    const storage = storageOf(cluster, 'Secret', false);
    expect(await storage.get('web', 1)).toEqual(release());
    await storage.update(release({ status: 'superseded' }));
    expect((await storage.get('web', 1)).info.status).toBe('superseded');
    await storage.delete('web', 1);
    expect(await namesIn(cluster)).toEqual([]);
  });

  test('what was whole is not made larger than it may be', async () => {
    const cluster = clusterOf();
    const storage = storageOf(cluster, 'Secret', false);
    await storage.create(release({ small: true }));
    const { code, message } = await fault(storage.update(release()));
    expect(code).toBe('RELEASE_TOO_LARGE');
    expect(message).toMatch(/^update: failed to update: /);
    expect(await storage.get('web', 1)).toEqual(release({ small: true }));
  });
});

describe('cut short', () => {
  class Killed extends Error {}

  /** Does `work` while all requests from the one with this number on fail; whether it came to its end. */
  async function cutShort(cluster: MemoryCluster, at: number, work: () => Promise<unknown>): Promise<boolean> {
    let count = 0;
    const stop = cluster.onRequest(() => {
      if (count++ >= at) throw new Killed();
    });
    try {
      await work();
      return true;
    } catch (e) {
      if (!(e instanceof Killed)) throw e;
      return false;
    } finally {
      stop();
    }
  }

  const acts: [string, (storage: ReleaseStorage) => Promise<void>, boolean][] = [
    ['a creation', (storage) => storage.create(release({ content: 1 })), false],
    ['a change', (storage) => storage.update(release({ content: 1 })), true],
    ['a removal', (storage) => storage.delete('web', 1), true],
  ];
  test.each(acts)(
    '%s: a revision is what it was or what it becomes, and can be done again and removed',
    async (_, act, exists) => {
      let isDone = false;
      for (let at = 0; !isDone; at++) {
        expect(at).toBeLessThan(12);
        const cluster = clusterOf();
        const storage = storageOf(cluster);
        if (exists) await storage.create(release());
        isDone = await cutShort(cluster, at, () => act(storage));
        const heads = await storage.list({ name: 'web' });
        for (const head of heads) {
          expect([contents[0], contents[1]]).toContain((await head.load()).chart?.files[0]?.data);
        }
        if (heads.length === 0) await storage.create(release());
        else await storage.update(release());
        expect(await storage.get('web', 1)).toEqual(release());
        expect(await namesIn(cluster)).toHaveLength(3);
        await storage.delete('web', 1);
        expect(await namesIn(cluster)).toEqual([]);
      }
    },
  );

  test('what is left without a head goes with the removal of what is not there', async () => {
    const cluster = clusterOf();
    const storage = storageOf(cluster);
    await cutShort(cluster, 2, () => storage.create(release()));
    expect(await namesIn(cluster)).toHaveLength(1);
    expect((await fault(storage.delete('web', 1))).code).toBe('RELEASE_NOT_FOUND');
    expect(await namesIn(cluster)).toEqual([]);
  });

  test('a head that the server refuses leaves no parts', async () => {
    const cluster = clusterOf();
    cluster.onRequest(({ verb, name }) => {
      if (verb === 'create' && name === HEAD) {
        throw new KubeError('KUBE_FORBIDDEN', 'exceeded quota', { status: { code: 403, reason: 'Forbidden' } });
      }
    });
    const { code, message } = await fault(storageOf(cluster).create(release()));
    expect({ code, message }).toEqual({ code: 'KUBE_FORBIDDEN', message: 'create: failed to create: exceeded quota' });
    expect(await namesIn(cluster)).toEqual([]);
  });

  test('one that is there already is not harmed', async () => {
    const cluster = clusterOf();
    const storage = storageOf(cluster);
    await storage.create(release());
    for (const content of [0, 1]) {
      expect((await fault(storage.create(release({ content })))).code).toBe('RELEASE_EXISTS');
      expect(await storage.get('web', 1)).toEqual(release());
      expect(await namesIn(cluster)).toHaveLength(3);
    }
  });

  test('without the right to patch all works but who else removes the head', async () => {
    const cluster = clusterOf();
    cluster.onRequest(({ verb }) => {
      if (verb === 'patch') throw new KubeError('KUBE_FORBIDDEN', 'no', { status: { code: 403 } });
    });
    await storageOf(cluster).create(release());
    expect(await storageOf(cluster).get('web', 1)).toEqual(release());
  });
});

describe('broken', () => {
  const partsOf = async (cluster: MemoryCluster): Promise<readonly KubeObject[]> => (await objectsIn(cluster)).slice(1);
  const withHead = async (cluster: MemoryCluster, manifest: string): Promise<void> => {
    const text = await packRecord({ ...release({ small: true }), manifest });
    const ref = { apiVersion: 'v1', kind: 'Secret', namespace, name: HEAD };
    await cluster.patch(ref, { type: 'merge', body: { data: { release: btoa(text) } } });
  };
  const notice = (parts: unknown): string =>
    JSON.stringify({ 'this revision is stored in parts, which Helm does not read: use pack': parts });
  const UNSAID = 'the record of the release is broken: it does not say of what parts it is';
  const base = `${HEAD}.0123456789abcdef`;

  const cases: [string, (cluster: MemoryCluster) => Promise<unknown>, string | RegExp][] = [
    [
      'a part that is missing',
      async (cluster) => cluster.delete(refOf((await partsOf(cluster))[1] as KubeObject)),
      /^the record of the release is broken: its part sh\.helm\.release\.v1\.web\.v1\.[0-9a-f]{16}\.2 is missing$/,
    ],
    [
      'a part of something else',
      async (cluster) => {
        const [part] = await partsOf(cluster);
        await cluster.replace({ ...(part as KubeObject), data: { part: btoa('else') } });
      },
      'the record of the release is broken: its parts were changed',
    ],
    ['a head that names other objects', (cluster) => withHead(cluster, notice({ base: 'password', count: 1 })), UNSAID],
    ['one that names none', (cluster) => withHead(cluster, notice({ base, count: 0 })), UNSAID],
    ['one that names too many', (cluster) => withHead(cluster, notice({ base, count: 65 })), UNSAID],
    ['one that is not whole', (cluster) => withHead(cluster, notice({ base, count: 1 }).slice(0, -2)), UNSAID],
    ['one that says nothing', (cluster) => withHead(cluster, notice(null)), UNSAID],
  ];
  test.each(cases)('%s', async (_, damage, message) => {
    const cluster = clusterOf();
    const storage = storageOf(cluster);
    await storage.create(release());
    await damage(cluster);
    const e = await fault(storage.get('web', 1));
    expect(e).toBeInstanceOf(ReleaseError);
    expect(e.code).toBe('RELEASE_RECORD_BROKEN');
    expect(e.message).toMatch(message);
  });
});
