import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dockerCredentials } from './docker-config.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'oci-config-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }));

let n = 0;
const file = (content: unknown): string => {
  const path = join(folder, `config-${n++}.json`);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};

const basic = (text: string): string => Buffer.from(text).toString('base64');

test.each<[string, unknown, string, unknown]>([
  ['by host', { auths: { 'a.example': { auth: basic('u:p:w') } } }, 'a.example', { username: 'u', password: 'p:w' }],
  [
    'by address',
    { auths: { 'https://a.example/v2/': { auth: basic('u:p') } } },
    'a.example',
    { username: 'u', password: 'p' },
  ],
  ['in two members', { auths: { a: { username: 'u', password: 'p' } } }, 'a', { username: 'u', password: 'p' }],
  ['a token', { auths: { a: { auth: basic('x:'), identitytoken: 'T' } } }, 'a', { identityToken: 'T' }],
  ['a token for the registry', { auths: { a: { registrytoken: 'R' } } }, 'a', { registryToken: 'R' }],
  [
    'of Docker',
    { auths: { 'https://index.docker.io/v1/': { auth: basic('u:p') } } },
    'docker.io',
    { username: 'u', password: 'p' },
  ],
  ['none', { auths: { b: { auth: basic('u:p') } } }, 'a', undefined],
  ['an empty file', '', 'a', undefined],
])('%s', async (_, content, host, credential) => {
  expect(await dockerCredentials({ path: file(content) }).get(host)).toEqual(credential);
});

test('the fallback is asked last', async () => {
  const fallbackPath = file({ auths: { a: { auth: basic('f:p') }, b: { auth: basic('f:p') } } });
  const credentials = dockerCredentials({ path: file({ auths: { a: { auth: basic('own:p') } } }), fallbackPath });
  expect(await credentials.get('a')).toMatchObject({ username: 'own' });
  expect(await credentials.get('b')).toMatchObject({ username: 'f' });
});

test('what is stored is kept for the owner, beside all else', async () => {
  const path = file({ auths: { b: { auth: basic('u:p') } }, unknown: [1] });
  const credentials = dockerCredentials({ path });
  await credentials.store('a', { username: 'u', password: 'secret' });
  expect(await credentials.get('a')).toEqual({ username: 'u', password: 'secret' });
  await credentials.store('a', { registryToken: 'R' });
  expect(await credentials.get('a')).toEqual({ registryToken: 'R' });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  await credentials.erase('a');
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ auths: { b: { auth: basic('u:p') } }, unknown: [1] });
});

test.each([['{"auths": '], ['[]'], [`{"auths": {"a": {"auth": "${basic('nocolon')}"}}}`]])(
  '%s is refused by name',
  async (content) => {
    const path = file(content);
    await expect(dockerCredentials({ path }).get('a')).rejects.toMatchObject({
      code: 'CREDENTIALS_INVALID',
      message: expect.stringContaining(path),
    });
  },
);

test('a link is not written through', async () => {
  const target = file('{}');
  const path = join(folder, 'link.json');
  symlinkSync(target, path);
  await expect(dockerCredentials({ path }).store('a', { identityToken: 't' })).rejects.toMatchObject({
    code: 'CREDENTIALS_INVALID',
  });
  expect(readFileSync(target, 'utf8')).toBe('{}');
});

test('a helper is asked, told and made to forget', async () => {
  const program = join(folder, 'docker-credential-box');
  writeFileSync(
    program,
    `#!/bin/sh\nbox="${folder}/box"\ncase "$1" in\nget) [ -s "$box" ] && cat "$box" || { echo "credentials not found"; exit 1; } ;;\nstore) cat > "$box" ;;\nerase) rm -f "$box" ;;\nesac\n`,
  );
  chmodSync(program, 0o755);
  const env = { PATH: `${folder}${delimiter}${process.env['PATH']}` };
  const credentials = dockerCredentials({ path: file({ credHelpers: { a: 'box' } }), env });
  expect(await credentials.get('a')).toBeUndefined();
  await credentials.store('a', { username: 'u', password: 'p' });
  expect(await credentials.get('a')).toEqual({ username: 'u', password: 'p' });
  await credentials.erase('a');
  expect(await credentials.get('a')).toBeUndefined();
});

test.each([['../../bin/sh'], ['none-such']])('a helper %s is refused', async (credsStore) => {
  await expect(dockerCredentials({ path: file({ credsStore }), env: process.env }).get('a')).rejects.toMatchObject({
    code: 'CREDENTIALS_INVALID',
  });
});
