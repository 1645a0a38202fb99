import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createDiscoveryCache } from './discovery-cache.ts';

const resources = [{ apiVersion: 'x.io/v1', kind: 'Thing', name: 'things', namespaced: true, verbs: ['get'] }];

test('what is saved is there for ten minutes, for the same server', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pack-discovery-'));
  let now = Date.now();
  const cache = (server: string) => createDiscoveryCache(join(folder, 'cache'), server, () => now);
  expect(await cache('https://a').load()).toBeUndefined();
  await cache('https://a').save(resources);
  expect(await cache('https://a').load()).toEqual(resources);
  expect(await cache('https://b').load()).toBeUndefined();
  const long = `https://a/${'x'.repeat(300)}`;
  await cache(`${long}1`).save(resources);
  expect(await cache(`${long}1`).load()).toEqual(resources);
  expect(await cache(`${long}2`).load()).toBeUndefined();
  now += 11 * 60_000;
  expect(await cache('https://a').load()).toBeUndefined();
  rmSync(folder, { recursive: true });
});

test.each([
  '',
  '{',
  '{}',
  'null',
  '{"server": "https://a", "resources": [{"kind": "Thing"}]}',
  '{"server": "https://a", "resources": [null]}',
])('a file with %j in it is passed over', async (text) => {
  const folder = mkdtempSync(join(tmpdir(), 'pack-discovery-'));
  const cache = createDiscoveryCache(folder, 'https://a');
  await cache.save(resources);
  const [name = ''] = readdirSync(folder);
  writeFileSync(join(folder, name), text);
  expect(await cache.load()).toBeUndefined();
  rmSync(folder, { recursive: true });
});

test('a folder that cannot be written is no error', async () => {
  const cache = createDiscoveryCache('/dev/null/x', 'https://a');
  await expect(cache.save(resources)).resolves.toBeUndefined();
  expect(await cache.load()).toBeUndefined();
});
