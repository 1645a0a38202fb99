/** How Vault is reached: by the variables and the file that its own program has. */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { SecretError } from '../error.ts';
import { HOW_TO_LOG_IN, type VaultLogin, type VaultOptions } from '../vault.ts';

type Env = Readonly<Record<string, string | undefined>>;

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/**
 * VAULT_ADDR and VAULT_NAMESPACE; VAULT_TOKEN, or the role of VAULT_ROLE_ID and VAULT_SECRET_ID, or VAULT_K8S_ROLE with the
 * token of a pod, or what `vault login` kept. VAULT_AUTH_PATH is where the way to log in is mounted.
 */
export const vaultSettings = (env: Env): Omit<VaultOptions, 'fetch'> => ({
  address: env['VAULT_ADDR'] || 'https://127.0.0.1:8200',
  namespace: env['VAULT_NAMESPACE'],
  login: async () => loginOf(env),
});

function loginOf(env: Env): VaultLogin {
  const token = env['VAULT_TOKEN'];
  if (token) return { method: 'token', token };
  const { VAULT_ROLE_ID: roleId, VAULT_SECRET_ID: secretId, VAULT_K8S_ROLE: role, VAULT_AUTH_PATH: mount } = env;
  if (roleId) return { method: 'approle', mount: mount || 'approle', roleId, secretId: secretId ?? '' };
  if (role) {
    const jwt = readToken(env['VAULT_K8S_TOKEN_FILE'] || SERVICE_ACCOUNT);
    return { method: 'kubernetes', mount: mount || 'kubernetes', role, jwt };
  }
  const file = join(env['HOME'] || homedir(), '.vault-token');
  if (existsSync(file)) return { method: 'token', token: readToken(file) };
  throw new SecretError('SECRET_UNAVAILABLE', 'nothing says how to log in to Vault', { hint: HOW_TO_LOG_IN });
}

function readToken(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (e) {
    throw new SecretError('SECRET_UNAVAILABLE', `${file} cannot be read (${(e as NodeJS.ErrnoException).code})`, {
      cause: e,
    });
  }
}
