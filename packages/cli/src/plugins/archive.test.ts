import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { packTar, type TarEntry } from 'modern-tar';
import { afterAll, describe, expect, it } from 'vitest';
import { packPlugin, unpackPlugin } from './archive.ts';

const root = mkdtempSync(join(tmpdir(), 'pack-archive-'));
afterAll(() => rmSync(root, { recursive: true }));
const fresh = (): string => mkdtempSync(join(root, 'x-'));
const file = (name: string, mode = 0o644): TarEntry => ({ header: { name, type: 'file', mode, size: 1 }, body: 'x' });
const link = (type: 'symlink' | 'link'): TarEntry => ({
  header: { name: 'p/l', type, linkname: '/etc/passwd', size: 0 },
});
const archive = async (...entries: TarEntry[]): Promise<Uint8Array> => gzipSync(await packTar(entries));

describe('an archive of a plugin', () => {
  it('is unpacked with its programs, and without more rights', async () => {
    const folder = fresh();
    await unpackPlugin(await archive(file('p/plugin.yaml', 0o666), file('p/bin/run', 0o4777)), folder);
    const mode = (path: string): number => statSync(join(folder, path)).mode & 0o7777;
    expect([mode('p/plugin.yaml'), mode('p/bin/run')]).toEqual([0o644, 0o755]);
  });

  it.each([
    ['climbs out', [file('../x')], "path contains '..', which is illegal"],
    ['climbs out in between', [file('p/../../x')], "path contains '..', which is illegal"],
    ['climbs out as on Windows', [file('p\\..\\..\\x')], "path contains '..', which is illegal"],
    ['is absolute', [file('/x')], 'path is absolute, which is illegal'],
    ['is absolute as on Windows', [file('C:/x')], "path contains ':', which is illegal"],
    ['has a link', [link('symlink')], '"p/l" is no file but a symlink'],
    ['has a hard link', [link('link')], '"p/l" is no file but a link'],
    ['has a file twice', [file('p/a'), file('p/A')], '"p/A" is there twice'],
  ])('is refused when it %s', async (_, entries, message) => {
    const folder = fresh();
    const unpacking = unpackPlugin(await archive(...entries), folder);
    await expect(unpacking).rejects.toMatchObject({ code: 'PLUGIN_UNSAFE_PATH', message });
    expect(readdirSync(root).includes('x')).toBe(false);
  });

  it.each([
    ['is none', new TextEncoder().encode('hello')],
    ['is cut off', gzipSync(new Uint8Array(4096).fill(7)).subarray(0, 20)],
    ['is no tar', gzipSync(new Uint8Array(4096).fill(7))],
  ])('is refused when it %s', async (_, data) => {
    await expect(unpackPlugin(data, fresh())).rejects.toMatchObject({ code: 'PLUGIN_UNREADABLE' });
  });
});

describe('a folder of a plugin', () => {
  it('gives the same archive each time, which gives the folder again', async () => {
    const folder = fresh();
    mkdirSync(join(folder, '.git'));
    writeFileSync(join(folder, 'plugin.yaml'), 'name: a\n');
    writeFileSync(join(folder, 'run'), 'x', { mode: 0o755 });
    const first = await packPlugin(folder, 'a', new Date(0));
    expect(await packPlugin(folder, 'a', new Date(0))).toEqual(first);
    const target = fresh();
    await unpackPlugin(first, target);
    expect(readdirSync(join(target, 'a'))).toEqual(['plugin.yaml', 'run']);
    expect(readFileSync(join(target, 'a/plugin.yaml'), 'utf8')).toBe('name: a\n');
  });
  it('is refused with a link', async () => {
    const folder = fresh();
    symlinkSync('/etc/passwd', join(folder, 'l'));
    await expect(packPlugin(folder, 'a', new Date(0))).rejects.toMatchObject({ code: 'PLUGIN_UNSAFE_PATH' });
  });
});
