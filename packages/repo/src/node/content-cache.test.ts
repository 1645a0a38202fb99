import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';

import { sha256 } from '../content.ts';
import { linkContent, listContent, openContentCache, pruneContent, verifyContent } from './content-cache.ts';

const root = mkdtempSync(join(tmpdir(), 'pack-cache-'));
afterAll(() => rmSync(root, { recursive: true }));
const folder = (): string => mkdtempSync(join(root, 'f-'));
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('the content cache', () => {
  test('holds nothing that it was not given', async () => {
    const at = folder();
    const cache = openContentCache(at);
    const data = bytes('archive');
    const digest = await sha256(data);
    await cache.put(digest, data, 'chart');
    await cache.put(digest, bytes('signed'), 'prov');
    expect(Buffer.from((await cache.get(digest, 'chart')) ?? [])).toEqual(Buffer.from(data));
    expect(existsSync(join(at, digest.slice(0, 2), `${digest}.chart`))).toBe(true);
    await expect(cache.put('0'.repeat(64), data, 'chart')).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    await expect(cache.get('../../etc', 'chart')).rejects.toMatchObject({ code: 'CONTENT_CORRUPT' });
    expect(listContent(at).map(({ kind, size }) => [kind, size])).toEqual([
      ['chart', 7],
      ['prov', 6],
    ]);
  });

  test('finds out what others put there', async () => {
    const at = folder();
    const digest = 'ab'.repeat(32);
    mkdirSync(join(at, 'ab'));
    const path = join(at, 'ab', `${digest}.chart`);
    writeFileSync(path, 'evil');
    expect((await verifyContent(at, { keep: true })).map((content) => content.digest)).toEqual([digest]);
    expect(await openContentCache(at).get(digest, 'chart')).toBeUndefined();
    expect(existsSync(path)).toBe(false);
  });

  test('is emptied of what is old', async () => {
    const at = folder();
    const cache = openContentCache(at);
    for (const text of ['a', 'b']) await cache.put(await sha256(bytes(text)), bytes(text), 'chart');
    const [old] = listContent(at);
    const then = new Date('2020-01-01');
    utimesSync(old?.path ?? '', then, then);
    const options = { before: new Date('2021-01-01'), now: new Date() };
    expect(pruneContent(at, { ...options, dryRun: true })).toHaveLength(1);
    expect(pruneContent(at, options).map(({ digest }) => digest)).toEqual([old?.digest]);
    expect(listContent(at)).toHaveLength(1);
  });
});

describe('a chart that is on its way into the cache', () => {
  const large = randomBytes(3 * 1024 * 1024);
  const chunks = [large.subarray(0, 1), large.subarray(1, 2 * 1024 * 1024), large.subarray(2 * 1024 * 1024)];
  const filesOf = (at: string): string[] =>
    readdirSync(at, { recursive: true, withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [entry.name] : []));

  test('is kept as it came', async () => {
    const at = folder();
    const cache = openContentCache(at);
    const digest = await sha256(large);
    const incoming = cache.receive?.();
    for (const chunk of chunks) incoming?.write(chunk);
    expect(await incoming?.keep(digest, large.length)).toBe(true);
    await incoming?.end();
    expect(large.equals((await cache.get(digest, 'chart')) ?? Buffer.alloc(0))).toBe(true);
    expect(filesOf(at)).toEqual([`${digest}.chart`]);
  });

  test.each([
    ['of which a part is missing', chunks.slice(1), large.length],
    ['that nobody keeps', chunks, undefined],
  ])('%s leaves nothing', async (_, some, length) => {
    const at = folder();
    const incoming = openContentCache(at).receive?.();
    for (const chunk of some) incoming?.write(chunk);
    if (length !== undefined) expect(await incoming?.keep('ab'.repeat(32), length)).toBe(false);
    await incoming?.end();
    expect(filesOf(at)).toEqual([]);
  });

  test('is left to memory where nothing can be written', async () => {
    const file = join(folder(), 'file');
    writeFileSync(file, '');
    const incoming = openContentCache(file).receive?.();
    for (const chunk of chunks) incoming?.write(chunk);
    expect(await incoming?.keep('ab'.repeat(32), large.length)).toBe(false);
    await incoming?.end();
  });

  test('is pruned once nobody can be writing it', () => {
    const at = folder();
    mkdirSync(join(at, 'incoming'));
    const path = join(at, 'incoming', 'a.tmp');
    writeFileSync(path, '');
    pruneContent(at, { now: new Date() });
    expect(existsSync(path)).toBe(true);
    pruneContent(at, { now: new Date(Date.now() + 7_200_000) });
    expect(existsSync(path)).toBe(false);
  });
});

describe('a second name for what the cache has', () => {
  test('is not given where the cache is no folder', () => {
    const path = join(folder(), 'web.tgz');
    expect(linkContent('/dev/null/x', 'ab'.repeat(32), path)).toBe(false);
    expect(existsSync(path)).toBe(false);
  });

  const put = async (at: string): Promise<string> => {
    const digest = await sha256(bytes('archive'));
    await openContentCache(at).put(digest, bytes('archive'), 'chart');
    return digest;
  };

  test('is given as often as one likes', async () => {
    const [at, to] = [folder(), folder()];
    const digest = await put(at);
    for (let n = 0; n < 2; n++) expect(linkContent(at, digest, join(to, 'web.tgz'))).toBe(true);
    expect(readdirSync(to)).toEqual(['web.tgz']);
    expect(readFileSync(join(to, 'web.tgz'), 'utf8')).toBe('archive');
  });

  test('takes the place of what was there', async () => {
    const [at, to] = [folder(), folder()];
    writeFileSync(join(to, 'web.tgz'), 'old');
    linkContent(at, await put(at), join(to, 'web.tgz'));
    expect(readFileSync(join(to, 'web.tgz'), 'utf8')).toBe('archive');
  });

  test.each<[string, (kept: string, path: string) => void]>([
    ['what others may write', (kept) => chmodSync(kept, 0o666)],
    ['what is a link', (kept) => [renameSync(kept, `${kept}.x`), symlinkSync(`${kept}.x`, kept)]],
    ['what is gone', (kept) => rmSync(kept)],
    ['a place that is a link', (_, path) => symlinkSync('/nowhere', path)],
  ])('is not given to %s', async (_, prepare) => {
    const [at, to] = [folder(), folder()];
    const digest = await put(at);
    prepare(join(at, digest.slice(0, 2), `${digest}.chart`), join(to, 'web.tgz'));
    const before = readdirSync(to);
    expect(linkContent(at, digest, join(to, 'web.tgz'))).toBe(false);
    expect(readdirSync(to)).toEqual(before);
  });
});
