import type { Repository } from './repositories.ts';

/** How a server is to be spoken to. */
export type Access = Omit<Repository, 'name'>;

/** The `fetch` for a repository with its certificates. */
export type FetchFor = (access: Access) => typeof fetch;

/** What a server said of a file the last time. */
export interface IndexValidators {
  readonly etag?: string;
  readonly lastModified?: string;
}

export interface FetchIndexOptions {
  readonly fetch: typeof fetch;
  readonly signal?: AbortSignal;
  /** Bytes; 512 MiB if absent. */
  readonly maxSize?: number;
  readonly known?: IndexValidators;
}

/** undefined data: the file has not changed. */
export interface FetchedIndex extends IndexValidators {
  readonly data: Uint8Array | undefined;
}

/** index.yaml of a repository. Throws REPOSITORY_UNREACHABLE, INDEX_TOO_LARGE. */
export declare function fetchIndex(access: Access, options: FetchIndexOptions): Promise<FetchedIndex>;
