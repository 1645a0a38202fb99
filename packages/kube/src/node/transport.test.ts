import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { type HttpResponse, readText } from '../rest/http.ts';
import type { ConnectionConfig } from './kubeconfig.ts';
import { createTransport } from './transport.ts';

const world = { env: {}, isInteractive: false, now: Date.now };
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const open = (server: string, more: Partial<ConnectionConfig> = {}) =>
  createTransport({ server, namespace: 'default', insecure: false, compression: true, user: {}, ...more }, world);
const get = (url: string, more: Partial<ConnectionConfig> = {}): Promise<HttpResponse> =>
  open(url, more).fetch(url, { method: 'GET', headers: {} });

test('headers say who one is, and whom one stands for', async () => {
  let heard: NodeJS.Dict<string | string[]> = {};
  const url = await serve(({ headersDistinct }, response) => {
    heard = headersDistinct;
    response.end();
  });
  await get(url, {
    user: { basic: { username: 'a', password: 'b' } },
    impersonate: { user: 'c', uid: '', groups: ['g', 'h'], extra: { 'x/y': ['1', '2'] } },
  });
  expect(heard).toMatchObject({
    authorization: [`Basic ${Buffer.from('a:b').toString('base64')}`],
    'impersonate-user': ['c'],
    'impersonate-group': ['g', 'h'],
    'impersonate-extra-x%2fy': ['1', '2'],
  });
});

test('compressed answers', async () => {
  const url = await serve(({ headers }, response) => {
    response.setHeader('Content-Encoding', 'gzip');
    response.end(gzipSync(`asked for ${headers['accept-encoding']}`));
  });
  // An address of this machine that does not look so.
  expect(await readText(await get(url.replace('127.0.0.1', '0.0.0.0')))).toBe('asked for gzip');
  expect(await readText(await get(url.replace('127.0.0.1', '0.0.0.0'), { compression: false }))).toMatch('undefined');
});

test.each(['127.0.0.1', 'localhost', '127.1'])('nothing is compressed for who is on this machine: %s', async (host) => {
  const url = await serve(({ headers }, response) => response.end(`asked for ${headers['accept-encoding']}`));
  expect(await readText(await get(url.replace('127.0.0.1', host)))).toBe('asked for undefined');
});

test('an answer larger than wanted', async () => {
  const url = await serve((_, response) => response.end('x'.repeat(100)));
  await expect(readText(await get(url), 99)).rejects.toThrow(RangeError);
});

describe('what is wrong, as Go says it', () => {
  test('nobody listens', async () => {
    const url = await serve(() => undefined);
    const { port } = new URL(url);
    await new Promise((resolve) => servers.pop()?.close(resolve));
    await expect(get(url)).rejects.toMatchObject({
      message: `dial tcp 127.0.0.1:${port}: connect: connection refused`,
      isLost: false,
    });
  });

  test('a connection that ends without an answer', async () => {
    const url = await serve(({ socket }) => socket.destroy());
    await expect(get(url)).rejects.toMatchObject({ message: 'EOF', isLost: true });
  });

  test('an answer that ends in the middle', async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { 'Content-Length': '100' });
      response.write('half');
      setTimeout(() => response.destroy(), 20);
    });
    await expect(readText(await get(url))).rejects.toMatchObject({ isLost: true });
  });
});

const faults: [string, string | undefined, object][] = [
  ['of a connection that was cut', undefined, { message: 'EOF', isLost: true, isUnsent: false }],
  [
    'of one that there never was',
    'http://127.0.0.1:1',
    { message: 'dial tcp 127.0.0.1:1: connect: connection refused', isLost: false, isUnsent: true },
  ],
];
test.each(faults)('what became of the request %s', async (_, url, expected) => {
  const cutting = await serve(({ socket }) => socket.destroy());
  await expect(get(url ?? cutting)).rejects.toMatchObject(expected);
});

test('and of an answer that was cut', async () => {
  const url = await serve(({ socket }, response) => {
    response.writeHead(200, { 'Content-Length': '100' });
    response.write('x', () => socket.destroy());
  });
  await expect(readText(await get(url))).rejects.toMatchObject({ isLost: true });
});

test('calls at once, from the first on, share a limited number of connections', async () => {
  const ports = new Set<number | undefined>();
  const url = await serve(({ socket }, response) => {
    ports.add(socket.remotePort);
    response.end('ok');
  });
  const { fetch } = open(url);
  const call = async (): Promise<string> => readText(await fetch(url, { method: 'GET', headers: {} }));
  await Promise.all(Array.from({ length: 200 }, call));
  expect(ports.size).toBeLessThanOrEqual(32);
});

test('however many streams are open, calls go on', async () => {
  const url = await serve((request, response) => {
    if (request.url === '/watch') response.flushHeaders();
    else response.end('ok');
  });
  const { fetch } = open(url);
  const stop = new AbortController();
  const stream = { method: 'GET', headers: {}, signal: stop.signal, streaming: true };
  await Promise.all(Array.from({ length: 50 }, () => fetch(`${url}/watch`, stream)));
  expect(await readText(await fetch(url, { method: 'GET', headers: {} }))).toBe('ok');
  stop.abort();
});

test('a signal ends a request', async () => {
  const url = await serve(() => undefined);
  const stop = new AbortController();
  const asked = open(url).fetch(url, { method: 'GET', headers: {}, signal: stop.signal });
  setTimeout(() => stop.abort(), 20);
  await expect(asked).rejects.toThrow();
});
