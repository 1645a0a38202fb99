/** Blobs of a repository. OCI distribution 1.1 §Pulling blobs, §Pushing blobs. */
import type { Descriptor } from '../descriptor.ts';
import { type Expected, Verifier, verified, verifyBytes } from '../digest.ts';
import { OciError, shownUrl } from '../error.ts';
import type { HttpResponse } from '../http.ts';
import { type Content, openContent, type Run } from '../store.ts';
import { type RetryOptions, retrying } from './retry.ts';
import { isDowngrade, type Transport } from './transport.ts';

export interface BlobOptions {
  readonly name: string;
  readonly transport: Transport;
  readonly retry: RetryOptions;
  /** Larger blobs are sent in pieces of this size, bytes, and go on with the piece that broke. */
  readonly chunkSize: number;
  /** Milliseconds that a body may stand still. */
  readonly idleTimeout: number;
}

const pull = (name: string): readonly string[] => [`repository:${name}:pull`];
const push = (name: string): readonly string[] => [`repository:${name}:pull,push`];

const OCTETS = 'application/octet-stream';

export async function blobExists({ name, transport }: BlobOptions, { digest }: Expected, run?: Run): Promise<boolean> {
  const { status } = await transport.send({
    method: 'HEAD',
    path: `/${name}/blobs/${digest}`,
    scopes: pull(name),
    ok: [200, 404],
    run,
  });
  return status === 200;
}

/** A body that breaks is asked for again from where it broke. */
export async function fetchBlob(
  options: BlobOptions,
  { digest, size }: Descriptor,
  run?: Run,
): Promise<ReadableStream<Uint8Array>> {
  let body = await bodyFrom(options, digest, 0, run);
  const verifier = new Verifier({ digest, size });
  let failures = 0;

  /** Undefined at the end. */
  async function next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const at = verifier.bytes;
      try {
        const { done, value } = await readWithin(body, options.idleTimeout, digest);
        if (done && at < size) throw broken(digest, 'the connection was cut');
        if (value !== undefined && value.length > 0) failures = 0;
        return value;
      } catch (e) {
        await body.cancel().catch(() => undefined);
        if (run?.signal?.aborted) throw run.signal.reason;
        // All of it has come; that the connection ended badly does not matter.
        if (at === size) return undefined;
        if (++failures >= options.retry.attempts)
          throw e instanceof OciError ? e : broken(digest, (e as Error).message, e);
        body = await retrying(() => bodyFrom(options, digest, at, run), options.retry, run?.signal);
      }
    }
  }

  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const chunk = await next();
        try {
          if (chunk === undefined) {
            verifier.end();
            return controller.close();
          }
          verifier.update(chunk);
        } catch (e) {
          await body.cancel().catch(() => undefined);
          throw e;
        }
        run?.onBytes?.(chunk.length);
        controller.enqueue(chunk);
      },
      cancel: (reason) => body.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

/** Bytes. */
const LARGE = 4 * 1024 * 1024;

/** As {@link fetchBlob}, where each piece is used before `sink` returns: less memory, and quicker where the bytes are many. */
export async function drainBlob(
  options: BlobOptions,
  descriptor: Descriptor,
  sink: (bytes: Uint8Array) => void,
  run?: Run,
): Promise<void> {
  const { digest, size } = descriptor;
  const verifier = new Verifier({ digest, size });
  /** What the caller throws is the caller's, and no reason to try again. */
  let thrown: { readonly e: unknown } | undefined;
  const take = (bytes: Uint8Array): void => {
    verifier.update(bytes);
    run?.onBytes?.(bytes.length);
    try {
      sink(bytes);
    } catch (e) {
      thrown = { e };
      throw e;
    }
  };
  for (let failures = 0; ; ) {
    const at = verifier.bytes;
    try {
      await drainFrom(options, descriptor, at, take, run);
      if (verifier.bytes < size) throw broken(digest, 'the connection was cut');
      break;
    } catch (e) {
      if (run?.signal?.aborted) throw run.signal.reason;
      if (thrown !== undefined) throw thrown.e;
      // All of it has come; that the connection ended badly does not matter.
      if (verifier.bytes === size) break;
      const fault = e instanceof OciError ? e : broken(digest, (e as Error).message, e);
      if (verifier.bytes > at) failures = 0;
      if (!fault.isRetryable || ++failures >= options.retry.attempts) throw fault;
    }
  }
  verifier.end();
}

async function drainFrom(
  options: BlobOptions,
  { digest, size }: Descriptor,
  offset: number,
  take: (bytes: Uint8Array) => void,
  run: Run | undefined,
): Promise<void> {
  // Smaller ones are worth no connection of their own.
  const response = await answerFrom(options, digest, offset, run, { isDrained: size >= LARGE });
  if (response.drain !== undefined && (offset === 0 || response.status === 206)) return response.drain(take);
  const reader = bodyOf(response, offset);
  for (;;) {
    const { done, value } = await readWithin(reader, options.idleTimeout, digest);
    if (done) return;
    take(value);
  }
}

const broken = (digest: string, why: string, cause?: unknown): OciError =>
  new OciError('REGISTRY_UNREACHABLE', `blob ${digest}: ${why}`, { isRetryable: true, cause });

type Reader = ReadableStreamDefaultReader<Uint8Array>;

const bodyFrom = async (options: BlobOptions, digest: string, offset: number, run?: Run): Promise<Reader> =>
  bodyOf(await answerFrom(options, digest, offset, run), offset);

/** Throws REGISTRY_FAILED for another part of the blob than was asked for. */
async function answerFrom(
  { name, transport }: BlobOptions,
  digest: string,
  offset: number,
  run: Run | undefined,
  how: { readonly isDrained?: boolean } = {},
): Promise<HttpResponse> {
  const response = await transport.send({
    method: 'GET',
    path: `/${name}/blobs/${digest}`,
    scopes: pull(name),
    headers: { accept: '*/*', 'accept-encoding': 'identity', ...(offset > 0 && { range: `bytes=${offset}-` }) },
    ok: [200, 206],
    run,
    ...how,
  });
  const start = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1];
  if (offset === 0 || response.status !== 206 || Number(start) === offset) return response;
  await response.body?.cancel();
  throw new OciError('REGISTRY_FAILED', `blob ${digest}: an answer from ${start} instead of ${offset}`);
}

function bodyOf({ body, status }: HttpResponse, offset: number): Reader {
  const reader = (body ?? new ReadableStream<Uint8Array>()).getReader();
  return offset === 0 || status === 206 ? reader : skipped(reader, offset);
}

/** A registry without ranges sends all of it again. */
function skipped(reader: Reader, offset: number): Reader {
  let left = offset;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return controller.close();
        if (value.length <= left) left -= value.length;
        else {
          const rest = value.subarray(left);
          left = 0;
          return controller.enqueue(rest);
        }
      }
    },
    cancel: (reason) => reader.cancel(reason),
  }).getReader();
}

async function readWithin(reader: Reader, ms: number, digest: string): Promise<ReadableStreamReadResult<Uint8Array>> {
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    // Which ends the wait below.
    reader.cancel().catch(() => undefined);
  }, ms);
  try {
    const result = await reader.read();
    if (!isLate) return result;
  } finally {
    clearTimeout(timer);
  }
  throw new OciError('REGISTRY_TIMEOUT', `blob ${digest}: nothing came for ${ms / 1000} s`, { isRetryable: true });
}

/** Sends a blob, in pieces if it is large. Content that is not that of the descriptor is not finished. */
export async function pushBlob(
  options: BlobOptions,
  descriptor: Descriptor,
  content: Content,
  run?: Run,
): Promise<void> {
  const { name, retry, chunkSize } = options;
  if (descriptor.size > chunkSize) return pushInChunks(options, descriptor, content, run);
  await retrying(
    async () => {
      const upload = await begin(options, run);
      await put(
        options,
        upload,
        descriptor,
        async () => counted(held(await openContent(content), descriptor), run),
        run,
      );
    },
    retry,
    run?.signal,
  ).catch((e: unknown) => {
    throw e instanceof OciError && e.code === 'CONTENT_NOT_FOUND'
      ? new OciError('REGISTRY_FAILED', `repository ${name} takes no uploads: ${e.message}`, { cause: e })
      : e;
  });
}

/** Ends a stream with an error before its last bytes are sent, if they are not those that were announced. */
const held = (stream: ReadableStream<Uint8Array>, expected: Expected): ReadableStream<Uint8Array> =>
  verified(stream, expected);

function counted(stream: ReadableStream<Uint8Array>, run: Run | undefined): ReadableStream<Uint8Array> {
  const { onBytes } = run ?? {};
  if (onBytes === undefined) return stream;
  const reader = stream.getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        if (done) return controller.close();
        onBytes(value.length);
        controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

async function begin({ name, transport }: BlobOptions, run: Run | undefined): Promise<URL> {
  const response = await transport.send({
    method: 'POST',
    path: `/${name}/blobs/uploads/`,
    scopes: push(name),
    headers: { 'content-length': '0' },
    ok: [202],
    isRepeatable: true,
    run,
  });
  await response.body?.cancel();
  return locationOf(response, transport);
}

/** Where the registry wants the rest; it may be elsewhere, but then it gets no credentials (transport). */
function locationOf(response: HttpResponse, { endpoint }: Transport): URL {
  const location = response.headers.get('location');
  const base = new URL(`${endpoint.url}/`);
  if (location === null) throw new OciError('REGISTRY_FAILED', `${shownUrl(base)}: an upload without a location`);
  const url = new URL(location, base);
  if (isDowngrade(base, url)) throw new OciError('REDIRECT_INVALID', `${shownUrl(base)}: an upload to plain HTTP`);
  return url;
}

function withDigest(upload: URL, digest: string): URL {
  const url = new URL(upload);
  url.searchParams.set('digest', digest);
  return url;
}

async function put(
  { name, transport }: BlobOptions,
  upload: URL,
  { digest, size }: Descriptor,
  body: () => Promise<ReadableStream<Uint8Array>>,
  run: Run | undefined,
): Promise<void> {
  const response = await transport.send({
    method: 'PUT',
    path: withDigest(upload, digest),
    scopes: push(name),
    headers: { 'content-type': OCTETS, 'content-length': String(size) },
    body,
    ok: [201, 202, 204],
    run,
  });
  await response.body?.cancel();
}

async function pushInChunks(
  options: BlobOptions,
  { digest, size }: Descriptor,
  content: Content,
  run: Run | undefined,
): Promise<void> {
  const { name, transport, retry, chunkSize } = options;
  // What streams is held to its digest by the registry, at the end; what is in memory costs nothing to check before.
  if (content instanceof Uint8Array) verifyBytes(content, { digest, size });
  const pieces = new Pieces(content);
  let upload = await begin(options, run);
  let at = 0;
  let failures = 0;
  while (at < size) {
    const end = Math.min(at + chunkSize, size);
    const start = at;
    try {
      const response = await transport.send({
        method: 'PATCH',
        path: upload,
        scopes: push(name),
        headers: {
          'content-type': OCTETS,
          'content-length': String(end - start),
          'content-range': `${start}-${end - 1}`,
        },
        body: async () => counted(await pieces.open(start, end - start), run),
        ok: [202, 204],
        run,
      });
      await response.body?.cancel();
      upload = locationOf(response, transport);
      at = end;
      failures = 0;
    } catch (e) {
      if (!(e instanceof OciError && (e.isRetryable || e.status === 416)) || ++failures >= retry.attempts) {
        await pieces.close();
        throw e;
      }
      await retry.sleep(retry.delay, run?.signal);
      // Of an upload of nothing and of one of a byte `0-0` is said: that the first is refused tells which it is.
      const isOne = start === 0 && e.status === 416;
      ({ upload, at } = await statusOf(options, upload, isOne, run));
    }
  }
  await pieces.close();
  const response = await transport.send({
    method: 'PUT',
    path: withDigest(upload, digest),
    scopes: push(name),
    headers: { 'content-length': '0' },
    ok: [201, 202, 204],
    isRepeatable: true,
    run,
  });
  await response.body?.cancel();
}

/** How far an upload has come. OCI distribution 1.1 §Pushing a blob in chunks. */
async function statusOf(
  { name, transport }: BlobOptions,
  upload: URL,
  isOne: boolean,
  run: Run | undefined,
): Promise<{ upload: URL; at: number }> {
  const response = await transport.send({ method: 'GET', path: upload, scopes: push(name), ok: [204], run });
  await response.body?.cancel();
  const last = /-(\d+)$/.exec(response.headers.get('range') ?? '')?.[1];
  return {
    upload: response.headers.get('location') !== null ? locationOf(response, transport) : upload,
    at: last === undefined || (last === '0' && !isOne) ? 0 : Number(last) + 1,
  };
}

/** Content in pieces: opened once, and anew only where a piece must be sent again. */
class Pieces {
  private readonly content: Content;
  private reader: Reader | undefined;
  private at = 0;
  private rest = new Uint8Array(0);

  constructor(content: Content) {
    this.content = content;
  }

  /** The `count` bytes from `start` on. */
  async open(start: number, count: number): Promise<ReadableStream<Uint8Array>> {
    if (this.reader === undefined || this.at !== start) {
      await this.close();
      this.reader = (await openContent(this.content, start)).getReader();
      this.at = start;
      this.rest = new Uint8Array(0);
    }
    const { reader } = this;
    let left = count;
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          if (left === 0) return controller.close();
          if (this.rest.length === 0) {
            const { done, value } = await reader.read();
            if (done) return controller.close();
            this.rest = new Uint8Array(value);
          }
          const part = this.rest.subarray(0, left);
          this.rest = this.rest.subarray(part.length);
          this.at += part.length;
          left -= part.length;
          controller.enqueue(part);
        },
      },
      { highWaterMark: 0 },
    );
  }

  async close(): Promise<void> {
    await this.reader?.cancel().catch(() => undefined);
    this.reader = undefined;
  }
}

/** Whether the registry took the blob over from another of its repositories. */
export async function mountBlob(
  { name, transport }: BlobOptions,
  { digest }: Expected,
  from: string,
  run?: Run,
): Promise<boolean> {
  const response = await transport.send({
    method: 'POST',
    path: `/${name}/blobs/uploads/?mount=${digest}&from=${encodeURIComponent(from)}`,
    scopes: [...push(name), `repository:${from}:pull`],
    headers: { 'content-length': '0' },
    ok: [201, 202],
    isRepeatable: true,
    run,
  });
  await response.body?.cancel();
  if (response.status === 201) return true;
  // An upload was begun instead; nobody will go on with it.
  const cancelled = transport.send({
    method: 'DELETE',
    path: locationOf(response, transport),
    scopes: push(name),
    ok: [200, 202, 204],
    run,
  });
  await cancelled.then((r) => r.body?.cancel()).catch(() => undefined);
  return false;
}

export async function deleteBlob({ name, transport }: BlobOptions, { digest }: Expected, run?: Run): Promise<void> {
  const response = await transport.send({
    method: 'DELETE',
    path: `/${name}/blobs/${digest}`,
    scopes: [`repository:${name}:delete`],
    ok: [200, 202],
    run,
  });
  await response.body?.cancel();
}
