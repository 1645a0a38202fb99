/**
 * Repositories, registries and folders as the source of a chart's dependencies: what `@pack/resolver` calls a ChartSource.
 * Helm: internal/resolver/resolver.go, pkg/downloader/manager.go findChartURL.
 */
import { type Chart, compareVersions, type Dependency, isCodedError, loadArchive } from '@pack/core';
import { quoteGo } from 'go-template';

import { isSameUrl, joinedPath, resolveReferenceUrl } from './address.ts';
import { sortVersions, versionOrNone } from './chart-index.ts';
import type { ChartVersion } from './chart-version.ts';
import { RepoError } from './error.ts';
import { isGitReference, parseGitReference } from './git-reference.ts';
import { type Access, redactUrl } from './http.ts';
import { isOciReference, parseOciReference } from './oci-reference.ts';
import { type FoundChart, fetchChart, type PulledChart, type PullOptions, type PullPorts } from './pull.ts';
import { createRepository, hasIndex, type RepositoriesFile, type Repository } from './repositories.ts';
import type { IndexReader } from './summary.ts';

export interface ChartSourceInput {
  readonly ports: PullPorts;
  /** The folder of the chart whose dependencies these are: `file://` is seen from there, and charts/ is in it. */
  readonly folder: string;
  /** Reads the chart in a folder. Throws CHART_NOT_FOUND. */
  readonly readChart: (path: string) => Promise<Chart>;
  readonly pull?: Pick<PullOptions, 'access' | 'prov' | 'offline' | 'allowDigestMismatch'>;
  /** Hears of each archive that was fetched, before it is used; may refuse it by throwing. */
  readonly onPulled?: (dependency: Dependency, pulled: PulledChart) => Promise<void>;
}

interface ArchiveOptions {
  readonly digest?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ChartSource {
  versions(dependency: Dependency, signal?: AbortSignal): Promise<readonly string[]>;
  dependencies(dependency: Dependency, version: string, signal?: AbortSignal): Promise<readonly Dependency[]>;
  archive(dependency: Dependency, version: string, options?: ArchiveOptions): Promise<PulledChart>;
  local(dependency: Dependency): Promise<Chart>;
}

/** Archives are fetched once, whether for what is in them or for themselves. */
export function createChartSource(input: ChartSourceInput): ChartSource {
  const pulled = new Map<string, Promise<PulledChart>>();
  const pull = (dependency: Dependency, version: string, options: ArchiveOptions = {}): Promise<PulledChart> => {
    const key = `${dependency.repository} ${dependency.name} ${version} ${options.digest ?? ''}`;
    const known = pulled.get(key) ?? pullDependency(input, dependency, version, options);
    pulled.set(key, known);
    return known;
  };
  return {
    versions: (dependency, signal) => versionsOf(input, dependency, pull, signal),
    async dependencies(dependency, version, signal) {
      const { repository = '' } = dependency;
      // An index says it; of all else the archive must be looked into.
      const chart = /^https?:/.test(repository)
        ? (await entryOf(input.ports, dependency, version)).entry
        : (await loadArchive((await pull(dependency, version, { signal })).data)).metadata;
      return chart.dependencies ?? [];
    },
    archive: pull,
    async local({ name }) {
      const path = `${input.folder}/charts/${name}`;
      try {
        return await input.readChart(path);
      } catch (e) {
        if (!isCodedError(e) || e.code !== 'CHART_NOT_FOUND') throw e;
        throw new RepoError('CHART_REFERENCE_INVALID', `directory ${path} not found`, { cause: e });
      }
    },
  };
}

async function versionsOf(
  { ports, folder, readChart }: ChartSourceInput,
  dependency: Dependency,
  pull: ChartSource['archive'],
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const { name, repository = '', version = '' } = dependency;
  if (isChartFolder(repository, ports))
    return [(await readFolder(localPath(repository, folder), readChart)).metadata.version];
  if (isGitReference(repository)) {
    if (parseGitReference(repository).ref === undefined && ports.git)
      return sortVersions(await ports.git.versions(repository, signal), (tag) => tag);
    return [(await loadArchive((await pull(dependency, '', { signal })).data)).metadata.version];
  }
  if (isOciReference(repository)) return versionOrNone(version) ? [version] : tagsOf(ports, dependency, signal);
  const { index } = await indexOf(ports, repository);
  const versions = index.fetchable(name);
  if (versions === undefined) {
    throw new RepoError('CHART_VERSION_NOT_FOUND', `${name} chart not found in repo ${redactUrl(repository)}`);
  }
  return versions;
}

async function readFolder(path: string, readChart: ChartSourceInput['readChart']): Promise<Chart> {
  try {
    return await readChart(path);
  } catch (e) {
    if (!isCodedError(e) || e.code !== 'CHART_NOT_FOUND') throw e;
    throw new RepoError('CHART_REFERENCE_INVALID', `directory ${path} not found`, { cause: e });
  }
}

/** A path is that of a chart, unless it is that of a repository on the list. */
const isChartFolder = (repository: string, { repositories }: PullPorts): boolean =>
  repository.startsWith('file://') && !repositories.repositories.some(({ url }) => isSameUrl(url, repository));

/** Helm: resolver.GetLocalPath. */
function localPath(repository: string, folder: string): string {
  const path = repository.slice('file://'.length);
  return /^(?:[/\\]|[A-Za-z]:)/.test(path) ? path : joinedPath(folder, [path]);
}

async function tagsOf(
  { oci }: PullPorts,
  { name, repository = '' }: Dependency,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const address = registryOf(repository, name);
  if (oci === undefined) {
    throw new RepoError(
      'CHART_REFERENCE_INVALID',
      `unable to lookup chart ${quoteGo(address)}, missing registry client`,
    );
  }
  try {
    return await oci.tags(parseOciReference(address).repository, signal);
  } catch (e) {
    if (!isCodedError(e)) throw e;
    const message = `could not retrieve list of tags for repository ${repository}: ${e.message}`;
    throw new RepoError('REPOSITORY_UNREACHABLE', message, { cause: e });
  }
}

const registryOf = (repository: string, name: string): string => `${repository.replace(/\/$/, '')}/${name}`;

/** The repositories on the list that dependencies come from, if they have an index: the only ones to update for them. */
export const repositoriesOf = (dependencies: readonly Dependency[], { repositories }: RepositoriesFile): Repository[] =>
  repositories.filter(
    ({ url }) =>
      hasIndex(url) && dependencies.some(({ repository = '' }) => repository !== '' && isSameUrl(url, repository)),
  );

/** The index of a repository: the cached one of those on the list, that was just updated or is not to be. */
async function indexOf(ports: PullPorts, url: string): Promise<{ index: IndexReader; access: Access }> {
  const managed = ports.repositories.repositories.find((repository) => isSameUrl(repository.url, url));
  if (managed === undefined) {
    const access = createRepository({ url });
    return { index: await ports.freshIndex(access), access };
  }
  return { index: await cachedIndex(managed, ports), access: managed };
}

async function cachedIndex(repository: Repository, ports: PullPorts): Promise<IndexReader> {
  try {
    return await ports.cachedIndex(repository);
  } catch (e) {
    if (!isCodedError(e)) throw e;
    const message = `no cached repository for ${repository.name} found. (try 'helm repo update'): ${e.message}`;
    throw new RepoError('INDEX_NOT_CACHED', message, { cause: e });
  }
}

/** The entry of a version, which may be written otherwise in the index: `v1.0` for `1.0.0`. */
async function entryOf(
  ports: PullPorts,
  { name, repository = '' }: Dependency,
  version: string,
): Promise<{ entry: ChartVersion; access: Access }> {
  const { index, access } = await indexOf(ports, repository);
  const versions = index.versions(name);
  const fetchable = new Set(index.fetchable(name));
  const parsed = versionOrNone(version);
  const isWanted = (text: string): boolean => {
    const other = versionOrNone(text);
    return fetchable.has(text) && (parsed && other ? compareVersions(parsed, other) === 0 : text === version);
  };
  const exact = versions?.indexOf(version) ?? -1;
  const position = exact >= 0 && fetchable.has(version) ? exact : (versions?.findIndex(isWanted) ?? -1);
  if (position < 0) {
    const why = versions === undefined ? 'entry not found' : 'no matching version';
    throw new RepoError(
      'CHART_VERSION_NOT_FOUND',
      `could not find ${name} ${version} in ${redactUrl(repository)}: ${why}`,
    );
  }
  return { entry: await index.entry(name, position), access };
}

async function pullDependency(
  input: ChartSourceInput,
  dependency: Dependency,
  version: string,
  { digest, signal }: ArchiveOptions,
): Promise<PulledChart> {
  const found = await locate(input, dependency, version, signal);
  const options: PullOptions = { ...input.pull, ...(digest && { digest }), ...(signal && { signal }) };
  let pulled: PulledChart;
  try {
    pulled = await fetchChart(found.url, found, options, input.ports);
  } catch (e) {
    if (!isCodedError(e) || (e.code !== 'REPOSITORY_UNREACHABLE' && e.code !== 'CHART_DOWNLOAD_FAILED')) throw e;
    throw new RepoError('CHART_DOWNLOAD_FAILED', `could not download ${redactUrl(found.url)}: ${e.message}`, {
      cause: e,
    });
  }
  await input.onPulled?.(dependency, pulled);
  return pulled;
}

async function locate(
  { ports, folder }: ChartSourceInput,
  dependency: Dependency,
  version: string,
  signal: AbortSignal | undefined,
): Promise<FoundChart> {
  const { name, repository = '' } = dependency;
  if (isChartFolder(repository, ports)) return { type: 'file', url: `file://${localPath(repository, folder)}` };
  if (isGitReference(repository)) return { type: 'git', url: await atTag(repository, version, ports, signal) };
  if (isOciReference(repository)) {
    const address = `${registryOf(repository, name)}:${version}`;
    return { type: 'oci', url: address, reference: parseOciReference(address) };
  }
  const { entry, access } = await entryOf(ports, dependency, version);
  const url = resolveReferenceUrl(repository, entry.urls?.[0] ?? '');
  if (isOciReference(url)) return { type: 'oci', url, reference: parseOciReference(url) };
  if (url.startsWith('file://') && access.url.startsWith('file://')) return { type: 'file', url };
  return { type: 'http', url, access, ...(entry.digest && { digest: entry.digest }) };
}

/** The address of a version in a git repository whose tags are its versions. */
async function atTag(
  repository: string,
  version: string,
  { git }: PullPorts,
  signal: AbortSignal | undefined,
): Promise<string> {
  const { url, ref, path } = parseGitReference(repository);
  if (ref !== undefined || version === '') return repository;
  const wanted = versionOrNone(version);
  const tag = ((await git?.versions(repository, signal)) ?? []).find((text) => {
    const other = versionOrNone(text);
    return text === version || (wanted && other && compareVersions(wanted, other) === 0);
  });
  return `git+${url}@${tag ?? version}${path === '' ? '' : `?path=${encodeURIComponent(path)}`}`;
}
