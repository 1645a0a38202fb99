import { gunzipSync, gzipSync } from 'node:zlib';
import { packTar, type TarHeader } from 'modern-tar';
import { describe, expect, test } from 'vitest';

import { ensureArchive, MAX_CHART_SIZE, MAX_FILE_SIZE, readArchive, writeArchive } from './archive.ts';
import { ChartError } from './error.ts';

const text = (data: Uint8Array): string => new TextDecoder().decode(data);
const bytes = (content: string): Uint8Array => new TextEncoder().encode(content);
const epoch = new Date(0);

const failure = async (act: () => unknown): Promise<string> => {
  try {
    await act();
  } catch (e) {
    if (e instanceof ChartError) return `${e.code} ${e.message}`;
    throw e;
  }
  throw new Error('no error');
};

/** A chart archive of one file with that name. */
const named = (name: string): Promise<Uint8Array> => writeArchive([{ name, data: bytes('x') }], epoch);

const packed = async (...headers: TarHeader[]): Promise<Uint8Array> =>
  gzipSync(await packTar(headers.map((header) => ({ header }))));

test('files come without the folder around them, and without byte order marks', async () => {
  const archive = await writeArchive(
    [
      { name: 'c/Chart.yaml', data: bytes('name: c') },
      { name: 'c/values.yaml', data: bytes('\ufeffa: 1') },
    ],
    epoch,
  );
  expect((await readArchive(archive)).map(({ name, data }) => [name, text(data)])).toEqual([
    ['Chart.yaml', 'name: c'],
    ['values.yaml', 'a: 1'],
  ]);
});

test('long and non-ASCII names survive', async () => {
  const names = [`${'a'.repeat(120)}/${'b'.repeat(120)}`, 'é/ü', `${'d'.repeat(90)}/${'e'.repeat(90)}`];
  const archive = await writeArchive(
    names.map((name) => ({ name: `c/${name}`, data: bytes(name) })),
    epoch,
  );
  expect((await readArchive(archive)).map(({ name }) => name)).toEqual(names);
});

test('equal files give equal bytes, in a gzip stream that says Helm', async () => {
  const files = [{ name: 'c/a', data: bytes('1') }];
  const archive = await writeArchive(files, new Date('2024-01-01T00:00:00Z'));
  expect(archive).toEqual(await writeArchive(files, new Date('2024-01-01T00:00:00Z')));
  expect(Array.from(archive.subarray(0, 14))).toEqual([0x1f, 0x8b, 8, 0x14, 0, 0, 0, 0, 0, 0xff, 44, 0, 0x72, 0x72]);
  expect(text(archive.subarray(56, 61))).toBe('Helm\0');
});

describe('names that lead elsewhere', () => {
  test.each([
    ['c/../../x', 'chart illegally references parent directory'],
    ['c/..', 'chart illegally references parent directory'],
    ['c//etc/passwd', 'chart illegally contains absolute paths'],
    ['/etc/passwd', ''],
    ['c', 'chart illegally contains content outside the base directory: "c"'],
    ['c\\..\\..\\x', 'chart illegally references parent directory'],
    ['c/C:/x', 'chart contains illegally named files'],
    ['Chart.yaml/x', 'chart yaml not in base directory'],
  ])('%s', async (name, message) => {
    const archive = await named(name);
    // An absolute name loses its first part, the nothing before the slash.
    if (message === '') expect((await readArchive(archive)).map((f) => f.name)).toEqual(['etc/passwd']);
    else expect(await failure(() => readArchive(archive))).toBe(`CHART_UNSAFE_PATH ${message}`);
  });

  test('two files of one name', async () => {
    const archive = await writeArchive(
      [
        { name: 'c/a', data: bytes('1') },
        { name: 'c/x/../a', data: bytes('2') },
      ],
      epoch,
    );
    expect(await failure(() => readArchive(archive))).toBe('CHART_UNSAFE_PATH chart archive has two files named "a"');
  });

  test.each(['symlink', 'link', 'character-device', 'fifo'] as const)('no file but a %s', async (type) => {
    const archive = await packed({ name: 'c/a', size: 0, type, linkname: '/etc/passwd' });
    expect(await failure(() => readArchive(archive))).toBe(
      `CHART_UNSAFE_PATH chart archive contains "c/a", which is no regular file but a ${type}`,
    );
  });
});

describe('sizes', () => {
  test('a file beyond the limit', async () => {
    const archive = await writeArchive([{ name: 'c/big', data: new Uint8Array(MAX_FILE_SIZE + 1) }], epoch);
    expect(await failure(() => readArchive(archive))).toBe(
      `CHART_TOO_LARGE decompressed chart file "c/big" is larger than the maximum file size ${MAX_FILE_SIZE}`,
    );
  });

  test('a chart beyond the limit', async () => {
    const files = Array.from({ length: 3 }, (_, i) => ({ name: `c/${i}`, data: new Uint8Array(40) }));
    const archive = await writeArchive(files, epoch);
    expect(await failure(() => readArchive(archive, { bytes: 100, entries: 10 }))).toBe(
      `CHART_TOO_LARGE decompressed chart is larger than the maximum size ${MAX_CHART_SIZE}`,
    );
  });

  test('a gzip bomb of folders is given up after some of them', async () => {
    const folder = gunzipSync(await packed({ name: 'c/a/', size: 0, type: 'directory' })).subarray(0, 512);
    const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024, folder), { level: 1 });
    expect(bomb.length).toBeLessThan(1024 * 1024);
    expect(await failure(() => readArchive(bomb))).toBe('CHART_TOO_LARGE chart archive has more than 65536 entries');
  });

  test('what stands behind the end of an archive counts, too', async () => {
    const bomb = gzipSync(Buffer.alloc(220 * 1024 * 1024), { level: 1 });
    expect(await failure(() => readArchive(bomb))).toMatch(/^CHART_(?:TOO_LARGE|ARCHIVE_INVALID) /);
  });

  test('a file that ends before it should', async () => {
    const whole = gunzipSync(await writeArchive([{ name: 'c/a', data: new Uint8Array(5000) }], epoch));
    expect(await failure(() => readArchive(gzipSync(whole.subarray(0, 2000))))).toBe(
      'CHART_ARCHIVE_INVALID unexpected EOF',
    );
  });

  test('too many entries', async () => {
    const files = Array.from({ length: 70 }, (_, i) => ({ name: `c/${i}`, data: new Uint8Array(0) }));
    const archive = await writeArchive(files, epoch);
    expect(await failure(() => readArchive(archive, { bytes: 1000, entries: 60 }))).toMatch(/^CHART_TOO_LARGE /);
  });
});

describe('what is no archive', () => {
  test.each([
    ['nothing', new Uint8Array(0), 'CHART_ARCHIVE_INVALID EOF'],
    ['text', bytes('apiVersion: v2\nname: x\n'), 'CHART_ARCHIVE_INVALID gzip: invalid header'],
    ['half of a gzip stream', gzipSync(new Uint8Array(4096)).subarray(0, 20), 'CHART_ARCHIVE_INVALID unexpected EOF'],
    ['gzip of text', gzipSync(bytes('hello '.repeat(200))), 'CHART_ARCHIVE_INVALID archive/tar: invalid tar header'],
    ['an empty archive', gzipSync(new Uint8Array(1024)), 'CHART_ARCHIVE_INVALID no files in chart archive'],
  ])('%s', async (_, data, message) => {
    expect(await failure(() => readArchive(data))).toBe(message);
  });

  test.each([
    ['values.yaml', 'a: 1', "file 'values.yaml' seems to be a YAML file, but expected a gzipped archive"],
    ['x.tgz', 'a: 1', "file 'x.tgz' does not appear to be a gzipped archive; got 'application/octet-stream'"],
    ['x.tgz', 'a'.repeat(600), "file 'x.tgz' does not appear to be a gzipped archive; got 'text/plain; charset=utf-8'"],
    [
      'x.tgz',
      '<!DOCTYPE html><p>',
      "file 'x.tgz' does not appear to be a gzipped archive; got 'text/html; charset=utf-8'",
    ],
  ])('%s given as a chart', async (name, content, message) => {
    expect(await failure(() => ensureArchive(name, bytes(content)))).toBe(`CHART_ARCHIVE_INVALID ${message}`);
  });
});
