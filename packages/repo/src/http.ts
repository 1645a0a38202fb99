/** Files by HTTP: redirects followed by hand, so that no credentials go astray, and sizes bounded while they arrive. */
import { isSameOrigin } from './address.ts';
import { Content, readContent } from './content.ts';
import { RepoError } from './error.ts';
import type { Repository } from './repositories.ts';

/** What of `fetch` servers are spoken to with: the platform's own will do. */
export type HttpFetch = (url: string, request?: HttpRequest) => Promise<HttpResponse>;

export interface HttpRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: FormData;
  readonly redirect?: 'follow' | 'error' | 'manual';
  readonly signal?: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  readonly statusText: string;
  readonly headers: { get(name: string): string | null };
  readonly body: ReadableStream<Uint8Array> | null;
}

/** How a server is to be spoken to. */
export type Access = Omit<Repository, 'name'>;

/** The `fetch` for a server with its certificates. */
export interface FetchFor {
  (access: Access): HttpFetch;
  /** Whether it takes addresses of a scheme that is not HTTP. */
  serves?(scheme: string): Promise<boolean>;
}

export const isServed = async (scheme: string, fetchFor: FetchFor): Promise<boolean> =>
  /^https?$/i.test(scheme) || (await fetchFor.serves?.(scheme.toLowerCase())) === true;

export interface GetOptions {
  readonly fetch: HttpFetch;
  /** Its URL is the one that its credentials are for. */
  readonly access: Access;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes. */
  readonly maxSize: number;
  /** Whether somebody is going to ask for its digest. */
  readonly hashed?: boolean;
  readonly onChunk?: ((chunk: Uint8Array) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Got {
  readonly status: number;
  readonly headers: HttpResponse['headers'];
  readonly content: Content;
}

/** Servers know Helm's charts by who asks for them. */
export const USER_AGENT = 'Helm/4.2.4 (compatible; pack)';

/** Go: net/http. */
const MAX_REDIRECTS = 10;

/**
 * Gets a file. Statuses other than 200 and 304 are errors. Throws REPOSITORY_UNREACHABLE, INDEX_TOO_LARGE.
 * Helm: pkg/getter/httpgetter.go.
 */
export async function httpGet(url: string, options: GetOptions): Promise<Got> {
  const response = await request(url, { method: 'GET', ...options });
  if (response.status !== 200 && response.status !== 304) {
    await response.body?.cancel();
    throw new RepoError(
      'REPOSITORY_UNREACHABLE',
      `failed to fetch ${redactUrl(url)} : ${response.status} ${response.statusText}`.trimEnd(),
    );
  }
  return { status: response.status, headers: response.headers, content: await readBody(url, response, options) };
}

interface RequestOptions extends Omit<GetOptions, 'maxSize' | 'hashed' | 'onChunk'> {
  readonly method: string;
  readonly body?: FormData;
}

/** The answer at the end of all redirects, whatever its status. Throws REPOSITORY_UNREACHABLE. */
export async function request(url: string, options: RequestOptions): Promise<HttpResponse> {
  const { method, body, headers = {}, signal } = options;
  let at = url;
  for (let redirects = 0; ; redirects++) {
    const { target, authorization } = authorize(at, url, options.access);
    let response: HttpResponse;
    try {
      response = await options.fetch(target, {
        method,
        headers: { 'User-Agent': USER_AGENT, ...headers, ...(authorization && { Authorization: authorization }) },
        redirect: 'manual',
        ...(body && { body }),
        ...(signal && { signal }),
      });
    } catch (e) {
      throw unreachable(method, at, e, signal);
    }
    const location = REDIRECTS.has(response.status) ? response.headers.get('location') : null;
    if (location === null) return response;
    await response.body?.cancel();
    if (redirects === MAX_REDIRECTS)
      throw unreachable(method, at, new Error(`stopped after ${MAX_REDIRECTS} redirects`), signal);
    at = redirected(at, location, method, signal);
  }
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

function redirected(from: string, location: string, method: string, signal: AbortSignal | undefined): string {
  const to = URL.canParse(location, from) ? new URL(location, from) : undefined;
  if (to === undefined || !/^https?:$/.test(to.protocol)) {
    throw unreachable(method, from, new Error(`unsupported redirect to ${JSON.stringify(location)}`), signal);
  }
  return to.href;
}

/**
 * The credentials for a request: those of the repository when it is the repository's server that is asked, or all may
 * have them, and never for another server than the one first asked.
 */
function authorize(at: string, first: string, access: Access): { target: string; authorization: string | undefined } {
  if (!URL.canParse(at)) return { target: at, authorization: undefined };
  const target = new URL(at);
  const own =
    target.username === ''
      ? undefined
      : basic(decodeURIComponent(target.username), decodeURIComponent(target.password));
  target.username = '';
  target.password = '';
  const { username, password, url, pass_credentials_all: isForAll } = access;
  const isTheirs = username !== '' && password !== '' && isSameOrigin(at, first) && (isForAll || isSameOrigin(url, at));
  return { target: target.href, authorization: isTheirs ? basic(username, password) : own };
}

function basic(username: string, password: string): string {
  const bytes = new TextEncoder().encode(`${username}:${password}`);
  return `Basic ${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))}`;
}

/** A URL fit to be shown. */
export const redactUrl = (url: string): string => url.replace(/^([a-z][a-z0-9+.-]*:\/\/[^/@:]*):[^/]*@/i, '$1:***@');

/** What Go says of the commonest faults. */
function unreachable(method: string, url: string, cause: unknown, signal: AbortSignal | undefined): Error {
  if (!isTimeout(signal?.reason)) signal?.throwIfAborted();
  const verb = method.charAt(0) + method.slice(1).toLowerCase();
  return new RepoError('REPOSITORY_UNREACHABLE', `${verb} ${JSON.stringify(redactUrl(url))}: ${reasonOf(cause)}`, {
    cause,
  });
}

const isTimeout = (e: unknown): boolean => (e as Error | undefined)?.name === 'TimeoutError';

function reasonOf(e: unknown): string {
  if (isTimeout(e)) return 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)';
  const cause = (e as { cause?: unknown }).cause ?? e;
  const { code, address, port, hostname, message } = cause as {
    code?: string;
    address?: string;
    port?: number;
    hostname?: string;
    message?: string;
  };
  if (code === 'ECONNREFUSED' && address !== undefined) {
    return `dial tcp ${address.includes(':') ? `[${address}]` : address}:${port}: connect: connection refused`;
  }
  if (code === 'ENOTFOUND' && hostname !== undefined) return `dial tcp: lookup ${hostname}: no such host`;
  return message || code || String(e);
}

async function readBody(
  url: string,
  { body }: HttpResponse,
  { maxSize, hashed = false, onChunk }: GetOptions,
): Promise<Content> {
  if (body === null) return new Content([]);
  try {
    return await readContent(body, { maxSize, digest: hashed, onChunk });
  } catch (e) {
    if (!(e instanceof RangeError)) throw unreachable('GET', url, e, undefined);
    throw new RepoError('INDEX_TOO_LARGE', `${redactUrl(url)} is larger than ${maxSize} bytes`, { cause: e });
  }
}
