/** Repositories added, removed and updated: the network on one side, the cache on the other. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isCodedError, type Warn } from '@pack/core';
import { GoError } from 'go-template';

import { RepoError } from '../error.ts';
import { fetchIndex } from '../fetch-index.ts';
import { type FetchFor, isServed, redactUrl } from '../http.ts';
import { addRepository, type RepositoriesFile, type Repository, removeRepository } from '../repositories.ts';
import { readValidators, removeIndex, storeIndex } from './index-files.ts';
import { changeRepositories } from './repositories-file.ts';

export interface UpdatePorts {
  /** The folder of cached indexes. */
  readonly folder: string;
  readonly fetchFor: FetchFor;
  readonly warn?: Warn;
}

export interface UpdateOptions {
  /** Milliseconds for each repository; two minutes if absent. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  readonly onEvent?: (outcome: UpdateOutcome) => void;
}

export type UpdateOutcome =
  | { readonly repository: Repository; readonly status: 'updated' | 'unchanged' }
  | { readonly repository: Repository; readonly status: 'failed'; readonly error: Error };

/** Helm: getter.DefaultHTTPTimeout. */
const TIMEOUT = 120_000;
const CONCURRENCY = 16;

/**
 * Updates the cached indexes of repositories, in parallel. One that fails keeps what it had; all outcomes are told, as
 * they come and at the end in the order of `repositories`. Helm: pkg/cmd/repo_update.go.
 */
export async function updateIndexes(
  repositories: readonly Repository[],
  ports: UpdatePorts,
  options: UpdateOptions = {},
): Promise<UpdateOutcome[]> {
  const outcomes: UpdateOutcome[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let i = next++; i < repositories.length; i = next++) {
      const repository = repositories[i] as Repository;
      const outcome = await updateIndex(repository, ports, options);
      outcomes[i] = outcome;
      options.onEvent?.(outcome);
    }
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, repositories.length) }, work));
  return outcomes;
}

async function updateIndex(repository: Repository, ports: UpdatePorts, options: UpdateOptions): Promise<UpdateOutcome> {
  try {
    return { repository, status: await downloadIndex(repository, ports, options) };
  } catch (e) {
    options.signal?.throwIfAborted();
    if (e instanceof GoError || isCodedError(e)) return { repository, status: 'failed', error: e };
    throw e;
  }
}

/** Fetches one index into the cache. Throws REPOSITORY_UNREACHABLE, INDEX_INVALID, INDEX_TOO_LARGE. */
export async function downloadIndex(
  repository: Repository,
  { folder, fetchFor, warn }: UpdatePorts,
  { timeout = TIMEOUT, signal }: Omit<UpdateOptions, 'onEvent'> = {},
): Promise<'updated' | 'unchanged'> {
  const { name, url } = repository;
  const more = { source: url, ...(warn && { warn }) };
  if (url.startsWith('file://')) {
    storeIndex(folder, name, readLocalIndex(url), more);
    return 'updated';
  }
  const scheme = /^[^:]*(?=:)/.exec(url)?.[0] ?? '';
  if (!url.startsWith(`${scheme}://`) || !(await isServed(scheme, fetchFor))) {
    throw new RepoError('REPOSITORY_UNREACHABLE', `could not find protocol handler for: ${scheme}`);
  }
  const timer = AbortSignal.timeout(timeout);
  const { data, ...validators } = await fetchIndex(repository, {
    fetch: fetchFor(repository),
    known: readValidators(folder, name, url),
    signal: signal === undefined ? timer : AbortSignal.any([signal, timer]),
  });
  if (data === undefined) return 'unchanged';
  storeIndex(folder, name, data, { ...more, validators });
  return 'updated';
}

function readLocalIndex(url: string): Uint8Array {
  const path = join(fileURLToPath(url), 'index.yaml');
  try {
    return readFileSync(path);
  } catch (e) {
    const reason = (e as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file or directory' : (e as Error).message;
    throw new RepoError('REPOSITORY_UNREACHABLE', `open ${path}: ${reason}`, { cause: e });
  }
}

export interface RegisterOptions extends Omit<UpdateOptions, 'onEvent'> {
  /** repositories.yaml */
  readonly config: string;
  readonly forceUpdate?: boolean;
  /** Whether to add repositories that are known to be gone. */
  readonly allowDeprecated?: boolean;
}

/** Helm: pkg/cmd/repo_add.go. */
const DEPRECATED: readonly (readonly [old: string, current: string])[] = [
  ['//kubernetes-charts.storage.googleapis.com', 'https://charts.helm.sh/stable'],
  ['//kubernetes-charts-incubator.storage.googleapis.com', 'https://charts.helm.sh/incubator'],
];

/**
 * `repo add`: puts a repository on the list once its index is in the cache. Throws REPOSITORY_EXISTS,
 * REPOSITORY_NAME_INVALID, REPOSITORY_UNREACHABLE, LOCK_TIMEOUT.
 */
export async function registerRepository(
  repository: Repository,
  ports: UpdatePorts,
  options: RegisterOptions,
): Promise<'added' | 'unchanged'> {
  const { url } = repository;
  const gone = options.allowDeprecated === true ? undefined : DEPRECATED.find(([old]) => url.includes(old));
  if (gone !== undefined) {
    throw new RepoError(
      'REPOSITORY_UNREACHABLE',
      `repo ${JSON.stringify(url)} is no longer available; try ${JSON.stringify(gone[1])} instead`,
    );
  }
  let outcome: 'added' | 'unchanged' = 'unchanged';
  const change = async (file: RepositoriesFile): Promise<RepositoriesFile> => {
    const changed = addRepository(file, repository, { forceUpdate: options.forceUpdate === true });
    if (changed === file) return file;
    await downloadFirstIndex(repository, ports, options);
    outcome = 'added';
    return changed;
  };
  await changeRepositories(options.config, change, { signal: options.signal });
  return outcome;
}

async function downloadFirstIndex(
  repository: Repository,
  ports: UpdatePorts,
  options: Omit<UpdateOptions, 'onEvent'>,
): Promise<void> {
  try {
    await downloadIndex(repository, ports, options);
  } catch (e) {
    if (!(e instanceof GoError) && !isCodedError(e)) throw e;
    if (!/^(?:https?|file):\/\//.test(repository.url)) throw e;
    throw new RepoError(
      'REPOSITORY_UNREACHABLE',
      `looks like ${JSON.stringify(redactUrl(repository.url))} is not a valid chart repository or cannot be reached: ${e.message}`,
      { cause: e },
    );
  }
}

/**
 * `repo remove`: takes repositories off the list, and their indexes out of the cache. `onRemoved` hears of each; those
 * before one that is not on the list are gone when REPOSITORY_NOT_FOUND is thrown, as with Helm.
 */
export async function unregisterRepositories(
  names: readonly string[],
  options: { readonly config: string; readonly folder: string; readonly onRemoved?: (name: string) => void },
): Promise<void> {
  for (const name of names) {
    await changeRepositories(options.config, (file) => {
      if (file.repositories.length === 0) throw new RepoError('REPOSITORY_NOT_FOUND', 'no repositories configured');
      return removeRepository(file, name);
    });
    removeIndex(options.folder, name);
    options.onRemoved?.(name);
  }
}
