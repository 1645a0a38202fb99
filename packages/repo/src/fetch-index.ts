import { resolveReferenceUrl } from './address.ts';
import { type Access, type HttpFetch, httpGet } from './http.ts';

/** What a server said of a file the last time. */
export interface IndexValidators {
  readonly etag?: string;
  readonly lastModified?: string;
}

export interface FetchIndexOptions {
  readonly fetch: HttpFetch;
  readonly signal?: AbortSignal;
  /** Bytes; 1 GiB if absent. */
  readonly maxSize?: number;
  /** Of the index that we have; the server may answer that it has not changed. */
  readonly known?: IndexValidators;
}

export interface FetchedIndex extends IndexValidators {
  /** undefined when it has not changed. */
  readonly data: Uint8Array | undefined;
}

const MAX_SIZE = 1024 ** 3;

/**
 * index.yaml of a repository. Throws REPOSITORY_UNREACHABLE, INDEX_TOO_LARGE, GoError for a bad URL.
 * Helm: pkg/repo/v1 DownloadIndexFile.
 */
export async function fetchIndex(access: Access, options: FetchIndexOptions): Promise<FetchedIndex> {
  const { etag, lastModified } = options.known ?? {};
  const { status, headers, content } = await httpGet(resolveReferenceUrl(access.url, 'index.yaml'), {
    fetch: options.fetch,
    access,
    maxSize: options.maxSize ?? MAX_SIZE,
    signal: options.signal,
    headers: {
      ...(etag !== undefined && { 'If-None-Match': etag }),
      ...(lastModified !== undefined && { 'If-Modified-Since': lastModified }),
    },
  });
  const newTag = headers.get('etag');
  const newTime = headers.get('last-modified');
  return {
    data: status === 304 ? undefined : content.bytes,
    ...(newTag !== null && { etag: newTag }),
    ...(newTime !== null && { lastModified: newTime }),
  };
}
