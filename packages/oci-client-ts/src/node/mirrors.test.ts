import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readAll } from '../digest.ts';
import { blobOf, EMPTY_CONFIG, packManifest } from '../manifest.ts';
import { createRegistry } from '../registry/client.ts';
import { createFetch } from './fetch.ts';
import { openLayout } from './layout.ts';
import { readMirrors } from './mirrors.ts';
import { type Served, serve } from './serve.ts';

const folder = mkdtempSync(join(tmpdir(), 'oci-mirrors-'));
const layer = blobOf('a/b', new TextEncoder().encode('content'));
const image = packManifest({ layers: [layer.descriptor] });
let mirror: Served;
beforeAll(async () => {
  const layout = join(folder, 'layout');
  const store = openLayout(layout).repository('proxy/app');
  for (const { descriptor, data } of [EMPTY_CONFIG, layer, image]) await store.push(descriptor, data);
  await store.tag(image.descriptor, 'v1');
  mirror = await serve(layout);
});
afterAll(async () => {
  await mirror.close();
  rmSync(folder, { recursive: true });
});

function write(path: string, text: string): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

describe('a registry that nobody reaches', () => {
  const pulled = async (options: Parameters<typeof readMirrors>[0]): Promise<string> => {
    const hosts = await readMirrors(options);
    if (hosts === undefined) throw new Error('there are no mirrors');
    const repository = createRegistry('127.0.0.1:1', {
      fetch: createFetch(),
      hosts,
      retry: { attempts: 1 },
    }).repository('app');
    expect(await repository.tags()).toEqual(['v1']);
    const { descriptor } = await repository.manifest('v1');
    expect(descriptor.digest).toBe(image.descriptor.digest);
    return new TextDecoder().decode(await readAll(await repository.fetch(layer.descriptor), 100));
  };

  test('is read from the mirror of registries.conf', async () => {
    const registriesConf = write(
      'r.conf',
      `[[registry]]\nlocation = "127.0.0.1:1"\n[[registry.mirror]]\nlocation = "${new URL(mirror.url).host}/proxy"\ninsecure = true\n`,
    );
    expect(await pulled({ registriesConf })).toBe('content');
  });

  test('is read from the mirror of hosts.toml', async () => {
    write('certs.d/127.0.0.1:1/hosts.toml', `[host."${mirror.url}/v2/proxy"]\noverride_path = true\n`);
    expect(await pulled({ hostsFolder: join(folder, 'certs.d') })).toBe('content');
  });
});

test('the file of a host wins over that of all, and the folder over registries.conf', async () => {
  write('all/_default/hosts.toml', 'server = "https://default.example"');
  write('all/a.example_444_/hosts.toml', 'server = "https://own.example"');
  const registriesConf = write('all.conf', '[[registry]]\nlocation = "a.example"\nblocked = true\n');
  const hosts = await readMirrors({ hostsFolder: join(folder, 'all'), registriesConf });
  expect(hosts?.('a.example:444', 'x').server?.url).toBe('https://own.example');
  expect(hosts?.('a.example', 'x').server?.url).toBe('https://default.example');
});

test('without files there are no mirrors', async () => {
  expect(
    await readMirrors({ hostsFolder: join(folder, 'none'), registriesConf: join(folder, 'none') }),
  ).toBeUndefined();
});

test.each<[string, string, RegExp]>([
  ['TOML that is none', 'a = = b', /hosts\.toml: Invalid TOML/],
  ['a certificate that is not there', '[host."m"]\nca = "no.pem"', /no\.pem: it cannot be read: ENOENT/],
])('%s is an error that names the file', async (name, text, message) => {
  const hostsFolder = join(folder, name);
  write(`${name}/_default/hosts.toml`, text);
  const hosts = await readMirrors({ hostsFolder });
  expect(() => hosts?.('a.example', 'x')).toThrow(message);
});
