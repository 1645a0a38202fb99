/** Manifests of a repository. OCI distribution 1.1 §Pulling manifests, §Pushing manifests. */
import type { Descriptor } from '../descriptor.ts';
import { digestOf, isDigest, readAll, verifyBytes } from '../digest.ts';
import { OciError } from '../error.ts';
import type { HttpResponse } from '../http.ts';
import { MANIFEST_TYPES } from '../manifest.ts';
import type { Run } from '../store.ts';
import type { Transport } from './transport.ts';

export interface ManifestOptions {
  readonly name: string;
  readonly transport: Transport;
  /** Bytes: what claims or turns out to be larger is not read. */
  readonly manifestLimit: number;
}

const pull = (name: string): readonly string[] => [`repository:${name}:pull`];
const ACCEPT = MANIFEST_TYPES.join(', ');

const typeOf = ({ headers }: HttpResponse): string =>
  (headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';

/** What a tag or digest names, without its bytes if the registry says enough of them. Throws CONTENT_NOT_FOUND. */
export async function resolveManifest(options: ManifestOptions, reference: string, run?: Run): Promise<Descriptor> {
  const { name, transport } = options;
  const response = await transport.send({
    method: 'HEAD',
    path: `/${name}/manifests/${reference}`,
    scopes: pull(name),
    headers: { accept: ACCEPT },
    ok: [200],
    run,
  });
  await response.body?.cancel();
  const digest = response.headers.get('docker-content-digest') ?? (isDigest(reference) ? reference : '');
  const size = response.headers.get('content-length') ?? '';
  const mediaType = typeOf(response);
  if (!isDigest(digest) || !/^\d+$/.test(size) || mediaType === '')
    return (await getManifest(options, reference, run)).descriptor;
  if (isDigest(reference) && reference !== digest) throw wrong(reference, digest);
  return { mediaType, digest, size: Number(size) };
}

const wrong = (asked: string, got: string): OciError =>
  new OciError('DIGEST_MISMATCH', `manifest ${asked} came with digest ${got}`);

/** A manifest's bytes, held to the digest that was asked for, or to the one that the registry says. */
export async function getManifest(
  { name, transport, manifestLimit }: ManifestOptions,
  reference: string,
  run?: Run,
): Promise<{ descriptor: Descriptor; data: Uint8Array }> {
  const response = await transport.send({
    method: 'GET',
    path: `/${name}/manifests/${reference}`,
    scopes: pull(name),
    headers: { accept: ACCEPT, 'accept-encoding': 'identity' },
    ok: [200],
    run,
  });
  if (Number(response.headers.get('content-length') ?? 0) > manifestLimit) {
    await response.body?.cancel();
    throw new OciError('CONTENT_TOO_LARGE', `manifest ${reference} is larger than ${manifestLimit} bytes`);
  }
  const data = await readAll(response.body ?? new ReadableStream(), manifestLimit);
  const said = response.headers.get('docker-content-digest');
  const asked = isDigest(reference) ? reference : said !== null && isDigest(said) ? said : undefined;
  if (asked !== undefined) verifyBytes(data, { digest: asked, size: data.length });
  const mediaType = typeOf(response);
  if (!MANIFEST_TYPES.includes(mediaType)) {
    throw new OciError(
      'MANIFEST_INVALID',
      `manifest ${reference} came as ${JSON.stringify(mediaType)}, which is no manifest`,
    );
  }
  return { descriptor: { mediaType, digest: asked ?? digestOf(data), size: data.length }, data };
}

/** Puts a manifest under a tag or its digest; the registry's `OCI-Subject` says that it keeps referrers by itself. */
export async function putManifest(
  { name, transport }: ManifestOptions,
  reference: string,
  { mediaType }: Descriptor,
  data: Uint8Array,
  run?: Run,
): Promise<{ keepsReferrers: boolean }> {
  const response = await transport.send({
    method: 'PUT',
    path: `/${name}/manifests/${reference}`,
    scopes: [`repository:${name}:pull,push`],
    headers: { 'content-type': mediaType, 'content-length': String(data.length) },
    body: async () => data,
    ok: [200, 201, 202],
    isRepeatable: true,
    run,
  });
  await response.body?.cancel();
  const got = response.headers.get('docker-content-digest');
  if (got !== null && got !== digestOf(data) && got.startsWith('sha256:')) throw wrong(digestOf(data), got);
  return { keepsReferrers: response.headers.get('oci-subject') !== null };
}

export async function deleteManifest(
  { name, transport }: ManifestOptions,
  reference: string,
  run?: Run,
): Promise<void> {
  const response = await transport.send({
    method: 'DELETE',
    path: `/${name}/manifests/${reference}`,
    scopes: [`repository:${name}:delete`],
    ok: [200, 202],
    run,
  });
  await response.body?.cancel();
}
