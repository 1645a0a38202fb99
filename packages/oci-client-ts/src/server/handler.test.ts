import { beforeEach, describe, expect, test } from 'vitest';
import { digestOf } from '../digest.ts';
import { blobOf, EMPTY_CONFIG, MEDIA_TYPES, packIndex, packManifest } from '../manifest.ts';
import { createMemoryBackend } from '../memory-store.ts';
import { createRegistryHandler, type RegistryHandler } from './handler.ts';

const data = new TextEncoder().encode('0123456789');
const { digest } = blobOf('application/octet-stream', data).descriptor;
const manifest = packManifest({ layers: [] });

let handler: RegistryHandler;
beforeEach(() => {
  handler = createRegistryHandler(createMemoryBackend());
});

const ask = (path: string, method = 'GET', body?: Uint8Array | string, headers: HeadersInit = {}): Promise<Response> =>
  handler(new Request(`http://r${path}`, { method, headers, ...(body !== undefined && { body: body as BodyInit }) }));

const push = (repository: string, bytes: Uint8Array): Promise<Response> =>
  ask(`/v2/${repository}/blobs/uploads/?digest=${digestOf(bytes)}`, 'POST', bytes);

const putManifest = async (repository: string, reference: string, bytes = manifest.data): Promise<Response> => {
  await push(repository, EMPTY_CONFIG.data);
  return ask(`/v2/${repository}/manifests/${reference}`, 'PUT', bytes, { 'content-type': MEDIA_TYPES.manifest });
};

const errorOf = async (response: Response): Promise<string> => {
  const { errors } = (await response.json()) as { errors: { code: string; message: string }[] };
  return `${response.status} ${errors[0]?.code}`;
};

describe('refuses', () => {
  const upload = '/v2/a/blobs/uploads/';
  test.each<[method: string, path: string, answer: string, body?: Uint8Array | string]>([
    ['GET', '/', '404 NOT_FOUND'],
    ['DELETE', '/v2/', '405 UNSUPPORTED'],
    ['POST', '/v2/_catalog', '405 UNSUPPORTED'],
    ['POST', '/v2/a/tags/list', '405 UNSUPPORTED'],
    ['GET', '/v2/a/tags/list', '404 NAME_UNKNOWN'],
    ['GET', '/v2/a/tags/other', '404 NOT_FOUND'],
    ['GET', '/v2/A/manifests/x', '400 NAME_INVALID'],
    ['GET', '/v2/../etc/manifests/x', '404 NOT_FOUND'],
    ['GET', '/v2/..%2f..%2fetc/manifests/x', '400 NAME_INVALID'],
    ['GET', '/v2/a%00/manifests/x', '400 NAME_INVALID'],
    ['GET', '/v2/a%zz/manifests/x', '400 NAME_INVALID'],
    ['GET', `/v2/${'a'.repeat(256)}/manifests/x`, '400 NAME_INVALID'],
    ['GET', '/v2/a/manifests/x', '404 MANIFEST_UNKNOWN'],
    ['GET', '/v2/a/manifests/-x', '400 MANIFEST_INVALID'],
    ['GET', '/v2/a/manifests/sha256:..%00', '400 MANIFEST_INVALID'],
    ['POST', '/v2/a/manifests/x', '405 UNSUPPORTED'],
    ['PUT', '/v2/a/manifests/x', '400 MANIFEST_INVALID', 'no JSON'],
    ['PUT', '/v2/a/manifests/x', '413 SIZE_INVALID', new Uint8Array(5 * 1024 * 1024)],
    ['GET', '/v2/a/referrers/x', '400 DIGEST_INVALID'],
    ['GET', '/v2/a/blobs/sha256:..%2f..%2fx', '404 NOT_FOUND'],
    ['GET', '/v2/a/blobs/sha256:..', '400 DIGEST_INVALID'],
    ['GET', `/v2/a/blobs/${digest}`, '404 BLOB_UNKNOWN'],
    ['PATCH', `${upload}none`, '404 BLOB_UPLOAD_UNKNOWN', 'x'],
    ['POST', `${upload}?digest=x`, '400 DIGEST_INVALID', 'x'],
    ['POST', `${upload}?digest=${digest}`, '400 DIGEST_INVALID', 'other'],
    ['PUT', upload, '405 UNSUPPORTED', 'x'],
  ])('%s %s: %s', async (method, path, answer, body) => {
    expect(await errorOf(await ask(path, method, body))).toBe(answer);
  });

  test('an image without its blobs', async () => {
    const missing = packManifest({ layers: [blobOf('x/y', data).descriptor] });
    expect(await errorOf(await putManifest('a', 'v1', missing.data))).toBe('400 MANIFEST_BLOB_UNKNOWN');
    const index = packIndex({ manifests: [missing.descriptor] });
    const answer = await ask('/v2/a/manifests/v1', 'PUT', index.data, { 'content-type': MEDIA_TYPES.index });
    expect(answer.status, 'an index may be sparse').toBe(201);
  });
});

describe('blobs', () => {
  test.each([
    ['none', undefined, 200, '0123456789', null],
    ['all of it', 'bytes=0-', 206, '0123456789', 'bytes 0-9/10'],
    ['from the middle', 'bytes=4-', 206, '456789', 'bytes 4-9/10'],
    ['a part', 'bytes=2-4', 206, '234', 'bytes 2-4/10'],
    ['more than there is', 'bytes=8-99', 206, '89', 'bytes 8-9/10'],
    ['the end', 'bytes=-3', 206, '789', 'bytes 7-9/10'],
    ['more than all from the end', 'bytes=-99', 206, '0123456789', 'bytes 0-9/10'],
    ['backwards', 'bytes=4-2', 200, '0123456789', null],
    ['several', 'bytes=0-1,3-4', 200, '0123456789', null],
    ['another unit', 'lines=0-1', 200, '0123456789', null],
  ])('range: %s', async (_, range, status, text, contentRange) => {
    await push('a', data);
    const answer = await ask(`/v2/a/blobs/${digest}`, 'GET', undefined, range === undefined ? {} : { range });
    expect([answer.status, answer.headers.get('content-range')]).toEqual([status, contentRange]);
    expect(answer.headers.get('content-length')).toBe(String(text.length));
    expect(await answer.text()).toBe(text);
  });

  test.each(['bytes=10-', 'bytes=10-12', 'bytes=-0'])('range behind the end: %s', async (range) => {
    await push('a', data);
    const answer = await ask(`/v2/a/blobs/${digest}`, 'GET', undefined, { range });
    expect([answer.status, answer.headers.get('content-range')]).toEqual([416, 'bytes */10']);
  });

  test('are mounted, or an upload begins', async () => {
    await push('a', data);
    const mount = (it: string): Promise<Response> => ask(`/v2/b/blobs/uploads/?mount=${it}&from=a`, 'POST');
    const mounted = await mount(digest);
    expect([mounted.status, mounted.headers.get('location')]).toEqual([201, `/v2/b/blobs/${digest}`]);
    expect((await mount(digestOf(new Uint8Array(3)))).status).toBe(202);
    expect((await mount('../x')).status).toBe(202);
  });

  test('outlive their deletion while another repository needs them', async () => {
    const image = packManifest({ layers: [blobOf('x/y', data).descriptor] });
    for (const repository of ['a', 'b']) {
      await push(repository, data);
      await putManifest(repository, 'v1', image.data);
    }
    const remove = async (path: string): Promise<number> => (await ask(path, 'DELETE')).status;
    expect(await remove(`/v2/a/manifests/${image.descriptor.digest}`)).toBe(202);
    expect(await remove(`/v2/a/blobs/${digest}`)).toBe(202);
    expect((await ask('/v2/a/manifests/v1')).status).toBe(404);
    expect((await ask('/v2/b/manifests/v1')).status).toBe(200);
    expect((await ask(`/v2/b/blobs/${digest}`)).status).toBe(200);
    await remove(`/v2/b/manifests/${image.descriptor.digest}`);
    await remove(`/v2/b/blobs/${digest}`);
    expect((await ask(`/v2/b/blobs/${digest}`)).status).toBe(404);
  });
});

describe('uploads', () => {
  const begin = async (): Promise<string> =>
    (await ask('/v2/a/blobs/uploads/', 'POST')).headers.get('location') as string;
  const patch = (upload: string, start: number, end: number): Promise<Response> =>
    ask(upload, 'PATCH', data.subarray(start, end), { 'content-range': `${start}-${end - 1}` });

  test('in pieces', async () => {
    const upload = await begin();
    const first = await patch(upload, 0, 4);
    expect([first.status, first.headers.get('range'), first.headers.get('location')]).toEqual([202, '0-3', upload]);
    await patch(upload, 4, 8);
    const status = await ask(upload);
    expect([status.status, status.headers.get('range')]).toEqual([204, '0-7']);
    const last = await ask(`${upload}?digest=${digest}`, 'PUT', data.subarray(8), { 'content-range': '8-9' });
    expect([last.status, last.headers.get('docker-content-digest')]).toEqual([201, digest]);
    expect(await (await ask(`/v2/a/blobs/${digest}`)).text()).toBe('0123456789');
    expect((await ask(upload)).status).toBe(404);
  });

  test.each([
    ['a gap', (upload: string) => patch(upload, 5, 8)],
    ['bytes that it has', (upload: string) => patch(upload, 0, 4)],
    [
      'a gap at the end',
      (upload: string) => ask(`${upload}?digest=${digest}`, 'PUT', data.subarray(6), { 'content-range': '6-9' }),
    ],
  ])('%s: says how far it is', async (_, act) => {
    const upload = await begin();
    await patch(upload, 0, 4);
    const answer = await act(upload);
    expect([answer.status, answer.headers.get('range')]).toEqual([416, '0-3']);
    await patch(upload, 4, 10);
    expect((await ask(`${upload}?digest=${digest}`, 'PUT')).status).toBe(201);
  });

  test('one request at a time', async () => {
    const upload = await begin();
    let more!: ReadableStreamDefaultController<Uint8Array>;
    const slow = new ReadableStream<Uint8Array>({ start: (controller) => void (more = controller) });
    const first = handler(
      new Request(`http://r${upload}`, { method: 'PATCH', body: slow, duplex: 'half' } as RequestInit),
    );
    more.enqueue(data.subarray(0, 4));
    await new Promise((resolve) => setTimeout(resolve));
    expect((await ask(upload, 'PATCH', data)).status).toBe(416);
    more.enqueue(data.subarray(4));
    more.close();
    expect((await first).headers.get('range')).toBe('0-9');
  });

  test('that break keep what came', async () => {
    const upload = await begin();
    let sent = 0;
    const cut = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (sent === 4) return controller.error(new Error('cut'));
        controller.enqueue(data.subarray(sent, (sent += 2)));
      },
    });
    const request = new Request(`http://r${upload}`, { method: 'PATCH', body: cut, duplex: 'half' } as RequestInit);
    await expect(handler(request)).rejects.toThrow('cut');
    expect((await ask(upload)).headers.get('range')).toBe('0-3');
    expect((await patch(upload, 4, 10)).status).toBe(202);
    expect((await ask(`${upload}?digest=${digest}`, 'PUT')).status).toBe(201);
  });

  test('are cancelled, and belong to their repository', async () => {
    const upload = await begin();
    expect((await ask(upload.replace('/v2/a/', '/v2/b/'), 'DELETE')).status).toBe(404);
    expect((await ask(upload, 'DELETE')).status).toBe(204);
    expect((await ask(upload)).status).toBe(404);
  });

  test('of a wrong digest are gone', async () => {
    const upload = await begin();
    await patch(upload, 0, 4);
    expect(await errorOf(await ask(`${upload}?digest=${digest}`, 'PUT'))).toBe('400 DIGEST_INVALID');
    expect((await ask(upload)).status).toBe(404);
    expect((await ask(`/v2/a/blobs/${digest}`)).status).toBe(404);
  });
});

describe('manifests', () => {
  test('by tag and digest', async () => {
    const put = await putManifest('a', 'v1');
    const { digest: known } = manifest.descriptor;
    expect([put.status, put.headers.get('docker-content-digest')]).toEqual([201, known]);
    for (const reference of ['v1', known]) {
      const got = await ask(`/v2/a/manifests/${reference}`);
      expect(got.headers.get('content-type')).toBe(MEDIA_TYPES.manifest);
      expect(digestOf(new Uint8Array(await got.arrayBuffer()))).toBe(known);
      const head = await ask(`/v2/a/manifests/${reference}`, 'HEAD');
      expect([head.headers.get('content-length'), await head.text()]).toEqual([String(manifest.data.length), '']);
    }
    expect((await ask(`/v2/b/manifests/${known}`)).status, 'of one repository').toBe(404);
  });

  test('with a digest that is not theirs', async () => {
    expect(await errorOf(await putManifest('a', digestOf(data)))).toBe('400 DIGEST_INVALID');
  });

  test('that refer to others', async () => {
    await putManifest('a', 'v1');
    const put = await putManifest('a', 'sig', signature('application/sig').data);
    expect(put.headers.get('oci-subject')).toBe(manifest.descriptor.digest);
    await putManifest('a', 'sbom', signature('application/sbom').data);
    const list = `/v2/a/referrers/${manifest.descriptor.digest}`;
    const all = await ask(list);
    expect([all.headers.get('content-type'), all.headers.get('oci-filters-applied')]).toEqual([
      MEDIA_TYPES.index,
      null,
    ]);
    expect(await all.json()).toMatchObject({
      schemaVersion: 2,
      manifests: [{ artifactType: 'application/sig' }, { artifactType: 'application/sbom' }],
    });
    const some = await ask(`${list}?artifactType=application/sbom`);
    expect(some.headers.get('oci-filters-applied')).toBe('artifactType');
    expect(await some.json()).toMatchObject({ manifests: [{ artifactType: 'application/sbom' }] });
    expect(await (await ask(`/v2/b/referrers/${digest}`)).json()).toMatchObject({ manifests: [] });
  });

  const signature = (artifactType: string) => packManifest({ artifactType, layers: [], subject: manifest.descriptor });
});

test('tags and repositories come in pages', async () => {
  for (const tag of ['c', 'a', 'b']) await putManifest('paged', tag);
  await putManifest('other/one', manifest.descriptor.digest);
  const first = await ask('/v2/paged/tags/list?n=2');
  expect(await first.json()).toEqual({ name: 'paged', tags: ['a', 'b'] });
  expect(first.headers.get('link')).toBe('</v2/paged/tags/list?n=2&last=b>; rel="next"');
  const last = await ask('/v2/paged/tags/list?n=2&last=b');
  expect([await last.json(), last.headers.get('link')]).toEqual([{ name: 'paged', tags: ['c'] }, null]);
  expect(await (await ask('/v2/paged/tags/list?n=0')).json()).toEqual({ name: 'paged', tags: [] });
  expect(await (await ask('/v2/other/one/tags/list')).json()).toEqual({ name: 'other/one', tags: [] });
  const catalog = await ask('/v2/_catalog?n=1');
  expect(await catalog.json()).toEqual({ repositories: ['other/one'] });
  expect(catalog.headers.get('link')).toBe('</v2/_catalog?n=1&last=other%2Fone>; rel="next"');
});
