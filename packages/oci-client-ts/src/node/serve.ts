/** A registry over an image layout, on a port of this machine. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { createRegistryHandler, type RegistryHandler } from '../server/handler.ts';
import { openLayout } from './layout.ts';
import { fromWeb, toWeb } from './web-stream.ts';

export interface ServeOptions {
  /** 127.0.0.1 if absent. */
  readonly host?: string;
  /** 0, or absent, takes a free one. */
  readonly port?: number;
  /** Closes it. */
  readonly signal?: AbortSignal;
}

export interface Served {
  /** `http://host:port` */
  readonly url: string;
  /** Lets requests end for 2 s, then cuts them off. */
  close(): Promise<void>;
}

/** Milliseconds that a connection may stand still. */
const IDLE_MS = 120_000;
const CLOSE_MS = 2000;

/** Serves to whoever can reach it, without asking who it is. Throws LAYOUT_INVALID. */
export async function serve(
  folder: string,
  { host = '127.0.0.1', port = 0, signal }: ServeOptions = {},
): Promise<Served> {
  signal?.throwIfAborted();
  const { backend } = openLayout(folder);
  const handler = createRegistryHandler(backend);
  // A large blob takes its time: what ends a connection is that it stands still, not that it lasts.
  const server = createServer({ requestTimeout: 0 }, (incoming, outgoing) => {
    answer(incoming, outgoing, handler)
      .catch(() => fail(outgoing))
      .finally(() => {
        if (!server.listening) setImmediate(() => server.closeIdleConnections());
      });
  });
  server.timeout = IDLE_MS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= new Promise<void>((resolve) => {
      const cut = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
      server.close(() => {
        clearTimeout(cut);
        resolve();
      });
      server.closeIdleConnections();
    }).then(() => backend.close());
    return closed;
  };
  signal?.addEventListener('abort', () => void close(), { once: true });
  return { url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`, close };
}

/** What was begun cannot be taken back: then the connection breaks, so that nobody takes a part for all. */
function fail(outgoing: ServerResponse): void {
  if (outgoing.headersSent) return void outgoing.destroy();
  outgoing.writeHead(500, { 'content-type': 'application/json', connection: 'close' });
  outgoing.end('{"errors":[{"code":"UNKNOWN","message":"the registry failed"}]}');
}

async function answer(incoming: IncomingMessage, outgoing: ServerResponse, handler: RegistryHandler): Promise<void> {
  const request = requestOf(incoming);
  const response = request === undefined ? new Response(null, { status: 400 }) : await handler(request);
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  if (response.body === null) return void outgoing.end();
  await pipeline(fromWeb(response.body), outgoing);
}

/** Undefined for what is no path. The host that was asked for does not matter: all answers name paths alone. */
function requestOf(incoming: IncomingMessage): Request | undefined {
  const { method = 'GET', url = '/', rawHeaders } = incoming;
  if (!url.startsWith('/') || !URL.canParse(`http://localhost${url}`)) return undefined;
  const headers = new Headers();
  for (let i = 0; i < rawHeaders.length; i += 2) {
    headers.append(rawHeaders[i] as string, rawHeaders[i + 1] as string);
  }
  const hasBody = method !== 'GET' && method !== 'HEAD';
  return new Request(`http://localhost${url}`, {
    method,
    headers,
    ...(hasBody && {
      body: toWeb(incoming),
      duplex: 'half',
    }),
  } as RequestInit);
}
