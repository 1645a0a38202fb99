import { PackError } from '@pack/core';

export type RepoErrorCode =
  | 'CHART_DOWNLOAD_FAILED'
  | 'CHART_REFERENCE_INVALID'
  | 'CHART_VERSION_NOT_FOUND'
  | 'CONTENT_CORRUPT'
  | 'DIGEST_MISMATCH'
  | 'HUB_UNREACHABLE'
  | 'INDEX_INVALID'
  | 'INDEX_NOT_CACHED'
  | 'INDEX_TOO_LARGE'
  | 'LOCK_TIMEOUT'
  | 'OFFLINE'
  | 'PUSH_FAILED'
  | 'REPOSITORIES_INVALID'
  | 'REPOSITORY_EXISTS'
  | 'REPOSITORY_NAME_INVALID'
  | 'REPOSITORY_NOT_FOUND'
  | 'REPOSITORY_UNREACHABLE'
  | 'SEARCH_INVALID';

/** A fault of a repository, its index or what is fetched from it; messages are Helm's. */
export class RepoError extends PackError<RepoErrorCode> {}
