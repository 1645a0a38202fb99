/** Manifests and indexes. OCI image spec 1.1 §Image Manifest, §Image Index; Docker's of schema 2. */
import type { Descriptor } from './descriptor.ts';
import { digestOf, isDigest } from './digest.ts';
import { OciError } from './error.ts';

export const MEDIA_TYPES = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  empty: 'application/vnd.oci.empty.v1+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerIndex: 'application/vnd.docker.distribution.manifest.list.v2+json',
} as const;

export const INDEX_TYPES: readonly string[] = [MEDIA_TYPES.index, MEDIA_TYPES.dockerIndex];
export const MANIFEST_TYPES: readonly string[] = [MEDIA_TYPES.manifest, MEDIA_TYPES.dockerManifest, ...INDEX_TYPES];

/** Bytes: what registries take at the least. OCI distribution 1.1 §Pushing Manifests. */
export const MANIFEST_LIMIT = 4 * 1024 * 1024;

export const isManifestType = (mediaType: string): boolean => MANIFEST_TYPES.includes(mediaType);

export interface Manifest {
  readonly schemaVersion: 2;
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface ImageIndex {
  readonly schemaVersion: 2;
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Bytes and what points at them. */
export interface Blob {
  readonly descriptor: Descriptor;
  readonly data: Uint8Array;
}

export const blobOf = (mediaType: string, data: Uint8Array): Blob => ({
  descriptor: { mediaType, digest: digestOf(data), size: data.length },
  data,
});

/** What an artifact without a config has in its place. OCI image spec 1.1 §Guidance for an empty descriptor. */
export const EMPTY_CONFIG: Blob = blobOf(MEDIA_TYPES.empty, new TextEncoder().encode('{}'));

/** A manifest as bytes, in the order of the specification's fields. */
export function packManifest(
  parts: Omit<Manifest, 'schemaVersion' | 'mediaType' | 'config'> & { readonly config?: Descriptor },
): Blob {
  const { artifactType, config = EMPTY_CONFIG.descriptor, layers, subject, annotations } = parts;
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.manifest,
    ...(artifactType !== undefined && { artifactType }),
    config,
    layers,
    ...(subject !== undefined && { subject }),
    ...(annotations !== undefined && { annotations }),
  };
  const blob = blobOf(MEDIA_TYPES.manifest, new TextEncoder().encode(JSON.stringify(manifest)));
  return artifactType === undefined ? blob : { ...blob, descriptor: { ...blob.descriptor, artifactType } };
}

export function packIndex(parts: Omit<ImageIndex, 'schemaVersion' | 'mediaType'>): Blob {
  const index = { schemaVersion: 2, mediaType: MEDIA_TYPES.index, ...parts };
  return blobOf(MEDIA_TYPES.index, new TextEncoder().encode(JSON.stringify(index)));
}

/** Throws MANIFEST_INVALID. `mediaType` is what the store says of the bytes. */
export function parseManifest(data: Uint8Array, mediaType: string): Manifest | ImageIndex {
  const value = parseObject(data);
  if (value['mediaType'] !== undefined && value['mediaType'] !== mediaType) {
    throw invalid(
      `it says ${JSON.stringify(value['mediaType'])} of itself and was sent as ${JSON.stringify(mediaType)}`,
    );
  }
  if (value['subject'] !== undefined) checkDescriptor(value['subject'], 'subject');
  if (INDEX_TYPES.includes(mediaType)) {
    checkDescriptors(value['manifests'], 'manifests');
    if ('layers' in value) throw invalid('an index has no layers');
    return value as unknown as ImageIndex;
  }
  checkDescriptor(value['config'], 'config');
  checkDescriptors(value['layers'], 'layers');
  if ('manifests' in value) throw invalid('a manifest of one image has no manifests');
  return value as unknown as Manifest;
}

export const isIndex = (manifest: Manifest | ImageIndex): manifest is ImageIndex => 'manifests' in manifest;

/** Everything that a manifest points at, its subject apart. */
export const childrenOf = (manifest: Manifest | ImageIndex): readonly Descriptor[] =>
  isIndex(manifest) ? manifest.manifests : [manifest.config, ...manifest.layers];

const invalid = (why: string): OciError => new OciError('MANIFEST_INVALID', `invalid manifest: ${why}`);

function parseObject(data: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(data));
  } catch (e) {
    throw new OciError('MANIFEST_INVALID', 'invalid manifest: it is no JSON', { cause: e });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('it is no object');
  const object = value as Record<string, unknown>;
  if (object['schemaVersion'] !== 2)
    throw invalid(`schemaVersion is ${JSON.stringify(object['schemaVersion'])} instead of 2`);
  return object;
}

function checkDescriptors(value: unknown, name: string): void {
  if (!Array.isArray(value)) throw invalid(`${name} is no list`);
  for (const [i, descriptor] of value.entries()) checkDescriptor(descriptor, `${name}[${i}]`);
}

function checkDescriptor(value: unknown, name: string): void {
  const { mediaType, digest, size } = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  if (typeof mediaType !== 'string') throw invalid(`${name} has no mediaType`);
  if (typeof digest !== 'string' || !isDigest(digest)) throw invalid(`${name} has no digest`);
  if (!Number.isSafeInteger(size) || (size as number) < 0) throw invalid(`${name} has no size`);
}
