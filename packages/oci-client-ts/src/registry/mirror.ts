/**
 * Where a registry's content may also be had: the configurations of containerd (`hosts.toml`) and of containers/image
 * (`registries.conf`, version 2), as data. What reads the files is `node/mirrors.ts`.
 */
import { OciError } from '../error.ts';
import type { HttpFetch } from '../http.ts';
import { isLoopback } from '../reference.ts';

/** Another place for what a registry has. */
export interface MirrorEndpoint {
  /** `https://host[:port][/path]` */
  readonly url: string;
  /** `pull`: by digest; `resolve`: by tag; `push`. */
  readonly capabilities: readonly string[];
  /** The URL is whole: no `/v2` belongs behind it. */
  readonly overridePath?: boolean;
  /** The repository's name there, if it is another. */
  readonly repository?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Instead of the registry's own transport, for a place with certificates of its own. */
  readonly fetch?: HttpFetch;
}

/** Where what is asked of a registry goes. */
export interface RegistryHosts {
  /** Tried in order, for what they can. */
  readonly mirrors: readonly MirrorEndpoint[];
  /** Asked in place of the registry itself. */
  readonly server?: MirrorEndpoint;
}

/** Throws REGISTRY_BLOCKED for what a configuration forbids. */
export type HostsOf = (host: string, repository: string) => RegistryHosts;

/** Names of PEM files, and whether certificates are checked. */
export interface EndpointTls {
  readonly ca: readonly string[];
  readonly client?: { readonly cert: string; readonly key: string };
  readonly insecure: boolean;
}

/** An endpoint whose transport is not made yet. */
export interface ConfiguredEndpoint extends Omit<MirrorEndpoint, 'fetch'> {
  readonly tls?: EndpointTls;
}

export interface ConfiguredHosts {
  readonly mirrors: readonly ConfiguredEndpoint[];
  readonly server?: ConfiguredEndpoint;
}

const ALL = ['pull', 'resolve', 'push'] as const;

type Table = Readonly<Record<string, unknown>>;

const isTable = (value: unknown): value is Table =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

const invalid = (where: string, why: string): OciError => new OciError('MIRRORS_INVALID', `${where}: ${why}`);

function optional<T>(table: Table, key: string, is: (value: unknown) => value is T, what: string, where: string) {
  const value = table[key];
  if (value === undefined || is(value)) return value;
  throw invalid(where, `${key} must be ${what}`);
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isFlag = (value: unknown): value is boolean => typeof value === 'boolean';
const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText);
const isTables = (value: unknown): value is readonly Table[] => Array.isArray(value) && value.every(isTable);
const isTextOrTexts = (value: unknown): value is string | readonly string[] => isText(value) || isTexts(value);

const text = (table: Table, key: string, where: string) => optional(table, key, isText, 'text', where);
const flag = (table: Table, key: string, where: string): boolean =>
  optional(table, key, isFlag, 'true or false', where) ?? false;

/** containerd: docs/hosts.md. Throws MIRRORS_INVALID; `where` is the file, for errors. */
export function parseHosts(value: unknown, where: string): ConfiguredHosts {
  if (!isTable(value)) throw invalid(where, 'it is no table');
  const hosts = optional(value, 'host', isTable, 'a table', where) ?? {};
  const mirrors = Object.entries(hosts).map(([url, table]) => {
    if (!isTable(table)) throw invalid(where, `host.${JSON.stringify(url)} must be a table`);
    return endpointOf(url, table, `${where}: host.${JSON.stringify(url)}`);
  });
  const server = text(value, 'server', where);
  return { mirrors, ...(server !== undefined && { server: endpointOf(server, value, where) }) };
}

function endpointOf(address: string, table: Table, where: string): ConfiguredEndpoint {
  const url = address.includes('://') ? address : `https://${address}`;
  if (!/^https?:\/\/[^/?#@]+(?:\/[^?#]*)?$/.test(url) || !URL.canParse(url)) {
    throw invalid(where, `${JSON.stringify(address)} is no address of a registry`);
  }
  const capabilities = optional(table, 'capabilities', isTexts, 'a list of text', where) ?? ALL;
  const unknown = capabilities.find((name) => !(ALL as readonly string[]).includes(name));
  if (unknown !== undefined) throw invalid(where, `${JSON.stringify(unknown)} is no capability: ${ALL.join(', ')} are`);
  const headers = optional(table, 'header', isTable, 'a table', where);
  const tls = tlsOf(table, where);
  return {
    url,
    capabilities,
    ...(flag(table, 'override_path', where) && { overridePath: true }),
    ...(headers && {
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, header]) => {
          if (!isTextOrTexts(header)) throw invalid(where, `header ${name} must be text`);
          return [name, isText(header) ? header : header.join(', ')];
        }),
      ),
    }),
    ...(tls && { tls }),
  };
}

function tlsOf(table: Table, where: string): EndpointTls | undefined {
  const ca = optional(table, 'ca', isTextOrTexts, 'a file or a list of them', where) ?? [];
  const client = clientOf(table['client'], where);
  const insecure = flag(table, 'skip_verify', where);
  if (ca.length === 0 && client === undefined && !insecure) return undefined;
  return { ca: isText(ca) ? [ca] : ca, ...(client && { client }), insecure };
}

/** A file that holds both, or a list of such or of pairs of certificate and key: the first is taken. */
function clientOf(value: unknown, where: string): EndpointTls['client'] {
  const first = Array.isArray(value) ? value[0] : value;
  if (first === undefined) return undefined;
  if (isText(first)) return { cert: first, key: first };
  if (isTexts(first) && first.length === 2) return { cert: first[0] as string, key: first[1] as string };
  throw invalid(where, 'client must be a file, or a list of pairs of certificate and key');
}

interface RegistryEntry {
  readonly prefix: string;
  readonly location: string;
  readonly insecure: boolean;
  readonly blocked: boolean;
  readonly mirrors: readonly { readonly location: string; readonly insecure: boolean; readonly pull: string }[];
}

/** What `pull-from-mirror` lets a mirror be asked for. */
const PULL_FROM_MIRROR: Readonly<Record<string, readonly string[]>> = {
  all: ['pull', 'resolve'],
  'digest-only': ['pull'],
  'tag-only': ['resolve'],
};

/** containers/image: docs/containers-registries.conf.5.md. Throws MIRRORS_INVALID; `where` is the file, for errors. */
export function parseRegistriesConf(
  value: unknown,
  where: string,
): (host: string, repository: string) => ConfiguredHosts | undefined {
  if (!isTable(value)) throw invalid(where, 'it is no table');
  if ('registries' in value) throw invalid(where, 'it is of version 1; write [[registry]] tables instead');
  const entries = (optional(value, 'registry', isTables, 'a list of tables', where) ?? [])
    .map((table, i) => entryOf(table, `${where}: registry ${i + 1}`))
    .sort((a, b) => b.prefix.length - a.prefix.length);
  return (host, repository) => {
    const reference = `${host}/${repository}`;
    for (const entry of entries) {
      const rest = restOf(entry.prefix, host, reference);
      if (rest === undefined) continue;
      if (entry.blocked) {
        throw new OciError('REGISTRY_BLOCKED', `${reference}: ${where} blocks ${entry.prefix}`);
      }
      // What names all hosts of a domain may say no location: they stay where they are.
      const home = entry.location === '' ? reference : `${entry.location}${rest}`;
      return {
        mirrors: entry.mirrors.flatMap(({ location, insecure, pull }) =>
          placesOf(`${location}${rest}`, insecure, PULL_FROM_MIRROR[pull] as readonly string[], where),
        ),
        ...((home !== reference || entry.insecure) && serverOf(home, entry.insecure, where)),
      };
    }
    return undefined;
  };
}

function entryOf(table: Table, where: string): RegistryEntry {
  const location = text(table, 'location', where) ?? '';
  const prefix = text(table, 'prefix', where) ?? location;
  if (prefix === '') throw invalid(where, 'it has neither a prefix nor a location');
  if (location === '' && !prefix.startsWith('*.')) throw invalid(where, 'it has no location');
  const isByDigest = flag(table, 'mirror-by-digest-only', where);
  const mirrors = (optional(table, 'mirror', isTables, 'a list of tables', where) ?? []).map((mirror, i) => {
    const at = `${where}: mirror ${i + 1}`;
    const place = text(mirror, 'location', at);
    if (place === undefined) throw invalid(at, 'it has no location');
    const pull = text(mirror, 'pull-from-mirror', at) ?? (isByDigest ? 'digest-only' : 'all');
    if (!Object.hasOwn(PULL_FROM_MIRROR, pull)) {
      throw invalid(at, `pull-from-mirror must be ${Object.keys(PULL_FROM_MIRROR).join(', ')}`);
    }
    return { location: place, insecure: flag(mirror, 'insecure', at), pull };
  });
  return {
    prefix,
    location,
    insecure: flag(table, 'insecure', where),
    blocked: flag(table, 'blocked', where),
    mirrors,
  };
}

/** What stands behind the prefix; undefined where it is not one of the reference. */
function restOf(prefix: string, host: string, reference: string): string | undefined {
  if (prefix.startsWith('*.')) {
    return host.replace(/:\d+$/, '').endsWith(prefix.slice(1)) ? reference.slice(host.length) : undefined;
  }
  if (!reference.startsWith(prefix)) return undefined;
  const rest = reference.slice(prefix.length);
  return rest === '' || rest.startsWith('/') ? rest : undefined;
}

/** What is insecure is tried with a certificate of any kind, and then without. */
function placesOf(
  place: string,
  insecure: boolean,
  capabilities: readonly string[],
  where: string,
): readonly ConfiguredEndpoint[] {
  const slash = place.indexOf('/');
  if (slash <= 0) throw invalid(where, `${JSON.stringify(place)} names no repository`);
  const host = place.slice(0, slash);
  const to = { capabilities, repository: place.slice(slash + 1) };
  if (!insecure) return [{ url: `https://${host}`, ...to }];
  const both = [
    { url: `https://${host}`, ...to, tls: { ca: [], insecure } },
    { url: `http://${host}`, ...to },
  ];
  return isLoopback(host) ? both.reverse() : both;
}

function serverOf(place: string, insecure: boolean, where: string): Pick<ConfiguredHosts, 'server'> {
  const [server] = placesOf(place, insecure, ALL, where);
  return server === undefined ? {} : { server };
}
