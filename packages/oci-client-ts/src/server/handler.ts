/** A registry as a function of requests. OCI distribution 1.1 §Endpoints. */
import type { Descriptor } from '../descriptor.ts';
import { digestOf, isDigest, readAll } from '../digest.ts';
import { OciError } from '../error.ts';
import {
  childrenOf,
  type ImageIndex,
  isIndex,
  MANIFEST_LIMIT,
  type Manifest,
  MEDIA_TYPES,
  parseManifest,
} from '../manifest.ts';
import { isRepository, isTag } from '../reference.ts';
import { streamOf } from '../store.ts';
import { OCTETS, Refusal, refused, unsupported } from './answer.ts';
import type { RegistryBackend } from './backend.ts';
import { beginUpload, continueUpload } from './upload.ts';

/** Paths of a repository: its name has slashes, what follows has not. */
const ROUTE = /^\/v2\/(.+)\/(manifests|blobs|tags|referrers)\/(?:(uploads)\/?)?([^/]*)$/;

export type RegistryHandler = (request: Request) => Promise<Response>;

/** Serves what the backend keeps, to read and to write, to whoever asks. */
export function createRegistryHandler(backend: RegistryBackend): RegistryHandler {
  return async (request) => {
    try {
      const response = await route(request, backend);
      return request.method === 'HEAD' ? new Response(null, response) : response;
    } catch (e) {
      await request.body?.cancel().catch(() => undefined);
      return refused(e);
    }
  };
}

async function route(request: Request, backend: RegistryBackend): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const path = decoded(pathname);
  if (path === '/v2' || path === '/v2/') return reading(request, () => Response.json({}));
  if (path === '/v2/_catalog') {
    return reading(request, async () => page('repositories', {}, await backend.repositories(), pathname, searchParams));
  }
  const [, name, kind, uploads, reference = ''] = ROUTE.exec(path) ?? [];
  if (name === undefined) throw new Refusal(404, 'NOT_FOUND', 'there is nothing here');
  if (!isRepository(name)) throw new Refusal(400, 'NAME_INVALID', 'the name of the repository is none');
  switch (kind) {
    case 'tags':
      if (reference !== 'list') throw new Refusal(404, 'NOT_FOUND', 'there is nothing here');
      return reading(request, async () => page('tags', { name }, await tagsOf(name, backend), pathname, searchParams));
    case 'referrers':
      return reading(request, () => referrers(name, reference, searchParams.get('artifactType'), backend));
    case 'manifests':
      return manifest(request, name, reference, backend);
    default:
      if (uploads === undefined) return blob(request, name, reference, backend);
      return reference === ''
        ? beginUpload(request, name, searchParams, backend)
        : continueUpload(request, name, reference, searchParams, backend);
  }
}

function decoded(pathname: string): string {
  try {
    return decodeURIComponent(pathname);
  } catch {
    throw new Refusal(400, 'NAME_INVALID', 'the path is not that of a URL');
  }
}

const reading = async ({ method }: Request, answer: () => Response | Promise<Response>): Promise<Response> =>
  method === 'GET' || method === 'HEAD' ? answer() : unsupported();

async function tagsOf(name: string, backend: RegistryBackend): Promise<readonly string[]> {
  const tags = await backend.repository(name).tags();
  if (tags.length === 0 && !(await backend.repositories()).includes(name)) {
    throw new Refusal(404, 'NAME_UNKNOWN', 'there is no such repository');
  }
  return tags;
}

/** `n` and `last` as the specification has them. */
function page(
  member: string,
  more: object,
  all: readonly string[],
  pathname: string,
  query: URLSearchParams,
): Response {
  const last = query.get('last');
  const n = query.get('n');
  const rest = last === null ? all : all.filter((item) => item > last);
  const count = n !== null && /^\d+$/.test(n) ? Number(n) : rest.length;
  const items = rest.slice(0, count);
  const next = `${pathname}?n=${count}&last=${encodeURIComponent(items.at(-1) ?? '')}`;
  const isEnd = items.length === rest.length || items.length === 0;
  return Response.json({ ...more, [member]: items }, isEnd ? {} : { headers: { link: `<${next}>; rel="next"` } });
}

async function referrers(
  name: string,
  digest: string,
  artifactType: string | null,
  backend: RegistryBackend,
): Promise<Response> {
  if (!isDigest(digest)) throw new Refusal(400, 'DIGEST_INVALID', 'the subject is no digest');
  const subject: Descriptor = { mediaType: MEDIA_TYPES.manifest, digest, size: 0 };
  const manifests = await backend.repository(name).referrers(subject, artifactType ?? undefined);
  const headers = new Headers({ 'content-type': MEDIA_TYPES.index });
  if (artifactType !== null) headers.set('oci-filters-applied', 'artifactType');
  return new Response(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPES.index, manifests }), { headers });
}

async function manifest(
  request: Request,
  name: string,
  reference: string,
  backend: RegistryBackend,
): Promise<Response> {
  if (!isDigest(reference) && !isTag(reference)) {
    throw new Refusal(400, 'MANIFEST_INVALID', 'neither a tag nor a digest');
  }
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
    case 'PUT':
      return putManifest(request, name, reference, backend);
    case 'DELETE':
      await store.deleteManifest(reference);
      return new Response(null, { status: 202 });
    default:
      return unsupported();
  }
}

async function putManifest(
  request: Request,
  name: string,
  reference: string,
  backend: RegistryBackend,
): Promise<Response> {
  if (Number(request.headers.get('content-length') ?? 0) > MANIFEST_LIMIT) {
    throw new OciError('CONTENT_TOO_LARGE', `a manifest is larger than ${MANIFEST_LIMIT} bytes`);
  }
  const data = await readAll(request.body ?? streamOf(new Uint8Array()), MANIFEST_LIMIT);
  const mediaType = (request.headers.get('content-type') ?? '').split(';', 1)[0]?.trim() ?? '';
  const parsed = parseManifest(data, mediaType);
  await checkBlobs(parsed, backend);
  const digest = isDigest(reference) ? reference : digestOf(data);
  const descriptor = { mediaType, digest, size: data.length };
  const store = backend.repository(name);
  await store.push(descriptor, data);
  if (!isDigest(reference)) await store.tag(descriptor, reference);
  const headers = new Headers({ location: `/v2/${name}/manifests/${digest}`, 'docker-content-digest': digest });
  if (parsed.subject !== undefined) headers.set('oci-subject', parsed.subject.digest);
  return new Response(null, { status: 201, headers });
}

/** An image must be whole; an index may name images that are elsewhere, and so may layers with URLs. */
async function checkBlobs(parsed: Manifest | ImageIndex, backend: RegistryBackend): Promise<void> {
  if (isIndex(parsed)) return;
  for (const { digest, urls } of childrenOf(parsed)) {
    if (urls === undefined && (await backend.blobSize(digest)) === undefined) {
      throw new Refusal(400, 'MANIFEST_BLOB_UNKNOWN', `there is no blob ${digest}`);
    }
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
  return reading(request, async () => {
    const { start, end, isPart } = rangeOf(request.headers.get('range') ?? '', size);
    const headers = new Headers({
      'content-type': OCTETS,
      'content-length': String(end - start),
      'docker-content-digest': digest,
      'accept-ranges': 'bytes',
    });
    if (isPart) headers.set('content-range', `bytes ${start}-${end - 1}/${size}`);
    const body = request.method === 'HEAD' ? null : await backend.openBlob(digest, start, end);
    return new Response(body, { status: isPart ? 206 : 200, headers });
  });
}

/** One range of bytes; what is none, or several, asks for all. RFC 9110 §14.2. */
function rangeOf(range: string, size: number): { start: number; end: number; isPart: boolean } {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  const isBackwards = first !== '' && last !== '' && Number(last) < Number(first);
  if ((first === '' && last === '') || isBackwards) return { start: 0, end: size, isPart: false };
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
  if (start < end) return { start, end, isPart: true };
  throw new Refusal(416, 'SIZE_INVALID', 'there is nothing behind the end', { 'content-range': `bytes */${size}` });
}
