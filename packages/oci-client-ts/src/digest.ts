/** Digests, and streams that are held to one. OCI image spec 1.1 §Descriptor digests. */
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { OciError } from './error.ts';

/** `sha256:` or `sha512:` and lower-case hex. */
export type Digest = string;

export type DigestAlgorithm = 'sha256' | 'sha512';

export interface Hasher {
  update(bytes: Uint8Array): void;
  /** Ends it. */
  hex(): string;
}

const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

export const isDigest = (text: string): text is Digest => DIGEST.test(text);

/** Throws DIGEST_INVALID. */
export function algorithmOf(digest: Digest): DigestAlgorithm {
  if (!isDigest(digest)) throw new OciError('DIGEST_INVALID', `invalid digest ${JSON.stringify(digest)}`);
  return digest.slice(0, digest.indexOf(':')) as DigestAlgorithm;
}

interface NodeHash {
  update(bytes: Uint8Array): unknown;
  digest(encoding: 'hex'): string;
}

/** Node's own hashing where there is one, for it is several times as fast; browsers have none that takes a stream. */
const native = (
  globalThis as {
    process?: { getBuiltinModule?: (name: string) => { createHash(name: string): NodeHash } | undefined };
  }
).process?.getBuiltinModule?.('node:crypto');

export function createHasher(algorithm: DigestAlgorithm): Hasher {
  if (native !== undefined) {
    const hash = native.createHash(algorithm);
    return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest('hex') };
  }
  const hash = (algorithm === 'sha256' ? sha256 : sha512).create();
  return {
    update: (bytes) => void hash.update(bytes),
    hex: () => Array.from(hash.digest(), (byte) => byte.toString(16).padStart(2, '0')).join(''),
  };
}

export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): Digest {
  const hasher = createHasher(algorithm);
  hasher.update(bytes);
  return `${algorithm}:${hasher.hex()}`;
}

/** What bytes must be. */
export interface Expected {
  readonly digest: Digest;
  readonly size: number;
}

/** Counts and hashes what passes; throws SIZE_MISMATCH as soon as there is too much, the rest at the end. */
export class Verifier {
  bytes = 0;
  private readonly expected: Expected;
  private readonly hasher: Hasher;

  constructor(expected: Expected) {
    this.expected = expected;
    this.hasher = createHasher(algorithmOf(expected.digest));
  }

  update(chunk: Uint8Array): void {
    this.bytes += chunk.length;
    const { digest, size } = this.expected;
    if (this.bytes > size) throw new OciError('SIZE_MISMATCH', `content of ${digest} is larger than its ${size} bytes`);
    this.hasher.update(chunk);
  }

  /** Throws SIZE_MISMATCH, DIGEST_MISMATCH. */
  end(): void {
    const { digest, size } = this.expected;
    if (this.bytes !== size) {
      throw new OciError('SIZE_MISMATCH', `content of ${digest} has ${this.bytes} bytes instead of ${size}`);
    }
    const got = `${algorithmOf(digest)}:${this.hasher.hex()}`;
    if (got !== digest) throw new OciError('DIGEST_MISMATCH', `content has digest ${got} instead of ${digest}`);
  }
}

/** Bytes that are what they should be. Throws SIZE_MISMATCH, DIGEST_MISMATCH. */
export function verifyBytes(bytes: Uint8Array, expected: Expected): void {
  const verifier = new Verifier(expected);
  verifier.update(bytes);
  verifier.end();
}

/** The same stream, which fails instead of ending when it was not what it should be. */
export function verified(stream: ReadableStream<Uint8Array>, expected: Expected): ReadableStream<Uint8Array> {
  const verifier = new Verifier(expected);
  const reader = stream.getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (done) {
            verifier.end();
            return controller.close();
          }
          verifier.update(value);
          controller.enqueue(value);
        } catch (e) {
          await reader.cancel(e).catch(() => undefined);
          throw e;
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

/** All of a stream that must not be longer than `limit`. Throws CONTENT_TOO_LARGE. */
export async function readAll(stream: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > limit) {
      await reader.cancel();
      throw new OciError('CONTENT_TOO_LARGE', `content is larger than ${limit} bytes`);
    }
    chunks.push(value);
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
