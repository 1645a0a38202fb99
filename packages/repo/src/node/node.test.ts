import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, describe, expect, test } from 'vitest';

import { findVersion } from '../chart-index.ts';
import { sha256 } from '../content.ts';
import { createRepository, findRepository, formatRepositories, NO_REPOSITORIES } from '../repositories.ts';
import { gitSource } from './git-source.ts';
import { openIndex, readValidators, storeIndex } from './index-files.ts';
import { withLock } from './lock.ts';
import { changeRepositories, readRepositories } from './repositories-file.ts';
import { registerRepository, unregisterRepositories, updateIndexes } from './update.ts';

const root = mkdtempSync(join(tmpdir(), 'pack-repo-'));
afterAll(() => rmSync(root, { recursive: true }));
const folder = (): string => mkdtempSync(join(root, 'f-'));
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const INDEX = `apiVersion: v1
entries:
  web:
  - name: web
    urls:
    - web-1.0.0.tgz
    version: 1.0.0
  caf\u00e9:
  - name: caf\u00e9
    version: 2.0.0
`;

describe('repositories.yaml', () => {
  test('is made with its folder, for the user alone', async () => {
    const path = join(folder(), 'a', 'repositories.yaml');
    expect(readRepositories(path)).toEqual(NO_REPOSITORIES);
    const added = { ...NO_REPOSITORIES, repositories: [createRepository({ name: 'a', url: 'u' })] };
    await changeRepositories(path, () => added);
    expect(readFileSync(path, 'utf8')).toBe(formatRepositories(added));
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('is not written through a link, nor when nothing changes', async () => {
    const at = folder();
    const path = join(at, 'repositories.yaml');
    writeFileSync(join(at, 'target'), 'repositories: []\n');
    symlinkSync('target', path);
    await changeRepositories(path, (file) => file);
    await expect(changeRepositories(path, (file) => ({ ...file }))).rejects.toMatchObject({ code: 'FILE_IS_LINK' });
    expect(readFileSync(join(at, 'target'), 'utf8')).toBe('repositories: []\n');
  });

  test('loses nothing when two processes write it at once', async () => {
    const at = folder();
    const script = join(at, 'add.mjs');
    const module = fileURLToPath(new URL('repositories-file.ts', import.meta.url));
    await build({
      stdin: {
        contents: `import { changeRepositories } from ${JSON.stringify(module)};
import { createRepository } from ${JSON.stringify(fileURLToPath(new URL('../repositories.ts', import.meta.url)))};
const [path, who] = process.argv.slice(2);
for (let i = 0; i < 100; i++) {
  await changeRepositories(path, (file) => ({
    ...file, repositories: [...file.repositories, createRepository({ name: who + i, url: 'u' })] }));
}`,
        resolveDir: at,
      },
      bundle: true,
      platform: 'node',
      format: 'esm',
      conditions: ['@pack/source'],
      outfile: script,
      logLevel: 'error',
    });
    const path = join(at, 'repositories.yaml');
    const codes = await Promise.all(
      ['a', 'b'].map(async (who) => (await once(fork(script, [path, who]), 'exit'))[0] as number),
    );
    expect(codes).toEqual([0, 0]);
    const file = readRepositories(path);
    expect(file.repositories).toHaveLength(200);
    for (let i = 0; i < 100; i++) {
      expect([findRepository(file, `a${i}`)?.name, findRepository(file, `b${i}`)?.name]).toEqual([`a${i}`, `b${i}`]);
    }
  }, 60_000);
});

describe('a lock', () => {
  const held = (path: string, pid: number): void =>
    writeFileSync(path, JSON.stringify({ pid, host: hostname(), id: 'x' }));
  /** A process that has ended. */
  const deadPid = (): number => Number(execFileSync('sh', ['-c', 'echo $$']).toString());

  test('of a dead process is taken over', async () => {
    const path = join(folder(), 'l');
    held(path, deadPid());
    expect(await withLock(path, async () => 'done')).toBe('done');
    expect(existsSync(path)).toBe(false);
  });

  test('that nobody has touched for long is taken over', async () => {
    const path = join(folder(), 'l');
    held(path, process.pid);
    const then = new Date(Date.now() - 120_000);
    utimesSync(path, then, then);
    expect(await withLock(path, async () => 'done')).toBe('done');
  });

  test('of a living process is waited for', async () => {
    const path = join(folder(), 'l');
    held(path, process.pid);
    await expect(withLock(path, async () => 'done', { timeout: 30 })).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' });
  });

  test('lets one in at a time', async () => {
    const path = join(folder(), 'l');
    let inside = 0;
    const most: number[] = [];
    await Promise.all(
      Array.from({ length: 8 }, () =>
        withLock(path, async () => {
          most.push(++inside);
          await new Promise((resolve) => setImmediate(resolve));
          inside--;
        }),
      ),
    );
    expect(most).toEqual(Array.from({ length: 8 }, () => 1));
  });
});

describe('a cached index', () => {
  test('is stored with the names of its charts, and gives its entries', async () => {
    const at = folder();
    storeIndex(at, 'r', bytes(INDEX), { source: 'u' });
    expect(readFileSync(join(at, 'r-index.yaml'), 'utf8')).toBe(INDEX);
    expect(readFileSync(join(at, 'r-charts.txt'), 'utf8').split('\n').sort()).toEqual(['', 'caf\u00e9', 'web']);
    const index = openIndex(at, 'r');
    expect(await index.entry('web', findVersion('web', index.versions('web'), ''))).toMatchObject({
      urls: ['web-1.0.0.tgz'],
    });
  });

  test('of Helm gets a summary, which is made anew when the index changes', async () => {
    const at = folder();
    const path = join(at, 'r-index.yaml');
    const plain = INDEX.replaceAll('caf\u00e9', 'cafe');
    writeFileSync(path, plain);
    expect(openIndex(at, 'r').versions('web')).toEqual(['1.0.0']);
    const summary = readFileSync(join(at, 'r-index.pack'), 'utf8');
    openIndex(at, 'r');
    expect(readFileSync(join(at, 'r-index.pack'), 'utf8')).toBe(summary);
    writeFileSync(path, plain.replaceAll('1.0.0', '1.0.1'));
    const index = openIndex(at, 'r');
    expect(index.versions('web')).toEqual(['1.0.1']);
    writeFileSync(path, plain.replaceAll('1.0.0', '10.0.0'));
    await expect(index.entry('web', 0)).rejects.toThrow('was changed while it was being read');
  });

  test('that is missing or broken', () => {
    const at = folder();
    expect(() => openIndex(at, 'r')).toThrow(expect.objectContaining({ code: 'INDEX_NOT_CACHED' }));
    writeFileSync(join(at, 'r-index.yaml'), 'entries: {}\n');
    expect(() => openIndex(at, 'r')).toThrow(`error loading ${join(at, 'r-index.yaml')}: no API version specified`);
  });

  test('is kept when a new one is none', () => {
    const at = folder();
    storeIndex(at, 'r', bytes(INDEX), { source: 'u', validators: { etag: '"1"' } });
    expect(() => storeIndex(at, 'r', bytes('<html>'), { source: 'u' })).toThrow();
    expect(readFileSync(join(at, 'r-index.yaml'), 'utf8')).toBe(INDEX);
    expect(readValidators(at, 'r', 'u')).toEqual({ etag: '"1"' });
    expect(readValidators(at, 'r', 'other')).toEqual({});
    writeFileSync(join(at, 'r-index.yaml'), INDEX);
    expect(readValidators(at, 'r', 'u')).toEqual({});
    expect(readdirSync(at).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});

describe('updating', () => {
  /** A server whose index has a tag; the second path is broken. */
  const server = (): { fetch: typeof fetch; asked: (string | null)[] } => {
    const asked: (string | null)[] = [];
    const fetch = (async (url: string, init: RequestInit) => {
      const tag = new Headers(init.headers).get('if-none-match');
      asked.push(tag);
      if (url.startsWith('https://bad.example')) return new Response('', { status: 503, statusText: 'Busy' });
      return tag === '"1"' ? new Response(null, { status: 304 }) : new Response(INDEX, { headers: { etag: '"1"' } });
    }) as unknown as typeof globalThis.fetch;
    return { fetch, asked };
  };
  const good = createRepository({ name: 'good', url: 'https://good.example' });
  const bad = createRepository({ name: 'bad', url: 'https://bad.example' });

  test('asks for changes only, and tells of each failure', async () => {
    const at = folder();
    const { fetch, asked } = server();
    const ports = { folder: at, fetchFor: () => fetch };
    writeFileSync(join(at, 'bad-index.yaml'), INDEX);
    const first = await updateIndexes([good, bad], ports);
    expect(first).toMatchObject([
      { status: 'updated' },
      { status: 'failed', error: { message: 'failed to fetch https://bad.example/index.yaml : 503 Busy' } },
    ]);
    expect(await updateIndexes([good], ports)).toMatchObject([{ status: 'unchanged' }]);
    expect(asked).toEqual([null, null, '"1"']);
    expect(openIndex(at, 'bad').versions('web')).toEqual(['1.0.0']);
  });

  test('a repository is put on the list with its index, and taken off', async () => {
    const at = folder();
    const { fetch } = server();
    const config = join(at, 'repositories.yaml');
    const ports = { folder: at, fetchFor: () => fetch };
    expect(await registerRepository(good, ports, { config })).toBe('added');
    expect(await registerRepository(good, ports, { config })).toBe('unchanged');
    await expect(registerRepository(bad, ports, { config })).rejects.toThrow(
      'looks like "https://bad.example" is not a valid chart repository or cannot be reached: failed to fetch',
    );
    await expect(
      registerRepository(createRepository({ name: 'x', url: 'ftp://x' }), ports, { config }),
    ).rejects.toThrow('could not find protocol handler for: ftp');
    await unregisterRepositories(['good'], { config, folder: at });
    expect(readRepositories(config).repositories).toEqual([]);
    expect(readdirSync(at).filter((name) => name.startsWith('good'))).toEqual([]);
    await expect(unregisterRepositories(['good'], { config, folder: at })).rejects.toThrow(
      'no repositories configured',
    );
  });
});

test('a chart of a git repository', async () => {
  const at = folder();
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@x', ...args], { cwd: at }).toString();
  mkdirSync(join(at, 'charts', 'web'), { recursive: true });
  writeFileSync(join(at, 'charts', 'web', 'Chart.yaml'), 'apiVersion: v2\nname: web\nversion: 1.2.3\n');
  symlinkSync('/etc', join(at, 'charts', 'out'));
  git('init', '-q');
  git('add', '-A');
  git('commit', '-qm', 'one');
  git('tag', 'v1.2.3');
  const url = `git+file://${at}`;
  expect(await gitSource.versions(url)).toEqual(['v1.2.3']);
  const chart = await gitSource.archive(`${url}@v1.2.3?path=charts/web`);
  expect(chart).toMatchObject({ fileName: 'web-1.2.3.tgz', commit: git('rev-parse', 'HEAD').trim() });
  expect(await sha256((await gitSource.archive(`${url}?path=charts/web`)).data)).toBe(await sha256(chart.data));
  await expect(gitSource.archive(`${url}?path=charts/out`)).rejects.toThrow('charts/out leads out of the repository');
  await expect(gitSource.archive(`${url}@nope`)).rejects.toMatchObject({ code: 'CHART_DOWNLOAD_FAILED' });
  await expect(gitSource.versions(`${url}/none`)).rejects.toThrow(
    /^git ls-remote: .*does not appear to be a git repository; .*Could not read from remote repository\.$/,
  );
});
