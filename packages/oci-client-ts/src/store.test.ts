/** One suite for all that holds content: memory, a folder, and registries over both. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copy } from './copy.ts';
import { digestOf, readAll } from './digest.ts';
import { OciError } from './error.ts';
import { blobOf, EMPTY_CONFIG, MEDIA_TYPES, packIndex, packManifest } from './manifest.ts';
import { createMemoryBackend, createMemoryStore } from './memory-store.ts';
import { createFetch } from './node/fetch.ts';
import { openLayout } from './node/layout.ts';
import { type Served, serve } from './node/serve.ts';
import { createRegistry } from './registry/client.ts';
import { createRegistryHandler } from './server/handler.ts';
import type { Store } from './store.ts';

let folder: string;
let served: Served;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'oci-stores-'));
  served = await serve(join(folder, 'served'));
});
afterAll(async () => {
  await served.close();
  rmSync(folder, { recursive: true });
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
    await store.deleteManifest(manifest.descriptor.digest);
    expect(await codeOf(store.resolve('v1'))).toBe('CONTENT_NOT_FOUND');
    await store.deleteBlob(layer.descriptor);
    expect(await store.exists(layer.descriptor)).toBe(false);
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

  test('says which side failed', async () => {
    await expect(copy(createMemoryStore(), createMemoryStore(), 'none')).rejects.toThrow(
      'copy from the source: there is no manifest none',
    );
  });
});

describe('the embedded registry', () => {
  const handler = createRegistryHandler(createMemoryBackend());
  const ask = (path: string, init?: RequestInit): Promise<Response> => handler(new Request(`http://r${path}`, init));

  test.each<[string, string, RequestInit, number]>([
    ['GET', '/v2/', {}, 200],
    ['GET', '/', {}, 404],
    ['GET', '/v2/a/tags/list', {}, 404],
    ['GET', '/v2/A/manifests/x', {}, 400],
    ['GET', '/v2/..%2f..%2fetc/manifests/x', {}, 400],
    ['GET', '/v2/a%00/manifests/x', {}, 400],
    ['GET', '/v2/a/blobs/sha256:..%2f..%2fx', {}, 404],
    ['PUT', '/v2/a/manifests/x', { body: 'no JSON' }, 400],
    ['PUT', '/v2/a/manifests/x', { body: new Uint8Array(5 * 1024 * 1024) }, 413],
    ['PATCH', '/v2/a/blobs/uploads/none', { body: 'x' }, 404],
    ['POST', `/v2/a/blobs/uploads/?digest=${layer.descriptor.digest}`, { body: 'other' }, 400],
    ['POST', '/v2/a/manifests/x', {}, 405],
  ])('%s %s', async (method, path, init, status) => {
    expect((await ask(path, { ...init, method })).status).toBe(status);
  });

  test('tags come in pages', async () => {
    for (const tag of ['a', 'b', 'c']) {
      await ask(`/v2/paged/manifests/${tag}`, {
        method: 'PUT',
        body: new Uint8Array(manifest.data),
        headers: { 'content-type': MEDIA_TYPES.manifest },
      });
    }
    const first = await ask('/v2/paged/tags/list?n=2');
    expect(await first.json()).toEqual({ name: 'paged', tags: ['a', 'b'] });
    expect(first.headers.get('link')).toBe('</v2/paged/tags/list?n=2&last=b>; rel="next"');
    const last = await ask('/v2/paged/tags/list?n=2&last=b');
    expect([await last.json(), last.headers.get('link')]).toEqual([{ name: 'paged', tags: ['c'] }, null]);
  });
});
