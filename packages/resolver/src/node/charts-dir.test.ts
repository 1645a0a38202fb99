import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageChart, parseChart, parseTime, UTC } from '@pack/core';
import { afterAll, describe, expect, test } from 'vitest';

import type { PackLock } from '../lock.ts';
import type { DependencyArchive } from '../source.ts';
import { readLock, restoreCharts, writeCharts } from './charts-dir.ts';
import { listDependencies } from './status.ts';

const root = mkdtempSync(join(tmpdir(), 'pack-charts-'));
afterAll(() => rmSync(root, { recursive: true }));

const chartYaml = (name: string, version: string, more = ''): string =>
  `apiVersion: v2\nname: ${name}\nversion: ${version}\n${more}`;

async function archive(name: string, version: string): Promise<DependencyArchive> {
  const data = new TextEncoder().encode(chartYaml(name, version));
  const packaged = await packageChart(parseChart([{ name: 'Chart.yaml', data }]), new Date(0));
  return { data: packaged.data, fileName: packaged.name, digest: `${name}${version}` };
}

const lockOf = (...dependencies: PackLock['dependencies']): PackLock => ({
  dependencies,
  digest: 'sha256:x',
  generated: parseTime('2006-01-02T15:04:05Z07:00', '2024-01-02T03:04:05Z', UTC),
});

/** A chart with some files. */
function chart(files: Record<string, string | Uint8Array> = {}): string {
  const folder = mkdtempSync(join(root, 'c-'));
  writeFileSync(join(folder, 'Chart.yaml'), chartYaml('top', '0.1.0'));
  for (const [name, data] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), data);
  }
  return folder;
}

const web = await archive('web', '1.0.0');
const lock = lockOf(
  { name: 'web', version: '1.0.0', repository: 'https://r' },
  { name: 'own', version: '>=1', repository: '' },
);

describe('charts/', () => {
  test('gets what is locked, and keeps what is not from a repository', async () => {
    const folder = chart({
      'charts/web-0.9.0.tgz': (await archive('web', '0.9.0')).data,
      'charts/own-1.0.0.tgz': (await archive('own', '1.0.0')).data,
      'charts/dir/Chart.yaml': chartYaml('dir', '1.0.0'),
      'charts/README': 'text',
    });
    const warnings: string[] = [];
    await writeCharts({ folder, archives: [web], lock, warn: (message) => warnings.push(message) });
    expect(readdirSync(join(folder, 'charts')).sort()).toEqual(['README', 'dir', 'own-1.0.0.tgz', 'web-1.0.0.tgz']);
    expect(warnings).toEqual([expect.stringContaining('README for deletion')]);
    expect(readLock(folder)).toEqual(lock);
    expect(readdirSync(folder).sort()).toEqual(['Chart.lock', 'Chart.yaml', 'charts']);
  });

  test('is left alone when anything is wrong', async () => {
    const folder = chart({ 'charts/web-0.9.0.tgz': (await archive('web', '0.9.0')).data });
    const before = (): string[] => readdirSync(join(folder, 'charts'));
    const write = (archives: readonly DependencyArchive[]): Promise<void> => writeCharts({ folder, archives, lock });
    await expect(write([{ ...web, fileName: '../x.tgz' }])).rejects.toMatchObject({ code: 'CHARTS_INVALID' });
    await expect(write([web, { ...web, digest: 'other' }])).rejects.toMatchObject({ code: 'CHARTS_INVALID' });
    symlinkSync('/etc/hostname', join(folder, 'Chart.lock'));
    await expect(write([web])).rejects.toThrow('the Chart.lock file is a symlink to "/etc/hostname"');
    expect(before()).toEqual(['web-0.9.0.tgz']);
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('that is a file is refused', async () => {
    const folder = chart({ charts: 'x' });
    await expect(writeCharts({ folder, archives: [web], lock })).rejects.toThrow(
      `"${join(folder, 'charts')}" is not a directory`,
    );
  });

  const [oldLock, newLock] = [{ 'Chart.lock': 'old' }, { 'Chart.lock.TOKEN.tmp': 'new' }];
  const killed: [when: string, files: Record<string, string>, names: string[], lock: string][] = [
    [
      'before the change',
      { 'charts/a.tgz': '', '.charts-TOKEN.new/b.tgz': '', ...oldLock, ...newLock },
      ['a.tgz'],
      'old',
    ],
    [
      'in the middle of it',
      { '.charts-TOKEN.old/a.tgz': '', '.charts-TOKEN.new/b.tgz': '', ...oldLock, ...newLock },
      ['a.tgz'],
      'old',
    ],
    [
      'before the lock',
      { 'charts/b.tgz': '', '.charts-TOKEN.old/a.tgz': '', ...oldLock, ...newLock },
      ['b.tgz'],
      'new',
    ],
    ['before the first lock', { 'charts/b.tgz': '', ...newLock }, ['b.tgz'], 'new'],
    ['after it', { 'charts/b.tgz': '', '.charts-TOKEN.old/a.tgz': '', 'Chart.lock': 'new' }, ['b.tgz'], 'new'],
  ];
  test.each(killed)(
    'is whole again, and the lock is its own, after a run that was killed %s',
    (_, files, names, text) => {
      const token = '0a1b2c3d-0000-4000-8000-000000000000';
      const named = Object.entries(files).map(([name, data]) => [name.replace('TOKEN', token), data]);
      const folder = chart(Object.fromEntries(named));
      restoreCharts(folder);
      expect(readdirSync(join(folder, 'charts'))).toEqual(names);
      expect(readFileSync(join(folder, 'Chart.lock'), 'utf8')).toBe(text);
      expect(readdirSync(folder).filter((name) => name.includes(token))).toEqual([]);
    },
  );

  test('never makes a lock of what another left through a link', () => {
    const folder = chart({ 'charts/b.tgz': '', 'Chart.lock.0a1b2c3d-0000-4000-8000-000000000000.tmp': 'new' });
    symlinkSync('/etc/hostname', join(folder, 'Chart.lock'));
    restoreCharts(folder);
    expect(lstatSync(join(folder, 'Chart.lock')).isSymbolicLink()).toBe(true);
  });
});

test('a lock that says the same is not written again', async () => {
  const folder = chart();
  await writeCharts({ folder, archives: [web], lock });
  const text = readFileSync(join(folder, 'Chart.lock'), 'utf8');
  await writeCharts({ folder, archives: [web], lock: { ...lock, generated: parseTime('2006', '2020', UTC) } });
  expect(readFileSync(join(folder, 'Chart.lock'), 'utf8')).toBe(text);
  await writeCharts({ folder, archives: [web], lock, lockName: 'requirements.lock' });
  expect(existsSync(join(folder, 'requirements.lock'))).toBe(true);
});

test('dependencies are listed with how they lie there', async () => {
  const names = ['ok', 'bad', 'wrong', 'gone', 'many', 'dir', 'odd'];
  const dependencies = names.map(
    (name) => `- {name: ${name}, version: ${name === 'odd' ? 'x y' : '^1'}, repository: r}\n`,
  );
  const folder = chart({
    'Chart.yaml': chartYaml('top', '0.1.0', `dependencies:\n${dependencies.join('')}`),
    'charts/ok-1.0.0.tgz': (await archive('ok', '1.0.0')).data,
    'charts/bad-1.0.0.tgz': (await archive('other', '1.0.0')).data,
    'charts/wrong-2.0.0.tgz': (await archive('wrong', '2.0.0')).data,
    'charts/many-1.0.0.tgz': (await archive('many', '1.0.0')).data,
    'charts/many-1.1.0.tgz': (await archive('many', '1.1.0')).data,
    'charts/odd-1.0.0.tgz': (await archive('odd', '1.0.0')).data,
    'charts/dir/Chart.yaml': chartYaml('dir', '1.0.0'),
    'charts/more/Chart.yaml': chartYaml('more', '1.0.0'),
  });
  const { dependencies: rows, warnings } = await listDependencies(folder);
  expect(rows?.map(({ name, status }) => `${name} ${status}`)).toEqual([
    'ok ok',
    'bad misnamed',
    'wrong wrong version',
    'gone missing',
    'many too many matches',
    'dir unpacked',
    'odd invalid version',
  ]);
  expect(warnings).toEqual([
    `WARNING: "${join(folder, 'charts/bad-1.0.0.tgz')}" is not in Chart.yaml.`,
    `WARNING: "${join(folder, 'charts/more')}" is not in Chart.yaml.`,
  ]);
  const none = chart();
  expect(await listDependencies(none)).toEqual({
    dependencies: undefined,
    warnings: [`WARNING: no dependencies at ${join(none, 'charts')}`],
  });
});
