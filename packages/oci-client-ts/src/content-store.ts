/**
 * A store over blobs by digest and one index of manifests: what an image layout is, on disk and in memory alike. Every
 * manifest has an entry in the index, and one more for each of its tags. OCI image spec 1.1 §Image Layout.
 *
 * Many repositories share one: their tags are written `repository:tag`, and those of the nameless one as they are.
 */
import type { Descriptor } from './descriptor.ts';
import { isDigest, readAll, verified } from './digest.ts';
import { OciError } from './error.ts';
import { type ImageIndex, isManifestType, MEDIA_TYPES, parseManifest } from './manifest.ts';
import { isRepository, isTag } from './reference.ts';
import { referrerOf } from './registry/referrers.ts';
import { type Content, openContent, type Run, type Store } from './store.ts';

export const REF_NAME = 'org.opencontainers.image.ref.name';

export const MANIFEST_LIMIT = 4 * 1024 * 1024;

export interface BlobStorage {
  /** Bytes; undefined when there is no such blob. */
  size(digest: string): Promise<number | undefined>;
  open(digest: string, offset: number): Promise<ReadableStream<Uint8Array>>;
  /** All of the stream, or nothing of it when it fails. */
  write(digest: string, stream: ReadableStream<Uint8Array>): Promise<void>;
  remove(digest: string): Promise<void>;
}

export interface IndexStorage {
  read(): Promise<ImageIndex>;
  /** One change at a time; nothing is written when `change` returns what it was given. */
  change(change: (manifests: readonly Descriptor[]) => readonly Descriptor[]): Promise<void>;
}

const nameOf = ({ annotations }: Descriptor): string | undefined => annotations?.[REF_NAME];

const plain = ({ mediaType, digest, size }: Descriptor): Descriptor => ({ mediaType, digest, size });

const missing = (what: string): OciError => new OciError('CONTENT_NOT_FOUND', `there is no ${what}`, { status: 404 });

/** The repositories that have tags, in the order of their letters. */
export function repositoriesOf({ manifests }: ImageIndex): string[] {
  const names = manifests.flatMap((entry) => /^(.+):[^:/]+$/.exec(nameOf(entry) ?? '')?.[1] ?? []);
  return [...new Set(names)].sort();
}

/** `name` is '' for the repository without one. Throws REFERENCE_INVALID. */
export function storeOver(blobs: BlobStorage, index: IndexStorage, name = ''): Store {
  if (name !== '' && !isRepository(name))
    throw new OciError('REFERENCE_INVALID', `invalid repository ${JSON.stringify(name)}`);
  const prefix = name === '' ? '' : `${name}:`;

  const fetch = async (descriptor: Descriptor, run?: Run): Promise<ReadableStream<Uint8Array>> => {
    const size = isDigest(descriptor.digest) ? await blobs.size(descriptor.digest) : undefined;
    if (size === undefined) throw missing(`content ${descriptor.digest}`);
    return counted(verified(await blobs.open(descriptor.digest, 0), descriptor), run);
  };

  const manifestBytes = (descriptor: Descriptor): Promise<Uint8Array> =>
    fetch(descriptor).then((stream) => readAll(stream, MANIFEST_LIMIT));

  const resolve = async (reference: string): Promise<Descriptor> => {
    const { manifests } = await index.read();
    const found = manifests.find((entry) =>
      isDigest(reference) ? entry.digest === reference : nameOf(entry) === `${prefix}${reference}`,
    );
    if (found === undefined) throw missing(`manifest ${prefix}${reference}`);
    return plain(found);
  };

  return {
    exists: async ({ digest, mediaType }) => {
      if (!isDigest(digest) || (await blobs.size(digest)) === undefined) return false;
      return !isManifestType(mediaType) || (await index.read()).manifests.some((entry) => entry.digest === digest);
    },
    fetch,

    async push(descriptor, content, run) {
      if (!isManifestType(descriptor.mediaType)) return write(blobs, descriptor, content, run);
      const data = content instanceof Uint8Array ? content : await readAll(await openContent(content), MANIFEST_LIMIT);
      if (data.length > MANIFEST_LIMIT)
        throw new OciError('CONTENT_TOO_LARGE', `a manifest is larger than ${MANIFEST_LIMIT} bytes`);
      parseManifest(data, descriptor.mediaType);
      await write(blobs, descriptor, data, run);
      await index.change((manifests) =>
        manifests.some((entry) => entry.digest === descriptor.digest) ? manifests : [...manifests, plain(descriptor)],
      );
    },

    resolve,

    async tag(descriptor, tag) {
      if (!isTag(tag)) throw new OciError('REFERENCE_INVALID', `invalid tag ${JSON.stringify(tag)}`);
      const { digest } = await resolve(descriptor.digest);
      const ref = `${prefix}${tag}`;
      await index.change((manifests) => {
        const known = manifests.find((entry) => nameOf(entry) === ref);
        if (known?.digest === digest) return manifests;
        return [
          ...manifests.filter((entry) => entry !== known),
          { ...plain(descriptor), annotations: { [REF_NAME]: ref } },
        ];
      });
    },

    async tags() {
      const { manifests } = await index.read();
      return manifests
        .flatMap((entry) => {
          const ref = nameOf(entry);
          return ref?.startsWith(prefix) && isTag(ref.slice(prefix.length)) ? [ref.slice(prefix.length)] : [];
        })
        .sort();
    },

    async deleteManifest(reference) {
      const { digest } = await resolve(reference);
      if (!isDigest(reference)) {
        return index.change((manifests) => manifests.filter((entry) => nameOf(entry) !== `${prefix}${reference}`));
      }
      await index.change((manifests) => manifests.filter((entry) => entry.digest !== digest));
      await blobs.remove(digest);
    },

    async deleteBlob({ digest }) {
      if ((await blobs.size(digest)) === undefined) throw missing(`content ${digest}`);
      await blobs.remove(digest);
    },

    async referrers(subject, artifactType) {
      const { manifests } = await index.read();
      const found: Descriptor[] = [];
      for (const entry of manifests.filter((e) => nameOf(e) === undefined)) {
        const manifest = parseManifest(await manifestBytes(entry), entry.mediaType);
        if (manifest.subject?.digest === subject.digest) found.push(referrerOf(entry, manifest));
      }
      return artifactType === undefined ? found : found.filter((entry) => entry.artifactType === artifactType);
    },
  };
}

async function write(
  blobs: BlobStorage,
  descriptor: Descriptor,
  content: Content,
  run: Run | undefined,
): Promise<void> {
  const stream = counted(verified(await openContent(content), descriptor), run);
  if ((await blobs.size(descriptor.digest)) === undefined) return blobs.write(descriptor.digest, stream);
  // It is there; what was sent is still held to what it was said to be.
  const reader = stream.getReader();
  while (!(await reader.read()).done);
}

function counted(stream: ReadableStream<Uint8Array>, run: Run | undefined): ReadableStream<Uint8Array> {
  const { onBytes, signal } = run ?? {};
  if (onBytes === undefined && signal === undefined) return stream;
  const reader = stream.getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        signal?.throwIfAborted();
        const { done, value } = await reader.read();
        if (done) return controller.close();
        onBytes?.(value.length);
        controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

/** What an index of manifests that was read must be. Throws LAYOUT_INVALID. */
export function checkedIndex(value: unknown, where: string): ImageIndex {
  const { manifests } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const isEntry = (entry: unknown): boolean => {
    const { mediaType, digest, size } = (entry ?? {}) as Record<string, unknown>;
    return (
      typeof mediaType === 'string' && typeof digest === 'string' && isDigest(digest) && Number.isSafeInteger(size)
    );
  };
  if (!Array.isArray(manifests) || !manifests.every(isEntry)) {
    throw new OciError('LAYOUT_INVALID', `${where}: it is no index of an image layout`);
  }
  return value as ImageIndex;
}

export const EMPTY_INDEX: ImageIndex = { schemaVersion: 2, mediaType: MEDIA_TYPES.index, manifests: [] };
