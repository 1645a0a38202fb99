/** base64 and gzip: Node's own where there are, for lists of releases spend their time here; those of the web else. */

interface NodeBuffer {
  concat(parts: readonly Uint8Array[]): Uint8Array;
  from(text: string, encoding: 'base64' | 'latin1'): Uint8Array & { toString(encoding: 'base64' | 'latin1'): string };
  from(bytes: ArrayBuffer, offset: number, length: number): { toString(encoding: 'base64' | 'latin1'): string };
}

interface NodeZlib {
  readonly constants: { readonly Z_SYNC_FLUSH: number };
  gunzipSync(
    bytes: Uint8Array,
    options: { readonly maxOutputLength: number; readonly chunkSize?: number; readonly finishFlush?: number },
  ): Uint8Array;
  gzipSync(bytes: Uint8Array): Uint8Array;
}

const builtin = (
  globalThis as { process?: { getBuiltinModule?: (name: string) => Record<string, unknown> | undefined } }
).process?.getBuiltinModule;
const NativeBuffer = builtin?.('node:buffer')?.Buffer as NodeBuffer | undefined;
const zlib = builtin?.('node:zlib') as NodeZlib | undefined;

const PIECE = 0x8000;

export function toBase64(bytes: Uint8Array): string {
  if (NativeBuffer !== undefined) {
    return NativeBuffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  }
  return btoa(latin1Of(bytes));
}

/** Throws for what is not base64. */
export const fromBase64 = (text: string): Uint8Array =>
  NativeBuffer !== undefined ? NativeBuffer.from(text, 'base64') : Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

/** The text that base64 of ASCII stands for. */
export const textOfBase64 = (text: string): string =>
  NativeBuffer !== undefined ? NativeBuffer.from(text, 'base64').toString('latin1') : atob(text);

/** Each byte as a character. */
export function latin1Of(bytes: Uint8Array): string {
  if (NativeBuffer !== undefined) {
    return NativeBuffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  }
  let text = '';
  for (let at = 0; at < bytes.length; at += PIECE) text += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  return text;
}

export const gzip = async (bytes: Uint8Array): Promise<Uint8Array> =>
  zlib !== undefined
    ? zlib.gzipSync(bytes)
    : collected(through(bytes, new CompressionStream('gzip')), Number.POSITIVE_INFINITY);

/** Throws for what is no gzip stream, or holds more than `limit` bytes. */
export const gunzip = async (bytes: Uint8Array, limit: number): Promise<Uint8Array> =>
  zlib !== undefined
    ? zlib.gunzipSync(bytes, { maxOutputLength: limit })
    : collected(through(bytes, new DecompressionStream('gzip')), limit);

/** At most as much of a stream is unpacked as a start of it gives. */
const MAX_START = 256 * 1024;

/** What a start of a gzip stream unpacks to. Undefined where that cannot be told, or nobody can. */
export function gunzipStart(bytes: Uint8Array): Uint8Array | undefined {
  try {
    return zlib?.gunzipSync(bytes, {
      maxOutputLength: MAX_START,
      chunkSize: 4096,
      finishFlush: zlib.constants.Z_SYNC_FLUSH,
    });
  } catch {
    return undefined;
  }
}

/** What a gzip stream of `gunzipAll` may say that it unpacks to. */
const MAX_SMALL = 1024 * 1024;

/**
 * Small streams at once, which costs a fraction of one after the other. Undefined where one of them is none, or larger than
 * it says, or nobody can: then each is its own.
 */
export function gunzipAll(streams: readonly Uint8Array[]): Uint8Array[] | undefined {
  const sizes = streams.map((stream) => (stream.length < 18 ? Number.NaN : sizeOf(stream)));
  const size = sizes.reduce((sum, each) => sum + each, 0);
  if (zlib === undefined || NativeBuffer === undefined || !(size > 0 && size <= MAX_SMALL * streams.length))
    return undefined;
  try {
    const all = zlib.gunzipSync(NativeBuffer.concat(streams), { maxOutputLength: size });
    if (all.length !== size) return undefined;
    let at = 0;
    return sizes.map((own) => all.subarray(at, (at += own)));
  } catch {
    return undefined;
  }
}

/** The last four bytes of a stream. */
const sizeOf = (stream: Uint8Array): number =>
  new DataView(stream.buffer, stream.byteOffset + stream.byteLength - 4, 4).getUint32(0, true);

const through = (bytes: Uint8Array, stream: CompressionStream | DecompressionStream): ReadableStream<Uint8Array> =>
  new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(stream) as ReadableStream<Uint8Array>;

async function collected(stream: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  const reader = stream.getReader();
  let length = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    length += next.value.length;
    if (length > limit) {
      await reader.cancel();
      throw new RangeError(`more than ${limit} bytes`);
    }
    pieces.push(next.value);
  }
  const out = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}
