import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { createRestCluster } from '../rest/client.ts';
import { createTransport } from './transport.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

interface Heard {
  url?: string | undefined;
  protocols?: string | undefined;
  authorization?: string | undefined;
}

/** An API server that knows one subresource; `talk` is the kubelet behind it. */
async function serve(talk: (socket: WebSocket) => void, protocol = 'v5.channel.k8s.io') {
  const heard: Heard = {};
  const server = createServer((_, response) => {
    response.writeHead(403, { 'Content-Type': 'application/json' });
    response.end(
      JSON.stringify({ kind: 'Status', code: 403, reason: 'Forbidden', message: 'pods "web" is forbidden' }),
    );
  });
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => protocol });
  server.on('upgrade', (request, socket, head) => {
    const { authorization, 'sec-websocket-protocol': protocols } = request.headers;
    Object.assign(heard, { url: request.url, protocols, authorization });
    if (request.url?.includes('/pods/none/')) {
      const body = JSON.stringify({ kind: 'Status', code: 404, reason: 'NotFound', message: 'pods "none" not found' });
      socket.end(
        `HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
      return;
    }
    sockets.handleUpgrade(request, socket, head, talk);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    for (const client of sockets.clients) client.terminate();
    server.close();
  });
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const transport = createTransport(
    { server: address, namespace: 'shop', insecure: false, compression: true, user: { token: 'secret-token' } },
    { env: {}, isInteractive: false, now: Date.now },
  );
  return { heard, cluster: createRestCluster({ fetch: transport.fetch, server: address }) };
}

const say = (socket: WebSocket, channel: number, text: string): void =>
  socket.send(Buffer.concat([Buffer.from([channel]), Buffer.from(text)]));
const end = (socket: WebSocket, status: unknown): void => {
  say(socket, 3, JSON.stringify(status));
  socket.close(1000);
};
const WEB = { namespace: 'shop', name: 'web' };

test('a command is asked for by its words', async () => {
  const { heard, cluster } = await serve((socket) => end(socket, { status: 'Success' }));
  const executed = await cluster.exec(WEB, ['sh', '-c', 'a && b=c'], { container: 'main' });
  expect(executed).toEqual({ code: 0, output: '' });
  expect(heard).toEqual({
    url: '/api/v1/namespaces/shop/pods/web/exec?container=main&stderr=true&stdout=true&command=sh&command=-c&command=a%20%26%26%20b%3Dc',
    protocols: 'v5.channel.k8s.io,v4.channel.k8s.io',
    authorization: 'Bearer secret-token',
  });
});

test('what it says on both outputs is heard, the last of it', async () => {
  const { cluster } = await serve((socket) => {
    say(socket, 1, 'x'.repeat(10_000));
    say(socket, 2, 'and this\n');
    say(socket, 1, '');
    end(socket, { status: 'Success' });
  }, 'v4.channel.k8s.io');
  const { output } = await cluster.exec(WEB, ['true']);
  expect(output).toBe(`${'x'.repeat(4096 - 9)}and this\n`);
});

test('its exit code', async () => {
  const causes = [{ reason: 'ExitCode', message: '42' }];
  const { cluster } = await serve((socket) =>
    end(socket, { status: 'Failure', reason: 'NonZeroExitCode', message: 'exited', details: { causes } }),
  );
  expect(await cluster.exec(WEB, ['x'])).toEqual({ code: 42, output: '' });
});

describe('is refused', () => {
  const cases: readonly (readonly [string, string, (socket: WebSocket) => void, object])[] = [
    [
      'where it cannot run',
      'web',
      (socket) => end(socket, { status: 'Failure', code: 500, reason: 'InternalError', message: 'no such file' }),
      { message: 'no such file' },
    ],
    ['where there is no pod', 'none', () => undefined, { code: 'KUBE_NOT_FOUND', message: 'pods "none" not found' }],
    [
      'when the connection ends first',
      'web',
      (socket) => socket.close(),
      { code: 'KUBE_UNAVAILABLE', message: 'the connection ended before the command did' },
    ],
    ['when it breaks', 'web', (socket) => socket.terminate(), { code: 'KUBE_UNAVAILABLE' }],
    [
      'when the outcome is none',
      'web',
      (socket) => {
        say(socket, 3, 'nonsense');
        socket.close();
      },
      { code: 'KUBE_REFUSED' },
    ],
    [
      'when a message is too large',
      'web',
      (socket) => say(socket, 1, 'x'.repeat(2_000_000)),
      { code: 'KUBE_UNAVAILABLE' },
    ],
  ];
  test.each(cases)('%s', async (_, name, talk, fault) => {
    const { cluster } = await serve(talk);
    await expect(cluster.exec({ ...WEB, name }, ['x'])).rejects.toMatchObject(fault);
  });

  test('before it runs, by who asked for it', async () => {
    const { cluster } = await serve(() => undefined);
    const refused = cluster.exec(WEB, ['sleep'], {}, { signal: AbortSignal.abort() });
    await expect(refused).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('while it runs, by who asked for it', async () => {
    const stop = new AbortController();
    let isGone = (): void => undefined;
    const gone = new Promise<void>((resolve) => {
      isGone = resolve;
    });
    const { cluster } = await serve((socket) => {
      socket.once('close', isGone);
      stop.abort();
    });
    const refused = cluster.exec(WEB, ['sleep'], {}, { signal: stop.signal });
    await expect(refused).rejects.toMatchObject({ name: 'AbortError' });
    await gone;
  });
});
