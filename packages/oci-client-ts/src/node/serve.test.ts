import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { digestOf } from '../digest.ts';
import { MEDIA_TYPES } from '../manifest.ts';
import { type Served, serve } from './serve.ts';

const folder = mkdtempSync(join(tmpdir(), 'oci-serve-'));
let served: Served;
beforeAll(async () => {
  served = await serve(join(folder, 'layout'));
});
afterAll(async () => {
  await served.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
});

const left = (): string[] => readdirSync(join(folder, 'layout/blobs')).filter((name) => name.startsWith('.'));
const data = new Uint8Array(300_000).map((_, i) => i % 251);
const digest = digestOf(data);

/** Bytes on a socket, and all that comes back. */
const talk = (text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { port } = new URL(served.url);
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(text));
    let got = '';
    socket.on('data', (chunk) => {
      got += chunk;
    });
    socket.on('end', () => resolve(got)).on('error', reject);
  });

/** Sends a part of what it announces, and breaks. */
const cut = (method: string, path: string, part: Uint8Array): Promise<void> =>
  new Promise((resolve) => {
    const sending = request(`${served.url}${path}`, { method, headers: { 'content-length': data.length } });
    sending.on('error', () => resolve());
    sending.write(part, () => setTimeout(() => sending.destroy(), 20));
  });

const eventually = async (isSo: () => boolean | Promise<boolean>): Promise<boolean> => {
  for (let i = 0; i < 200; i++) {
    if (await isSo()) return true;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return false;
};

test('a chunk that was cut goes on where it broke', async () => {
  const begun = await fetch(`${served.url}/v2/a/blobs/uploads/`, { method: 'POST' });
  const upload = begun.headers.get('location') as string;
  await cut('PATCH', upload, data.subarray(0, 100_000));
  const range = async (): Promise<string | null> =>
    (await fetch(`${served.url}${upload}`, { method: 'GET' })).headers.get('range');
  expect(await eventually(async () => (await range()) === '0-99999')).toBe(true);
  const rest = await fetch(`${served.url}${upload}?digest=${digest}`, {
    method: 'PUT',
    body: data.subarray(100_000),
    headers: { 'content-range': `100000-${data.length - 1}` },
  });
  expect(rest.status).toBe(201);
  const got = await fetch(`${served.url}/v2/a/blobs/${digest}`);
  expect(digestOf(new Uint8Array(await got.arrayBuffer()))).toBe(digest);
  expect(left()).toEqual([]);
});

test('an upload that was cut leaves nothing behind', async () => {
  const other = digestOf(data.subarray(1));
  await cut('POST', `/v2/a/blobs/uploads/?digest=${other}`, data.subarray(0, 1000));
  expect(await eventually(() => left().length === 0)).toBe(true);
  expect((await fetch(`${served.url}/v2/a/blobs/${other}`)).status).toBe(404);
});

test('a manifest that is too large is told so', async () => {
  const body = new Uint8Array(20_000_000);
  const headers = { 'content-type': MEDIA_TYPES.manifest };
  expect((await fetch(`${served.url}/v2/a/manifests/x`, { method: 'PUT', body, headers })).status).toBe(413);
});

test.each([
  ['a path that is none', 'GET * HTTP/1.1\r\nHost: x\r\n', /^HTTP\/1\.1 400 /],
  ['a URL instead of a path', 'GET http://other/v2/ HTTP/1.1\r\nHost: x\r\n', /^HTTP\/1\.1 400 /],
  ['a host that is none', 'GET /v2/ HTTP/1.1\r\nHost: a b\r\n', /^HTTP\/1\.1 200 /],
  ['a path that climbs', 'GET /v2/../../etc/passwd HTTP/1.1\r\nHost: x\r\n', /^HTTP\/1\.1 404 /],
  ['broken escapes', 'GET /v2/%/manifests/x HTTP/1.1\r\nHost: x\r\n', /^HTTP\/1\.1 400 /],
])('answers %s', async (_, head, status) => {
  expect(await talk(`${head}Connection: close\r\n\r\n`)).toMatch(status);
});

test('a registry that fails says so', async () => {
  const broken = await serve(join(folder, 'broken'));
  rmSync(join(folder, 'broken'), { recursive: true });
  const answer = await fetch(`${broken.url}/v2/a/blobs/uploads/`, { method: 'POST' });
  expect([answer.status, await answer.json()]).toEqual([
    500,
    { errors: [{ code: 'UNKNOWN', message: 'the registry failed' }] },
  ]);
  await broken.close();
});

test('what goes on while it is closed ends', async () => {
  const closing = await serve(join(folder, 'closing'));
  const begun = await fetch(`${closing.url}/v2/a/blobs/uploads/`, { method: 'POST' });
  const upload = begun.headers.get('location') as string;
  const answered = new Promise<number | undefined>((resolve, reject) => {
    const sending = request(`${closing.url}${upload}?digest=${digestOf(new Uint8Array([1, 2]))}`, {
      method: 'PUT',
      headers: { 'content-length': 2 },
    });
    sending.on('response', (response) => resolve(response.resume().statusCode)).on('error', reject);
    sending.write(new Uint8Array([1]), () => {
      setTimeout(() => {
        const closed = closing.close();
        sending.end(new Uint8Array([2]));
        void closed;
      }, 20);
    });
  });
  expect(await answered).toBe(201);
  await closing.close();
  await expect(fetch(`${closing.url}/v2/`)).rejects.toThrow();
});

test('a signal closes it, with the uploads', async () => {
  const stop = new AbortController();
  const closing = await serve(join(folder, 'stopped'), { signal: stop.signal });
  await fetch(`${closing.url}/v2/a/blobs/uploads/`, { method: 'POST' });
  expect(readdirSync(join(folder, 'stopped/blobs'))).toHaveLength(1);
  stop.abort();
  await closing.close();
  expect(readdirSync(join(folder, 'stopped/blobs'))).toEqual([]);
  await expect(serve(join(folder, 'stopped'), { signal: stop.signal })).rejects.toThrow('aborted');
});
