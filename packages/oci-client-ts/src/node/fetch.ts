/** fetch over Node's own HTTP: proxies, certificates and time-outs by choice of the caller, and nothing heavy to load. */
import http from 'node:http';
import https from 'node:https';
import { OciError, shownUrl } from '../error.ts';
import type { HttpFetch, HttpRequest, HttpResponse } from '../http.ts';
import { createTapAgent, drain } from './tap.ts';

export interface FetchOptions {
  /** PEM of further authorities; Node's own stay known. */
  readonly ca?: string;
  /** PEM of the client's certificate and key. */
  readonly cert?: string;
  readonly key?: string;
  /** Takes any certificate. */
  readonly insecureSkipTlsVerify?: boolean;
  /** Where HTTP_PROXY, HTTPS_PROXY and NO_PROXY are looked for; no proxies without it. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds until there is a connection; 30,000 if absent. */
  readonly connectTimeout?: number;
  /** Milliseconds that a connection may be silent while an answer is due; 60,000 if absent. */
  readonly idleTimeout?: number;
}

const MAX_REDIRECTS = 10;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** What may not go to another origin. */
const SECRETS = ['authorization', 'cookie', 'proxy-authorization'];
/** What means nothing without the body. */
const ABOUT_BODY = ['content-encoding', 'content-language', 'content-length', 'content-location', 'content-type'];

/** Bodies are streams both ways, and never decompressed. Throws REGISTRY_UNREACHABLE, REGISTRY_TIMEOUT. */
export function createFetch(options: FetchOptions = {}): HttpFetch {
  const agents = createAgents(options);
  return async (address, { redirect = 'follow', ...init } = {}) => {
    let request = await requestOf(new URL(address), init);
    for (let n = 0; ; n++) {
      const response = await send(request, await agents(request.url, request.isDrained), options);
      const location = response.headers.get('location');
      if (!REDIRECTS.has(response.status) || location === null || redirect === 'manual') return response;
      await response.body?.cancel();
      const shown = { method: request.method, url: shownUrl(request.url) };
      if (redirect === 'error')
        throw new OciError('REDIRECT_INVALID', `${shown.method} ${shown.url}: a redirect`, { request: shown });
      if (n >= MAX_REDIRECTS)
        throw new OciError(
          'REDIRECT_INVALID',
          `${shown.method} ${shown.url}: stopped after ${MAX_REDIRECTS} redirects`,
          { request: shown },
        );
      request = redirected(request, new URL(location, request.url), response.status);
    }
  };
}

/** What is sent. Names of headers are in lower case. */
interface Outgoing {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | ReadableStream<Uint8Array> | undefined;
  readonly signal: AbortSignal | undefined;
  readonly isDrained: boolean;
}

async function requestOf(
  url: URL,
  { method = 'GET', headers = {}, body, signal, isDrained = false }: HttpRequest,
): Promise<Outgoing> {
  const own = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  if (typeof body !== 'object' || body instanceof Uint8Array || body instanceof ReadableStream) {
    return { url, method, headers: own, body, signal, isDrained };
  }
  // Forms are written by the platform; loading what does takes as long as a small upload.
  const { headers: written, body: stream } = new Response(body);
  const type = written.get('content-type');
  return {
    url,
    method,
    headers: { ...own, ...(type && { 'content-type': type }) },
    body: stream ?? undefined,
    signal,
    isDrained,
  };
}

/** The request to where it was sent on. Fetch standard §HTTP-redirect fetch. */
function redirected({ url, method, headers, signal, isDrained }: Outgoing, to: URL, status: number): Outgoing {
  const isGet = method === 'GET' || method === 'HEAD';
  const becomesGet = status === 303 ? !isGet : (status === 301 || status === 302) && method === 'POST';
  if (!isGet && !becomesGet) {
    throw new OciError('REDIRECT_INVALID', `${method} ${shownUrl(url)}: a redirect of what cannot be sent again`);
  }
  const dropped = [...(to.origin === url.origin ? [] : SECRETS), ...(becomesGet ? ABOUT_BODY : [])];
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped.includes(name)));
  return { url: to, method: becomesGet ? 'GET' : method, headers: kept, body: undefined, signal, isDrained };
}

type Agents = (url: URL, isDrained: boolean) => Promise<http.Agent>;

function createAgents({ ca, cert, key, insecureSkipTlsVerify = false, env }: FetchOptions): Agents {
  const tls = {
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    rejectUnauthorized: !insecureSkipTlsVerify,
  };
  const direct = new Map<string, http.Agent>();
  const proxied = new Map<string, Promise<http.Agent>>();
  const taps = createTapAgent();
  return async (url, isDrained) => {
    const proxy = env === undefined ? '' : await proxyOf(url, env);
    const authorities = ca === undefined ? {} : { ca: [...(await import('node:tls')).rootCertificates, ca] };
    if (proxy === '' && isDrained && url.protocol === 'http:') return taps;
    if (proxy === '') {
      let agent = direct.get(url.protocol);
      if (agent === undefined) {
        agent =
          url.protocol === 'https:'
            ? new https.Agent({ keepAlive: true, ...tls, ...authorities })
            : new http.Agent({ keepAlive: true });
        direct.set(url.protocol, agent);
      }
      return agent;
    }
    const name = `${url.protocol} ${proxy}`;
    let agent = proxied.get(name);
    if (agent === undefined) {
      agent = import('https-proxy-agent').then(
        ({ HttpsProxyAgent }) =>
          new HttpsProxyAgent(proxy, { keepAlive: true, ...tls, ...authorities }) as unknown as http.Agent,
      );
      proxied.set(name, agent);
    }
    return agent;
  };
}

const PROXY_VARIABLES = /^(?:https?|all|no)_proxy$/i;

/** '' where there is none. */
async function proxyOf(url: URL, env: Readonly<Record<string, string | undefined>>): Promise<string> {
  const own = Object.entries(env).filter(([name, value]) => PROXY_VARIABLES.test(name) && value);
  const wanted = url.protocol === 'https:' ? /^(?:https|all)_proxy$/i : /^(?:http|all)_proxy$/i;
  if (!own.some(([name]) => wanted.test(name))) return '';
  // Go sends nothing for this machine through a proxy, whatever NO_PROXY says.
  if (/^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname)) return '';
  const { getProxyForUrl } = await import('proxy-from-env');
  return getProxyForUrl(url.href);
}

function send(request: Outgoing, agent: http.Agent, options: FetchOptions): Promise<HttpResponse> {
  const { connectTimeout = 30_000, idleTimeout = 60_000 } = options;
  const { url, method, headers, signal } = request;
  const shown = { method, url: shownUrl(url) };
  const late = (what: string, ms: number): OciError =>
    new OciError('REGISTRY_TIMEOUT', `${shown.method} ${shown.url}: ${what} within ${ms / 1000} s`, {
      request: shown,
      isRetryable: true,
    });

  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const outgoing = (url.protocol === 'https:' ? https : http).request(url, { method, headers, agent });
    let fault: unknown;
    const fail = (e: unknown): void => {
      fault ??= e;
      outgoing.destroy();
      reject(fault);
    };
    const onAbort = (): void => fail(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    const connecting = setTimeout(() => fail(late('no connection', connectTimeout)), connectTimeout);
    outgoing.on('socket', (socket) => {
      if (!socket.connecting) return clearTimeout(connecting);
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => clearTimeout(connecting));
    });
    outgoing.setTimeout(idleTimeout, () => fail(late('nothing came', idleTimeout)));
    outgoing.on('close', () => clearTimeout(connecting));
    outgoing.on('error', (e) => {
      signal?.removeEventListener('abort', onAbort);
      clearTimeout(connecting);
      fail(fault ?? unreachable(e, shown, url));
    });
    outgoing.on('response', (incoming) => {
      incoming.on('close', () => signal?.removeEventListener('abort', onAbort));
      resolve(responseOf(incoming, method, () => fault));
    });
    if (request.body instanceof ReadableStream) sendStream(request.body, outgoing).catch(fail);
    else outgoing.end(request.body);
  });
}

async function sendStream(body: ReadableStream<Uint8Array>, outgoing: http.ClientRequest): Promise<void> {
  const reader = body.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (outgoing.destroyed) return;
      if (!outgoing.write(part.value)) await drained(outgoing);
    }
    outgoing.end();
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

function drained(outgoing: http.ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      outgoing.off('drain', done);
      outgoing.off('close', done);
      resolve();
    };
    outgoing.on('drain', done);
    outgoing.on('close', done);
  });
}

/** Statuses that have no body. */
const EMPTY = new Set([101, 103, 204, 205, 304]);

function responseOf(incoming: http.IncomingMessage, method: string, faultOf: () => unknown): HttpResponse {
  const status = incoming.statusCode as number;
  const isEmpty = EMPTY.has(status) || method === 'HEAD';
  if (isEmpty) incoming.resume();
  // Whoever takes the body asks for it.
  incoming.on('error', () => undefined);
  let body: HttpResponse['body'] | undefined;
  return {
    status,
    statusText: incoming.statusMessage ?? '',
    headers: {
      get(name) {
        const value = incoming.headersDistinct[name.toLowerCase()];
        return value === undefined ? null : value.join(', ');
      },
    },
    // Which takes hold of the connection.
    get body() {
      if (body === undefined) body = isEmpty ? null : bodyOf(incoming, faultOf);
      return body;
    },
    drain: (sink) => (isEmpty ? Promise.resolve() : drain(incoming, sink, (why) => faultOf() ?? cut(why))),
  };
}

const cut = (why: string, cause?: unknown): OciError =>
  new OciError('REGISTRY_UNREACHABLE', `the connection was cut: ${why}`, { isRetryable: true, cause });

/** Bytes that may wait for who reads them. */
const AHEAD = 256 * 1024;

/** A connection that is cut is an error and no end. */
function bodyOf(incoming: http.IncomingMessage, faultOf: () => unknown): ReadableStream<Uint8Array> {
  let isOver = false;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const end = (how: () => void): void => {
          if (!isOver) how();
          isOver = true;
        };
        const fail = (why: string, cause?: unknown): void => end(() => controller.error(faultOf() ?? cut(why, cause)));
        incoming.on('data', (chunk: Uint8Array) => {
          if (isOver) return;
          controller.enqueue(chunk);
          if ((controller.desiredSize ?? 0) <= 0) incoming.pause();
        });
        incoming.on('end', () => (incoming.complete ? end(() => controller.close()) : fail('unexpected EOF')));
        incoming.on('error', (e) => fail(e.message, e));
        if (incoming.errored) fail(incoming.errored.message, incoming.errored);
        incoming.pause();
      },
      pull: () => void incoming.resume(),
      cancel() {
        isOver = true;
        incoming.destroy();
      },
    },
    { highWaterMark: AHEAD, size: (chunk) => chunk.length },
  );
}

const TLS = /^(?:CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|ERR_TLS_CERT)/;

/** In Go's words, which users of Helm search for. */
function unreachable(
  e: NodeJS.ErrnoException & { address?: string; port?: number },
  request: { method: string; url: string },
  url: URL,
): OciError {
  const { code = '' } = e;
  const port = e.port ?? (url.port || (url.protocol === 'https:' ? 443 : 80));
  const isTls = TLS.test(code);
  const why =
    code === 'ECONNREFUSED'
      ? `dial tcp ${e.address ?? url.hostname}:${port}: connect: connection refused`
      : code === 'ENOTFOUND' || code === 'EAI_AGAIN'
        ? `dial tcp: lookup ${url.hostname}: no such host`
        : isTls
          ? `tls: failed to verify certificate: ${e.message}`
          : code === 'EPROTO'
            ? 'http: server gave HTTP response to HTTPS client'
            : e.message;
  const hint = isTls
    ? { hint: 'name its authority with --ca-file, or use --insecure-skip-tls-verify' }
    : code === 'EPROTO'
      ? { hint: 'use --plain-http' }
      : {};
  return new OciError('REGISTRY_UNREACHABLE', `${request.method} ${request.url}: ${why}`, {
    request,
    isRetryable: !isTls && code !== 'EPROTO',
    cause: e,
    ...hint,
  });
}
