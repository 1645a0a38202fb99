/** A registry over an image layout, on a port of this machine. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as NodeStream } from 'node:stream/web';
import { createRegistryHandler, type RegistryHandler } from '../server/handler.ts';
import { openLayout } from './layout.ts';

export interface ServeOptions {
  /** 127.0.0.1 if absent. */
  readonly host?: string;
  /** 0, or absent, takes a free one. */
  readonly port?: number;
}

export interface Served {
  /** `http://host:port` */
  readonly url: string;
  close(): Promise<void>;
}

/** Serves to whoever can reach it, without asking who it is. */
export async function serve(folder: string, { host = '127.0.0.1', port = 0 }: ServeOptions = {}): Promise<Served> {
  const handler = createRegistryHandler(openLayout(folder).backend);
  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing, handler).catch(() => {
      if (!outgoing.headersSent) outgoing.writeHead(500);
      outgoing.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
        setTimeout(() => server.closeAllConnections(), 2000).unref();
      }),
  };
}

async function answer(incoming: IncomingMessage, outgoing: ServerResponse, handler: RegistryHandler): Promise<void> {
  const headers = new Headers();
  for (let i = 0; i < incoming.rawHeaders.length; i += 2) {
    headers.append(incoming.rawHeaders[i] as string, incoming.rawHeaders[i + 1] as string);
  }
  const method = incoming.method ?? 'GET';
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const request = new Request(new URL(incoming.url ?? '/', `http://${incoming.headers.host ?? 'localhost'}`), {
    method,
    headers,
    ...(hasBody && {
      body: Readable.toWeb(incoming, { strategy: { highWaterMark: 0 } }) as unknown as BodyInit,
      duplex: 'half',
    }),
  } as RequestInit);
  const response = await handler(request);
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  if (response.body === null) return void outgoing.end();
  await pipeline(Readable.fromWeb(response.body as unknown as NodeStream), outgoing);
}
