import type { Time } from '@pack/core';

/** One repository as repositories.yaml has it; every key is always written. Helm: pkg/repo/v1 Entry. */
export interface Repository {
  readonly name: string;
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly certFile: string;
  readonly keyFile: string;
  readonly caFile: string;
  readonly insecure_skip_tls_verify: boolean;
  readonly pass_credentials_all: boolean;
}

/** repositories.yaml */
export interface RepositoriesFile {
  readonly apiVersion: string;
  readonly generated: Time;
  readonly repositories: readonly Repository[];
}

export declare const NO_REPOSITORIES: RepositoriesFile;
/** A repository of which only the name and address are given. */
export declare function repository(fields: Partial<Repository> & Pick<Repository, 'name' | 'url'>): Repository;
/** Throws TextError with Go's message. */
export declare function parseRepositories(text: string): RepositoriesFile;
export declare function formatRepositories(file: RepositoriesFile): string;
export declare function findRepository(file: RepositoriesFile, name: string): Repository | undefined;
/**
 * The list with one more, or the same list when it has that very one. Throws REPOSITORY_EXISTS when another has the
 * name and `forceUpdate` is not set, REPOSITORY_NAME_INVALID for one with a slash.
 */
export declare function addRepository(
  file: RepositoriesFile,
  repository: Repository,
  options?: { readonly forceUpdate?: boolean },
): RepositoriesFile;
/** Throws REPOSITORY_NOT_FOUND. */
export declare function removeRepository(file: RepositoriesFile, name: string): RepositoriesFile;
