/** Docker's credential helpers: programs `docker-credential-NAME` that keep secrets elsewhere. docker-credential-helpers. */
import { spawn } from 'node:child_process';
import { OciError } from '../error.ts';
import type { Credential } from '../registry/credentials.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;
/** A helper may ask a person. */
const TIMEOUT_MS = 60_000;
const MAX_OUTPUT = 1024 * 1024;

/** What helpers call a credential that is a token. */
const TOKEN_USER = '<token>';

type Env = Readonly<Record<string, string | undefined>>;

/** Undefined when the helper has none. Throws CREDENTIALS_INVALID, without anything that the helper printed as an answer. */
export async function helperGet(name: string, server: string, env: Env): Promise<Credential | undefined> {
  const { code, out, err } = await run(name, 'get', server, env);
  if (code !== 0) {
    if (/not found/i.test(out + err)) return undefined;
    throw failed(name, 'get', err);
  }
  let answer: { Username?: unknown; Secret?: unknown };
  try {
    answer = JSON.parse(out) as typeof answer;
  } catch {
    throw failed(name, 'get', 'its answer is no JSON');
  }
  const { Username: username, Secret: secret } = answer;
  if (typeof username !== 'string' || typeof secret !== 'string' || secret === '') return undefined;
  return username === TOKEN_USER ? { identityToken: secret } : { username, password: secret };
}

export async function helperStore(name: string, server: string, credential: Credential, env: Env): Promise<void> {
  if ('registryToken' in credential) throw failed(name, 'store', 'it keeps no tokens of registries');
  const [Username, Secret] =
    'identityToken' in credential ? [TOKEN_USER, credential.identityToken] : [credential.username, credential.password];
  const { code, err } = await run(name, 'store', JSON.stringify({ ServerURL: server, Username, Secret }), env);
  if (code !== 0) throw failed(name, 'store', err);
}

export async function helperErase(name: string, server: string, env: Env): Promise<void> {
  const { code, out, err } = await run(name, 'erase', server, env);
  if (code !== 0 && !/not found/i.test(out + err)) throw failed(name, 'erase', err);
}

const failed = (name: string, verb: string, why: string): OciError =>
  new OciError('CREDENTIALS_INVALID', `docker-credential-${name} ${verb}: ${why.trim().slice(0, 300) || 'it failed'}`);

function run(name: string, verb: string, input: string, env: Env): Promise<{ code: number; out: string; err: string }> {
  if (!NAME.test(name)) throw failed(JSON.stringify(name), verb, 'that is no name of a helper');
  return new Promise((resolve, reject) => {
    const child = spawn(`docker-credential-${name}`, [verb], {
      stdio: 'pipe',
      env: env as NodeJS.ProcessEnv,
      timeout: TIMEOUT_MS,
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk;
      if (out.length > MAX_OUTPUT) child.kill();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      if (err.length < MAX_OUTPUT) err += chunk;
    });
    child.on('error', (e: NodeJS.ErrnoException) => {
      reject(failed(name, verb, e.code === 'ENOENT' ? 'there is no such program on the PATH' : e.message));
    });
    child.on('close', (code) => resolve({ code: code ?? 1, out, err: code === null ? 'it took too long' : err }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}
