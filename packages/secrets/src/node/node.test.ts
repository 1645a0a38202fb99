import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';

import { decryptSops } from '../sops/decrypt.ts';
import { readWithin } from './files.ts';
import { sopsKeys } from './sops-keys.ts';
import { vaultSettings } from './vault-settings.ts';

const root = mkdtempSync(join(tmpdir(), 'pack-secrets-'));
afterAll(() => rmSync(root, { recursive: true }));
const cwd = join(root, 'work');
mkdirSync(join(cwd, 'in'), { recursive: true });
mkdirSync(join(root, 'run'));
writeFileSync(join(cwd, 'in/a.txt'), 'inside\n');
writeFileSync(join(root, 'run/b.txt'), 'mounted');
writeFileSync(join(root, 'c.txt'), 'outside');
symlinkSync(join(root, 'c.txt'), join(cwd, 'leads-out'));
symlinkSync(join(cwd, 'in/a.txt'), join(cwd, 'leads-in'));

test.each([
  ['in/a.txt', 'inside\n'],
  ['./in/../in/a.txt', 'inside\n'],
  [join(cwd, 'in/a.txt'), 'inside\n'],
  ['leads-in', 'inside\n'],
  [join(root, 'run/b.txt'), 'mounted'],
  ['../run/b.txt', 'mounted'],
])('%s may be read', (path, text) => {
  expect(readWithin(path, { PACK_SECRETS_PATH: join(root, 'run') }, cwd)).toBe(text);
});

test.each([
  ['../c.txt', 'SECRET_REFUSED'],
  ['leads-out', 'SECRET_REFUSED'],
  ['/etc/passwd', 'SECRET_REFUSED'],
  ['/etc/none-at-all', 'SECRET_REFUSED'],
  ['..', 'SECRET_REFUSED'],
  ['in', 'SECRET_NOT_FOUND'],
  ['none', 'SECRET_NOT_FOUND'],
])('%s may not', (path, code) => {
  expect(() => readWithin(path, {}, cwd)).toThrow(expect.objectContaining({ code }));
});

const testdata = (name: string): string => fileURLToPath(new URL(`../sops/testdata/${name}`, import.meta.url));
const keys = readFileSync(testdata('age-keys.txt'), 'utf8');
const home = join(root, 'home');
mkdirSync(join(home, 'sops/age'), { recursive: true });
writeFileSync(join(home, 'sops/age/keys.txt'), `# made for tests\n${keys}`);
const command = join(root, 'keys.sh');
writeFileSync(command, `#!/bin/sh\ncat ${testdata('age-keys.txt')}\n`);
chmodSync(command, 0o700);

test.each([
  ['SOPS_AGE_KEY', 'age.yaml', { SOPS_AGE_KEY: keys.replaceAll('\n', ',') }],
  ['SOPS_AGE_KEY_FILE', 'age.yaml', { SOPS_AGE_KEY_FILE: testdata('age-keys.txt') }],
  ['SOPS_AGE_KEY_CMD', 'age.yaml', { SOPS_AGE_KEY_CMD: command, PATH: process.env['PATH'] }],
  ['the usual file', 'age.yaml', { XDG_CONFIG_HOME: home }],
  ['PACK_PGP_KEY_FILE', 'pgp.yaml', { PACK_PGP_KEY_FILE: testdata('pgp-key.asc') }],
])('%s has the keys', async (_, file, env) => {
  const { secrets } = await decryptSops(readFileSync(testdata(file), 'utf8'), sopsKeys({ HOME: root, ...env }));
  expect(secrets).not.toEqual([]);
});

test.each([
  ['a file that is not there', 'age.yaml', { SOPS_AGE_KEY_FILE: '/none' }, 'the keys in /none cannot be read: ENOENT'],
  ['a program that fails', 'age.yaml', { SOPS_AGE_KEY_CMD: 'exit 3' }, 'SOPS_AGE_KEY_CMD ended with 3'],
  ['no GnuPG', 'pgp.yaml', { SOPS_GPG_EXEC: 'no-such-gpg' }, 'there is no no-such-gpg to open what is for PGP keys'],
])('%s is told of', async (_, file, env, message) => {
  await expect(decryptSops(readFileSync(testdata(file), 'utf8'), sopsKeys({ HOME: root, ...env }))).rejects.toThrow(
    message,
  );
});

const token = join(root, '.vault-token');

test.each([
  [{ VAULT_TOKEN: 't' }, { method: 'token', token: 't' }],
  [
    { VAULT_ROLE_ID: 'r', VAULT_SECRET_ID: 's' },
    { method: 'approle', mount: 'approle', roleId: 'r', secretId: 's' },
  ],
  [
    { VAULT_K8S_ROLE: 'r', VAULT_K8S_TOKEN_FILE: token, VAULT_AUTH_PATH: 'k' },
    { method: 'kubernetes', mount: 'k', role: 'r', jwt: 'kept' },
  ],
  [{ HOME: root }, { method: 'token', token: 'kept' }],
])('%j logs in to Vault', async (env, login) => {
  writeFileSync(token, 'kept\n');
  expect(await vaultSettings(env).login()).toEqual(login);
});

test('nothing to log in to Vault with', async () => {
  await expect(vaultSettings({ HOME: cwd }).login()).rejects.toThrow('nothing says how to log in to Vault');
  await expect(vaultSettings({ VAULT_K8S_ROLE: 'r', VAULT_K8S_TOKEN_FILE: '/none' }).login()).rejects.toThrow(
    '/none cannot be read (ENOENT)',
  );
});
