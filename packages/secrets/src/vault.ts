/** `vault:PATH#KEY`: secrets of Vault's key-value engines, by its HTTP API. */
import { SecretError } from './error.ts';
import { keyOf, memberText, type SecretsProvider } from './provider.ts';
import type { SecretReference } from './reference.ts';

export type VaultLogin =
  | { readonly method: 'token'; readonly token: string }
  | { readonly method: 'approle'; readonly mount: string; readonly roleId: string; readonly secretId: string }
  | { readonly method: 'kubernetes'; readonly mount: string; readonly role: string; readonly jwt: string };

/** What of `fetch` Vault is spoken to with: the platform's own will do. */
export type VaultFetch = (
  url: string,
  request: {
    readonly method: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string;
    readonly redirect: 'manual';
    readonly signal?: AbortSignal;
  },
) => Promise<VaultResponse>;

interface VaultResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: ReadableStream<Uint8Array> | null;
}

export interface VaultOptions {
  /** As VAULT_ADDR has it. */
  readonly address: string;
  /** Of Vault Enterprise. */
  readonly namespace?: string | undefined;
  readonly fetch: VaultFetch;
  /** Asked for once, when there is something to read. Throws SecretError. */
  readonly login: () => Promise<VaultLogin>;
}

/** Bytes of an answer. */
const MAX_ANSWER = 4 * 1024 * 1024;

/** PATH is that of `vault kv get`, or that of the API with `data/` in it; `?version=N` asks for a version of KV v2. */
export function vaultProvider(options: VaultOptions): SecretsProvider {
  let session: Promise<Session> | undefined;
  const known = new Map<string, Promise<Readonly<Record<string, unknown>>>>();
  const read = async (path: string, signal?: AbortSignal): Promise<Readonly<Record<string, unknown>>> => {
    session ??= begin(options, signal);
    return readSecret(await session, path, signal);
  };
  const one = async (reference: SecretReference, signal?: AbortSignal): Promise<string> => {
    const key = keyOf(reference);
    const found = known.get(reference.path) ?? read(reference.path, signal);
    known.set(reference.path, found);
    return memberText(await found, key, `the secret ${reference.path}`);
  };
  return {
    scheme: 'vault',
    resolve: (references, signal) =>
      Promise.all(
        references.map((reference) =>
          one(reference, signal).catch((e: unknown) => {
            if (e instanceof SecretError) return e;
            throw e;
          }),
        ),
      ),
  };
}

type Fields = Readonly<Record<string, unknown>>;
type Session = (method: 'GET' | 'POST', path: string, body?: object, signal?: AbortSignal) => Promise<Answer>;

interface Answer {
  readonly status: number;
  readonly body: Fields;
}

async function begin(options: VaultOptions, signal: AbortSignal | undefined): Promise<Session> {
  const login = await options.login();
  if (login.method === 'token') return sessionOf(options, login.token);
  const body =
    login.method === 'approle'
      ? { role_id: login.roleId, secret_id: login.secretId }
      : { role: login.role, jwt: login.jwt };
  const path = `auth/${login.mount}/login`;
  const { status, body: answer } = await sessionOf(options, '')('POST', path, body, signal);
  const token = (answer['auth'] as Fields | null | undefined)?.['client_token'];
  if (status === 200 && typeof token === 'string') return sessionOf(options, token);
  throw new SecretError(
    'SECRET_UNAVAILABLE',
    `Vault does not let ${login.method} log in: ${reasonOf(status, answer)}`,
    {
      hint: HOW_TO_LOG_IN,
    },
  );
}

export const HOW_TO_LOG_IN =
  'set VAULT_TOKEN, or run vault login; or set VAULT_ROLE_ID and VAULT_SECRET_ID, or VAULT_K8S_ROLE in a pod';

function sessionOf({ address, namespace, fetch }: VaultOptions, token: string): Session {
  let base: URL;
  try {
    base = new URL('v1/', address.endsWith('/') ? address : `${address}/`);
  } catch {
    throw new SecretError('SECRET_UNAVAILABLE', `${JSON.stringify(address)} is no address of Vault`, {
      hint: 'set VAULT_ADDR, such as https://vault.example.com:8200',
    });
  }
  const headers = {
    'X-Vault-Request': 'true',
    ...(token !== '' && { 'X-Vault-Token': token }),
    ...(namespace && { 'X-Vault-Namespace': namespace }),
  };
  return async (method, path, body, signal) => {
    const send = (url: URL): Promise<VaultResponse> =>
      fetch(url.href, {
        method,
        headers,
        redirect: 'manual',
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(signal !== undefined && { signal }),
      });
    const url = new URL(path, base);
    try {
      let response = await send(url);
      const to = response.headers.get('location');
      // A standby sends to the active server, once, and never from TLS to none, for the token goes along.
      if (to !== null && [301, 302, 307].includes(response.status)) {
        const next = new URL(to, url);
        if (url.protocol === 'https:' && next.protocol !== 'https:')
          throw new SecretError('SECRET_REFUSED', `Vault sends on to ${next.origin}, which is not encrypted`);
        await response.body?.cancel();
        response = await send(next);
      }
      return { status: response.status, body: await bodyOf(response) };
    } catch (e) {
      if (e instanceof SecretError || signal?.aborted === true) throw e;
      const why = e instanceof Error ? (e.cause instanceof Error ? e.cause.message : e.message) : String(e);
      throw new SecretError('SECRET_UNAVAILABLE', `Vault at ${base.origin} cannot be reached: ${why}`, {
        cause: e,
        hint: 'is VAULT_ADDR right, and VAULT_CACERT?',
      });
    }
  };
}

async function bodyOf(response: VaultResponse): Promise<Fields> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MAX_ANSWER) throw new SecretError('SECRET_TOO_LARGE', `Vault answers more than ${MAX_ANSWER} bytes`);
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes) || '{}');
    return typeof value === 'object' && value !== null ? (value as Fields) : {};
  } catch {
    return {};
  }
}

const reasonOf = (status: number, { errors }: Fields): string => {
  const [first] = Array.isArray(errors) ? (errors as unknown[]) : [];
  return typeof first === 'string' && first !== '' ? first.trim() : `status ${status}`;
};

/** Vault: the API of `secret/` engines, and of sys/internal/ui/mounts, which tells of which version one is. */
async function readSecret(session: Session, stated: string, signal: AbortSignal | undefined): Promise<Fields> {
  const [, path = '', version] = /^(.*?)(?:\?version=(\d+))?$/s.exec(stated.replace(/^\/+|\/+$/g, '')) ?? [];
  const parts = path.split('/');
  if (parts.length < 2 || parts.some((part) => part === '' || part === '.' || part === '..'))
    throw new SecretError('SECRET_REFERENCE_INVALID', 'it names no secret', { hint: 'write vault:MOUNT/PATH#KEY' });
  const address = parts.map(encodeURIComponent).join('/');
  const mounted = await session('GET', `sys/internal/ui/mounts/${address}`, undefined, signal);
  if (mounted.status !== 200 && mounted.status !== 404) throw refused(path, mounted);
  const { path: mount, options } = (mounted.body['data'] ?? {}) as { path?: unknown; options?: Fields | null };
  const isSecond = options?.['version'] === '2' && typeof mount === 'string' && `${path}/`.startsWith(mount);
  const answer = await session('GET', isSecond ? dataAddress(path, mount, version) : address, undefined, signal);
  const { data } = answer.body as { data?: Fields | null };
  const found = isSecond ? (data?.['data'] as Fields | null | undefined) : data;
  if (answer.status === 200 && found !== undefined && found !== null) return found;
  if (answer.status === 404 || answer.status === 200) {
    const isDeleted = isSecond && data?.['metadata'] !== undefined;
    throw new SecretError('SECRET_NOT_FOUND', `Vault has no secret ${path}${isDeleted ? ': it was deleted' : ''}`);
  }
  throw refused(path, answer);
}

function dataAddress(path: string, mount: string, version: string | undefined): string {
  const within = path.slice(mount.length).replace(/^data\//, '');
  const address = [...mount.split('/').filter((part) => part !== ''), 'data', ...within.split('/')];
  return `${address.map(encodeURIComponent).join('/')}${version === undefined ? '' : `?version=${version}`}`;
}

function refused(path: string, { status, body }: Answer): SecretError {
  const reason = reasonOf(status, body);
  if (status === 401 || status === 403)
    return new SecretError('SECRET_REFUSED', `Vault does not let you read ${path}: ${reason}`, {
      hint: HOW_TO_LOG_IN,
    });
  return new SecretError('SECRET_UNAVAILABLE', `Vault cannot give ${path}: ${reason}`);
}
