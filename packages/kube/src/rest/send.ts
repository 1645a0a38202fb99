/** One request with what makes it robust: rate limit, retries, and errors with the server's words. */
import { KubeError } from '../error.ts';
import { type HttpFetch, type HttpRequest, type HttpResponse, readBytes, readText } from './http.ts';
import { PROTOBUF, statusText } from './protobuf.ts';
import { createRateLimiter, type RateOptions } from './rate.ts';
import { type Call, statusError } from './status-error.ts';
import { parseWarnings } from './warning.ts';

export interface SendOptions extends RateOptions {
  readonly fetch: HttpFetch;
  /** With scheme, without a slash at its end. */
  readonly server: string;
  readonly userAgent?: string | undefined;
  /** Milliseconds for which a server that has answered before may be away; half a minute if absent. */
  readonly patience?: number | undefined;
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
  /** Asks for a WebSocket. */
  readonly protocols?: readonly string[];
  /** Whether it may be sent again when nobody knows what became of it. */
  readonly idempotent?: boolean;
  /** Whether one can do without: nobody waits for a server that is away. */
  readonly isOptional?: boolean;
  /** Hears that it is sent again, and may be done already. */
  readonly onRepeat?: () => void;
  readonly signal?: AbortSignal | undefined;
  readonly onWarning?: ((text: string) => void) | undefined;
}

/** An answer is one with a good status, and what `receive` makes of it. Throws KubeError with any other, and without one. */
export type Send = <T = HttpResponse>(sent: Sent, receive?: (response: HttpResponse) => Promise<T>) => Promise<T>;

/** client-go: rest.Request maxRetries. */
const MAX_RETRIES = 10;
/** A server that asks for more patience is down. */
const MAX_WAIT_SECONDS = 120;
/** As long as an API server, or what is before it, takes to start again. */
const PATIENCE = 30_000;
/** Between attempts, ms: the first is for connections that the server had closed already. */
const PAUSES = [0, 100, 300, 1000, 2000];
/** From here on it is said why nothing goes on. */
const TOLD_FROM = 1000;
/** A server that has just started does not know yet who may do what, nor all it serves. */
const STARTING = 10_000;

/** HTTP: another protocol from here on. */
const SWITCHED = 101;

/** Why there is no good answer. */
interface Failure {
  readonly error: unknown;
  /** What the server asks for, milliseconds. */
  readonly retryAfter?: number;
  /**
   * `unsent`: it reached nobody; `undone`: the server says that it did nothing; `lost`: nobody knows what became of it;
   * `away`: so says who stands before the server.
   */
  readonly kind?: 'unsent' | 'undone' | 'lost' | 'away';
}

export function createSend({
  fetch,
  server,
  userAgent,
  patience = PATIENCE,
  onWarning,
  sleep,
  now,
  qps,
  burst,
}: SendOptions): Send {
  const limit = createRateLimiter({ qps, burst }, now);
  /** A server that never answered is not waited for: its address may be wrong. */
  let isKnown = false;
  let awayAt = Number.NEGATIVE_INFINITY;
  let toldAt = Number.NEGATIVE_INFINITY;

  async function attempt<T>(
    sent: Sent,
    receive: (response: HttpResponse) => Promise<T>,
  ): Promise<{ readonly value: T } | Failure> {
    const url = server + sent.path;
    let response: HttpResponse;
    try {
      response = await fetch(url, requestOf(sent, userAgent));
      for (const text of parseWarnings(response.headers.get('warning'))) (sent.onWarning ?? onWarning)?.(text);
      if ((response.status >= 200 && response.status < 300) || response.status === SWITCHED) {
        const value = await receive(response);
        isKnown = true;
        return { value };
      }
    } catch (e) {
      sent.signal?.throwIfAborted();
      const kind = is(e, 'isLost') ? 'lost' : is(e, 'isUnsent') ? 'unsent' : undefined;
      return { error: connectionError(sent, url, e), ...(kind !== undefined && { kind }) };
    }
    return refusalOf(response, sent, now() - awayAt < STARTING);
  }

  return async <T = HttpResponse>(
    sent: Sent,
    receive: (response: HttpResponse) => Promise<T> = async (response) => response as T,
  ) => {
    const { signal } = sent;
    const began = now();
    let waited = 0;
    for (let attempts = 1; ; attempts++) {
      signal?.throwIfAborted();
      const wait = limit();
      if (wait > 0) await sleep(wait, signal);
      const outcome = await attempt(sent, receive);
      if ('value' in outcome) return outcome.value;
      const { error, retryAfter, kind } = outcome;
      if (retryAfter !== undefined) {
        if (attempts > MAX_RETRIES) throw error;
        await sleep(retryAfter, signal);
        continue;
      }
      const isSafe = kind === 'unsent' || kind === 'undone' || (kind !== undefined && mayRepeat(sent));
      const isWorthIt = sent.isOptional !== true && (isKnown || kind === 'lost' || kind === 'undone');
      if (!isSafe || !isWorthIt || Math.max(waited, now() - began) >= patience) throw error;
      if (kind !== 'undone') awayAt = now();
      if (kind === 'lost' || kind === 'away') sent.onRepeat?.();
      const pause = PAUSES[Math.min(attempts - (kind === 'lost' ? 1 : 0), PAUSES.length - 1)] as number;
      if (pause >= TOLD_FROM && now() - toldAt >= patience) {
        toldAt = now();
        (sent.onWarning ?? onWarning)?.(`the API server is away, and is asked again: ${(error as Error).message}`);
      }
      await sleep(pause, signal);
      waited += pause;
    }
  };
}

const requestOf = (sent: Sent, userAgent: string | undefined): HttpRequest => ({
  method: sent.method,
  headers: {
    Accept: sent.accept ?? 'application/json',
    ...(userAgent !== undefined && { 'User-Agent': userAgent }),
    ...(sent.body !== undefined && { 'Content-Type': sent.contentType ?? 'application/json' }),
  },
  ...(sent.body !== undefined && { body: sent.body }),
  ...(sent.signal !== undefined && { signal: sent.signal }),
  ...(sent.streaming === true && { streaming: true }),
  ...(sent.protocols !== undefined && { protocols: sent.protocols }),
});

const MAX_ERROR = 3 * 1024 * 1024;

async function refusalOf(response: HttpResponse, sent: Sent, isStarting: boolean): Promise<Failure> {
  const type = response.headers.get('content-type') ?? 'text/plain';
  const text = await errorText(response, type).catch(() => '');
  sent.signal?.throwIfAborted();
  const { status } = response;
  const seconds = retryAfterSeconds(response);
  const error = statusError(status, { text, isText: type.startsWith('text/') }, sent, seconds);
  if (seconds !== undefined) return { error, retryAfter: seconds * 1000 };
  const isUnsettled = status === 401 || status === 403 || (status === 404 && type.startsWith('text/'));
  if (isStarting && isUnsettled) return { error, kind: 'undone' };
  // Helm: pkg/kubeenv/roundtripper.go.
  if (/(?:etcdserver: leader changed|raft proposal dropped)$/.test(error.message)) return { error, kind: 'undone' };
  return status === 502 || status === 503 ? { error, kind: 'away' } : { error };
}

const errorText = async (response: HttpResponse, type: string): Promise<string> =>
  type.startsWith(PROTOBUF) ? statusText(await readBytes(response, MAX_ERROR)) : readText(response, MAX_ERROR);

const is = (e: unknown, mark: 'isLost' | 'isUnsent'): boolean =>
  e instanceof Error && (e as Error & { [mark]?: unknown })[mark] === true;

const mayRepeat = ({ method, idempotent = method === 'GET' }: Sent): boolean => idempotent;

/** client-go: rest checkWait. */
function retryAfterSeconds({ status, headers }: HttpResponse): number | undefined {
  if (status !== 429 && status < 500) return undefined;
  const text = headers.get('retry-after');
  if (text === null || !/^\d{1,9}$/.test(text)) return undefined;
  return Math.min(Number(text), MAX_WAIT_SECONDS);
}

/** Go: net/url Error, net/http stripPassword. */
function connectionError({ method }: Call, url: string, cause: unknown): KubeError {
  const verb = method.slice(0, 1) + method.slice(1).toLowerCase();
  const known = cause instanceof KubeError ? cause : undefined;
  const shown = url.replace(/^(https?:\/\/[^/:@]*):[^/@]*@/, '$1:***@');
  return new KubeError(known?.code ?? 'KUBE_UNAVAILABLE', `${verb} ${JSON.stringify(shown)}: ${textOf(cause)}`, {
    cause,
    ...(known?.hint !== undefined && { hint: known.hint }),
  });
}

function textOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  // What fetch throws says nothing itself.
  return cause.name === 'TypeError' && cause.cause instanceof Error ? cause.cause.message : cause.message;
}
