/** Archives kept by what they are, so that one is fetched once and never mistaken for another. */
export type ContentKind = 'chart' | 'prov';

/** Digests are sha256 in hex. */
export interface ContentCache {
  /** undefined when it is not there. A chart is hashed again; one that has changed is removed and as good as absent. */
  get(digest: string, kind: ContentKind): Promise<Uint8Array | undefined>;
  /** Throws DIGEST_MISMATCH for a chart of another digest. A provenance file is kept under that of its chart. */
  put(digest: string, data: Uint8Array, kind: ContentKind): Promise<void>;
}

const known = new WeakMap<Uint8Array, Promise<string>>();

/** sha256 in hex. Bytes are hashed once for all who ask, and so must not change. */
export function sha256(data: Uint8Array): Promise<string> {
  let digest = known.get(data);
  if (digest === undefined) known.set(data, (digest = hashed(data)));
  return digest;
}

async function hashed(data: Uint8Array): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', data as Uint8Array<ArrayBuffer>));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

const DIGEST = /^(?:sha256:)?([0-9a-f]{64})$/;

/** The hex of a digest as indexes and locks write it; undefined for a text that is none. */
export const digestHex = (text: string): string | undefined => DIGEST.exec(text.toLowerCase())?.[1];
