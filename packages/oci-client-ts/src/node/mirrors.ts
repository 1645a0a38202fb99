/** Mirrors from the files that containerd and containers/image are configured with. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { OciError } from '../error.ts';
import type { HttpFetch } from '../http.ts';
import {
  type ConfiguredEndpoint,
  type ConfiguredHosts,
  type HostsOf,
  type MirrorEndpoint,
  parseHosts,
  parseRegistriesConf,
} from '../registry/mirror.ts';
import { createFetch, type FetchOptions } from './fetch.ts';

export interface ReadMirrorsOptions {
  /** A folder with `HOST[:PORT]/hosts.toml` for each registry, and `_default/hosts.toml` for the others. */
  readonly hostsFolder?: string;
  /** Asked for what the folder says nothing of. */
  readonly registriesConf?: string;
  /** For transports to mirrors that have certificates of their own. */
  readonly fetchOptions?: FetchOptions;
}

const MAX_BYTES = 1024 * 1024;

/** Undefined where there is neither. Throws MIRRORS_INVALID, at once or for the registry whose file is broken. */
export async function readMirrors({
  hostsFolder,
  registriesConf,
  fetchOptions = {},
}: ReadMirrorsOptions): Promise<HostsOf | undefined> {
  const folder = hostsFolder !== undefined && existsSync(hostsFolder) ? hostsFolder : undefined;
  const conf = registriesConf === undefined ? undefined : readIfThere(registriesConf);
  if (folder === undefined && conf === undefined) return undefined;
  // Few have mirrors: who has none does not load the parser.
  const { parse } = await import('smol-toml');
  const decode = (source: string, where: string): unknown => {
    try {
      return parse(source);
    } catch (e) {
      throw new OciError('MIRRORS_INVALID', `${where}: ${(e as Error).message.split('\n')[0]}`, { cause: e });
    }
  };
  const ofConf =
    conf === undefined ? undefined : parseRegistriesConf(decode(conf, registriesConf ?? ''), registriesConf ?? '');
  const known = new Map<string, ConfiguredHosts | undefined>();
  const ofFolder = (host: string): ConfiguredHosts | undefined => {
    if (folder === undefined) return undefined;
    if (!known.has(host)) known.set(host, readHosts(folder, host, decode));
    return known.get(host);
  };
  const fetches = new Map<string, HttpFetch>();
  const connected = ({ tls, ...endpoint }: ConfiguredEndpoint): MirrorEndpoint => {
    if (tls === undefined) return endpoint;
    const key = JSON.stringify(tls);
    let own = fetches.get(key);
    if (own === undefined) {
      own = createFetch({
        ...fetchOptions,
        ...(tls.ca.length > 0 && { ca: tls.ca.map(readPem).join('\n') }),
        ...(tls.client && { cert: readPem(tls.client.cert), key: readPem(tls.client.key) }),
        insecureSkipTlsVerify: tls.insecure,
      });
      fetches.set(key, own);
    }
    return { ...endpoint, fetch: own };
  };
  return (host, repository) => {
    const { mirrors = [], server } = ofFolder(host) ?? ofConf?.(host, repository) ?? {};
    return { mirrors: mirrors.map(connected), ...(server && { server: connected(server) }) };
  };
}

/** Colons cannot be in names of folders everywhere; containerd writes them as underscores there. */
function readHosts(
  folder: string,
  host: string,
  decode: (source: string, where: string) => unknown,
): ConfiguredHosts | undefined {
  for (const name of new Set([host, host.replace(/:(\d+)$/, '_$1_'), '_default'])) {
    const path = join(folder, name, 'hosts.toml');
    const source = readIfThere(path);
    if (source === undefined) continue;
    const { mirrors, server } = parseHosts(decode(source, path), path);
    const located = (endpoint: ConfiguredEndpoint): ConfiguredEndpoint => withFiles(endpoint, dirname(path));
    return { mirrors: mirrors.map(located), ...(server && { server: located(server) }) };
  }
  return undefined;
}

/** Files are named from the folder of the configuration. */
function withFiles({ tls, ...endpoint }: ConfiguredEndpoint, folder: string): ConfiguredEndpoint {
  if (tls === undefined) return endpoint;
  const locate = (path: string): string => (isAbsolute(path) ? path : join(folder, path));
  const { ca, client, insecure } = tls;
  return {
    ...endpoint,
    tls: {
      ca: ca.map(locate),
      ...(client && { client: { cert: locate(client.cert), key: locate(client.key) } }),
      insecure,
    },
  };
}

function readIfThere(path: string): string | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (e) {
    const { code } = e as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new OciError('MIRRORS_INVALID', `${path}: it cannot be read: ${code}`, { cause: e });
  }
  if (bytes.length > MAX_BYTES) throw new OciError('MIRRORS_INVALID', `${path}: it is larger than ${MAX_BYTES} bytes`);
  return bytes.toString('utf8');
}

function readPem(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (e) {
    const { code } = e as NodeJS.ErrnoException;
    throw new OciError('MIRRORS_INVALID', `${path}: it cannot be read: ${code}`, { cause: e });
  }
}
