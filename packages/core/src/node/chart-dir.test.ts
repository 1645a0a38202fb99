import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';

import { packageChart } from '../chart/package.ts';
import { readChart } from './chart-dir.ts';
import { writeAtomic } from './write-atomic.ts';

const root = mkdtempSync(join(tmpdir(), 'pack-chart-'));
afterAll(() => rmSync(root, { recursive: true }));

let count = 0;

/** A folder with some files; `-> target` makes a link. */
function folder(files: Record<string, string>): string {
  const path = join(root, String(count++));
  for (const [name, content] of Object.entries({
    'Chart.yaml': 'apiVersion: v2\nname: c\nversion: 1.0.0\n',
    ...files,
  })) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    if (content.startsWith('-> ')) symlinkSync(content.slice(3), join(path, name));
    else writeFileSync(join(path, name), content);
  }
  return path;
}

const rejection = async (act: Promise<unknown>): Promise<{ code: string; message: string }> =>
  act.then(
    () => Promise.reject(new Error('no error')),
    (e: { code: string; message: string }) => e,
  );

describe('a folder', () => {
  test('is read in the order of names, without what is ignored', async () => {
    const path = folder({
      '.helmignore': '*.bak\n/docs/\n',
      'docs/x': '',
      'a.bak': '',
      'templates/.hidden': '',
      'templates/b.yaml': '',
      'templates/a.yaml': '',
      'b.txt': '\ufeffbom',
      '.dot': '',
    });
    const chart = await readChart(path);
    expect(chart.raw.map(({ name }) => name)).toEqual([
      '.dot',
      '.helmignore',
      'Chart.yaml',
      'b.txt',
      'templates/a.yaml',
      'templates/b.yaml',
    ]);
    expect(new TextDecoder().decode(chart.files.find(({ name }) => name === 'b.txt')?.data)).toBe('bom');
  });

  test('of a pack has .sherpackignore too; to a chart it means nothing', async () => {
    const path = folder({
      '.helmignore': '*.bak\n',
      '.sherpackignore': '*.tmp',
      'a.bak': '',
      'a.tmp': '',
      'a.txt': '',
    });
    const names = async () => (await readChart(path)).files.map(({ name }) => name);
    expect(await names()).toEqual(['.helmignore', '.sherpackignore', 'a.tmp', 'a.txt']);
    rmSync(join(path, 'Chart.yaml'));
    writeFileSync(join(path, 'Pack.yaml'), 'apiVersion: sherpack.io/v1\nmetadata: {name: p, version: 1.0.0}\n');
    expect(await names()).toEqual(['.helmignore', '.sherpackignore', 'a.txt']);
  });

  test('may have links, which are told', async () => {
    const outside = folder({ 'secret/x': 'x' });
    const path = folder({ real: 'r', link: '-> real', sub: `-> ${outside}/secret` });
    const warnings: string[] = [];
    const chart = await readChart(path, { warn: (message) => warnings.push(message) });
    expect(chart.files.map(({ name }) => name)).toEqual(['link', 'real', 'sub/x']);
    expect(warnings).toHaveLength(2);
    expect(await rejection(readChart(path, { linksOut: false }))).toMatchObject({ code: 'CHART_LINK_OUTSIDE' });
  });

  test.each([
    ['a broken link', { link: '-> nowhere' }, 'CHART_UNREADABLE', 'error evaluating symlink'],
    ['a device', { link: '-> /dev/null' }, 'CHART_FILE_IRREGULAR', 'cannot load irregular file'],
    ['a link in a circle', { 'x/y/loop': '-> ..' }, 'CHART_UNREADABLE', 'a folder that it is in'],
    [
      'a large file',
      { big: 'x'.repeat(5 * 1024 * 1024 + 1) },
      'CHART_TOO_LARGE',
      'chart file "big" is larger than the maximum file size 5242880',
    ],
    ['a bad .helmignore', { '.helmignore': '**' }, 'CHART_INVALID', 'double-star (**) syntax is not supported'],
  ])('with %s is refused', async (_, files, code, message) => {
    const error = await rejection(readChart(folder(files as Record<string, string>)));
    expect(error.code).toContain(code);
    expect(error.message).toContain(message);
  });
});

test('an archive is read by its content', async () => {
  const { name, data } = await packageChart(await readChart(folder({ 'templates/a.yaml': 'a' })), new Date(0));
  const path = join(root, name);
  writeAtomic(path, data);
  expect((await readChart(path)).templates.map((file) => file.name)).toEqual(['templates/a.yaml']);
  const text = join(root, 'values.yaml');
  writeFileSync(text, 'a: 1');
  expect(await rejection(readChart(text))).toMatchObject({
    message: `file '${text}' seems to be a YAML file, but expected a gzipped archive`,
  });
});

test('what is not there', async () => {
  expect(await rejection(readChart(join(root, 'nope')))).toMatchObject({ code: 'CHART_NOT_FOUND' });
});

describe('writeAtomic', () => {
  test('replaces a file and leaves nothing beside it', () => {
    const path = join(folder({ x: 'old' }), 'x');
    writeAtomic(path, 'new');
    expect(readFileSync(path, 'utf8')).toBe('new');
  });

  test('never writes through a link', () => {
    const path = folder({ target: 'kept', link: '-> target' });
    expect(() => writeAtomic(join(path, 'link'), 'x')).toThrow('is a symbolic link');
    expect(readFileSync(join(path, 'target'), 'utf8')).toBe('kept');
  });
});
