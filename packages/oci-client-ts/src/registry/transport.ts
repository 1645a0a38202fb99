/** Requests to one registry: who one is, redirects, retries, and errors that say what was asked. */
import { readAll } from '../digest.ts';
import { OciError, type OciErrorCode, shownUrl } from '../error.ts';
import type { HttpBody, HttpFetch, HttpResponse } from '../http.ts';
import { createSlots } from '../slots.ts';
import type { Run } from '../store.ts';
import { type Authorizer, createAuthorizer } from './auth.ts';
import type { Credentials } from './credentials.ts';
import { parseRetryAfter, type RetryOptions, retryAfter, retrying } from './retry.ts';

/** Where requests go: the registry itself, or a mirror of it. */
export interface Endpoint {
  /** Up to and with `/v2`, without a slash at the end. */
  readonly url: string;
  /** The host as credentials know it. */
  readonly host: string;
  /** Sent with each request to it. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export interface TransportOptions {
  readonly fetch: HttpFetch;
  readonly credentials: Credentials;
  readonly userAgent: string;
  readonly retry: RetryOptions;
  /** Requests at once. */
  readonly concurrency: number;
  /** Milliseconds until the head of an answer. */
  readonly timeout: number;
  readonly now: () => number;
}

export interface RegistryRequest {
  readonly method: string;
  /** Behind `/v2`, or a whole URL that the registry gave. */
  readonly path: string | URL;
  readonly scopes: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Opened anew for every attempt. */
  readonly body?: () => Promise<Uint8Array | ReadableStream<Uint8Array>>;
  /** Statuses that are no error. */
  readonly ok: readonly number[];
  /** Whether it may be sent again after a failure; those that only ask may by default. */
  readonly isRepeatable?: boolean;
  /** Whether the body is going to be drained. */
  readonly isDrained?: boolean;
  readonly run?: Run | undefined;
}

export interface Transport {
  readonly endpoint: Endpoint;
  send(request: RegistryRequest): Promise<HttpResponse>;
}

const MAX_REDIRECTS = 10;
const MAX_ERROR_BYTES = 64 * 1024;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

export function createTransport(endpoint: Endpoint, options: TransportOptions): Transport {
  const { origin } = new URL(endpoint.url);
  const authorizer = createAuthorizer({ ...options, origin, host: endpoint.host });
  const slots = createSlots(options.concurrency);
  return {
    endpoint,
    send(request) {
      const isRepeatable = request.isRepeatable ?? (request.method === 'GET' || request.method === 'HEAD');
      const retry = isRepeatable ? options.retry : { ...options.retry, attempts: 1 };
      return retrying(() => slots(() => attempt(request, endpoint, authorizer, options)), retry, request.run?.signal);
    },
  };
}

async function attempt(
  request: RegistryRequest,
  { url, host, headers }: Endpoint,
  authorizer: Authorizer,
  options: TransportOptions,
): Promise<HttpResponse> {
  const first = typeof request.path === 'string' ? new URL(`${url}${request.path}`) : request.path;
  const { origin } = new URL(url);
  for (let answered = false; ; answered = true) {
    const authorization = authorizer.header(request.scopes);
    const own = { ...headers, ...(authorization !== undefined && { authorization }) };
    const response = await followed(first, request, origin, own, options);
    if (request.ok.includes(response.status)) return response;
    if (response.status !== 401 || answered) throw await failure(response, request, first, host, options);
    await response.body?.cancel();
    await authorizer.answer(response.headers.get('www-authenticate'), request.scopes, request.run?.signal);
  }
}

/** An answer that is no redirect. What only asks is led on; `own` headers, credentials among them, stay with the registry. */
async function followed(
  first: URL,
  request: RegistryRequest,
  origin: string,
  own: Readonly<Record<string, string>>,
  options: TransportOptions,
): Promise<HttpResponse> {
  let url = first;
  for (let n = 0; ; n++) {
    const response = await fetched(url, request, url.origin === origin ? own : {}, options);
    const location = response.headers.get('location');
    const leads =
      REDIRECTS.has(response.status) && location !== null && (request.method === 'GET' || request.method === 'HEAD');
    if (!leads) return response;
    await response.body?.cancel();
    const next = new URL(location, url);
    const fault =
      n >= MAX_REDIRECTS ? 'too many redirects' : isDowngrade(url, next) ? 'a redirect to plain HTTP' : undefined;
    if (fault !== undefined) {
      throw new OciError('REDIRECT_INVALID', `${request.method} ${shownUrl(first)}: ${fault}`, {
        request: { method: request.method, url: shownUrl(first) },
      });
    }
    url = next;
  }
}

/** From HTTPS to anything else. */
export const isDowngrade = (from: URL, to: URL): boolean => from.protocol === 'https:' && to.protocol !== 'https:';

async function fetched(
  url: URL,
  { method, headers, body, isDrained = false, run }: RegistryRequest,
  own: Readonly<Record<string, string>>,
  { fetch, userAgent, timeout }: TransportOptions,
): Promise<HttpResponse> {
  const content = await body?.();
  const controller = new AbortController();
  const stop = (): void => controller.abort(run?.signal?.reason);
  if (run?.signal?.aborted) stop();
  run?.signal?.addEventListener('abort', stop, { once: true });
  // Who copies a thousand blobs has one signal for them all: nothing may stay with it (AbortSignal.any does, in Node 20).
  const leave = (): void => run?.signal?.removeEventListener('abort', stop);
  // What is sent takes its time; the time-out is for an answer that does not begin.
  const timer =
    content === undefined
      ? setTimeout(() => controller.abort(new DOMException('', 'TimeoutError')), timeout)
      : undefined;
  const shown = { method, url: shownUrl(url) };
  try {
    const response = await fetch(url.href, {
      method,
      headers: { 'user-agent': userAgent, ...headers, ...own },
      redirect: 'manual',
      signal: controller.signal,
      ...(isDrained && { isDrained }),
      ...(content !== undefined && { body: content as HttpBody, duplex: 'half' }),
    });
    return run?.signal === undefined ? response : withEnd(response, leave);
  } catch (e) {
    leave();
    if (run?.signal?.aborted) throw run.signal.reason;
    // What a body threw while it was sent is the fault, not that sending failed.
    for (let c: unknown = e; c instanceof Error; c = c.cause) if (c instanceof OciError) throw c;
    if ((controller.signal.reason as Error | undefined)?.name === 'TimeoutError') {
      throw new OciError('REGISTRY_TIMEOUT', `${method} ${shown.url}: no answer within ${timeout / 1000} s`, {
        request: shown,
        isRetryable: true,
      });
    }
    throw new OciError('REGISTRY_UNREACHABLE', `${method} ${shown.url}: ${reasonOf(e)}`, {
      request: shown,
      isRetryable: true,
      cause: e,
    });
  } finally {
    clearTimeout(timer);
  }
}

/** Calls `end` when nothing more is to be read of the answer. */
function withEnd(response: HttpResponse, end: () => void): HttpResponse {
  const { status, statusText, headers, drain } = response;
  let body: HttpResponse['body'] | undefined;
  return {
    status,
    statusText,
    headers,
    get body() {
      if (body === undefined) body = observed(response.body, end);
      return body;
    },
    drain: drain && ((sink) => drain(sink).finally(end)),
  };
}

function observed(body: HttpResponse['body'], end: () => void): HttpResponse['body'] {
  if (body === null) {
    end();
    return body;
  }
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read().catch((e: unknown) => {
          end();
          throw e;
        });
        if (!done) return controller.enqueue(value);
        end();
        controller.close();
      },
      cancel(reason) {
        end();
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

/** fetch hides the reason in the cause. */
function reasonOf(e: unknown): string {
  const { message, cause } = e as Error;
  return cause instanceof Error && cause.message !== '' ? cause.message : message;
}

const CODES: Readonly<Record<number, OciErrorCode>> = {
  401: 'AUTH_REQUIRED',
  403: 'AUTH_DENIED',
  404: 'CONTENT_NOT_FOUND',
  405: 'UNSUPPORTED',
  413: 'CONTENT_TOO_LARGE',
  429: 'RATE_LIMITED',
};

async function failure(
  response: HttpResponse,
  { method }: RegistryRequest,
  url: URL,
  host: string,
  { now }: TransportOptions,
): Promise<OciError> {
  const { status } = response;
  const said = await errorsOf(response);
  const request = { method, url: shownUrl(url) };
  const isAuth = status === 401 || status === 403;
  const error = new OciError(
    CODES[status] ?? 'REGISTRY_FAILED',
    `${method} ${request.url}: response status code ${status}${said === '' ? '' : `: ${said}`}`,
    {
      status,
      request,
      isRetryable: status === 408 || status === 429 || status >= 500,
      ...(isAuth && { hint: `log in to ${host}, or ask for access` }),
      ...(status === 400 &&
        url.protocol === 'http:' && { hint: 'the registry may want HTTPS: name the authority of its certificate' }),
    },
  );
  const after = parseRetryAfter(response.headers.get('retry-after'), now());
  if (after !== undefined) retryAfter.set(error, after);
  return error;
}

/** What the registry says of it. OCI distribution 1.1 §Error codes. */
async function errorsOf({ body }: HttpResponse): Promise<string> {
  if (body === null) return '';
  try {
    const text = new TextDecoder().decode(await readAll(body, MAX_ERROR_BYTES));
    const { errors } = JSON.parse(text) as { errors?: readonly { code?: unknown; message?: unknown }[] };
    return (errors ?? [])
      .map(({ code, message }) =>
        clean(
          `${String(code ?? '')
            .toLowerCase()
            .replaceAll('_', ' ')}: ${String(message ?? '')}`,
        ),
      )
      .join('; ');
  } catch {
    return '';
  }
}

/** Nothing that steers a terminal, and not too much. */
const clean = (text: string): string => text.replaceAll(/\p{Cc}+/gu, ' ').slice(0, 500);
