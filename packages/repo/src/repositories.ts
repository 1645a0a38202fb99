/** repositories.yaml, the list of repositories that Helm and we share. Helm: pkg/repo/v1/repo.go. */
import { decodeYamlStruct, encodeYaml, type StructShape, type Time, ZERO_TIME } from '@pack/core';

import { RepoError } from './error.ts';
import { isGitReference } from './git-reference.ts';
import { isOciReference } from './oci-reference.ts';

/** One repository as repositories.yaml has it; every key is always written. Helm: Entry. */
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

const ENTRY: StructShape = {
  name: 'Entry',
  type: 'repo.Entry',
  pointer: true,
  fields: {
    name: 'string',
    url: 'string',
    username: 'string',
    password: 'string',
    certFile: 'string',
    keyFile: 'string',
    caFile: 'string',
    insecure_skip_tls_verify: 'bool',
    pass_credentials_all: 'bool',
  },
};

const FILE: StructShape = {
  name: 'File',
  type: 'repo.File',
  fields: { apiVersion: 'string', generated: 'time', repositories: { list: ENTRY } },
};

/** A list without any, as good as no file. */
export const NO_REPOSITORIES: RepositoriesFile = { apiVersion: '', generated: ZERO_TIME, repositories: [] };

/** A repository of which not all is given. */
export const createRepository = (fields: Partial<Repository>): Repository => ({
  name: '',
  url: '',
  username: '',
  password: '',
  certFile: '',
  keyFile: '',
  caFile: '',
  insecure_skip_tls_verify: false,
  pass_credentials_all: false,
  ...fields,
});

/** Null entries are left out. Throws TextError with Go's message. */
export function parseRepositories(text: string): RepositoriesFile {
  const file = (decodeYamlStruct(text, FILE) ?? {}) as Partial<RepositoriesFile>;
  const repositories = (file.repositories ?? []) as readonly (Partial<Repository> | null)[];
  return {
    ...NO_REPOSITORIES,
    ...file,
    repositories: repositories.filter((entry) => entry !== null).map(createRepository),
  };
}

/** The text that Helm writes. */
export const formatRepositories = ({ apiVersion, generated, repositories }: RepositoriesFile): string =>
  encodeYaml({ apiVersion, generated, repositories });

/** Registries and git repositories say by themselves what they have. */
export const hasIndex = (url: string): boolean => !isOciReference(url) && !isGitReference(url);

/** Whether Helm can work with an address; a single one on its list that it cannot ends its `repo update`. */
export const isHelmRepository = (url: string): boolean => hasIndex(url) && !url.startsWith('file://');

export const findRepository = (file: RepositoriesFile, name: string): Repository | undefined =>
  file.repositories.find((repository) => repository.name === name);

/**
 * The list with one more, or the same list when it has that very one. Throws REPOSITORY_EXISTS when another has the
 * name and `forceUpdate` is not set, REPOSITORY_NAME_INVALID for one with a slash. Helm: pkg/cmd/repo_add.go.
 */
export function addRepository(
  file: RepositoriesFile,
  repository: Repository,
  { forceUpdate = false }: { readonly forceUpdate?: boolean } = {},
): RepositoriesFile {
  checkRepositoryName(repository.name);
  const known = findRepository(file, repository.name);
  if (known === undefined) return { ...file, repositories: [...file.repositories, repository] };
  if (forceUpdate) {
    return { ...file, repositories: file.repositories.map((other) => (other === known ? repository : other)) };
  }
  if (isEqual(known, repository)) return file;
  throw new RepoError(
    'REPOSITORY_EXISTS',
    `repository name (${repository.name}) already exists, please specify a different name`,
    { hint: 'use --force-update to replace it' },
  );
}

/** A name becomes part of file names, so that we refuse more of them than Helm. */
function checkRepositoryName(name: string): void {
  if (name.includes('/')) {
    throw new RepoError(
      'REPOSITORY_NAME_INVALID',
      `repository name (${name}) contains '/', please specify a different name without '/'`,
    );
  }
  if (/[\\\x00-\x1f\x7f]/.test(name)) {
    throw new RepoError(
      'REPOSITORY_NAME_INVALID',
      `repository name (${JSON.stringify(name)}) cannot be part of a file name`,
    );
  }
}

const isEqual = (a: Repository, b: Repository): boolean =>
  Object.keys(ENTRY.fields).every((key) => a[key as keyof Repository] === b[key as keyof Repository]);

/** Throws REPOSITORY_NOT_FOUND. Helm: pkg/cmd/repo_remove.go. */
export function removeRepository(file: RepositoriesFile, name: string): RepositoriesFile {
  const repositories = file.repositories.filter((repository) => repository.name !== name);
  if (repositories.length === file.repositories.length) {
    throw new RepoError('REPOSITORY_NOT_FOUND', `no repo named ${JSON.stringify(name)} found`);
  }
  return { ...file, repositories };
}
