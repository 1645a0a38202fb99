import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copy } from '../copy.ts';
import { digestOf, readAll } from '../digest.ts';
import { blobOf, EMPTY_CONFIG, packIndex, packManifest } from '../manifest.ts';
import { createMemoryStore } from '../memory-store.ts';
import type { Store } from '../store.ts';
import { openLayout } from './layout.ts';
import { openLayoutTar, writeLayoutTar } from './layout-tar.ts';

const folder = mkdtempSync(join(tmpdir(), 'oci-tar-'));
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }));

const bytes = new Uint8Array(2000).map((_, i) => i % 251);
const layer = blobOf('application/octet-stream', bytes);
const long = { ...layer, descriptor: { ...layer.descriptor, digest: digestOf(bytes, 'sha512') } };
const image = packManifest({ layers: [layer.descriptor, long.descriptor] });
const index = packIndex({ manifests: [image.descriptor] });
const signature = packManifest({ artifactType: 'a/signature', layers: [], subject: image.descriptor });

async function filled(order: readonly (typeof layer)[]): Promise<Store> {
  const store = createMemoryStore();
  for (const { descriptor, data } of order) await store.push(descriptor, data);
  await store.tag(image.descriptor, 'v1');
  await store.tag(index.descriptor, 'all');
  return store;
}

const all = [EMPTY_CONFIG, layer, long, image, index, signature];
const file = join(folder, 'x.tar');
let source: Store;
beforeAll(async () => {
  source = await filled(all);
  await writeLayoutTar(
    file,
    [
      { store: source, reference: 'all' },
      { store: source, reference: 'v1', name: 'a/b:v1' },
    ],
    {
      referrers: true,
    },
  );
});

async function reading<T>(path: string, act: (store: Store) => Promise<T>, name?: string): Promise<T> {
  const tar = await openLayoutTar(path);
  try {
    return await act(tar.repository(name));
  } finally {
    await tar.close();
  }
}

describe('an archive', () => {
  test('gives back what was put into it', async () => {
    await reading(file, async (store) => {
      expect(await store.tags()).toEqual(['all']);
      expect((await store.resolve('all')).digest).toBe(index.descriptor.digest);
      expect((await store.resolve(image.descriptor.digest)).digest).toBe(image.descriptor.digest);
      for (const { descriptor, data } of all) {
        expect(await store.exists(descriptor)).toBe(true);
        expect(await readAll(await store.fetch(descriptor), 1e6)).toEqual(new Uint8Array(data));
      }
      expect(await store.referrers(image.descriptor)).toMatchObject([{ digest: signature.descriptor.digest }]);
    });
    expect(await reading(file, (store) => store.tags(), 'a/b')).toEqual(['v1']);
  });

  test('is copied from', async () => {
    const to = createMemoryStore();
    await reading(file, (store) => copy(store, to, 'all', { referrers: true }));
    expect(await readAll(await to.fetch(long.descriptor), 1e6)).toEqual(bytes);
    expect(await to.tags()).toEqual(['all']);
  });

  test.each<[string, (store: Store) => Promise<unknown>, string]>([
    ['what is not there', (store) => store.resolve('none'), 'CONTENT_NOT_FOUND'],
    [
      'a blob that is not there',
      (store) => store.fetch(blobOf('x/y', new Uint8Array(1)).descriptor),
      'CONTENT_NOT_FOUND',
    ],
    [
      'a hostile digest',
      (store) => store.fetch({ ...layer.descriptor, digest: 'sha256:../../x' }),
      'CONTENT_NOT_FOUND',
    ],
    ['a blob', (store) => store.push(layer.descriptor, bytes), 'UNSUPPORTED'],
    ['a manifest', (store) => store.push(image.descriptor, image.data), 'UNSUPPORTED'],
    ['a tag', (store) => store.tag(image.descriptor, 'v2'), 'UNSUPPORTED'],
    ['a deletion', (store) => store.deleteManifest('all'), 'UNSUPPORTED'],
    ['a deletion of a blob', (store) => store.deleteBlob(layer.descriptor), 'UNSUPPORTED'],
  ])('refuses %s', async (_, act, code) => {
    await expect(reading(file, act)).rejects.toMatchObject({ code });
  });

  test('is the same bytes for the same content', async () => {
    const again = join(folder, 'again.tar');
    const other = await filled([...all].reverse());
    await writeLayoutTar(
      again,
      [
        { store: other, reference: 'all' },
        { store: other, reference: 'v1', name: 'a/b:v1' },
      ],
      { referrers: true },
    );
    expect(digestOf(readFileSync(again))).toBe(digestOf(readFileSync(file)));
  });

  test('is unpacked by tar into a layout, and made by it of one', async () => {
    const unpacked = join(folder, 'unpacked');
    mkdirSync(unpacked);
    execFileSync('tar', ['-xf', file, '-C', unpacked]);
    const layout = openLayout(unpacked);
    expect(await readAll(await layout.repository().fetch(long.descriptor), 1e6)).toEqual(bytes);
    expect(await layout.repositories()).toEqual(['a/b']);
    for (const format of ['gnu', 'pax', 'ustar']) {
      const packed = join(folder, `${format}.tar`);
      // ustar has no room for the long name.
      const without = format === 'ustar' ? ['--exclude=./blobs/sha512'] : [];
      execFileSync('tar', [`--format=${format}`, ...without, '-cf', packed, '-C', unpacked, '.']);
      expect(await reading(packed, async (store) => readAll(await store.fetch(layer.descriptor), 1e6))).toEqual(bytes);
      if (format === 'ustar') continue;
      expect(await reading(packed, async (store) => readAll(await store.fetch(long.descriptor), 1e6))).toEqual(bytes);
    }
  });
});

describe('refused', () => {
  const good = (): Buffer => Buffer.from(readFileSync(file));
  const changed = (change: (bytes: Buffer) => void): Buffer => {
    const it = good();
    change(it);
    return it;
  };
  test.each<[string, () => Buffer, RegExp]>([
    ['nothing', () => Buffer.alloc(0), /cut short/],
    ['only an end', () => Buffer.alloc(1024), /has no oci-layout/],
    ['no tar', () => Buffer.alloc(2048, 'x'), /checksum/],
    ['compressed', () => Buffer.from([0x1f, 0x8b, ...new Uint8Array(1000)]), /compressed/],
    ['cut in a file', () => good().subarray(0, 3000), /cut short/],
    ['cut in a header', () => good().subarray(0, 1100), /cut short/],
    ['a changed header', () => changed((it) => it.write('x', 3)), /checksum/],
    ['a size that is none', () => changed((it) => resum(it, () => it.write('zzz', 124))), /no size/],
    ['a negative size', () => changed((it) => resum(it, () => it.fill(0xff, 124, 136))), /no size/],
    ['a size beyond all', () => changed((it) => resum(it, () => it.write('77777777777', 124))), /cut short/],
    ['another version', () => changed((it) => it.write('{"imageLayoutVersion":"9.0.0"}', 512)), /version 1/],
  ])('%s', async (_, make, message) => {
    const path = join(folder, 'bad.tar');
    writeFileSync(path, make());
    await expect(openLayoutTar(path)).rejects.toThrow(message);
    await expect(openLayoutTar(path)).rejects.toMatchObject({ code: 'LAYOUT_INVALID' });
  });

  test('a changed blob is', async () => {
    const it = good();
    const at = it.indexOf(Buffer.from(bytes.subarray(0, 400)));
    it[at] = (it[at] as number) ^ 1;
    const path = join(folder, 'changed.tar');
    writeFileSync(path, it);
    const read = (d: typeof layer.descriptor) =>
      reading(path, async (store) => readAll(await store.fetch(d), 1e6)).then(
        () => 'fine',
        (e: { code: string }) => e.code,
      );
    const results = [await read(layer.descriptor), await read(long.descriptor)];
    expect(results.sort()).toEqual(['DIGEST_MISMATCH', 'fine']);
  });

  function resum(it: Buffer, change: () => void): void {
    change();
    it.fill(' ', 148, 156);
    const sum = it.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    it.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  }
});

describe('writing', () => {
  test('never goes through a link', async () => {
    const [link, elsewhere] = [join(folder, 'link.tar'), join(folder, 'elsewhere')];
    writeFileSync(elsewhere, 'mine');
    symlinkSync(elsewhere, link);
    await expect(writeLayoutTar(link, [{ store: source, reference: 'v1' }])).rejects.toThrow('it is a link');
    expect(readFileSync(elsewhere, 'utf8')).toBe('mine');
  });

  test('that fails leaves nothing', async () => {
    const before = readdirSync(folder);
    const store: Store = {
      ...source,
      fetch: (d, run) => source.fetch(d.digest === layer.descriptor.digest ? { ...d, size: d.size + 1 } : d, run),
    };
    await expect(writeLayoutTar(join(folder, 'new.tar'), [{ store, reference: 'v1' }])).rejects.toMatchObject({
      code: 'SIZE_MISMATCH',
    });
    await expect(writeLayoutTar(join(folder, 'new.tar'), [{ store, reference: 'none' }])).rejects.toMatchObject({
      code: 'CONTENT_NOT_FOUND',
    });
    expect(readdirSync(folder)).toEqual(before);
  });
});
