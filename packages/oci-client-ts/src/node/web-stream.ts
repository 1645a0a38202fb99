/** Node's streams as those of the web, and back. Nothing is read ahead of who reads. */
import { Readable } from 'node:stream';
import type { ReadableStream as NodeStream } from 'node:stream/web';

export const toWeb = (stream: Readable): ReadableStream<Uint8Array> =>
  Readable.toWeb(stream, { strategy: { highWaterMark: 0 } }) as unknown as ReadableStream<Uint8Array>;

export const fromWeb = (stream: ReadableStream<Uint8Array>): Readable =>
  Readable.fromWeb(stream as unknown as NodeStream);
