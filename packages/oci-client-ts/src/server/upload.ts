/** Uploads of blobs, whole, in pieces, and mounts. OCI distribution 1.1 §Pushing blobs. */
import { isDigest } from '../digest.ts';
import { streamOf } from '../store.ts';
import { Refusal, unsupported } from './answer.ts';
import type { RegistryBackend, Upload } from './backend.ts';

/** Uploads that a request is writing to. */
const busy = new WeakSet<Upload>();

/** `…/blobs/uploads/` */
export async function beginUpload(
  request: Request,
  name: string,
  query: URLSearchParams,
  backend: RegistryBackend,
): Promise<Response> {
  if (request.method !== 'POST') return unsupported();
  const mounted = query.get('mount');
  if (mounted !== null && isDigest(mounted) && (await backend.blobSize(mounted)) !== undefined) {
    return created(name, mounted);
  }
  const digest = query.get('digest');
  if (digest !== null) checkDigest(digest);
  const upload = await backend.begin(name);
  if (digest === null) return progress(upload, 202);
  try {
    await upload.append(bodyOf(request));
    await upload.finish(digest);
    return created(name, digest);
  } finally {
    await upload.end();
  }
}

/** `…/blobs/uploads/<id>` */
export async function continueUpload(
  request: Request,
  name: string,
  id: string,
  query: URLSearchParams,
  backend: RegistryBackend,
): Promise<Response> {
  const upload = backend.upload(id);
  if (upload === undefined || upload.repository !== name) {
    throw new Refusal(404, 'BLOB_UPLOAD_UNKNOWN', 'there is no such upload');
  }
  switch (request.method) {
    case 'GET':
      return progress(upload, 204);
    case 'DELETE':
      await upload.end();
      return new Response(null, { status: 204 });
    case 'PATCH':
      await append(request, upload);
      return progress(upload, 202);
    case 'PUT': {
      const digest = query.get('digest');
      checkDigest(digest);
      await append(request, upload);
      try {
        await upload.finish(digest);
        return created(name, digest);
      } finally {
        await upload.end();
      }
    }
    default:
      return unsupported();
  }
}

function checkDigest(digest: string | null): asserts digest is string {
  if (digest === null || !isDigest(digest)) throw new Refusal(400, 'DIGEST_INVALID', 'that is no digest');
}

const bodyOf = (request: Request): ReadableStream<Uint8Array> => request.body ?? streamOf(new Uint8Array());

/** What goes on elsewhere than the upload has come to, or while another request writes, has to ask how far it is. */
async function append(request: Request, upload: Upload): Promise<void> {
  const start = /^(\d+)-\d+$/.exec(request.headers.get('content-range') ?? '')?.[1];
  if (busy.has(upload) || (start !== undefined && Number(start) !== upload.size)) {
    throw new Refusal(416, 'BLOB_UPLOAD_INVALID', `the upload has ${upload.size} bytes`, headersOf(upload));
  }
  busy.add(upload);
  try {
    await upload.append(bodyOf(request));
  } finally {
    busy.delete(upload);
  }
}

const headersOf = ({ id, repository, size }: Upload): Record<string, string> => ({
  location: `/v2/${repository}/blobs/uploads/${id}`,
  range: `0-${Math.max(0, size - 1)}`,
  'docker-upload-uuid': id,
});

const progress = (upload: Upload, status: number): Response =>
  new Response(null, { status, headers: headersOf(upload) });

const created = (name: string, digest: string): Response =>
  new Response(null, {
    status: 201,
    headers: { location: `/v2/${name}/blobs/${digest}`, 'docker-content-digest': digest },
  });
