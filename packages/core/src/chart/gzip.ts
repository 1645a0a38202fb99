/** Gzip streams, read within bounds and written with the header that Helm's archives have. */
import { toBytes } from 'go-template';

import { ChartError } from './error.ts';

/** Bytes as a stream, in pieces, so that what reads them can stop early. */
export const streamOf = (chunks: Iterable<Uint8Array>): ReadableStream<Uint8Array> => {
  const pieces = piecesOf(chunks);
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const { done, value } = pieces.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
  });
};

const PIECE = 64 * 1024;

function* piecesOf(chunks: Iterable<Uint8Array>): Generator<Uint8Array, undefined> {
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += PIECE) yield chunk.subarray(at, at + PIECE);
  }
}

export const isGzip = (data: Uint8Array): boolean => data[0] === 0x1f && data[1] === 0x8b && data[2] === 8;

/** The content of a gzip stream. Throws CHART_ARCHIVE_INVALID for bytes that are none. */
export function gunzip(data: Uint8Array): ReadableStream<Uint8Array> {
  if (!isGzip(data)) throw new ChartError('CHART_ARCHIVE_INVALID', data.length < 10 ? 'EOF' : 'gzip: invalid header');
  return streamOf([data]).pipeThrough(
    new DecompressionStream('gzip') as unknown as TransformStream<Uint8Array, Uint8Array>,
  );
}

interface NodeZlib {
  gunzip(
    data: Uint8Array,
    options: { readonly maxOutputLength: number; readonly chunkSize: number },
    done: (error: Error | null, content: Uint8Array) => void,
  ): void;
}

const zlib = (
  globalThis as { process?: { getBuiltinModule?: (name: string) => NodeZlib | undefined } }
).process?.getBuiltinModule?.('node:zlib');

/** Bytes that are inflated at a time. */
const CHUNK = 1024 * 1024;

/**
 * All content of a good gzip stream at once, where the platform can: streams of the web pass pieces of 16 KiB, which takes
 * large archives several times as long. Undefined for one that is longer than `limit`, or is not good.
 */
export async function gunzipWhole(data: Uint8Array, limit: number): Promise<Uint8Array | undefined> {
  if (zlib === undefined || !isGzip(data)) return undefined;
  return new Promise((resolve) => {
    zlib.gunzip(data, { maxOutputLength: limit, chunkSize: CHUNK }, (error, content) =>
      resolve(error === null ? content : undefined),
    );
  });
}

/** Helm: pkg/chart/v2/util/save.go headerBytes. */
const EXTRA = 'rr\x28\x00aHR0cHM6Ly95b3V0dS5iZS96OVV6MWljandyTQo=';
const COMMENT = 'Helm';

/** A gzip stream with Helm's extra field and comment, and no time: equal bytes in, equal bytes out. */
export async function gzipAsHelm(chunks: readonly Uint8Array[]): Promise<Uint8Array> {
  const packed = streamOf(chunks).pipeThrough(
    new CompressionStream('deflate-raw') as unknown as TransformStream<Uint8Array, Uint8Array>,
  );
  const pieces: Uint8Array[] = [];
  const reader = packed.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) pieces.push(next.value);
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const head = toBytes(`\x1f\0\x08\x14\0\0\0\0\0\0${String.fromCharCode(EXTRA.length)}\0${EXTRA}${COMMENT}\0`);
  head[1] = 0x8b;
  head[9] = 0xff; // the system is unknown
  const out = new Uint8Array(head.length + length + 8);
  out.set(head);
  let at = head.length;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  const tail = new DataView(out.buffer, at);
  tail.setUint32(0, crc32(chunks), true);
  tail.setUint32(
    4,
    chunks.reduce((sum, chunk) => sum + chunk.length, 0),
    true,
  );
  return out;
}

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

function crc32(chunks: Iterable<Uint8Array>): number {
  let c = 0xffffffff;
  for (const chunk of chunks) for (const byte of chunk) c = (CRC[(c ^ byte) & 0xff] as number) ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}
