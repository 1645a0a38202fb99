export type ContentKind = 'chart' | 'prov';

/** Archives by the sha256 of their bytes. What is read has been hashed again. */
export interface ContentCache {
  /** undefined when it is not there; what does not have its digest is as good as absent, and removed. */
  get(digest: string, kind: ContentKind): Promise<Uint8Array | undefined>;
  /** Throws DIGEST_MISMATCH when a chart's bytes are not those of `digest`. A provenance file is kept under its chart's. */
  put(digest: string, data: Uint8Array, kind: ContentKind): Promise<void>;
}
