/** A registry as a function of requests. OCI distribution 1.1 §Endpoints. */
import type { Descriptor } from '../descriptor.ts';
import { digestOf, isDigest, readAll } from '../digest.ts';
import { OciError, type OciErrorCode } from '../error.ts';
import { MEDIA_TYPES, parseManifest } from '../manifest.ts';
import { isRepository, isTag } from '../reference.ts';
import { streamOf } from '../store.ts';
import type { RegistryBackend } from './backend.ts';

const MANIFEST_LIMIT = 4 * 1024 * 1024;
const OCTETS = 'application/octet-stream';

/** Paths of a repository: its name has slashes, what follows has not. */
const ROUTE = /^\/v2\/(.+)\/(manifests|blobs|tags|referrers)\/(?:(uploads)\/?)?([^/]*)$/;

export type RegistryHandler = (request: Request) => Promise<Response>;

class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const STATUSES: Partial<Record<OciErrorCode, [status: number, code: string]>> = {
  REFERENCE_INVALID: [400, 'NAME_INVALID'],
  DIGEST_INVALID: [400, 'DIGEST_INVALID'],
  DIGEST_MISMATCH: [400, 'DIGEST_INVALID'],
  SIZE_MISMATCH: [400, 'SIZE_INVALID'],
  MANIFEST_INVALID: [400, 'MANIFEST_INVALID'],
  CONTENT_TOO_LARGE: [413, 'SIZE_INVALID'],
  CONTENT_NOT_FOUND: [404, 'NOT_FOUND'],
};

/** Serves what the backend keeps, to read and to write, to whoever asks. */
export function createRegistryHandler(backend: RegistryBackend): RegistryHandler {
  return async (request) => {
    try {
      const response = await route(request, backend);
      return request.method === 'HEAD' ? new Response(null, response) : response;
    } catch (e) {
      await request.body?.cancel().catch(() => undefined);
      if (e instanceof Refusal) return refused(e.status, e.code, e.message);
      const known = e instanceof OciError ? STATUSES[e.code] : undefined;
      if (known === undefined) throw e;
      return refused(known[0], known[1], (e as Error).message);
    }
  };
}

const refused = (status: number, code: string, message: string): Response =>
  Response.json({ errors: [{ code, message }] }, { status });

const unsupported = (): never => {
  throw new Refusal(405, 'UNSUPPORTED', 'the operation is not supported');
};

async function route(request: Request, backend: RegistryBackend): Promise<Response> {
  const url = new URL(request.url);
  const path = decodeURIComponent(url.pathname);
  if (path === '/v2' || path === '/v2/') return Response.json({});
  if (path === '/v2/_catalog') return pageOf('repositories', {}, await backend.repositories(), url);
  const [, name, kind, uploads, reference = ''] = ROUTE.exec(path) ?? [];
  if (name === undefined) throw new Refusal(404, 'NOT_FOUND', 'there is nothing here');
  if (!isRepository(name)) throw new Refusal(400, 'NAME_INVALID', 'the name of the repository is none');
  if (kind === 'tags') {
    const tags = await backend.repository(name).tags();
    if (tags.length === 0) throw new Refusal(404, 'NAME_UNKNOWN', 'there is no such repository');
    return pageOf('tags', { name }, tags, url);
  }
  if (kind === 'referrers') return referrers(name, reference, url, backend);
  if (kind === 'manifests') return manifest(request, name, reference, backend);
  return uploads === undefined
    ? blob(request, name, reference, backend)
    : upload(request, name, reference, url, backend);
}

/** `n` and `last` as the specification has them. */
function pageOf(member: string, more: object, all: readonly string[], url: URL): Response {
  const last = url.searchParams.get('last');
  const n = url.searchParams.get('n');
  const rest = last === null ? all : all.filter((item) => item > last);
  const count = n !== null && /^\d+$/.test(n) ? Number(n) : rest.length;
  const page = rest.slice(0, count);
  const next = `${url.pathname}?n=${count}&last=${encodeURIComponent(page.at(-1) ?? '')}`;
  const isEnd = page.length === rest.length || page.length === 0;
  return Response.json({ ...more, [member]: page }, isEnd ? {} : { headers: { link: `<${next}>; rel="next"` } });
}

async function referrers(name: string, digest: string, url: URL, backend: RegistryBackend): Promise<Response> {
  if (!isDigest(digest)) throw new Refusal(400, 'DIGEST_INVALID', 'the subject is no digest');
  const artifactType = url.searchParams.get('artifactType') ?? undefined;
  const subject: Descriptor = { mediaType: MEDIA_TYPES.manifest, digest, size: 0 };
  const manifests = await backend.repository(name).referrers(subject, artifactType);
  const headers = new Headers({ 'content-type': MEDIA_TYPES.index });
  if (artifactType !== undefined) headers.set('oci-filters-applied', 'artifactType');
  return new Response(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPES.index, manifests }), { headers });
}

async function manifest(
  request: Request,
  name: string,
  reference: string,
  backend: RegistryBackend,
): Promise<Response> {
  if (!isDigest(reference) && !isTag(reference))
    throw new Refusal(400, 'MANIFEST_INVALID', 'neither a tag nor a digest');
  const store = backend.repository(name);
  switch (request.method) {
    case 'GET':
    case 'HEAD': {
      const descriptor = await store.resolve(reference);
      const headers = {
        'content-type': descriptor.mediaType,
        'content-length': String(descriptor.size),
        'docker-content-digest': descriptor.digest,
      };
      return new Response(request.method === 'HEAD' ? null : await store.fetch(descriptor), { headers });
    }
    case 'PUT': {
      const data = await readAll(request.body ?? streamOf(new Uint8Array()), MANIFEST_LIMIT);
      const mediaType = (request.headers.get('content-type') ?? '').split(';', 1)[0]?.trim() ?? '';
      const digest = isDigest(reference) ? reference : digestOf(data);
      const { subject } = parseManifest(data, mediaType);
      const descriptor = { mediaType, digest, size: data.length };
      await store.push(descriptor, data);
      if (!isDigest(reference)) await store.tag(descriptor, reference);
      const headers = new Headers({ location: `/v2/${name}/manifests/${digest}`, 'docker-content-digest': digest });
      if (subject !== undefined) headers.set('oci-subject', subject.digest);
      return new Response(null, { status: 201, headers });
    }
    case 'DELETE':
      await store.deleteManifest(reference);
      return new Response(null, { status: 202 });
    default:
      return unsupported();
  }
}

async function blob(request: Request, name: string, digest: string, backend: RegistryBackend): Promise<Response> {
  if (!isDigest(digest)) throw new Refusal(400, 'DIGEST_INVALID', 'that is no digest');
  const size = await backend.blobSize(digest);
  if (size === undefined) throw new Refusal(404, 'BLOB_UNKNOWN', 'there is no such blob');
  if (request.method === 'DELETE') {
    await backend.repository(name).deleteBlob({ mediaType: OCTETS, digest, size });
    return new Response(null, { status: 202 });
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') return unsupported();
  const headers = new Headers({ 'content-type': OCTETS, 'docker-content-digest': digest, 'accept-ranges': 'bytes' });
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.get('range') ?? '')?.[1] ?? 0);
  if (from > 0 && from >= size) throw new Refusal(416, 'SIZE_INVALID', 'there is nothing behind the end');
  headers.set('content-length', String(size - from));
  if (from > 0) headers.set('content-range', `bytes ${from}-${size - 1}/${size}`);
  const body = request.method === 'HEAD' ? null : await backend.openBlob(digest, from);
  return new Response(body, { status: from > 0 ? 206 : 200, headers });
}

async function upload(
  request: Request,
  name: string,
  id: string,
  url: URL,
  backend: RegistryBackend,
): Promise<Response> {
  const digest = url.searchParams.get('digest');
  const body = (): ReadableStream<Uint8Array> => request.body ?? streamOf(new Uint8Array());
  if (id === '') {
    if (request.method !== 'POST') return unsupported();
    const mounted = url.searchParams.get('mount');
    if (mounted !== null && isDigest(mounted) && (await backend.blobSize(mounted)) !== undefined)
      return created(name, mounted);
    const begun = await backend.begin();
    if (digest === null) return accepted(name, begun.id, 0);
    await begun.append(body());
    return finish(name, digest, begun.id, backend);
  }
  const known = backend.upload(id);
  if (known === undefined) throw new Refusal(404, 'BLOB_UPLOAD_UNKNOWN', 'there is no such upload');
  switch (request.method) {
    case 'GET':
      return progress(name, id, known.size, 204);
    case 'DELETE':
      await known.end();
      return new Response(null, { status: 204 });
    case 'PATCH': {
      const start = /^(\d+)-\d+$/.exec(request.headers.get('content-range') ?? '')?.[1];
      if (start !== undefined && Number(start) !== known.size) return progress(name, id, known.size, 416);
      await known.append(body());
      return accepted(name, id, known.size);
    }
    case 'PUT':
      if (digest === null) throw new Refusal(400, 'DIGEST_INVALID', 'the digest is missing');
      await known.append(body());
      return finish(name, digest, id, backend);
    default:
      return unsupported();
  }
}

const progress = (name: string, id: string, size: number, status: number): Response =>
  new Response(null, {
    status,
    headers: {
      location: `/v2/${name}/blobs/uploads/${id}`,
      range: `0-${Math.max(0, size - 1)}`,
      'docker-upload-uuid': id,
    },
  });

const accepted = (name: string, id: string, size: number): Response => progress(name, id, size, 202);

const created = (name: string, digest: string): Response =>
  new Response(null, {
    status: 201,
    headers: { location: `/v2/${name}/blobs/${digest}`, 'docker-content-digest': digest },
  });

/** The bytes are held to the digest before they count as a blob; if they are not those, the upload is gone. */
async function finish(name: string, digest: string, id: string, backend: RegistryBackend): Promise<Response> {
  const known = backend.upload(id);
  if (known === undefined || !isDigest(digest)) throw new Refusal(400, 'DIGEST_INVALID', 'that is no digest');
  try {
    const descriptor = { mediaType: OCTETS, digest, size: known.size };
    await backend.repository(name).push(descriptor, () => known.open());
  } finally {
    await known.end();
  }
  return created(name, digest);
}
