/** Repositories as the command line sees them: flags, Helm's files, and charts fetched from anywhere. */
import { accessSync, constants } from 'node:fs';
import { basename } from 'node:path';
import { PackError, type Warn } from '@pack/core';
import {
  type Access,
  type FetchFor,
  type HelmPaths,
  type HttpFetch,
  type KeptChart,
  keepChart,
  type PulledChart,
  type PullOptions,
  type PullPorts,
  pullChart,
  type RepositoriesFile,
} from '@pack/repo';
import { createPullPorts, readAllRepositories, type UpdatePorts } from '@pack/repo/node';
import type { Io } from './command.ts';
import { bool } from './flags/common.ts';
import type { Flags, Given } from './flags/parse.ts';
import { pathErrorText } from './go-error.ts';
import { credentialsOf, fetchWith, ociSourceOf } from './oci.ts';
import { warnOn } from './output/warn.ts';
import { mayHavePlugins } from './plugins/paths.ts';
import { pathsOf } from './settings.ts';

/** What Helm has not: the cache alone, and archives that are not what the index says. */
export const trustFlags: Flags = {
  'allow-digest-mismatch': bool('take an archive that is not the one that the index or lock speaks of'),
  offline: bool('take all from the cache'),
};

/** One transport for each set of certificates. */
export function fetchForOf(given: Given, io: Io): FetchFor {
  const known = new Map<string, HttpFetch>();
  const http: FetchFor = (access) => {
    const { caFile, certFile, keyFile, insecure_skip_tls_verify: insecure } = access;
    const name = JSON.stringify([caFile, certFile, keyFile, insecure]);
    let found = known.get(name);
    if (found === undefined) known.set(name, (found = fetchWith({ caFile, certFile, keyFile, insecure }, io)));
    return withKept(found, access, given, io);
  };
  if (!mayHavePlugins(io)) return http;
  const serves = async (scheme: string): Promise<boolean> =>
    (await import('./plugins/getters.ts')).getterFor(scheme, io) !== undefined;
  return Object.assign((access: Access) => pluginFetch(http(access), access, io), { serves });
}

/** Who a server of charts wants to know of may be known as to a registry. Flags and Helm's list come first. */
const withKept =
  (http: HttpFetch, access: Access, given: Given, io: Io): HttpFetch =>
  async (url, request = {}) => {
    const response = await http(url, request);
    if (response.status !== 401 || request.headers?.['Authorization'] !== undefined) return response;
    const { keptAuthorization } = await import('./kept-authorization.ts');
    const authorization = await keptAuthorization(url, access, credentialsOf(given, io));
    if (authorization === undefined) return response;
    await response.body?.cancel();
    return http(url, { ...request, headers: { ...request.headers, Authorization: authorization } });
  };

/** What is not HTTP is a plugin's. */
const pluginFetch =
  (http: HttpFetch, access: Access, io: Io): HttpFetch =>
  async (url, request) => {
    if (/^https?:/i.test(url)) return http(url, request);
    const { fetchThroughPlugins } = await import('./plugins/getters.ts');
    return fetchThroughPlugins(http, access, io)(url, request);
  };

/** What the flags say of the server; absent is what the list of repositories says. */
export function accessOf(given: Given): Partial<Access> {
  const texts = {
    caFile: 'ca-file',
    certFile: 'cert-file',
    keyFile: 'key-file',
    username: 'username',
    password: 'password',
  };
  return {
    ...Object.fromEntries(
      Object.entries(texts).flatMap(([key, flag]) => (given.string(flag) ? [[key, given.string(flag) as string]] : [])),
    ),
    ...(given.bool('insecure-skip-tls-verify') && { insecure_skip_tls_verify: true }),
    ...(given.bool('pass-credentials') && { pass_credentials_all: true }),
  };
}

export interface Repositories {
  readonly paths: HelmPaths;
  readonly file: RepositoriesFile;
  readonly ports: PullPorts;
  readonly update: UpdatePorts;
}

/** What Helm prints as a part of its output is no line of the log. */
const warningsOf = (io: Io): Warn => {
  const log = warnOn(io);
  return (message, facts) => (message.startsWith('WARNING: ') ? io.stdout(`${message}\n`) : log(message, facts));
};

/** Files of certificates must be there even where no server asks for them. Throws TLS_FILE_UNREADABLE. Helm: tlsutil. */
export function checkCertificates(given: Given): void {
  const [cert, key, ca] = ['cert-file', 'key-file', 'ca-file'].map((flag) => given.string(flag) ?? '');
  const pair =
    cert && key
      ? ([
          [cert, 'unable to read cert file'],
          [key, 'unable to read key file'],
        ] as const)
      : [];
  for (const [path, what] of [...pair, ...(ca ? ([[ca, "can't read CA file"]] as const) : [])]) {
    try {
      accessSync(path, constants.R_OK);
    } catch (e) {
      throw new PackError(
        'TLS_FILE_UNREADABLE',
        `missing registry client: can't create TLS config for client: ${what}: ${JSON.stringify(path)}: ${pathErrorText('open', path, e)}`,
        { cause: e },
      );
    }
  }
}

/** Helm's list of repositories and its caches, with the transports that the flags ask for. */
export function repositoriesOf(given: Given, io: Io): Repositories {
  const paths = pathsOf(given, io.env);
  const file = readAllRepositories(paths.repositoryConfig);
  const fetchFor = fetchForOf(given, io);
  const warn = warningsOf(io);
  return {
    paths,
    file,
    update: { folder: paths.repositoryCache, fetchFor, warn },
    ports: createPullPorts({
      paths,
      repositories: file,
      fetchFor,
      oci: ociSourceOf(given, io),
      offline: given.bool('offline'),
      warn,
    }),
  };
}

/** What the flags of charts say of the version, of where it is, and of what is believed. */
export function pullOptionsOf(given: Given): PullOptions {
  const [version, repository] = [given.string('version') ?? '', given.string('repo') ?? ''];
  return {
    ...(version !== '' && { version }),
    ...(repository !== '' && { repository }),
    devel: given.bool('devel'),
    access: accessOf(given),
    offline: given.bool('offline'),
    allowDigestMismatch: given.bool('allow-digest-mismatch'),
  };
}

/** A chart that is not on this machine. */
export interface RemoteChart {
  /** Its archive. */
  fetch(): Promise<PulledChart>;
  /** The same into the cache alone; undefined where that cannot be. */
  keep(): Promise<KeptChart | undefined>;
}

export const fetchRemote = async (
  reference: string,
  given: Given,
  io: Io,
  more: PullOptions = {},
): Promise<PulledChart> => remoteChart(reference, given, io, more).fetch();

export function remoteChart(reference: string, given: Given, io: Io, more: PullOptions): RemoteChart {
  checkCertificates(given);
  const { ports, file } = repositoriesOf(given, io);
  const { repository, ...options } = pullOptionsOf(given);
  // Helm takes addresses alone.
  const isListed = file.repositories.some(({ name }) => name === repository);
  const named = isListed ? `${repository}/${reference}` : reference;
  const where = isListed || repository === undefined ? {} : { repository };
  const all = { ...options, ...where, ...more };
  return { fetch: () => pullChart(named, all, ports), keep: () => keepChart(named, all, ports) };
}

/** Where it may lie on disk: a name and never a path. */
export const safeName = (fileName: string): string => basename(fileName);
