/** Finding a chart by what the user calls it, and fetching its archive. Helm: pkg/downloader/chart_downloader.go. */
import { isCodedError, loadArchive, type Warn } from '@pack/core';
import { GoError, quoteGo } from 'go-template';

import { parseAddress, resolveReferenceUrl } from './address.ts';
import { findVersion, sortVersions } from './chart-index.ts';
import { Content, type ContentCache, digestHex, type Incoming } from './content.ts';
import { RepoError } from './error.ts';
import { gitChart, isGitReference, parseGitReference } from './git-reference.ts';
import { type Access, type FetchFor, type GetOptions, httpGet, isServed, redactUrl } from './http.ts';
import { isOciReference, type OciReference, parseOciReference } from './oci-reference.ts';
import { createRepository, findRepository, type RepositoriesFile, type Repository } from './repositories.ts';
import type { IndexReader } from './summary.ts';

/** A registry as charts are found in it; repositories are without `oci://`. */
export interface OciSource {
  /** Whether it asks nobody, and throws OFFLINE for what is not at hand. */
  readonly isOffline?: boolean;
  /** The tags that are versions, with `+` for `_`, the highest first. */
  tags(repository: string, signal?: AbortSignal): Promise<readonly string[]>;
  /** The digest of what a tag names; undefined when there is no such tag. */
  resolve(repository: string, tag: string, signal?: AbortSignal): Promise<string | undefined>;
  /** A chart's archive by its tag or by the digest of its manifest. */
  pull(reference: OciReference, options: OciPullOptions): Promise<OciChart>;
  /** The same with the archive not in memory; undefined for one whose digest is no sha256. */
  drain?(reference: OciReference, options: OciDrainOptions): Promise<DrainedChart | undefined>;
}

export interface OciDrainOptions {
  readonly prov: boolean;
  /** Whether an archive of a digest, sha256 in hex, is at hand already. */
  readonly has: (digest: string) => boolean;
  /** Takes the archive's bytes, of which nothing counts until all have come. They may change once it returns. */
  readonly sink: (bytes: Uint8Array) => void;
  readonly signal?: AbortSignal | undefined;
}

/** A chart whose archive is elsewhere. */
export interface DrainedChart extends Omit<OciChart, 'content'> {
  /** sha256 of the archive, in hex: it has been checked. */
  readonly digest: string;
  /** Bytes that went to the sink; undefined when the archive was at hand. */
  readonly size: number | undefined;
}

export interface OciPullOptions {
  /** Whether to fetch the provenance layer too. */
  readonly prov: boolean;
  /** What is at hand already, by the sha256 of an archive in hex. */
  readonly cached?: (digest: string) => Promise<Uint8Array | undefined>;
  /** Gets the archive's bytes as they come. */
  readonly onChunk?: ((chunk: Uint8Array) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface OciChart {
  readonly content: Content;
  readonly prov?: Uint8Array;
  /** Of the manifest, `sha256:…`. */
  readonly manifestDigest: string;
  /** `registry/repository:tag` as Helm prints it. */
  readonly reference: string;
}

/** Charts in git repositories. */
export interface GitSource {
  /** The repository's tags. */
  versions(reference: string, signal?: AbortSignal): Promise<readonly string[]>;
  /** The chart at a commit, packaged. */
  archive(reference: string, signal?: AbortSignal): Promise<GitChart>;
}

export interface GitChart {
  readonly data: Uint8Array;
  /** `name-version.tgz` */
  readonly fileName: string;
  readonly commit: string;
}

export interface PullPorts {
  readonly repositories: RepositoriesFile;
  /** The cached index of a repository on the list. Throws INDEX_NOT_CACHED, INDEX_INVALID. */
  readonly cachedIndex: (repository: Repository) => Promise<IndexReader>;
  /** The index of a repository that is not on the list, fetched or known to be unchanged. */
  readonly freshIndex: (access: Access) => Promise<IndexReader>;
  readonly fetchFor: FetchFor;
  readonly cache?: ContentCache;
  readonly oci?: OciSource;
  readonly git?: GitSource;
  /** A chart's folder or archive on this machine, as an archive. */
  readonly local?: (path: string) => Promise<{ readonly data: Uint8Array; readonly fileName: string }>;
  readonly warn?: Warn;
}

export interface PullOptions {
  /** Version or range; the newest stable one if absent. */
  readonly version?: string;
  /** Takes pre-releases too where no version is asked for. */
  readonly devel?: boolean;
  /** `--repo`: the address of a repository, of which the reference then is a chart's name. */
  readonly repository?: string;
  /** Flags of the command. What they leave out comes from the repository, if it is on the list. */
  readonly access?: Partial<Access>;
  /** Whether to fetch the provenance file: not, if there is one, or it must be there. */
  readonly prov?: 'never' | 'later' | 'always';
  /** Whether only the cache may answer. */
  readonly offline?: boolean;
  /** Takes an archive that is not the one that the index or lock speaks of. */
  readonly allowDigestMismatch?: boolean;
  /** sha256 that the archive must have, from a lock. */
  readonly digest?: string;
  readonly signal?: AbortSignal;
}

/** Where a chart is, found with nothing fetched but indexes and lists of tags. */
export type FoundChart =
  | { readonly type: 'http'; readonly url: string; readonly access: Access; readonly digest?: string }
  | { readonly type: 'oci'; readonly url: string; readonly reference: OciReference }
  | { readonly type: 'git' | 'file'; readonly url: string };

export interface PulledChart {
  /** `name-version.tgz`, as the address has it: a name and never a path. */
  readonly fileName: string;
  readonly data: Uint8Array;
  readonly prov?: Uint8Array;
  /** sha256 of the archive, in hex. */
  readonly digest: string;
  readonly url: string;
  readonly oci?: { readonly reference: string; readonly manifestDigest: string };
  /** Of a git repository. */
  readonly commit?: string;
}

const ARCHIVE_TYPES = 'application/gzip,application/octet-stream';
const MAX_ARCHIVE = 512 * 1024 * 1024;

/**
 * Throws CHART_REFERENCE_INVALID, REPOSITORY_NOT_FOUND, INDEX_NOT_CACHED, CHART_VERSION_NOT_FOUND, GoError for a bad
 * range. Helm: ResolveChartVersion; pkg/repo/v1 FindChartInRepoURL for `--repo`.
 */
export async function findChart(reference: string, options: PullOptions, ports: PullPorts): Promise<FoundChart> {
  const { devel = false, repository } = options;
  const version = options.version?.trim() || (devel ? '>0.0.0-0' : '');
  if (repository !== undefined) return findInUrl(reference, version, repository, options, ports);
  if (isGitReference(reference)) return { type: 'git', url: await gitVersion(reference, version, options, ports) };
  if (reference.startsWith('file://')) return { type: 'file', url: reference };
  if (isOciReference(reference)) return findInRegistry(reference, version, options, ports);
  const address = parsed(reference);
  if (address.scheme !== '' && address.host !== '' && address.path !== '') {
    if (!(await isServed(address.scheme, ports.fetchFor))) {
      throw new RepoError('CHART_REFERENCE_INVALID', `scheme ${quoteGo(address.scheme)} not supported`);
    }
    return { type: 'http', url: reference, access: accessOf(ownerOf(reference, ports), reference, options) };
  }
  return findInRepository(reference, address.scheme === '' ? reference : address.path, version, options, ports);
}

function parsed(reference: string): ReturnType<typeof parseAddress> {
  try {
    return parseAddress(reference);
  } catch (e) {
    if (!(e instanceof GoError)) throw e;
    throw new RepoError('CHART_REFERENCE_INVALID', `invalid chart URL format: ${reference}`, { cause: e });
  }
}

/** The repository under whose address a chart lies. Helm looks for the URL in all indexes; this needs none of them. */
const ownerOf = (url: string, { repositories }: PullPorts): Repository | undefined =>
  repositories.repositories.find((repository) => url.startsWith(`${repository.url.replace(/\/$/, '')}/`));

/** A repository's settings under the flags of the command. `url` is what credentials are for. */
function accessOf(repository: Repository | undefined, url: string, { access = {} }: PullOptions): Access {
  const { name: _, ...own } = repository ?? createRepository({ url });
  const given = Object.entries(access).filter(([, value]) => value !== undefined && value !== '' && value !== false);
  return { ...own, ...Object.fromEntries(given), url: own.url };
}

async function findInUrl(
  chart: string,
  version: string,
  url: string,
  options: PullOptions,
  ports: PullPorts,
): Promise<FoundChart> {
  if (isOciReference(url)) return findInRegistry(`${url.replace(/\/$/, '')}/${chart}`, version, options, ports);
  const access = accessOf(undefined, url, options);
  const what = `chart ${quoteGo(chart)}${version === '' ? '' : ` version ${quoteGo(version)}`}`;
  const index = await openFresh(access, ports);
  const missing = `${what} not found in ${redactUrl(url)} repository`;
  return entryUrl(index, chart, version, access, {
    ports,
    missing: (e) => new RepoError('CHART_VERSION_NOT_FOUND', missing, { cause: e }),
    unreachable: `${what} has no downloadable URLs`,
  });
}

async function openFresh(access: Access, ports: PullPorts): Promise<IndexReader> {
  try {
    return await ports.freshIndex(access);
  } catch (e) {
    if (!(e instanceof GoError) && !isCodedError(e)) throw e;
    const message = `looks like ${quoteGo(redactUrl(access.url))} is not a valid chart repository or cannot be reached: ${e.message}`;
    throw new RepoError('REPOSITORY_UNREACHABLE', message, { cause: e });
  }
}

async function findInRepository(
  reference: string,
  path: string,
  version: string,
  options: PullOptions,
  ports: PullPorts,
): Promise<FoundChart> {
  const slash = path.indexOf('/');
  if (slash < 0) {
    throw new RepoError(
      'CHART_REFERENCE_INVALID',
      `non-absolute URLs should be in form of repo_name/path_to_chart, got: ${reference}`,
    );
  }
  const name = path.slice(0, slash);
  const chart = path.slice(slash + 1);
  const repository = findRepository(ports.repositories, name);
  if (repository === undefined) throw new RepoError('REPOSITORY_NOT_FOUND', `repo ${name} not found`);
  if (repository.url === '') throw new RepoError('REPOSITORY_NOT_FOUND', `no URL found for repository ${name}`);
  if (isOciReference(repository.url)) {
    return findInRegistry(`${repository.url.replace(/\/$/, '')}/${chart}`, version, options, ports);
  }
  if (isGitReference(repository.url)) {
    return { type: 'git', url: await gitVersion(gitChart(repository.url, chart), version, options, ports) };
  }
  const index = await openCached(repository, ports);
  return entryUrl(index, chart, version, accessOf(repository, repository.url, options), {
    ports,
    missing: (e) =>
      new RepoError(
        'CHART_VERSION_NOT_FOUND',
        `chart ${quoteGo(chart)} matching ${version} not found in ${name} index. (try 'helm repo update'): ${e.message}`,
        { cause: e },
      ),
    unreachable: `chart ${quoteGo(reference)} has no downloadable URLs`,
  });
}

async function openCached(repository: Repository, ports: PullPorts): Promise<IndexReader> {
  try {
    return await ports.cachedIndex(repository);
  } catch (e) {
    if (!isCodedError(e)) throw e;
    throw new RepoError('INDEX_NOT_CACHED', `no cached repo found. (try 'helm repo update'): ${e.message}`, {
      cause: e,
    });
  }
}

interface EntryContext {
  readonly ports: PullPorts;
  readonly missing: (e: Error) => RepoError;
  readonly unreachable: string;
}

/** Where an index says that a version is. Only the first of its URLs counts. */
async function entryUrl(
  index: IndexReader,
  chart: string,
  version: string,
  access: Access,
  { ports, missing, unreachable }: EntryContext,
): Promise<FoundChart> {
  let position: number;
  try {
    position = findVersion(chart, index.versions(chart), version, ports.warn);
  } catch (e) {
    throw e instanceof GoError || isCodedError(e) ? missing(e) : e;
  }
  const { urls = [], digest } = await index.entry(chart, position);
  const [first] = urls;
  if (first === undefined) throw new RepoError('CHART_REFERENCE_INVALID', unreachable);
  const url = resolveReferenceUrl(access.url, first);
  if (isOciReference(url)) return { type: 'oci', url, reference: parseOciReference(url) };
  if (url.startsWith('file://') && access.url.startsWith('file://')) return { type: 'file', url };
  const scheme = /^[^:]*/.exec(url)?.[0] ?? '';
  if (!/^[^:]*:\/\//.test(url) || !(await isServed(scheme, ports.fetchFor))) {
    throw new RepoError('CHART_REFERENCE_INVALID', `scheme ${quoteGo(scheme)} not supported`);
  }
  return { type: 'http', url, access, ...(digest !== undefined && digest !== '' && { digest }) };
}

/** Helm: pkg/registry ValidateReference. */
async function findInRegistry(
  text: string,
  wanted: string,
  { signal }: PullOptions,
  ports: PullPorts,
): Promise<FoundChart> {
  const given = parseOciReference(text);
  const { repository, digest } = given;
  if (given.tag !== undefined && wanted !== '' && given.tag !== wanted) {
    throw new RepoError(
      'CHART_REFERENCE_INVALID',
      `chart reference and version mismatch: ${wanted} is not ${given.tag}`,
    );
  }
  const version = wanted || given.tag || '';
  const oci = ports.oci ?? unsupported(text);
  if (digest !== undefined) {
    const tagged = version === '' ? undefined : await oci.resolve(repository, version, signal);
    if (tagged !== undefined && tagged !== digest) {
      throw new RepoError('DIGEST_MISMATCH', `chart reference digest mismatch: ${tagged} is not ${digest}`);
    }
    return { type: 'oci', url: `oci://${repository}@${digest}`, reference: { repository, digest } };
  }
  const tag = isVersion(version) ? version : await chooseTag(text, repository, version, oci, signal);
  return { type: 'oci', url: `oci://${repository}:${tag}`, reference: { repository, tag } };
}

const isVersion = (text: string): boolean => /^v?\d+(?:\.\d+){0,2}(?:[-+][0-9A-Za-z.+-]*)?$/.test(text);

function unsupported(reference: string): never {
  throw new RepoError(
    'CHART_REFERENCE_INVALID',
    `unable to lookup chart ${quoteGo(reference)}, missing registry client`,
  );
}

async function chooseTag(
  text: string,
  repository: string,
  range: string,
  oci: OciSource,
  signal: AbortSignal | undefined,
): Promise<string> {
  const tags = await oci.tags(repository, signal);
  if (tags.length === 0) {
    throw new RepoError('CHART_VERSION_NOT_FOUND', `unable to locate any tags in provided repository: ${text}`);
  }
  try {
    return tags[findVersion('', tags, range)] as string;
  } catch (e) {
    if (!isCodedError(e)) throw e;
    const message = `could not locate a version matching provided version string ${range}`;
    throw new RepoError('CHART_VERSION_NOT_FOUND', message, { cause: e });
  }
}

/** A reference that names its commit, branch or tag: a range chooses among the tags. */
async function gitVersion(
  reference: string,
  version: string,
  { signal }: PullOptions,
  { git }: PullPorts,
): Promise<string> {
  const { url, ref, path } = parseGitReference(reference);
  if (ref !== undefined || version === '') return reference;
  const tags = sortVersions(await (git ?? unsupported(reference)).versions(reference, signal), (tag) => tag);
  const tag = tags[findVersion(reference, tags, version)];
  return `git+${url}@${tag}${path === '' ? '' : `?path=${encodeURIComponent(path)}`}`;
}

/**
 * A chart's archive, from the cache if it is there. Throws DIGEST_MISMATCH, CHART_DOWNLOAD_FAILED, OFFLINE, and what
 * {@link findChart} throws.
 */
export async function pullChart(reference: string, options: PullOptions, ports: PullPorts): Promise<PulledChart> {
  return fetchChart(reference, await findChart(reference, options, ports), options, ports);
}

/** What {@link keepChart} says of an archive that the cache has. */
export type KeptChart = Omit<PulledChart, 'data' | 'commit'>;

/**
 * Brings a chart of a registry into the cache without having it in memory; undefined where that cannot be, and
 * {@link pullChart} has to do it. Throws what that throws.
 */
export async function keepChart(
  reference: string,
  options: PullOptions,
  ports: PullPorts,
): Promise<KeptChart | undefined> {
  const { cache, oci } = ports;
  if (options.offline || options.digest !== undefined || !isOciReference(reference)) return undefined;
  if (cache?.receive === undefined || cache.has === undefined || oci?.drain === undefined) return undefined;
  const found = await findChart(reference, options, ports);
  if (found.type !== 'oci') return undefined;
  const incoming = cache.receive();
  try {
    const drained = await oci.drain(found.reference, {
      prov: (options.prov ?? 'never') !== 'never',
      has: (digest) => cache.has?.(digest) ?? false,
      sink: (bytes) => incoming.write(bytes),
      signal: options.signal,
    });
    if (drained === undefined) return undefined;
    const { digest, size, prov: file, ...oci_ } = drained;
    if (size !== undefined && !incoming.keep(digest, size)) return undefined;
    const prov = file ?? (await fetchProvenance(reference, found, digest, options, ports));
    return {
      fileName: nameOf(found),
      ...(prov !== undefined && { prov }),
      digest,
      url: found.url,
      oci: oci_,
    };
  } finally {
    incoming.end();
  }
}

/** As {@link pullChart}, of a chart that was found before. */
export async function fetchChart(
  reference: string,
  found: FoundChart,
  options: PullOptions,
  ports: PullPorts,
): Promise<PulledChart> {
  const incoming = ports.cache?.receive?.();
  try {
    return await fetchInto(incoming, reference, found, options, ports);
  } finally {
    incoming?.end();
  }
}

async function fetchInto(
  incoming: Incoming | undefined,
  reference: string,
  found: FoundChart,
  options: PullOptions,
  ports: PullPorts,
): Promise<PulledChart> {
  const claimed = claimedDigest(found, options);
  const cached = claimed === undefined ? undefined : await ports.cache?.get(claimed, 'chart');
  const fetched =
    cached === undefined ? await fetchArchive(incoming, found, options, ports) : { content: new Content([cached]) };
  const { content } = fetched;
  const digest = await content.digest();
  if (claimed !== undefined && digest !== claimed && options.allowDigestMismatch !== true) {
    throw new RepoError(
      'DIGEST_MISMATCH',
      `${redactUrl(found.url)} has digest sha256:${digest}, but sha256:${claimed} was expected`,
      {
        hint: 'the archive was changed after the index or lock was written; --allow-digest-mismatch takes it all the same',
      },
    );
  }
  if (cached === undefined && !incoming?.keep(digest, content.size)) {
    await ports.cache?.put(digest, content.bytes, 'chart');
  }
  const prov = fetched.prov ?? (await fetchProvenance(reference, found, digest, options, ports));
  return {
    fileName: fetched.fileName ?? (await fileNameOf(found, content)),
    get data() {
      return content.bytes;
    },
    ...(prov !== undefined && { prov }),
    digest,
    url: found.url,
    ...(fetched.oci !== undefined && { oci: fetched.oci }),
    ...(fetched.commit !== undefined && { commit: fetched.commit }),
  };
}

/** What the lock, or else the index, says the archive is. Throws DIGEST_MISMATCH for what can be no digest. */
function claimedDigest(found: FoundChart, { digest, allowDigestMismatch = false }: PullOptions): string | undefined {
  const claim = digest ?? (found.type === 'http' ? found.digest : undefined);
  if (claim === undefined) return undefined;
  const hex = digestHex(claim);
  if (hex === undefined && !allowDigestMismatch) {
    throw new RepoError('DIGEST_MISMATCH', `${redactUrl(found.url)}: ${quoteGo(claim)} is no sha256 digest`, {
      hint: '--allow-digest-mismatch takes the archive all the same',
    });
  }
  return hex;
}

interface Fetched extends Pick<PulledChart, 'prov' | 'oci' | 'commit'> {
  readonly content: Content;
  readonly fileName?: string;
}

async function fetchArchive(
  incoming: Incoming | undefined,
  found: FoundChart,
  options: PullOptions,
  ports: PullPorts,
): Promise<Fetched> {
  const onChunk = incoming && ((chunk: Uint8Array) => incoming.write(chunk));
  const { signal, offline = false, prov = 'never' } = options;
  if (offline && found.type !== 'file' && !(found.type === 'oci' && ports.oci?.isOffline)) {
    throw new RepoError('OFFLINE', `${redactUrl(found.url)} is not in the cache`, {
      hint: 'run once without --offline',
    });
  }
  switch (found.type) {
    case 'http':
      return { content: await fetchFile(found.url, found.access, ports, { signal, hashed: true, onChunk }) };
    case 'oci': {
      const oci = ports.oci ?? unsupported(found.url);
      const { cache } = ports;
      const {
        content,
        prov: file,
        ...rest
      } = await oci.pull(found.reference, {
        prov: prov !== 'never',
        signal,
        onChunk,
        ...(cache !== undefined && { cached: (digest: string) => cache.get(digest, 'chart') }),
      });
      return { content, ...(file !== undefined && { prov: file }), oci: rest };
    }
    case 'git':
      return inOne(await (ports.git ?? unsupported(found.url)).archive(found.url, signal));
    case 'file':
      return inOne(await (ports.local ?? unsupported(found.url))(found.url.slice('file://'.length)));
  }
}

const inOne = <T extends { readonly data: Uint8Array }>({ data, ...rest }: T) => ({
  content: new Content([data]),
  ...rest,
});

async function fetchFile(
  url: string,
  access: Access,
  { fetchFor }: PullPorts,
  options: Pick<GetOptions, 'signal' | 'hashed' | 'onChunk'>,
): Promise<Content> {
  const headers = { Accept: ARCHIVE_TYPES };
  const { content } = await httpGet(url, {
    ...options,
    fetch: fetchFor(access),
    access,
    headers,
    maxSize: MAX_ARCHIVE,
  });
  return content;
}

/** The `.prov` beside an archive. Throws CHART_DOWNLOAD_FAILED when it must be there. */
async function fetchProvenance(
  reference: string,
  found: FoundChart,
  digest: string,
  { prov = 'never', offline = false, signal }: PullOptions,
  ports: PullPorts,
): Promise<Uint8Array | undefined> {
  if (prov === 'never') return undefined;
  const cached = await ports.cache?.get(digest, 'prov');
  if (cached !== undefined) return cached;
  // Behind the whole URL, as Helm has it, also behind a query.
  const url = `${found.url}.prov`;
  try {
    if (offline || found.type !== 'http')
      throw new RepoError('CHART_DOWNLOAD_FAILED', `no provenance for ${found.url}`);
    const { bytes: data } = await fetchFile(url, found.access, ports, { signal });
    await ports.cache?.put(digest, data, 'prov');
    return data;
  } catch (e) {
    if (!isCodedError(e)) throw e;
    if (prov === 'always') {
      throw new RepoError('CHART_DOWNLOAD_FAILED', `failed to fetch provenance ${quoteGo(redactUrl(url))}`, {
        cause: e,
      });
    }
    ports.warn?.(`WARNING: Verification not found for ${reference}: ${e.message}`);
    return undefined;
  }
}

/** The last name of the address's path, with a hyphen for the colon of a tag; of what is a folder, what the chart says. */
async function fileNameOf({ type, url }: FoundChart, content: Content): Promise<string> {
  if (type === 'git' || type === 'file') {
    const { name, version } = (await loadArchive(content.bytes)).metadata;
    return `${name}-${version}.tgz`;
  }
  return nameOf({ type, url });
}

function nameOf({ type, url }: Pick<FoundChart, 'type' | 'url'>): string {
  const path = type === 'oci' ? url : new URL(url).pathname;
  const base = path.slice(path.lastIndexOf('/') + 1);
  const name = type === 'oci' ? `${base.replace(/:([^:]*)$/, '-$1')}.tgz` : decoded(base);
  return name === '' || name === '.' || name === '..' || /[/\\\0]/.test(name) ? 'chart.tgz' : name;
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
