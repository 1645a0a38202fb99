/** One request with what makes it robust: rate limit, retries, and errors with the server's words. */
import { KubeError } from '../error.ts';
import { type HttpFetch, type HttpRequest, type HttpResponse, readText } from './http.ts';
import { createRateLimiter, type RateOptions } from './rate.ts';
import { type Call, statusError } from './status-error.ts';
import { parseWarnings } from './warning.ts';

export interface SendOptions extends RateOptions {
  readonly fetch: HttpFetch;
  /** With scheme, without a slash at its end. */
  readonly server: string;
  readonly userAgent?: string | undefined;
  readonly onWarning?: ((text: string) => void) | undefined;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly now: () => number;
}

export interface Sent extends Call {
  readonly path: string;
  readonly accept?: string;
  readonly contentType?: string;
  readonly body?: string;
  readonly streaming?: boolean;
  /** Whether it may be sent again when nobody knows what became of it. */
  readonly idempotent?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onWarning?: ((text: string) => void) | undefined;
}

export type Send = (sent: Sent) => Promise<HttpResponse>;

/** client-go: rest.Request maxRetries. */
const MAX_RETRIES = 10;
/** A server that asks for more patience is down. */
const MAX_WAIT_SECONDS = 120;

/** An answer is one with a good status. Throws KubeError with any other, and without one. */
export function createSend({ fetch, server, userAgent, onWarning, sleep, now, qps, burst }: SendOptions): Send {
  const limit = createRateLimiter({ qps, burst }, now);
  return async (sent) => {
    const { signal } = sent;
    const request: HttpRequest = {
      method: sent.method,
      headers: {
        Accept: sent.accept ?? 'application/json',
        ...(userAgent !== undefined && { 'User-Agent': userAgent }),
        ...(sent.body !== undefined && { 'Content-Type': sent.contentType ?? 'application/json' }),
      },
      ...(sent.body !== undefined && { body: sent.body }),
      ...(signal !== undefined && { signal }),
      ...(sent.streaming === true && { streaming: true }),
    };
    const url = server + sent.path;
    for (let attempt = 1; ; attempt++) {
      signal?.throwIfAborted();
      const wait = limit();
      if (wait > 0) await sleep(wait, signal);
      let response: HttpResponse;
      try {
        response = await fetch(url, request);
      } catch (e) {
        signal?.throwIfAborted();
        if (attempt > MAX_RETRIES || !isLost(e) || !mayRepeat(sent)) throw connectionError(sent, url, e);
        await sleep(1000, signal);
        continue;
      }
      for (const text of parseWarnings(response.headers.get('warning'))) (sent.onWarning ?? onWarning)?.(text);
      if (response.status >= 200 && response.status < 300) return response;
      const text = await readText(response, MAX_ERROR).catch(() => '');
      signal?.throwIfAborted();
      const retryAfter = retryAfterSeconds(response);
      if (attempt > MAX_RETRIES || retryAfter === undefined) {
        const type = response.headers.get('content-type') ?? 'text/plain';
        throw statusError(response.status, { text, isText: type.startsWith('text/') }, sent, retryAfter);
      }
      await sleep(retryAfter * 1000, signal);
    }
  };
}

const MAX_ERROR = 3 * 1024 * 1024;

const isLost = (e: unknown): boolean => e instanceof Error && 'isLost' in e && e.isLost === true;
const mayRepeat = ({ method, idempotent = method === 'GET' }: Sent): boolean => idempotent;

/** client-go: rest checkWait. */
function retryAfterSeconds({ status, headers }: HttpResponse): number | undefined {
  if (status !== 429 && status < 500) return undefined;
  const text = headers.get('retry-after');
  if (text === null || !/^\d{1,9}$/.test(text)) return undefined;
  return Math.min(Number(text), MAX_WAIT_SECONDS);
}

/** Go: net/url Error. */
export function connectionError({ method }: Call, url: string, cause: unknown): KubeError {
  const verb = method.slice(0, 1) + method.slice(1).toLowerCase();
  const known = cause instanceof KubeError ? cause : undefined;
  return new KubeError(known?.code ?? 'KUBE_UNAVAILABLE', `${verb} ${JSON.stringify(url)}: ${textOf(cause)}`, {
    cause,
    ...(known?.hint !== undefined && { hint: known.hint }),
  });
}

function textOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  // What fetch throws says nothing itself.
  return cause.name === 'TypeError' && cause.cause instanceof Error ? cause.cause.message : cause.message;
}
