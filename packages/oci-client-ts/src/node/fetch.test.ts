/** The transport against servers on loopback that misbehave. */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { readAll } from '../digest.ts';
import { OciError } from '../error.ts';
import type { HttpBody, HttpRequest, HttpResponse } from '../http.ts';
import { createFetch, type FetchOptions } from './fetch.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function serving(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const faultOf = async (url: string, init: HttpRequest = {}, options: FetchOptions = {}): Promise<OciError> => {
  try {
    const response = await createFetch(options)(url, init);
    if (response.body !== null) await readAll(response.body, 1e9);
  } catch (e) {
    if (e instanceof OciError) return e;
    throw e;
  }
  throw new Error('no fault');
};

const textOf = async (response: HttpResponse): Promise<string> =>
  new TextDecoder().decode(response.body === null ? new Uint8Array() : await readAll(response.body, 1e9));

function formOf(fields: Readonly<Record<string, string>>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  return form;
}

test('what is sent arrives, and what is answered comes back', async () => {
  const url = await serving((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      response.writeHead(201, { 'x-said': request.headers['x-say'] ?? '' });
      response.end(`${request.method} ${request.url} ${body}`);
    });
  });
  const response = await createFetch()(`${url}/a?b=c`, { method: 'POST', headers: { 'x-say': 'hello' }, body: 'text' });
  expect([response.status, response.headers.get('x-said'), await textOf(response)]).toEqual([
    201,
    'hello',
    'POST /a?b=c text',
  ]);
});

test('a stream is sent as it comes', async () => {
  let size = 0;
  const url = await serving((request, response) => {
    request.on('data', (chunk: Buffer) => (size += chunk.length));
    request.on('end', () => response.end());
  });
  let left = 64;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (left-- === 0) controller.close();
      else controller.enqueue(new Uint8Array(65536));
    },
  });
  await createFetch()(url, { method: 'PUT', body, duplex: 'half' });
  expect(size).toBe(64 * 65536);
});

test.each<[string, HttpBody, RegExp, string]>([
  ['bytes', new Uint8Array([104, 105]), /^2 undefined$/, 'hi'],
  ['text', 'hi', /^2 undefined$/, 'hi'],
  ['a form', formOf({ a: 'b' }), /^undefined multipart\/form-data; boundary=/, 'form-data; name="a"\r\n\r\nb'],
])('%s goes with what says what it is', async (_, body, about, content) => {
  const url = await serving((request, response) => {
    const { 'content-length': length, 'content-type': type } = request.headers;
    response.setHeader('x-about', `${length} ${type}`);
    request.pipe(response);
  });
  const response = await createFetch()(url, { method: 'POST', body });
  expect(response.headers.get('X-About')).toMatch(about);
  expect(await textOf(response)).toContain(content);
});

describe('redirects', () => {
  test.each([
    [302, 'POST', 'GET undefined '],
    [303, 'PUT', 'GET undefined '],
    [303, 'HEAD', 'HEAD undefined '],
  ])('after %d, %s asks without a body', async (status, method, asked) => {
    let seen = '';
    const url = await serving((request, response) => {
      if (request.url === '/') return void response.writeHead(status, { location: '/there' }).end();
      seen = `${request.method} ${request.headers['content-type']} `;
      request.on('data', (chunk) => (seen += chunk));
      request.on('end', () => response.end());
    });
    const init = method === 'HEAD' ? {} : { body: 'text', headers: { 'Content-Type': 'text/plain' } };
    await createFetch()(`${url}/`, { method, ...init });
    expect(seen).toBe(asked);
  });

  test('of what cannot be sent again is an error', async () => {
    const url = await serving((_, response) => void response.writeHead(307, { location: '/there' }).end());
    expect((await faultOf(url, { method: 'PUT', body: 'text' })).code).toBe('REDIRECT_INVALID');
  });

  test('are followed, and secrets stay with their origin', async () => {
    const seen: (string | undefined)[] = [];
    const elsewhere = await serving((request, response) => {
      seen.push(request.headers.authorization);
      response.end('there');
    });
    const url = await serving((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(302, { location: request.url === '/' ? '/again' : `${elsewhere}/x` });
      response.end();
    });
    const response = await createFetch()(`${url}/`, { headers: { authorization: 'Basic eA==' } });
    expect(await textOf(response)).toBe('there');
    expect(seen).toEqual(['Basic eA==', 'Basic eA==', undefined]);
  });

  test('are handed over when asked', async () => {
    const url = await serving((_, response) => {
      response.writeHead(307, { location: '/x' });
      response.end();
    });
    expect((await createFetch()(url, { redirect: 'manual' })).status).toBe(307);
    expect((await faultOf(url, { redirect: 'error' })).code).toBe('REDIRECT_INVALID');
  });

  test('in a circle end', async () => {
    const url = await serving((_, response) => {
      response.writeHead(302, { location: '/' });
      response.end();
    });
    expect((await faultOf(url)).code).toBe('REDIRECT_INVALID');
  });
});

describe('faults', () => {
  test('nobody listens', async () => {
    const fault = await faultOf('http://127.0.0.1:1/x?token=secret');
    expect([fault.code, fault.isRetryable]).toEqual(['REGISTRY_UNREACHABLE', true]);
    expect(fault.message).toBe('GET http://127.0.0.1:1/x: dial tcp 127.0.0.1:1: connect: connection refused');
  });

  test('a body that is cut is no end', async () => {
    const url = await serving((_, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('half');
      setTimeout(() => response.destroy(), 10);
    });
    const fault = await faultOf(url);
    expect([fault.code, fault.isRetryable]).toEqual(['REGISTRY_UNREACHABLE', true]);
  });

  test.each<[string, (response: ServerResponse) => void]>([
    ['before the answer', () => undefined],
    ['within it', (response) => void response.writeHead(200).write('a')],
  ])('a server that falls silent %s', async (_, begin) => {
    const url = await serving((__, response) => begin(response));
    expect((await faultOf(url, {}, { idleTimeout: 50 })).code).toBe('REGISTRY_TIMEOUT');
  });

  test('HTTPS where HTTP is spoken says so', async () => {
    const url = (await serving((_, response) => response.end())).replace('http:', 'https:');
    expect((await faultOf(url)).hint).toBe('use --plain-http');
  });

  test('an abort ends it with its own reason', async () => {
    const url = await serving(() => undefined);
    const reason = new Error('enough');
    const stop = new AbortController();
    setTimeout(() => stop.abort(reason), 20);
    await expect(createFetch()(url, { signal: stop.signal })).rejects.toBe(reason);
  });
});

test('a proxy is asked where the environment names one', async () => {
  const asked: (string | undefined)[] = [];
  const proxy = createServer();
  servers.push(proxy);
  proxy.on('connect', (request, socket) => {
    asked.push(request.url);
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const env = { HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` };
  const before = process.env['HTTPS_PROXY'];
  Object.assign(process.env, env);
  try {
    expect((await createFetch({ env })('https://registry.example/v2/')).status).toBe(502);
  } finally {
    if (before === undefined) delete process.env['HTTPS_PROXY'];
    else process.env['HTTPS_PROXY'] = before;
  }
  expect(asked).toEqual(['registry.example:443']);
});

describe('a body that is drained', () => {
  const bytes = randomBytes(3 * 1024 * 1024);
  const drainOf = async (
    answer: (response: ServerResponse) => void,
    options: FetchOptions & { readonly isDrained?: boolean } = {},
  ): Promise<Buffer> => {
    const url = await serving((_, response) => answer(response));
    const { drain } = await createFetch(options)(url, { isDrained: options.isDrained ?? true });
    const chunks: Buffer[] = [];
    await drain?.((chunk) => void chunks.push(Buffer.from(chunk)));
    return Buffer.concat(chunks);
  };

  test.each<[string, (response: ServerResponse) => void, boolean]>([
    ['past the parser', (response) => response.writeHead(200, { 'content-length': bytes.length }).end(bytes), true],
    ['by the parser', (response) => response.writeHead(200, { 'content-length': bytes.length }).end(bytes), false],
    ['in chunks', (response) => response.writeHead(200).end(bytes), true],
    [
      'in many pieces',
      (response) => {
        response.writeHead(200, { 'content-length': bytes.length }).flushHeaders();
        for (let at = 0; at < bytes.length; at += 100_000) response.write(bytes.subarray(at, at + 100_000));
        response.end();
      },
      true,
    ],
  ])('comes whole: %s', async (_, answer, isDrained) => {
    expect(bytes.equals(await drainOf(answer, { isDrained }))).toBe(true);
  });

  test('of nothing is over at once', async () => {
    expect(await drainOf((response) => response.writeHead(200, { 'content-length': 0 }).end())).toHaveLength(0);
    expect(await drainOf((response) => response.writeHead(204).end())).toHaveLength(0);
  });

  test.each<[string, (response: ServerResponse) => void, string]>([
    ['that is cut', (response) => void setTimeout(() => response.destroy(), 20), 'REGISTRY_UNREACHABLE'],
    ['that stands still', () => undefined, 'REGISTRY_TIMEOUT'],
  ])('%s is a fault', async (_, then, code) => {
    const draining = drainOf(
      (response) => {
        response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, 500_000));
        then(response);
      },
      { idleTimeout: 100 },
    );
    await expect(draining).rejects.toMatchObject({ code, isRetryable: true });
  });

  test('ends with what is thrown over it', async () => {
    const url = await serving((_, response) => response.writeHead(200, { 'content-length': bytes.length }).end(bytes));
    const { drain } = await createFetch()(url, { isDrained: true });
    const fault = new Error('disk full');
    await expect(
      drain?.(() => {
        throw fault;
      }),
    ).rejects.toBe(fault);
  });

  test('ends with the reason of an abort', async () => {
    const url = await serving((_, response) => {
      response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, 500_000));
    });
    const stop = new AbortController();
    const { drain } = await createFetch()(url, { isDrained: true, signal: stop.signal });
    const draining = drain?.(() => undefined);
    stop.abort(new Error('enough'));
    await expect(draining).rejects.toThrow('enough');
  });

  test('of which the bytes go on behind its end has no more than it says', async () => {
    const server = net.createServer((socket) => {
      socket.on('data', () =>
        socket.end(Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n'), bytes])),
      );
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { drain } = await createFetch()(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {
      isDrained: true,
    });
    let size = 0;
    await drain?.((chunk) => void (size += chunk.length));
    server.close();
    expect(size).toBe(300_000);
  });
});

test('a body that nobody wants disturbs nobody, also when it has come already', async () => {
  const url = await serving((_, response) => response.end('{}'));
  const response = await createFetch()(url);
  await response.body?.cancel();
  expect(await textOf(await createFetch()(url))).toBe('{}');
});
