/** Where an embedded registry keeps what it serves. */
import type { Store } from '../store.ts';

/** A blob that is on its way. */
export interface Upload {
  readonly id: string;
  /** Where it was begun, and where alone it can go on. */
  readonly repository: string;
  /** Bytes so far. */
  readonly size: number;
  /** What came before a stream failed stays. Not called again before it has ended. */
  append(stream: ReadableStream<Uint8Array>): Promise<void>;
  /** Makes what has come a blob, if it is that of the digest. Throws DIGEST_MISMATCH. */
  finish(digest: string): Promise<void>;
  /** Forgets what is not a blob by then. */
  end(): Promise<void>;
}

export interface RegistryBackend {
  /** Throws REFERENCE_INVALID for what is no name. */
  repository(name: string): Store;
  /** In the order of their letters. */
  repositories(): Promise<readonly string[]>;
  /** Blobs are the same for all repositories. */
  blobSize(digest: string): Promise<number | undefined>;
  /** The bytes from `start` on, up to but without `end`. */
  openBlob(digest: string, start?: number, end?: number): Promise<ReadableStream<Uint8Array>>;
  begin(repository: string): Promise<Upload>;
  upload(id: string): Upload | undefined;
  /** Forgets all uploads. */
  close(): Promise<void>;
}
