import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { proxyFromEnv, tunnel } from './proxy.ts';

describe('the environment', () => {
  const proxy = { HTTPS_PROXY: 'http://p:3128', HTTP_PROXY: 'q:80' };
  const cases: [server: string, noProxy: string, expected: string | undefined][] = [
    ['https://api.example.com', '', 'http://p:3128'],
    ['http://api.example.com', '', 'http://q:80'],
    ['https://api.example.com', '*', undefined],
    ['https://api.example.com', 'example.com', undefined],
    ['https://example.com', '.example.com', 'http://p:3128'],
    ['https://api.example.com', 'other.org, *.example.com', undefined],
    ['https://api.example.com', 'ample.com', 'http://p:3128'],
    ['https://api.example.com:6443', 'example.com:6443', undefined],
    ['https://api.example.com:6443', 'example.com:443', 'http://p:3128'],
    ['https://10.1.2.3', '10.0.0.0/8', undefined],
    ['https://11.1.2.3', '10.0.0.0/8', 'http://p:3128'],
    ['https://10.1.2.3', '10.1.2.3', undefined],
    ['https://[fd00::1]:6443', 'fd00::/8', undefined],
    ['https://[fd00::1]:6443', 'fd00::1', undefined],
    ['https://localhost:6443', '', undefined],
    ['https://127.0.0.9', '', undefined],
    ['https://[::1]', '', undefined],
    ['https://api.example.com', '10.0.0.0/x,/,:,[', 'http://p:3128'],
  ];
  test.each(cases)('%s with NO_PROXY=%s', (server, noProxy, expected) => {
    expect(proxyFromEnv(new URL(server), { ...proxy, NO_PROXY: noProxy })).toBe(expected);
  });

  test('lower case, and none', () => {
    expect(proxyFromEnv(new URL('https://x'), { https_proxy: 'socks5://s:1' })).toBe('socks5://s:1');
    expect(proxyFromEnv(new URL('https://x'), {})).toBeUndefined();
  });
});

describe('SOCKS 5', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  /** Answers each message of a client with the next of these, and keeps what it was told. */
  async function socks(...answers: readonly number[][]) {
    const heard: number[][] = [];
    const server = createServer((socket: Socket) => {
      socket.on('data', (bytes) => {
        heard.push([...bytes]);
        const answer = answers[heard.length - 1];
        if (answer !== undefined) socket.write(Buffer.from(answer));
      });
      socket.on('error', () => undefined);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    return { heard, port: typeof address === 'object' ? address?.port : 0 };
  }

  const ACCEPTED = [5, 0, 0, 1, 0, 0, 0, 0, 0, 0];

  test('asks for the host by its name, and hands the connection on', async () => {
    const { heard, port } = await socks([5, 0], [...ACCEPTED, 104, 105]);
    const socket = await tunnel(`socks5://127.0.0.1:${port}`, undefined)('api', 6443);
    expect(heard).toEqual([
      [5, 1, 0],
      [5, 1, 0, 3, 3, 97, 112, 105, 25, 43],
    ]);
    const text = await new Promise((resolve) => socket.once('data', (bytes) => resolve(String(bytes))));
    expect(text).toBe('hi');
    socket.destroy();
  });

  test('with a name and password', async () => {
    const { heard, port } = await socks([5, 2], [1, 0], ACCEPTED);
    const socket = await tunnel(`socks5://u:p%40@127.0.0.1:${port}`, undefined)('api', 1);
    expect(heard.slice(0, 2)).toEqual([
      [5, 2, 0, 2],
      [1, 1, 117, 2, 112, 64],
    ]);
    socket.destroy();
  });

  test('a proxy that refuses', async () => {
    const { port } = await socks([5, 0], [5, 5, 0, 1, 0, 0, 0, 0, 0, 0]);
    await expect(tunnel(`socks5://127.0.0.1:${port}`, undefined)('api', 1)).rejects.toThrow(
      'the proxy refused with code 5',
    );
  });
});
