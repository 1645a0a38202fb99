/** Credentials in files of Docker's form, which Helm's registry/config.json has too. */
import { lstatSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { OciError } from '../error.ts';
import type { Credential } from '../registry/credentials.ts';
import { helperErase, helperGet, helperStore } from './credential-helper.ts';
import { withLock } from './lock.ts';
import { writeText } from './write-whole.ts';

interface AuthEntry {
  auth?: string;
  username?: string;
  password?: string;
  identitytoken?: string;
  registrytoken?: string;
}

/** Members that are not known here are kept as they are. */
interface ConfigFile {
  auths?: Record<string, AuthEntry>;
  credsStore?: string;
  credHelpers?: Record<string, string>;
}

export interface DockerCredentialsOptions {
  /** Where credentials are kept: Helm's registry/config.json. */
  readonly path: string;
  /** Asked where `path` has none: Docker's config.json. */
  readonly fallbackPath?: string;
  /** Of the helpers. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface DockerCredentials {
  get(host: string): Promise<Credential | undefined>;
  store(host: string, credential: Credential): Promise<void>;
  erase(host: string): Promise<void>;
}

/** Docker's registry is known by an address of its first version. */
const DOCKER_HUB = 'https://index.docker.io/v1/';
const keyOf = (host: string): string => (/^(?:(?:registry-1|index)\.)?docker\.io$/.test(host) ? DOCKER_HUB : host);

/** Throws CREDENTIALS_INVALID for a file that is none; it names the file and nothing that is in it. */
export function dockerCredentials({ path, fallbackPath, env = {} }: DockerCredentialsOptions): DockerCredentials {
  const getFrom = async (file: string, host: string): Promise<Credential | undefined> => {
    const config = read(file);
    const key = keyOf(host);
    const helper = config.credHelpers?.[key] ?? config.credHelpers?.[host] ?? config.credsStore;
    if (helper !== undefined && helper !== '') {
      const found = await helperGet(helper, key, env);
      if (found !== undefined) return found;
    }
    return credentialOf(entryOf(config.auths ?? {}, key), file);
  };

  return {
    async get(host) {
      const own = await getFrom(path, host);
      return own ?? (fallbackPath === undefined ? undefined : getFrom(fallbackPath, host));
    },

    async store(host, credential) {
      const key = keyOf(host);
      const { credHelpers, credsStore } = read(path);
      const helper = credHelpers?.[key] ?? credsStore;
      if (helper) return helperStore(helper, key, credential, env);
      await change(path, (config) => {
        config.auths = { ...config.auths, [key]: entryFor(credential) };
      });
    },

    async erase(host) {
      const key = keyOf(host);
      const { credHelpers, credsStore, auths } = read(path);
      const helper = credHelpers?.[key] ?? credsStore;
      if (helper) await helperErase(helper, key, env);
      if (auths !== undefined && Object.hasOwn(auths, key)) {
        await change(path, (config) => {
          delete config.auths?.[key];
        });
      }
    },
  };
}

/** An entry by host; older files have addresses for names. */
function entryOf(auths: Record<string, AuthEntry>, key: string): AuthEntry | undefined {
  if (Object.hasOwn(auths, key)) return auths[key];
  const hostOf = (name: string): string => name.replace(/^https?:\/\//, '').replace(/\/.*$/s, '');
  const name = Object.keys(auths).find((other) => hostOf(other) === hostOf(key));
  return name === undefined ? undefined : auths[name];
}

function credentialOf(entry: AuthEntry | undefined, file: string): Credential | undefined {
  if (entry === undefined) return undefined;
  if (entry.registrytoken) return { registryToken: entry.registrytoken };
  if (entry.identitytoken) return { identityToken: entry.identitytoken };
  if (entry.auth) {
    const text = Buffer.from(entry.auth, 'base64').toString('utf8');
    const colon = text.indexOf(':');
    if (colon < 0) throw new OciError('CREDENTIALS_INVALID', `${file}: an auth is not of the form user:password`);
    const [username, password] = [text.slice(0, colon), text.slice(colon + 1).replace(/\0+$/, '')];
    return username === '' && password === '' ? undefined : { username, password };
  }
  return entry.username && entry.password ? { username: entry.username, password: entry.password } : undefined;
}

function entryFor(credential: Credential): AuthEntry {
  if ('registryToken' in credential) return { registrytoken: credential.registryToken };
  if ('identityToken' in credential)
    return { auth: Buffer.from(':').toString('base64'), identitytoken: credential.identityToken };
  return { auth: Buffer.from(`${credential.username}:${credential.password}`).toString('base64') };
}

const invalid = (file: string, why: string): OciError => new OciError('CREDENTIALS_INVALID', `${file}: ${why}`);

function read(file: string): ConfigFile {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw invalid(file, `cannot be read: ${(e as NodeJS.ErrnoException).code}`);
  }
  if (text.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message would show a piece of the file.
    throw invalid(file, 'it is no JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(file, 'it is no JSON object');
  return value as ConfigFile;
}

/** Whole or not at all, for its owner alone, and never through a link. */
async function change(file: string, edit: (config: ConfigFile) => void): Promise<void> {
  mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
  await withLock(`${file}.lock`, async () => {
    if (lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink())
      throw invalid(file, 'it is a link, and is not written through');
    const config = read(file);
    edit(config);
    writeText(file, `${JSON.stringify(config, null, '\t')}`, 0o600);
  });
}
