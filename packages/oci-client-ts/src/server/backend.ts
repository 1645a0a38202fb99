/** Where an embedded registry keeps what it serves. */
import type { Store } from '../store.ts';

/** A blob that is on its way. */
export interface Upload {
  readonly id: string;
  /** Bytes so far. */
  size: number;
  append(stream: ReadableStream<Uint8Array>): Promise<void>;
  /** All bytes so far. */
  open(): Promise<ReadableStream<Uint8Array>>;
  /** Forgets it. */
  end(): Promise<void>;
}

export interface RegistryBackend {
  /** Throws REFERENCE_INVALID for what is no name. */
  repository(name: string): Store;
  /** Those that have tags. */
  repositories(): Promise<readonly string[]>;
  blobSize(digest: string): Promise<number | undefined>;
  openBlob(digest: string, offset: number): Promise<ReadableStream<Uint8Array>>;
  begin(): Promise<Upload>;
  upload(id: string): Upload | undefined;
}
