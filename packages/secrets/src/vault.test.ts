import { expect, test } from 'vitest';

import { parseReference, type SecretReference } from './reference.ts';
import { createTestVault, type TestVault } from './testing/vault.ts';
import { type VaultLogin, vaultProvider } from './vault.ts';

const TOKEN: VaultLogin = { method: 'token', token: 'hvs.root' };

const create = (): TestVault =>
  createTestVault({
    tokens: ['hvs.root'],
    first: { 'old/app': { password: 'first', port: 5432, more: { a: [1] } } },
    second: {
      app: [{ password: 'older' }, { password: 'second' }],
      'a b/ü': { length: 1, 0: { key: 'odd' } } as never,
      gone: [null],
    },
    roles: { deploy: 'role-secret' },
    accounts: { pods: 'jwt' },
  });

const refs = (...texts: string[]): SecretReference[] =>
  texts.map((text) => parseReference(text, new Set(['vault'])) as SecretReference);

const resolve = (texts: readonly string[], login: VaultLogin = TOKEN, vault = create()) =>
  vaultProvider({ address: 'https://vault.test:8200', fetch: vault.fetch, login: async () => login }).resolve(
    refs(...texts),
  );

test.each([
  ['vault:kv/old/app#password', 'first'],
  ['vault:kv/old/app#port', '5432'],
  ['vault:kv/old/app#more', '{"a":[1]}'],
  ['vault:secret/app#password', 'second'],
  ['vault:secret/data/app#password', 'second'],
  ['vault:/secret/app#password', 'second'],
  ['vault:secret/app?version=1#password', 'older'],
  ['vault:secret/a b/ü#key', 'odd'],
])('%s', async (text, secret) => {
  expect(await resolve([text])).toEqual([secret]);
});

test('what several references name is read once', async () => {
  const vault = create();
  const texts = ['vault:secret/app#password', 'vault:secret/app#password', 'vault:kv/old/app#port'];
  expect(await resolve(texts, TOKEN, vault)).toEqual(['second', 'second', '5432']);
  expect(vault.requests.filter((request) => request === 'GET secret/data/app')).toHaveLength(1);
});

test.each([
  ['AppRole', { method: 'approle', mount: 'approle', roleId: 'deploy', secretId: 'role-secret' }],
  ['Kubernetes', { method: 'kubernetes', mount: 'kubernetes', role: 'pods', jwt: 'jwt' }],
] as const)('%s logs in, once', async (_, login) => {
  const vault = create();
  expect(await resolve(['vault:secret/app#password', 'vault:kv/old/app#password'], login, vault)).toEqual([
    'second',
    'first',
  ]);
  expect(vault.requests.filter((request) => request.startsWith('POST'))).toEqual([`POST auth/${login.mount}/login`]);
});

test.each([
  ['vault:secret/app#passwort', 'SECRET_NOT_FOUND', 'the secret secret/app has no key "passwort"', TOKEN],
  ['vault:secret/none#a', 'SECRET_NOT_FOUND', 'Vault has no secret secret/none', TOKEN],
  ['vault:secret/gone#a', 'SECRET_NOT_FOUND', 'Vault has no secret secret/gone: it was deleted', TOKEN],
  ['vault:kv/none#a', 'SECRET_NOT_FOUND', 'Vault has no secret kv/none', TOKEN],
  ['vault:secret/app', 'SECRET_REFERENCE_INVALID', 'it names no key', TOKEN],
  ['vault:secret/app#', 'SECRET_REFERENCE_INVALID', 'it names no key', TOKEN],
  ['vault:secret#a', 'SECRET_REFERENCE_INVALID', 'it names no secret', TOKEN],
  ['vault:secret/../sys/seal#a', 'SECRET_REFERENCE_INVALID', 'it names no secret', TOKEN],
  ['vault:other/app#a', 'SECRET_REFUSED', 'Vault does not let you read other/app: preflight capability check', TOKEN],
  [
    'vault:secret/app#a',
    'SECRET_REFUSED',
    'Vault does not let you read secret/app: permission denied',
    { method: 'token', token: 'hvs.bad' },
  ],
  [
    'vault:secret/app#a',
    'SECRET_UNAVAILABLE',
    'Vault does not let approle log in: invalid role or secret ID',
    { method: 'approle', mount: 'approle', roleId: 'deploy', secretId: 'x' },
  ],
] as const)('%s is refused: %s', async (text, code, message, login) => {
  const [fault] = await resolve([text], login);
  expect(fault).toMatchObject({ code, message: expect.stringContaining(message) });
});

const answering = async (fetch: typeof globalThis.fetch, address = 'https://vault.test'): Promise<unknown> =>
  (await vaultProvider({ address, fetch, login: async () => TOKEN }).resolve(refs('vault:secret/app#password')))[0];

test('a standby sends to the active server, with the token', async () => {
  const vault = create();
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const url = new URL(String(input));
    if (url.host === 'active.test') return vault.fetch(input, init);
    return new Response(null, { status: 307, headers: { location: `https://active.test${url.pathname}` } });
  };
  expect(await answering(fetch)).toBe('second');
});

test.each([
  [
    'a redirect to where nothing is encrypted',
    async () => new Response(null, { status: 307, headers: { location: 'http://active.test/' } }),
    'SECRET_REFUSED',
  ],
  ['an answer that is none', async () => new Response('<html>', { status: 500 }), 'SECRET_UNAVAILABLE'],
  [
    'an answer without end',
    async () => new Response(new ReadableStream({ pull: (c) => c.enqueue(new Uint8Array(1 << 20)) })),
    'SECRET_TOO_LARGE',
  ],
  [
    'no answer',
    async () => Promise.reject(new TypeError('fetch failed', { cause: new Error('ECONNREFUSED') })),
    'SECRET_UNAVAILABLE',
  ],
] as const)('%s', async (_, fetch, code) => {
  expect(await answering(fetch)).toMatchObject({ code });
});

test('an address that is none', async () => {
  expect(await answering(create().fetch, 'vault')).toMatchObject({ message: '"vault" is no address of Vault' });
});

test('namespaces are sent', async () => {
  const vault = createTestVault({ tokens: ['hvs.root'], first: { a: { k: 'v' } }, namespace: 'team' });
  const provider = vaultProvider({
    address: 'https://vault.test/',
    namespace: 'team',
    fetch: vault.fetch,
    login: async () => TOKEN,
  });
  expect(await provider.resolve(refs('vault:kv/a#k'))).toEqual(['v']);
});
