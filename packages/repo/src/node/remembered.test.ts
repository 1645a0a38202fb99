import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';

import { Content, type ContentCache, sha256 } from '../content.ts';
import { keepChart, type OciSource, type PullOptions, type PullPorts, pullChart } from '../pull.ts';
import { NO_REPOSITORIES } from '../repositories.ts';
import { openContentCache, pruneContent } from './content-cache.ts';
import { remembering } from './remembered.ts';

const root = mkdtempSync(join(tmpdir(), 'pack-remembered-'));
afterAll(() => rmSync(root, { recursive: true }));

const archive = new TextEncoder().encode('archive');
const prov = new TextEncoder().encode('signed');
const ADDRESS = 'oci://x.example/charts/web';

/** A registry with three tags of one chart. */
const registry: OciSource = {
  tags: async () => ['2.0.0', '1.1.0+b', '1.0.0'],
  resolve: async () => 'sha256:aa',
  pull: async ({ repository, tag }, options) => ({
    content: new Content([archive]),
    manifestDigest: 'sha256:aa',
    reference: `${repository}:${tag?.replaceAll('+', '_')}`,
    ...(options.prov && { prov }),
  }),
  async drain({ repository, tag }, { sink }) {
    sink(archive);
    const digest = await sha256(archive);
    return { digest, size: archive.length, manifestDigest: 'sha256:aa', reference: `${repository}:${tag}` };
  },
};

let folder: string;
let cache: ContentCache;
beforeEach(() => {
  folder = mkdtempSync(join(root, 'f-'));
  cache = openContentCache(folder);
});

const portsOf = (offline: boolean): PullPorts => ({
  repositories: NO_REPOSITORIES,
  cachedIndex: () => Promise.reject(new Error('no index')),
  freshIndex: () => Promise.reject(new Error('no index')),
  fetchFor: () => () => Promise.reject(new Error('no network')),
  cache,
  oci: remembering(registry, { folder, cache, offline }),
});
const online = (options: PullOptions) => pullChart(ADDRESS, options, portsOf(false));
const offline = (options: PullOptions, address = ADDRESS) =>
  pullChart(address, { ...options, offline: true }, portsOf(true));

describe('without its registry, a chart is found that was fetched', () => {
  test.each<[string, PullOptions, PullOptions, string]>([
    ['by its version', { version: '1.0.0' }, { version: '1.0.0' }, '1.0.0'],
    ['with a plus sign', { version: '1.1.0+b' }, { version: '1.1.0+b' }, '1.1.0_b'],
    ['by a range', { version: '1.0.0' }, { version: '^1.0.0' }, '1.0.0'],
    ['as the newest', {}, {}, '2.0.0'],
  ])('%s', async (_, fetched, wanted, tag) => {
    const before = await online(fetched);
    const after = await offline(wanted);
    expect(Buffer.from(after.data).equals(archive)).toBe(true);
    expect(after).toMatchObject({ fileName: before.fileName, digest: before.digest, oci: before.oci });
    expect(after.oci?.reference).toBe(`x.example/charts/web:${tag}`);
  });

  test('into the cache alone', async () => {
    await keepChart(ADDRESS, { version: '1.0.0' }, portsOf(false));
    expect((await offline({ version: '1.0.0' })).oci?.manifestDigest).toBe('sha256:aa');
  });

  test('with its provenance', async () => {
    await online({ version: '1.0.0', prov: 'always' });
    expect(Buffer.from((await offline({ version: '1.0.0', prov: 'always' })).prov ?? []).equals(prov)).toBe(true);
  });

  test('by a digest', async () => {
    await pullChart(`${ADDRESS}@sha256:aa`, {}, portsOf(false));
    expect((await offline({}, `${ADDRESS}@sha256:aa`)).oci?.manifestDigest).toBe('sha256:aa');
  });
});

describe('without its registry, it is said of a chart that it is not there', () => {
  test.each<[string, () => Promise<unknown> | unknown, PullOptions]>([
    ['that was never fetched', () => undefined, { version: '1.0.0' }],
    ['of which no version was', () => undefined, {}],
    ['of which another version was', () => online({ version: '2.0.0' }), { version: '1.0.0' }],
    [
      'that the cache has lost',
      async () => {
        await online({ version: '1.0.0' });
        pruneContent(folder, { now: new Date() });
      },
      {},
    ],
    [
      'of which the note is none',
      async () => {
        await online({ version: '1.0.0' });
        writeFileSync(
          join(folder, 'registry', encodeURIComponent('x.example/charts/web'), '1.0.0.json'),
          '{"digest": "../x"}',
        );
      },
      { version: '1.0.0' },
    ],
  ])('%s', async (_, before, wanted) => {
    await before();
    await expect(offline(wanted)).rejects.toMatchObject({ code: 'OFFLINE' });
  });
});
