/** Archives kept by what they are, so that one is fetched once and never mistaken for another. */
export type ContentKind = 'chart' | 'prov';

/** Digests are sha256 in hex. */
export interface ContentCache {
  /** undefined when it is not there. A chart is hashed again; one that has changed is removed and as good as absent. */
  get(digest: string, kind: ContentKind): Promise<Uint8Array | undefined>;
  /** Throws DIGEST_MISMATCH for a chart of another digest. A provenance file is kept under that of its chart. */
  put(digest: string, data: Uint8Array, kind: ContentKind): Promise<void>;
  /** Whether a chart is there, and what it should be. */
  has?(digest: string): boolean;
  /** For a chart that is about to come. */
  receive?(): Incoming;
}

/** A chart that is written while it comes, apart from what the cache holds. */
export interface Incoming {
  /** The bytes may change once it returns. */
  write(bytes: Uint8Array): void;
  /** Makes what came, if it is that many bytes, the content of a digest that was checked; false where that cannot be. */
  keep(digest: string, size: number): boolean;
  /** When nothing more comes. What was not kept is gone. */
  end(): void;
}

const known = new WeakMap<Uint8Array, Promise<string>>();

/** sha256 in hex. Bytes are hashed once for all who ask, and so must not change. */
export function sha256(data: Uint8Array): Promise<string> {
  let digest = known.get(data);
  if (digest === undefined) known.set(data, (digest = hashed(data)));
  return digest;
}

interface NodeHash {
  update(data: Uint8Array): NodeHash;
  digest(encoding: 'hex'): string;
}
const builtin = (globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } }).process
  ?.getBuiltinModule;
const nodeCrypto = builtin?.('node:crypto') as { createHash(algorithm: 'sha256'): NodeHash } | undefined;

async function hashed(data: Uint8Array): Promise<string> {
  // What the web has copies all bytes first, which takes as long as to hash them.
  if (nodeCrypto !== undefined) return nodeCrypto.createHash('sha256').update(data).digest('hex');
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', data as Uint8Array<ArrayBuffer>));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Bytes in the pieces in which they came: put together when somebody wants them whole, for that takes as long as to hash them. */
export class Content {
  /** Bytes. */
  readonly size: number;
  private pieces: readonly Uint8Array[];
  private readonly hex: string | undefined;

  /** `hex`: the sha256, where it is known. */
  constructor(pieces: readonly Uint8Array[], hex?: string) {
    this.pieces = pieces;
    this.hex = hex;
    this.size = pieces.reduce((size, { length }) => size + length, 0);
  }

  get bytes(): Uint8Array {
    const [first = new Uint8Array(0), ...others] = this.pieces;
    if (others.length === 0) return first;
    const whole = new Uint8Array(this.size);
    let at = 0;
    for (const piece of this.pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    this.pieces = [whole];
    if (this.hex !== undefined) known.set(whole, Promise.resolve(this.hex));
    return whole;
  }

  /** sha256 in hex. */
  digest(): Promise<string> {
    return this.hex === undefined ? sha256(this.bytes) : Promise.resolve(this.hex);
  }
}

export interface ReadOptions {
  /** Bytes. */
  readonly maxSize: number;
  /**
   * Whether somebody is going to ask for the sha256, which is then known without more time, since it is made while one waits
   * for the rest; or the sha256 itself, in hex, where the stream fails for what has another.
   */
  readonly digest: boolean | string;
  /** Gets what comes. */
  readonly onChunk?: ((chunk: Uint8Array) => void) | undefined;
}

/** All of a stream. Throws RangeError for what is larger than `maxSize`. */
export async function readContent(
  stream: ReadableStream<Uint8Array>,
  { maxSize, digest, onChunk }: ReadOptions,
): Promise<Content> {
  const hash = digest === true ? nodeCrypto?.createHash('sha256') : undefined;
  const pieces: Uint8Array[] = [];
  let size = 0;
  const reader = stream.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    const piece = next.value;
    size += piece.length;
    if (size > maxSize) {
      await reader.cancel();
      throw new RangeError(`more than ${maxSize} bytes`);
    }
    pieces.push(piece);
    hash?.update(piece);
    onChunk?.(piece);
  }
  return new Content(pieces, typeof digest === 'string' ? digest : hash?.digest('hex'));
}

const DIGEST = /^(?:sha256:)?([0-9a-f]{64})$/;

/** The hex of a digest as indexes and locks write it; undefined for a text that is none. */
export const digestHex = (text: string): string | undefined => DIGEST.exec(text.toLowerCase())?.[1];
