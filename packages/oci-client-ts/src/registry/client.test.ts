/** The client against registries that misbehave: each is a function of the request. */
import { describe, expect, test, vi } from 'vitest';
import { digestOf, readAll } from '../digest.ts';
import { OciError } from '../error.ts';
import { blobOf, packManifest } from '../manifest.ts';
import { createRegistry, type RegistryOptions, type RegistryRepository } from './client.ts';

type Answer = (request: Request, n: number) => Response | Promise<Response>;

interface Scripted {
  readonly fetch: typeof fetch;
  readonly requests: Request[];
}

function scripted(answer: Answer): Scripted {
  const requests: Request[] = [];
  const fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    requests.push(request);
    return answer(request, requests.length);
  };
  return { fetch: fetch as typeof globalThis.fetch, requests };
}

const waits: number[] = [];
const quick = { attempts: 4, delay: 1, random: () => 0, sleep: async (ms: number) => void waits.push(ms) };

const registryOf = (answer: Answer, options: RegistryOptions = {}, host = 'reg.example') => {
  const script = scripted(answer);
  return { ...script, registry: createRegistry(host, { fetch: script.fetch, retry: quick, ...options }) };
};

const faultOf = async (act: () => Promise<unknown>): Promise<OciError> => {
  try {
    await act();
  } catch (e) {
    if (e instanceof OciError) return e;
    throw e;
  }
  throw new Error('no fault');
};

const data = new Uint8Array(1000).map((_, i) => i % 251);
const blob = blobOf('application/octet-stream', data);

/** A body that breaks after `count` bytes. */
const broken = (from: number, count: number): ReadableStream<Uint8Array> => {
  let sent = false;
  return new ReadableStream({
    pull(controller) {
      if (sent) return controller.error(new Error('socket hang up'));
      sent = true;
      controller.enqueue(data.subarray(from, from + count));
    },
  });
};

type Read = (repository: RegistryRepository) => Promise<Uint8Array>;

const drained: Read = async (repository) => {
  const chunks: Uint8Array[] = [];
  await repository.drain(blob.descriptor, (bytes) => void chunks.push(bytes.slice()));
  return Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
};

describe.each<[string, Read]>([
  ['a blob that is fetched', async (repository) => readAll(await repository.fetch(blob.descriptor), 2000)],
  ['a blob that is drained', drained],
])('%s', (_, read) => {
  test('goes on from where it broke', async () => {
    const { registry, requests } = registryOf((request) => {
      const from = Number(/bytes=(\d+)-/.exec(request.headers.get('range') ?? '')?.[1] ?? 0);
      const headers = { 'content-range': `bytes ${from}-999/1000` };
      return new Response(broken(from, 300), from > 0 ? { status: 206, headers } : { status: 200 });
    });
    expect(await read(registry.repository('a'))).toEqual(data);
    expect(requests.map((r) => r.headers.get('range'))).toEqual([null, 'bytes=300-', 'bytes=600-', 'bytes=900-']);
  });

  test('comes whole again from a registry without ranges', async () => {
    const { registry } = registryOf((_, n) => new Response(n === 1 ? broken(0, 400) : data));
    expect(await read(registry.repository('a'))).toEqual(data);
  });

  test.each<[string, Answer, string]>([
    ['that is too long', () => new Response(new Uint8Array(1001)), 'SIZE_MISMATCH'],
    ['of other bytes', () => new Response(new Uint8Array(1000)), 'DIGEST_MISMATCH'],
    ['that is always too short', () => new Response(data.subarray(0, 10)), 'REGISTRY_FAILED'],
    ['that is not there', () => new Response('', { status: 404 }), 'CONTENT_NOT_FOUND'],
    [
      'that begins elsewhere',
      (_, n) =>
        n === 1
          ? new Response(broken(0, 300))
          : new Response(data, { status: 206, headers: { 'content-range': 'bytes 0-999/1000' } }),
      'REGISTRY_FAILED',
    ],
  ])('%s is refused', async (_, answer, code) => {
    const { registry } = registryOf(async (request, n) => {
      const response = await answer(request, n);
      const isOne = response.status === 206 || !request.headers.has('range');
      return isOne ? response : new Response('', { status: 416 });
    });
    expect((await faultOf(() => read(registry.repository('a')))).code).toBe(code);
  });

  test('that stands still is given up', async () => {
    const { registry } = registryOf(
      () => new Response(new ReadableStream({ pull: () => new Promise(() => undefined) })),
      { idleTimeout: 5 },
    );
    expect((await faultOf(() => read(registry.repository('a')))).code).toBe('REGISTRY_TIMEOUT');
  });
});

test('what the caller throws while a blob is drained ends it', async () => {
  const { registry, requests } = registryOf(() => new Response(data));
  const fault = new Error('disk full');
  const repository = registry.repository('a');
  await expect(
    repository.drain(blob.descriptor, () => {
      throw fault;
    }),
  ).rejects.toBe(fault);
  expect(requests).toHaveLength(1);
});

describe('blobs', () => {
  test('large ones are sent in pieces, and go on with the piece that broke', async () => {
    const got: string[] = [];
    let received = 0;
    const { registry } = registryOf(
      async (request) => {
        const { method } = request;
        const body = new Uint8Array(await request.arrayBuffer());
        const location = { location: '/v2/a/blobs/uploads/1' };
        if (method === 'PATCH' && received === 400 && !got.includes('break')) {
          got.push('break');
          received += 100;
          throw new TypeError('fetch failed', { cause: new Error('ECONNRESET') });
        }
        if (method === 'PATCH') {
          got.push(request.headers.get('content-range') as string);
          received += body.length;
        }
        if (method === 'GET')
          return new Response(null, { status: 204, headers: { ...location, range: `0-${received - 1}` } });
        return new Response(null, { status: method === 'PUT' ? 201 : 202, headers: location });
      },
      { chunkSize: 400 },
    );
    await registry.repository('a').push(blob.descriptor, data);
    expect(got).toEqual(['0-399', 'break', '500-899', '900-999']);
  });

  test('an upload that broke after one byte goes on with the second', async () => {
    let received = new Uint8Array(0);
    const location = { location: '/v2/a/blobs/uploads/1' };
    const { registry } = registryOf(
      async (request) => {
        const body = new Uint8Array(await request.arrayBuffer());
        if (request.method === 'GET')
          return new Response(null, { status: 204, headers: { ...location, range: '0-0' } });
        if (request.method === 'PATCH') {
          if (received.length === 0) {
            received = body.slice(0, 1);
            throw new TypeError('fetch failed', { cause: new Error('ECONNRESET') });
          }
          const start = Number(request.headers.get('content-range')?.split('-')[0]);
          if (start !== received.length) return new Response('', { status: 416 });
          received = Uint8Array.from([...received, ...body]);
        }
        return new Response(null, { status: request.method === 'PUT' ? 201 : 202, headers: location });
      },
      { chunkSize: 400 },
    );
    await registry.repository('a').push(blob.descriptor, data);
    expect(received).toEqual(data);
  });

  test('nothing stays with the signal of many requests', async () => {
    const { registry } = registryOf(() => new Response(data));
    const { signal } = new AbortController();
    const repository = registry.repository('a');
    const leaving = vi.spyOn(signal, 'removeEventListener');
    const coming = vi.spyOn(signal, 'addEventListener');
    for (let n = 0; n < 5; n++) await readAll(await repository.fetch(blob.descriptor, { signal }), 2000);
    await (await repository.fetch(blob.descriptor, { signal })).cancel();
    expect(coming.mock.calls.length).toBeGreaterThan(5);
    expect(leaving.mock.calls.map(([, listener]) => listener)).toEqual(
      expect.arrayContaining(coming.mock.calls.map(([, listener]) => listener)),
    );
  });

  test('content that is not what it should be is not finished', async () => {
    const { registry, requests } = registryOf(async (request) => {
      await request.arrayBuffer();
      return new Response(null, { status: 202, headers: { location: '/v2/a/blobs/uploads/1' } });
    });
    const fault = await faultOf(() =>
      registry.repository('a').push({ ...blob.descriptor, digest: digestOf(new Uint8Array(1)) }, data),
    );
    expect(fault.code).toBe('DIGEST_MISMATCH');
    expect(requests.length).toBeLessThan(3);
  });
});

describe('who one is', () => {
  const bearer = (realm = 'https://auth.example/token') => ({
    'www-authenticate': `Bearer realm="${realm}",service="reg",scope="repository:a:pull"`,
  });

  test('a token is fetched once for each scope, and used again', async () => {
    const { registry, requests } = registryOf(
      (request) => {
        if (request.url.startsWith('https://auth.example')) return Response.json({ token: 'T' });
        if (request.headers.get('authorization') !== 'Bearer T')
          return new Response('', { status: 401, headers: bearer() });
        return Response.json({ tags: ['b', 'a'] });
      },
      { credentials: () => ({ username: 'u', password: 'p' }) },
    );
    expect(await registry.repository('a').tags()).toEqual(['a', 'b']);
    expect(await registry.repository('a').tags()).toEqual(['a', 'b']);
    expect(requests.map((r) => [new URL(r.url).host, r.headers.get('authorization')])).toEqual([
      ['reg.example', null],
      ['auth.example', `Basic ${btoa('u:p')}`],
      ['reg.example', 'Bearer T'],
      ['reg.example', 'Bearer T'],
    ]);
    expect(new URL((requests[1] as Request).url).searchParams.getAll('scope')).toEqual(['repository:a:pull']);
  });

  test('a token for the registry is shown as it is, and no other asked for', async () => {
    const { registry, requests } = registryOf(
      (request) =>
        request.headers.get('authorization') === 'Bearer R'
          ? Response.json({ tags: ['a'] })
          : new Response('', { status: 401, headers: bearer() }),
      { credentials: () => ({ registryToken: 'R' }) },
    );
    expect(await registry.repository('a').tags()).toEqual(['a']);
    expect(requests.map(({ url }) => new URL(url).host)).toEqual(['reg.example', 'reg.example']);
  });

  test('an identity token is exchanged', async () => {
    let form = '';
    const { registry } = registryOf(
      async (request) => {
        if (request.method === 'POST') {
          form = await request.text();
          return Response.json({ access_token: 'T' });
        }
        return request.headers.has('authorization')
          ? Response.json({ tags: [] })
          : new Response('', { status: 401, headers: bearer() });
      },
      { credentials: () => ({ identityToken: 'secret' }) },
    );
    await registry.repository('a').tags();
    expect(Object.fromEntries(new URLSearchParams(form))).toMatchObject({
      grant_type: 'refresh_token',
      refresh_token: 'secret',
      service: 'reg',
    });
  });

  test('a token for the registry that it does not take is shown once', async () => {
    const { registry, requests } = registryOf(() => new Response('', { status: 401, headers: bearer() }), {
      credentials: () => ({ registryToken: 'R' }),
    });
    await expect(registry.repository('a').tags()).rejects.toMatchObject({ status: 401 });
    expect(requests).toHaveLength(2);
  });

  test.each<[string, Answer, string]>([
    [
      '401 for ever',
      () => new Response('', { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } }),
      'AUTH_REQUIRED',
    ],
    [
      'a challenge of no known kind',
      () => new Response('', { status: 401, headers: { 'www-authenticate': 'Negotiate' } }),
      'AUTH_CHALLENGE_INVALID',
    ],
    [
      'a token service in the clear',
      () => new Response('', { status: 401, headers: bearer('http://auth.example/token') }),
      'AUTH_CHALLENGE_INVALID',
    ],
    [
      'a token service that refuses',
      (r) => new Response('', { status: r.url.includes('auth.') ? 403 : 401, headers: bearer() }),
      'AUTH_DENIED',
    ],
    [
      'no token',
      (r) => (r.url.includes('auth.') ? Response.json({}) : new Response('', { status: 401, headers: bearer() })),
      'AUTH_CHALLENGE_INVALID',
    ],
    ['403', () => Response.json({ errors: [{ code: 'DENIED', message: 'no' }] }, { status: 403 }), 'AUTH_DENIED'],
  ])('%s', async (_, answer, code) => {
    const { registry, requests } = registryOf(answer, { credentials: () => ({ username: 'u', password: 'hunter2' }) });
    const fault = await faultOf(() => registry.ping());
    expect(fault.code).toBe(code);
    expect(requests.length).toBeLessThan(4);
    expect(`${fault.message}${fault.hint}${JSON.stringify(fault.request)}`).not.toContain('hunter2');
  });

  test('a redirect to another host takes no credentials along', async () => {
    const { registry, requests } = registryOf(
      (request) => {
        if (request.url.startsWith('https://cdn.example')) return new Response(data);
        if (!request.headers.has('authorization'))
          return new Response('', { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } });
        return new Response('', { status: 307, headers: { location: 'https://cdn.example/blob?sig=secret' } });
      },
      { credentials: () => ({ username: 'u', password: 'p' }) },
    );
    expect(await readAll(await registry.repository('a').fetch(blob.descriptor), 2000)).toEqual(data);
    expect(requests.at(-1)?.url).toBe('https://cdn.example/blob?sig=secret');
    expect(requests.at(-1)?.headers.has('authorization')).toBe(false);
  });

  test('an upload that goes on elsewhere takes no credentials along', async () => {
    const { registry, requests } = registryOf(
      async (request) => {
        await request.arrayBuffer();
        if (request.url.startsWith('https://store.example')) return new Response(null, { status: 201 });
        if (!request.headers.has('authorization'))
          return new Response('', { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } });
        return new Response(null, { status: 202, headers: { location: 'https://store.example/u?s=1' } });
      },
      { credentials: () => ({ username: 'u', password: 'p' }) },
    );
    await registry.repository('a').push(blob.descriptor, data);
    expect(requests.at(-1)?.url).toBe(
      `https://store.example/u?s=1&digest=${encodeURIComponent(blob.descriptor.digest)}`,
    );
    expect(requests.at(-1)?.headers.has('authorization')).toBe(false);
  });

  test.each(['http://reg.example/other', 'ftp://reg.example/x'])('a redirect to %s is refused', async (location) => {
    const { registry } = registryOf(() => new Response('', { status: 302, headers: { location } }));
    expect((await faultOf(() => registry.ping())).code).toBe('REDIRECT_INVALID');
  });

  test('redirects in a circle end', async () => {
    const { registry, requests } = registryOf(() => new Response('', { status: 302, headers: { location: '/v2/' } }));
    expect((await faultOf(() => registry.ping())).code).toBe('REDIRECT_INVALID');
    expect(requests.length).toBe(11);
  });
});

describe('trying again', () => {
  test.each<[string, Answer, number[]]>([
    [
      'as long as the registry asks',
      (_, n) => (n < 3 ? new Response('', { status: 429, headers: { 'retry-after': '7' } }) : Response.json({})),
      [7000, 7000],
    ],
    [
      'with longer and longer delays',
      (_, n) => (n < 4 ? new Response('', { status: 503 }) : Response.json({})),
      [0.5, 1, 2],
    ],
    [
      'after a lost connection',
      (_, n) => {
        if (n < 2) throw new TypeError('fetch failed', { cause: new Error('ECONNRESET') });
        return Response.json({});
      },
      [0.5],
    ],
  ])('%s', async (_, answer, delays) => {
    waits.length = 0;
    await registryOf(answer).registry.ping();
    expect(waits).toEqual(delays);
  });

  test('a storm of 429 ends', async () => {
    const { registry, requests } = registryOf(
      () => new Response('', { status: 429, headers: { 'retry-after': '999999' } }),
      { retry: { ...quick, maxDelay: 50 } },
    );
    waits.length = 0;
    expect((await faultOf(() => registry.ping())).code).toBe('RATE_LIMITED');
    expect(requests.length).toBe(4);
    expect(waits).toEqual([50, 50, 50]);
  });

  test('an abort ends it at once', async () => {
    const stop = new AbortController();
    const { registry } = registryOf(() => {
      stop.abort(new Error('enough'));
      return new Response('', { status: 503 });
    });
    await expect(registry.ping({ signal: stop.signal })).rejects.toThrow();
  });
});

describe('manifests', () => {
  const manifest = packManifest({ artifactType: 'application/x', layers: [] });
  const bytes = new Uint8Array(manifest.data);
  const asManifest = { 'content-type': manifest.descriptor.mediaType };

  test.each<[string, Answer, string]>([
    ['of another type', () => new Response(bytes, { headers: { 'content-type': 'text/html' } }), 'MANIFEST_INVALID'],
    ['of other bytes', () => new Response('{}', { headers: asManifest }), 'DIGEST_MISMATCH'],
    [
      'that says it is huge',
      () => new Response(bytes, { headers: { ...asManifest, 'content-length': '99999999' } }),
      'CONTENT_TOO_LARGE',
    ],
    [
      'that turns out to be huge',
      () => new Response(new Uint8Array(5 * 1024 * 1024), { headers: asManifest }),
      'CONTENT_TOO_LARGE',
    ],
  ])('%s', async (_, answer, code) => {
    const { registry } = registryOf(answer);
    expect((await faultOf(() => registry.repository('a').manifest(manifest.descriptor.digest))).code).toBe(code);
  });

  test('mirrors are asked first, and the registry when they fail', async () => {
    const { registry, requests } = registryOf(
      (request) =>
        request.url.startsWith('https://mirror.example')
          ? new Response('', { status: 404 })
          : new Response(bytes, { headers: asManifest }),
      { hosts: () => ({ mirrors: [{ url: 'https://mirror.example/', capabilities: ['pull'] }] }) },
    );
    await registry.repository('a').manifest(manifest.descriptor.digest);
    await registry.repository('a').manifest('v1');
    expect(requests.map((r) => new URL(r.url).host)).toEqual(['mirror.example', 'reg.example', 'reg.example']);
  });
});

test('lists have pages; one at another host is refused', async () => {
  const pages = registryOf((request) =>
    new URL(request.url).searchParams.has('last')
      ? Response.json({ tags: ['c'] })
      : Response.json({ tags: ['b', 'a', '../x', 7] }, { headers: { link: '</v2/a/tags/list?last=b>; rel="next"' } }),
  );
  expect(await pages.registry.repository('a').tags()).toEqual(['a', 'b', 'c']);
  const elsewhere = registryOf(() =>
    Response.json({ tags: [] }, { headers: { link: '<https://evil.example/>; rel="next"' } }),
  );
  expect((await faultOf(() => elsewhere.registry.repository('a').tags())).code).toBe('REDIRECT_INVALID');
});

test.each([['../x'], ['A'], ['a//b'], ['a\0'], ['']])('%j is no repository', (name) => {
  expect(() => createRegistry('reg.example').repository(name)).toThrow('invalid repository');
});
