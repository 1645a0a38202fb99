import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { readAll } from '../digest.ts';
import { blobOf, EMPTY_CONFIG, type ImageIndex, packIndex, packManifest } from '../manifest.ts';
import { openLayout } from './layout.ts';
import { toWeb } from './web-stream.ts';

const root = mkdtempSync(join(tmpdir(), 'oci-layout-'));
afterAll(() => rmSync(root, { recursive: true }));

let folder: string;
let n = 0;
beforeEach(() => {
  folder = join(root, `l${n++}`);
});

const manifest = packManifest({ layers: [] });
const { descriptor } = manifest;
const layer = blobOf('application/octet-stream', new TextEncoder().encode('a layer'));
const pathOf = (digest: string): string => join(folder, 'blobs', digest.replace(':', '/'));
const names = (): (string | undefined)[] =>
  (JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as ImageIndex).manifests.map(
    ({ annotations }) => annotations?.['org.opencontainers.image.ref.name'],
  );

describe('a new layout', () => {
  test('is one that others can read', () => {
    openLayout(folder);
    expect(readdirSync(folder).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
    expect(JSON.parse(readFileSync(join(folder, 'oci-layout'), 'utf8'))).toEqual({ imageLayoutVersion: '1.0.0' });
    expect(JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8'))).toMatchObject({
      schemaVersion: 2,
      manifests: [],
    });
  });

  test.each<[string, () => void, RegExp]>([
    ['a folder of something else', () => writeFileSync(join(folder, 'mine'), ''), /not empty: it has mine$/],
    [
      'another version',
      () => writeFileSync(join(folder, 'oci-layout'), '{"imageLayoutVersion":"2.0.0"}'),
      /version 1$/,
    ],
    ['a marker that is none', () => writeFileSync(join(folder, 'oci-layout'), 'null'), /version 1$/],
  ])('is not made of %s', (_, prepare, message) => {
    mkdirSync(folder);
    prepare();
    expect(() => openLayout(folder)).toThrow(message);
    expect(existsSync(join(folder, 'blobs'))).toBe(false);
  });
});

describe('the index', () => {
  test('has one entry for a manifest, and one more for each further tag', async () => {
    const own = openLayout(folder).repository();
    const other = openLayout(folder).repository('a/b');
    for (const store of [own, other]) await store.push(descriptor, manifest.data);
    expect(names()).toEqual([undefined, `a/b@${descriptor.digest}`]);
    await own.tag(descriptor, 'v1');
    await other.tag(descriptor, 'v1');
    await other.tag(descriptor, 'v2');
    expect(names()).toEqual(['v1', 'a/b:v1', 'a/b:v2']);
    await other.deleteManifest('v1');
    await other.deleteManifest('v2');
    await own.deleteManifest('v1');
    expect(names()).toEqual([`a/b@${descriptor.digest}`, undefined]);
    expect(await openLayout(folder).repositories()).toEqual(['a/b']);
  });

  test('keeps what others wrote into it', async () => {
    const store = openLayout(folder).repository();
    await store.push(descriptor, manifest.data);
    const strange = { ...descriptor, annotations: { 'org.opencontainers.image.ref.name': 'localhost:5000/x:1' } };
    const platform = { os: 'linux', architecture: 'arm64' };
    const index = { schemaVersion: 2, annotations: { by: 'them' }, manifests: [strange, { ...descriptor, platform }] };
    writeFileSync(join(folder, 'index.json'), JSON.stringify(index));
    await store.tag(descriptor, 'v1');
    expect(JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8'))).toEqual({
      ...index,
      manifests: [strange, { ...descriptor, platform, annotations: { 'org.opencontainers.image.ref.name': 'v1' } }],
    });
  });

  test('need not name the images of an index', async () => {
    const store = openLayout(folder).repository('a');
    const list = packIndex({ manifests: [descriptor] });
    await store.push(descriptor, manifest.data);
    await store.push(list.descriptor, list.data);
    const entry = { ...list.descriptor, annotations: { 'org.opencontainers.image.ref.name': 'a:all' } };
    writeFileSync(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [entry] }));
    expect(await store.resolve(descriptor.digest)).toEqual(descriptor);
    expect(await store.exists(descriptor)).toBe(true);
    expect(await openLayout(folder).repository('b').exists(descriptor)).toBe(false);
  });

  test('of which an entry is broken serves the others', async () => {
    const store = openLayout(folder).repository();
    const referrer = packManifest({ artifactType: 'a/b', layers: [], subject: layer.descriptor });
    await store.push(descriptor, manifest.data);
    await store.push(referrer.descriptor, referrer.data);
    rmSync(pathOf(descriptor.digest));
    expect(await store.referrers(layer.descriptor)).toHaveLength(1);
    await expect(store.resolve(descriptor.digest)).rejects.toMatchObject({ code: 'CONTENT_NOT_FOUND' });
  });

  test.each(['[]', '{"manifests":{}}', '{"manifests":[{"digest":"sha256:../x"}]}', 'no JSON'])(
    '%s is refused',
    async (text) => {
      const store = openLayout(folder).repository();
      writeFileSync(join(folder, 'index.json'), text);
      await expect(store.tags()).rejects.toMatchObject({ code: 'LAYOUT_INVALID' });
    },
  );

  test('that is a link is not written through', async () => {
    const store = openLayout(folder).repository();
    const elsewhere = join(root, 'elsewhere.json');
    writeFileSync(elsewhere, '{"schemaVersion":2,"manifests":[]}');
    rmSync(join(folder, 'index.json'));
    symlinkSync(elsewhere, join(folder, 'index.json'));
    await expect(store.push(descriptor, manifest.data)).rejects.toMatchObject({ code: 'LAYOUT_INVALID' });
    expect(readFileSync(elsewhere, 'utf8')).toBe('{"schemaVersion":2,"manifests":[]}');
  });
});

describe('a blob', () => {
  test.each<[string, (path: string) => void, string]>([
    ['changed', (path) => writeFileSync(path, 'a laser'), 'DIGEST_MISMATCH'],
    ['cut short', (path) => truncateSync(path, 3), 'SIZE_MISMATCH'],
  ])('that was %s is not given out, and can be pushed again', async (_, spoil, code) => {
    const store = openLayout(folder).repository();
    await store.push(layer.descriptor, layer.data);
    spoil(pathOf(layer.descriptor.digest));
    await expect(store.fetch(layer.descriptor).then((s) => readAll(s, 100))).rejects.toMatchObject({ code });
    await store.push(layer.descriptor, layer.data);
    expect(await readAll(await store.fetch(layer.descriptor), 100)).toEqual(new Uint8Array(layer.data));
  });

  test('in whose place a link stands is replaced, not followed', async () => {
    const store = openLayout(folder).repository();
    await store.push(EMPTY_CONFIG.descriptor, EMPTY_CONFIG.data);
    const elsewhere = join(root, 'elsewhere.txt');
    writeFileSync(elsewhere, 'mine');
    symlinkSync(elsewhere, pathOf(layer.descriptor.digest));
    await store.push(layer.descriptor, layer.data);
    expect(readFileSync(elsewhere, 'utf8')).toBe('mine');
    expect(await readAll(await store.fetch(layer.descriptor), 100)).toEqual(new Uint8Array(layer.data));
  });

  test.each<[string, () => ReadableStream<Uint8Array>]>([
    [
      'breaks',
      () =>
        toWeb(
          Readable.from(
            (function* () {
              yield Buffer.from('a l');
              throw new Error('cut');
            })(),
          ),
        ),
    ],
    ['ends early', () => toWeb(Readable.from([Buffer.from('a l')]))],
    ['goes on', () => toWeb(Readable.from([Buffer.from('a layer'), Buffer.from('!')]))],
    ['is another', () => toWeb(Readable.from([Buffer.from('a laser')]))],
  ])('that %s while it is written leaves nothing behind', async (_, open) => {
    const store = openLayout(folder).repository();
    await expect(store.push(layer.descriptor, open)).rejects.toThrow();
    expect(readdirSync(join(folder, 'blobs'), { recursive: true })).toEqual(['sha256']);
  });
});

test('parts of killed processes are removed after a day', () => {
  openLayout(folder);
  const [old, young] = ['.1-2.tmp', '.3-4.upload'].map((name) => join(folder, 'blobs', name)) as [string, string];
  for (const path of [old, young]) writeFileSync(path, '');
  const past = new Date(Date.now() - 25 * 60 * 60_000);
  utimesSync(old, past, past);
  openLayout(folder);
  expect([existsSync(old), existsSync(young)]).toEqual([false, true]);
});

test('two processes lose nothing of each other', async () => {
  const program = [
    '--import',
    new URL('./testdata/sources.mjs', import.meta.url).href,
    fileURLToPath(new URL('./testdata/tagger.mjs', import.meta.url)),
  ];
  const children = ['one', 'two'].map((name) =>
    spawn(process.execPath, [...program, folder, name, '50'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    }),
  );
  await Promise.all(children.map((child) => once(child.stdout, 'data')));
  for (const child of children) child.stdin.end('start');
  expect(await Promise.all(children.map((child) => once(child, 'exit')))).toEqual([
    [0, null],
    [0, null],
  ]);
  const layout = openLayout(folder);
  const expected = Array.from({ length: 50 }, (_, i) => `v${i}`).sort();
  for (const name of ['by/one', 'by/two']) expect(await layout.repository(name).tags()).toEqual(expected);
  expect(readdirSync(folder).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
}, 60_000);

test('within a process, too', async () => {
  const stores = [openLayout(folder), openLayout(folder)].map((layout) => layout.repository());
  await Promise.all(
    Array.from({ length: 40 }, async (_, i) => {
      const store = stores[i % 2] as (typeof stores)[0];
      const image = packManifest({ layers: [], annotations: { i: String(i) } });
      await store.push(image.descriptor, image.data);
      await store.tag(image.descriptor, `v${i}`);
    }),
  );
  expect(await stores[0]?.tags()).toHaveLength(40);
});
