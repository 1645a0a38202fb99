/** repositories.yaml on disk. */
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, extname } from 'node:path';
import { TextError } from '@pack/core';
import { writeAtomic } from '@pack/core/node';
import { fromBytes } from 'go-template';

import { RepoError } from '../error.ts';
import {
  findRepository,
  formatRepositories,
  NO_REPOSITORIES,
  parseRepositories,
  type RepositoriesFile,
} from '../repositories.ts';
import { type LockOptions, withFlock, withLock } from './lock.ts';

/** The list of repositories; that of a missing file is empty. Throws REPOSITORIES_INVALID. */
export function readRepositories(path: string): RepositoriesFile {
  let text: string;
  try {
    text = fromBytes(readFileSync(path));
  } catch (e) {
    const { code, message } = e as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return NO_REPOSITORIES;
    throw new RepoError('REPOSITORIES_INVALID', `couldn't load repositories file (${path}): ${message}`, { cause: e });
  }
  try {
    return parseRepositories(text);
  } catch (e) {
    if (!(e instanceof TextError)) throw e;
    throw new RepoError('REPOSITORIES_INVALID', e.message, {
      at: { file: path, ...(e.line !== undefined && { line: e.line }) },
      cause: e,
    });
  }
}

/**
 * Where registries with names are listed, and all else that Helm would fail to fetch an index of: beside Helm's list, in
 * the same form.
 */
export function registriesFile(path: string): string {
  const end = extname(path);
  return `${path.slice(0, path.length - end.length)}.oci${end}`;
}

/** Both lists; of equal names Helm's counts. Throws REPOSITORIES_INVALID. */
export function readAllRepositories(path: string): RepositoriesFile {
  const own = readRepositories(path);
  const { repositories } = readRepositories(registriesFile(path));
  const others = repositories.filter(({ name }) => findRepository(own, name) === undefined);
  return others.length === 0 ? own : { ...own, repositories: [...own.repositories, ...others] };
}

/**
 * Changes the list while no other process does, ours or Helm's. `change` gets the list as it then is; nothing is written
 * when it returns the same. Throws LOCK_TIMEOUT, REPOSITORIES_INVALID, FILE_IS_LINK.
 */
export async function changeRepositories(
  path: string,
  change: (file: RepositoriesFile) => RepositoriesFile | Promise<RepositoriesFile>,
  options: LockOptions = {},
): Promise<RepositoriesFile> {
  mkdirSync(dirname(path), { recursive: true });
  const base = path.slice(0, path.length - extname(path).length);
  const write = async (): Promise<RepositoriesFile> => {
    const before = readRepositories(path);
    const after = await change(before);
    if (after !== before) writeAtomic(path, formatRepositories(after), { mode: 0o600 });
    return after;
  };
  // Ours first: it is the cheaper one to wait for.
  return withLock(`${base}.pack.lock`, () => withFlock(`${base}.lock`, write, options), options);
}
