/** HTTP/1.1 over kept connections with node:https: as quick to load as Node has it, and enough for one command. */
import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket, ConnectionOptions as TlsOptions } from 'node:tls';
import { createGunzip } from 'node:zlib';
import type { HttpFetch, HttpRequest, HttpResponse } from '../rest/http.ts';
import type { CredentialWorld, CurrentCredentials } from './credential-source.ts';
import { createCredentials } from './credentials.ts';
import { ConnectionError, goConnectionError } from './go-network.ts';
import type { ConnectionConfig } from './kubeconfig.ts';
import { isLoopback } from './loopback.ts';

export interface Transport {
  readonly fetch: HttpFetch;
  /** Ends idle connections now; they keep no process alive. */
  close(): Promise<void>;
}

/** Go: net.Dialer of client-go, with the TLS handshake in it. */
const CONNECT_TIMEOUT = 30_000;
/** A server answers within a minute, or says that it does not. */
const SILENCE_TIMEOUT = 90_000;
/** Below the 90 s after which an API server closes an idle connection: what is written then is lost. */
const IDLE_TIMEOUT = 30_000;
/** As many as share an API server's attention well; more would wait there. */
const MAX_SOCKETS = 32;

export function createTransport(config: ConnectionConfig, world: CredentialWorld): Transport {
  const credentials = createCredentials(config.user, world);
  const impersonation = impersonationHeaders(config);
  let agents: Promise<Agents> | undefined;
  let agentsOf: CurrentCredentials | undefined;

  /** The same as long as the certificate is the same. */
  function agentsFor(current: CurrentCredentials, url: URL): Promise<Agents> {
    if (agents === undefined || agentsOf?.cert !== current.cert || agentsOf?.key !== current.key) {
      agentsOf = current;
      agents = createAgents(config, current, url, world.env);
    }
    return agents;
  }

  async function attempt(url: URL, request: HttpRequest, current: CurrentCredentials): Promise<HttpResponse> {
    const isCompressed = config.compression && request.streaming !== true && !isOnThisMachine(url);
    const headers = {
      ...request.headers,
      ...impersonation,
      ...(current.authorization !== undefined && { Authorization: current.authorization }),
      ...(isCompressed && { 'Accept-Encoding': 'gzip' }),
    };
    const { calls, streams } = await agentsFor(current, url);
    const chosen = request.streaming === true ? streams : calls;
    const { protocols, signal } = request;
    if (protocols !== undefined) {
      const { upgrade } = await import('./web-socket.ts');
      const goError = goErrorOf(url, config.serverName);
      const options = { protocols, headers, agent: chosen, signal, handshakeTimeout: CONNECT_TIMEOUT };
      return upgrade(url, options as Parameters<typeof upgrade>[1], (response) => answerOf(response, goError), goError);
    }
    return send(url, { ...request, headers }, chosen, config.serverName);
  }

  return {
    async fetch(address, request) {
      const url = new URL(address);
      const current = await credentials.current();
      const response = await attempt(url, request, current);
      if (response.status !== 401 || !(await credentials.renew(current))) return response;
      for await (const _ of response.body ?? []);
      return attempt(url, request, await credentials.current());
    },
    async close() {
      const open = await agents;
      open?.calls.destroy();
      open?.streams.destroy();
    },
  };
}

/** There bytes are cheaper than what it costs to make them fewer: half the time of a list of thousands of records. */
const isOnThisMachine = (url: URL): boolean => isLoopback(addressOf(url).hostname);

function impersonationHeaders({ impersonate }: ConnectionConfig): Record<string, string | string[]> {
  if (impersonate === undefined) return {};
  const { user, uid, groups, extra } = impersonate;
  return {
    'Impersonate-User': user,
    ...(uid !== '' && { 'Impersonate-Uid': uid }),
    ...(groups.length > 0 && { 'Impersonate-Group': [...groups] }),
    ...Object.fromEntries(
      Object.entries(extra).map(([key, values]) => [`Impersonate-Extra-${encodeURIComponent(key)}`, [...values]]),
    ),
  };
}

/** Those of watches apart: however many there are, calls go on. */
interface Agents {
  readonly calls: http.Agent;
  readonly streams: http.Agent;
}

async function createAgents(
  { ca, serverName, insecure, proxyUrl }: ConnectionConfig,
  { cert, key }: CurrentCredentials,
  url: URL,
  env: CredentialWorld['env'],
): Promise<Agents> {
  const isSecure = url.protocol === 'https:';
  const secure = {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert, key }),
    ...(serverName !== undefined && { servername: serverName }),
    ...(insecure && { rejectUnauthorized: false }),
  };
  const proxy = proxyUrl ?? (await proxyOfEnv(url, env));
  const viaProxy = proxy === undefined ? undefined : await connectionVia(proxy, url, isSecure ? secure : undefined);
  const create = (maxSockets: number): http.Agent => {
    const options = { keepAlive: true, maxSockets, scheduling: 'lifo' as const };
    const agent = isSecure ? new https.Agent({ ...options, ...secure }) : new http.Agent(options);
    closeIdle(agent);
    return viaProxy === undefined ? agent : Object.assign(agent, { createConnection: viaProxy });
  };
  return { calls: create(MAX_SOCKETS), streams: create(Number.POSITIVE_INFINITY) };
}

type Connected = (e: unknown, socket?: Socket) => void;

/** A `createConnection` of agents. */
async function connectionVia(proxy: string, url: URL, secure: TlsOptions | undefined) {
  const { tunnel } = await import('./proxy.ts');
  const open = tunnel(proxy, secure);
  const port = Number(url.port || (secure === undefined ? 80 : 443));
  return (_: unknown, connected: Connected): undefined => {
    open(url.hostname.replace(/^\[|\]$/g, ''), port).then((socket) => connected(null, socket), connected);
  };
}

async function proxyOfEnv(url: URL, env: CredentialWorld['env']): Promise<string | undefined> {
  if (!Object.entries(env).some(([name, value]) => value && /^https?_proxy$/i.test(name))) return undefined;
  const { proxyFromEnv } = await import('./proxy.ts');
  return proxyFromEnv(url, env);
}

interface KeptAgent extends http.Agent {
  keepSocketAlive(socket: Socket): boolean;
  reuseSocket(socket: Socket, request: http.ClientRequest): void;
}

/** The agent ends a free connection that times out; one in use has no limit. */
function closeIdle(agent: http.Agent): void {
  const kept = agent as KeptAgent;
  const { keepSocketAlive, reuseSocket } = kept;
  kept.keepSocketAlive = (socket) => {
    const keep = keepSocketAlive.call(kept, socket);
    socket.setTimeout(IDLE_TIMEOUT);
    return keep;
  };
  kept.reuseSocket = (socket, request) => {
    socket.setTimeout(0);
    reuseSocket.call(kept, socket, request);
  };
}

function send(
  url: URL,
  {
    method,
    headers,
    body,
    signal,
    streaming = false,
  }: Omit<HttpRequest, 'headers'> & { headers: http.OutgoingHttpHeaders },
  agent: http.Agent,
  serverName: string | undefined,
): Promise<HttpResponse> {
  const { hostname, port } = addressOf(url);
  const goError = goErrorOf(url, serverName);
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? https : http).request(url, {
      method,
      headers: body === undefined ? headers : { ...headers, 'Content-Length': Buffer.byteLength(body) },
      agent,
      ...(signal !== undefined && { signal }),
    });
    const connecting = setTimeout(() => {
      request.destroy(new ConnectionError(`dial tcp ${hostname}:${port}: i/o timeout`, { isUnsent: true }));
    }, CONNECT_TIMEOUT);
    request.once('socket', (socket) => {
      const connected = (): void => clearTimeout(connecting);
      if (socket.connecting) socket.once((socket as TLSSocket).encrypted ? 'secureConnect' : 'connect', connected);
      else connected();
    });
    if (!streaming) {
      request.setTimeout(SILENCE_TIMEOUT, () => {
        request.destroy(new ConnectionError(`no answer within ${SILENCE_TIMEOUT / 1000} s`, { isLost: true }));
      });
    }
    request.once('error', (e) => {
      clearTimeout(connecting);
      reject(goError(e));
    });
    request.once('response', (response) => {
      clearTimeout(connecting);
      resolve(answerOf(response, goError));
    });
    request.end(body);
  });
}

const addressOf = (url: URL): { hostname: string; port: string } => ({
  hostname: url.hostname.replace(/^\[|\]$/g, ''),
  port: url.port || (url.protocol === 'https:' ? '443' : '80'),
});

const goErrorOf =
  (url: URL, serverName: string | undefined) =>
  (e: unknown): ConnectionError =>
    goConnectionError(e, addressOf(url), serverName);

const answerOf = (response: http.IncomingMessage, goError: (e: unknown) => ConnectionError): HttpResponse => ({
  status: response.statusCode ?? 0,
  headers: { get: (name) => textOf(response.headers[name]) },
  body: read(response, goError),
});

const textOf = (header: string | string[] | undefined): string | null =>
  Array.isArray(header) ? header.join(', ') : (header ?? null);

/** Each piece costs a turn of the event loop: large answers come in few. */
const GUNZIP_CHUNK = 128 * 1024;

async function* read(
  response: http.IncomingMessage,
  goError: (e: unknown) => ConnectionError,
): AsyncGenerator<Uint8Array> {
  try {
    if (response.headers['content-encoding'] !== 'gzip') return yield* response;
    const plain = createGunzip({ chunkSize: GUNZIP_CHUNK });
    response.on('error', (e) => plain.destroy(e));
    yield* response.pipe(plain);
  } catch (e) {
    throw goError(e);
  }
}
