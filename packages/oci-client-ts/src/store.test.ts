/** One suite for all that holds content: memory, a folder, and registries over both. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copy } from './copy.ts';
import type { Descriptor } from './descriptor.ts';
import { digestOf, readAll, verified } from './digest.ts';
import { OciError } from './error.ts';
import { blobOf, EMPTY_CONFIG, MEDIA_TYPES, packIndex, packManifest } from './manifest.ts';
import { createMemoryBackend, createMemoryStore } from './memory-store.ts';
import { createFetch } from './node/fetch.ts';
import { openLayout } from './node/layout.ts';
import { type Served, serve } from './node/serve.ts';
import { createRegistry } from './registry/client.ts';
import { createRegistryHandler } from './server/handler.ts';
import { type Store, streamOf } from './store.ts';

let folder: string;
let served: Served;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'oci-stores-'));
  served = await serve(join(folder, 'served'));
});
afterAll(async () => {
  await served.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
});

const quick = { attempts: 2, delay: 1 };

function overHandler(name: string): Store {
  const handler = createRegistryHandler(createMemoryBackend());
  const fetch = (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => handler(new Request(input, init));
  return createRegistry('127.0.0.1', {
    fetch: fetch as typeof globalThis.fetch,
    retry: quick,
    chunkSize: 700,
  }).repository(name);
}

const overSocket = (name: string): Store =>
  createRegistry(new URL(served.url).host, { fetch: createFetch(), retry: quick, chunkSize: 700 }).repository(name);

let n = 0;
const stores: [name: string, create: () => Store][] = [
  ['memory', createMemoryStore],
  ['a layout', () => openLayout(join(folder, `layout-${n++}`)).repository()],
  ['a repository in a layout', () => openLayout(join(folder, 'shared')).repository(`a/r${n++}`)],
  ['a registry in memory', () => overHandler('a/b')],
  ['a registry over a layout', () => overSocket(`a/r${n++}`)],
];

const data = new Uint8Array(2000).map((_, i) => i % 251);
const layer = blobOf('application/octet-stream', data);
const manifest = packManifest({ artifactType: 'application/vnd.test', layers: [layer.descriptor] });
const signature = packManifest({
  artifactType: 'application/vnd.sig',
  layers: [],
  subject: manifest.descriptor,
  annotations: { by: 'me' },
});

async function filled(store: Store): Promise<Store> {
  await store.push(layer.descriptor, data);
  await store.push(EMPTY_CONFIG.descriptor, EMPTY_CONFIG.data);
  await store.push(manifest.descriptor, manifest.data);
  await store.tag(manifest.descriptor, 'v1');
  return store;
}

const codeOf = async (act: Promise<unknown>): Promise<string> => {
  try {
    await act;
  } catch (e) {
    if (e instanceof OciError) return e.code;
    throw e;
  }
  return 'no fault';
};

const plain = {
  mediaType: manifest.descriptor.mediaType,
  digest: manifest.descriptor.digest,
  size: manifest.data.length,
};

describe.each(stores)('%s', (_, create) => {
  test('gives back what it was given', async () => {
    const store = await filled(create());
    expect(await readAll(await store.fetch(layer.descriptor), 1e6)).toEqual(data);
    expect(await readAll(await store.fetch(plain), 1e6)).toEqual(new Uint8Array(manifest.data));
    expect(await store.exists(layer.descriptor)).toBe(true);
    expect(await store.exists(plain)).toBe(true);
  });

  test('takes streams', async () => {
    const store = create();
    await store.push(layer.descriptor, (offset) => new Blob([data.subarray(offset)]).stream());
    expect(await readAll(await store.fetch(layer.descriptor), 1e6)).toEqual(data);
  });

  test('names manifests', async () => {
    const store = await filled(create());
    await store.tag(manifest.descriptor, 'latest');
    expect(await store.resolve('v1')).toMatchObject(plain);
    expect(await store.resolve(manifest.descriptor.digest)).toMatchObject(plain);
    expect(await store.tags()).toEqual(['latest', 'v1']);
    const other = packManifest({ layers: [] });
    await store.push(other.descriptor, other.data);
    await store.tag(other.descriptor, 'latest');
    expect((await store.resolve('latest')).digest).toBe(other.descriptor.digest);
  });

  test('lists referrers', async () => {
    const store = await filled(create());
    await store.push(signature.descriptor, signature.data);
    const found = await store.referrers(manifest.descriptor, 'application/vnd.sig');
    expect(found).toMatchObject([
      { digest: signature.descriptor.digest, artifactType: 'application/vnd.sig', annotations: { by: 'me' } },
    ]);
    expect(await store.referrers(manifest.descriptor, 'application/other')).toEqual([]);
    await store.deleteManifest(signature.descriptor.digest);
    expect(await store.referrers(manifest.descriptor)).toEqual([]);
  });

  test('deletes', async () => {
    const store = await filled(create());
    // What other repositories of the same place need would stay.
    const own = blobOf('application/octet-stream', new TextEncoder().encode(`${n++}`));
    const image = packManifest({ layers: [own.descriptor] });
    await store.push(own.descriptor, own.data);
    await store.push(image.descriptor, image.data);
    await store.tag(image.descriptor, 'v2');
    await store.tag(image.descriptor, 'v3');
    await store.deleteManifest('v3');
    expect(await store.tags()).toEqual(['v1', 'v2']);
    expect((await store.resolve(image.descriptor.digest)).digest).toBe(image.descriptor.digest);
    await store.deleteManifest(image.descriptor.digest);
    expect(await store.tags()).toEqual(['v1']);
    expect(await codeOf(store.resolve('v2'))).toBe('CONTENT_NOT_FOUND');
    expect(await codeOf(store.resolve(image.descriptor.digest))).toBe('CONTENT_NOT_FOUND');
    await store.deleteBlob(own.descriptor);
    expect(await store.exists(own.descriptor)).toBe(false);
    expect(await codeOf(store.deleteBlob(own.descriptor))).toBe('CONTENT_NOT_FOUND');
  });

  test('a manifest that lost its only tag stays', async () => {
    const store = await filled(create());
    await store.deleteManifest('v1');
    expect(await store.tags()).toEqual([]);
    expect(await store.resolve(plain.digest)).toMatchObject(plain);
  });

  test.each<[string, (store: Store) => Promise<unknown>, RegExp]>([
    ['what is not there', (store) => store.resolve('none'), /CONTENT_NOT_FOUND/],
    [
      'a blob of other bytes',
      (store) => store.push({ ...layer.descriptor, digest: digestOf(new Uint8Array(9)) }, data),
      /DIGEST_MISMATCH/,
    ],
    ['a blob that is shorter', (store) => store.push({ ...layer.descriptor, size: 2001 }, data), /SIZE_MISMATCH/],
    [
      'a manifest that is none',
      (store) => store.push({ ...blobOf(MEDIA_TYPES.manifest, data).descriptor }, data),
      /MANIFEST_INVALID/,
    ],
    ['a tag that is none', (store) => store.tag(manifest.descriptor, '../x'), /REFERENCE_INVALID/],
    [
      'a hostile digest',
      (store) => store.push({ ...layer.descriptor, digest: 'sha256:../../x' }, data),
      /DIGEST_INVALID/,
    ],
  ])('refuses %s', async (__, act, code) => {
    expect(await codeOf(act(create()))).toMatch(code);
  });
});

test('what was refused leaves nothing behind', async () => {
  const path = join(folder, 'clean');
  const store = openLayout(path).repository();
  await codeOf(store.push({ ...layer.descriptor, digest: digestOf(new Uint8Array(9)) }, data));
  expect(readdirSync(join(path, 'blobs')).filter((name) => name !== 'sha256')).toEqual([]);
  expect(readdirSync(join(path, 'blobs/sha256'), { recursive: true })).toEqual([]);
});

describe('copy', () => {
  const arm = packManifest({ artifactType: 'application/arm', layers: [layer.descriptor] });
  const index = packIndex({
    manifests: [
      { ...manifest.descriptor, platform: { os: 'linux', architecture: 'amd64' } },
      { ...arm.descriptor, platform: { os: 'linux', architecture: 'arm64' } },
    ],
  });

  async function source(): Promise<Store> {
    const store = await filled(createMemoryStore());
    await store.push(arm.descriptor, arm.data);
    await store.push(index.descriptor, index.data);
    await store.tag(index.descriptor, 'all');
    await store.push(signature.descriptor, signature.data);
    return store;
  }

  test.each(stores)('to %s, whole, with its referrers', async (_, create) => {
    const [from, to] = [await source(), create()];
    const root = await copy(from, to, 'all', { referrers: true, tag: 'copied' });
    expect(root.digest).toBe(index.descriptor.digest);
    expect((await to.resolve('copied')).digest).toBe(index.descriptor.digest);
    expect(await readAll(await to.fetch(layer.descriptor), 1e6)).toEqual(data);
    expect(await to.referrers(manifest.descriptor)).toHaveLength(1);
    const events: string[] = [];
    await copy(from, to, 'all', { onEvent: ({ type }) => events.push(type) });
    expect(new Set(events)).toEqual(new Set(['skipped', 'tagged']));
  });

  test('one platform of an index', async () => {
    const to = createMemoryStore();
    const root = await copy(await source(), to, 'all', {
      platform: { os: 'linux', architecture: 'arm64' },
      tag: 'arm',
    });
    expect(root.digest).toBe(arm.descriptor.digest);
    expect(await codeOf(to.resolve(manifest.descriptor.digest))).toBe('CONTENT_NOT_FOUND');
    expect(await codeOf(copy(await source(), to, 'all', { platform: { os: 'plan9', architecture: 'mips' } }))).toBe(
      'CONTENT_NOT_FOUND',
    );
  });

  test('within a host, blobs are mounted', async () => {
    const registry = createRegistry(new URL(served.url).host, { fetch: createFetch(), retry: quick });
    const from = await filled(registry.repository('mount/from'));
    const events: string[] = [];
    // The embedded registry shares all blobs: a target that says it has none shows the mount.
    const to = { ...registry.repository('mount/to'), exists: async () => false };
    await copy(from, to, 'v1', { onEvent: ({ type }) => events.push(type) });
    expect(events).toContain('mounted');
    expect(await to.tags()).toEqual(['v1']);
  });

  test('a descriptor, without a name', async () => {
    const [from, to] = [await source(), createMemoryStore()];
    await copy(from, to, arm.descriptor);
    expect((await to.resolve(arm.descriptor.digest)).digest).toBe(arm.descriptor.digest);
    expect(await to.tags()).toEqual([]);
  });

  test('referrers that hold their subject', async () => {
    const from = await source();
    const holding = packIndex({ manifests: [manifest.descriptor], subject: manifest.descriptor });
    await from.push(holding.descriptor, holding.data);
    const to = createMemoryStore();
    await copy(from, to, 'v1', { referrers: true });
    expect((await to.referrers(manifest.descriptor)).map((referrer) => referrer.digest).sort()).toEqual(
      [signature, holding].map(({ descriptor }) => descriptor.digest).sort(),
    );
  });

  test('takes no more at once than it may', async () => {
    const from = await source();
    const many = Array.from({ length: 12 }, (_, i) => blobOf('x/y', new Uint8Array([i])));
    for (const { descriptor, data: bytes } of many) await from.push(descriptor, bytes);
    const image = packManifest({ layers: many.map(({ descriptor }) => descriptor) });
    await from.push(image.descriptor, image.data);
    let [running, most] = [0, 0];
    const memory = createMemoryStore();
    const push: Store['push'] = async (...args) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 1));
      await memory.push(...args);
      running--;
    };
    await copy(from, { ...memory, push }, image.descriptor.digest, { concurrency: 4 });
    expect(most).toBe(4);
  });

  test.each<[string, (from: Store, to: Store) => [Store, Store], string, RegExp]>([
    ['nothing of that name', (from, to) => [from, to], 'none', /^copy from the source: there is no manifest none$/],
    [
      'a source whose bytes are others',
      (from, to) => [{ ...from, fetch: async (d) => verified(await from.fetch(arm.descriptor), d) }, to],
      'v1',
      /^copy from the source: content of sha256:\w+ has \d+ bytes instead of \d+$/,
    ],
    [
      'a source that breaks in a blob',
      (from, to) => [
        { ...from, fetch: async (d) => (d.digest === layer.descriptor.digest ? breaking(d) : from.fetch(d)) },
        to,
      ],
      'v1',
      /^copy from the source: content of sha256:\w+ has 1 bytes instead of 2000$/,
    ],
    [
      'a target that refuses',
      (from, to) => [
        from,
        { ...to, push: () => Promise.reject(new OciError('AUTH_DENIED', 'not you', { status: 403 })) },
      ],
      'v1',
      /^copy to the target: not you$/,
    ],
  ])('says which side failed: %s', async (_, sides, reference, message) => {
    const to = createMemoryStore();
    await expect(copy(...sides(await source(), to), reference)).rejects.toThrow(message);
    expect(await to.tags()).toEqual([]);
    expect(await to.exists(plain)).toBe(false);
  });

  const breaking = (descriptor: Descriptor): ReadableStream<Uint8Array> =>
    verified(streamOf(new Uint8Array(1)), descriptor);

  test('the first fault stops the others', async () => {
    const from = await source();
    const many = Array.from({ length: 20 }, (_, i) => blobOf('x/y', new Uint8Array([i])));
    for (const { descriptor, data: bytes } of many) await from.push(descriptor, bytes);
    const image = packManifest({ layers: many.map(({ descriptor }) => descriptor) });
    await from.push(image.descriptor, image.data);
    const memory = createMemoryStore();
    let pushes = 0;
    const push: Store['push'] = async () => {
      pushes++;
      throw new OciError('REGISTRY_FAILED', 'no');
    };
    await expect(copy(from, { ...memory, push }, image.descriptor.digest)).rejects.toThrow('copy to the target: no');
    expect(pushes).toBeLessThanOrEqual(3);
  });

  test('is aborted', async () => {
    const reason = new Error('enough');
    const to = createMemoryStore();
    const stop = new AbortController();
    const done = copy(await source(), to, 'all', { signal: stop.signal, onEvent: () => stop.abort(reason) });
    await expect(done).rejects.toBe(reason);
    expect(await to.tags()).toEqual([]);
  });
});
