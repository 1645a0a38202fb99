/**
 * A store over blobs by digest and one index of manifests: what an image layout is, on disk and in memory alike. OCI image
 * spec 1.1 §Image Layout.
 *
 * Many repositories share one. What the index calls `repository:tag` is a tag of that repository, and what it calls
 * `repository@digest` a manifest of it that has no tag; all other entries are of the repository without a name, whose tags
 * are written as they are. Blobs belong to all: one that a manifest of another repository needs outlives its deletion.
 */
import type { Descriptor } from './descriptor.ts';
import { isDigest, readAll, verified } from './digest.ts';
import { OciError } from './error.ts';
import {
  childrenOf,
  type ImageIndex,
  INDEX_TYPES,
  isManifestType,
  MANIFEST_LIMIT,
  type Manifest,
  MEDIA_TYPES,
  parseManifest,
} from './manifest.ts';
import { isRepository, isTag } from './reference.ts';
import { referrerOf } from './registry/referrers.ts';
import { type Content, openContent, type Run, type Store } from './store.ts';

export const REF_NAME = 'org.opencontainers.image.ref.name';

const MAX_DEPTH = 16;

export interface BlobStorage {
  /** Bytes; undefined when there is no such blob. */
  size(digest: string): Promise<number | undefined>;
  /** The bytes from `start` on, up to but without `end`. */
  open(digest: string, start?: number, end?: number): Promise<ReadableStream<Uint8Array>>;
  /** All of the stream, or nothing of it when it fails. */
  write(digest: string, stream: ReadableStream<Uint8Array>): Promise<void>;
  remove(digest: string): Promise<void>;
}

type Entries = readonly Descriptor[];

export interface IndexStorage {
  read(): Promise<ImageIndex>;
  /** One at a time, between processes too. `save` writes the entries whole or not at all. */
  exclusively<T>(work: (entries: Entries, save: (entries: Entries) => Promise<void>) => Promise<T>): Promise<T>;
}

/** Whose an entry is, and under which tag. */
function ownerOf({ annotations, digest }: Descriptor): { repository: string; tag?: string } {
  const ref = annotations?.[REF_NAME];
  if (typeof ref !== 'string') return { repository: '' };
  if (isTag(ref)) return { repository: '', tag: ref };
  const [, repository = '', tag] = /^([^:@]+)(?::([^:@]+)|@.+)$/.exec(ref) ?? [];
  const isOurs = tag === undefined ? ref === `${repository}@${digest}` : isTag(tag);
  if (!isOurs || !isRepository(repository)) return { repository: '' };
  return tag === undefined ? { repository } : { repository, tag };
}

const plain = ({ mediaType, digest, size }: Descriptor): Descriptor => ({ mediaType, digest, size });

const missing = (what: string): OciError => new OciError('CONTENT_NOT_FOUND', `there is no ${what}`, { status: 404 });

/** The repositories with a name, in the order of their letters. */
export function repositoriesOf({ manifests }: ImageIndex): string[] {
  const names = manifests.map((entry) => ownerOf(entry).repository);
  return [...new Set(names)].filter((name) => name !== '').sort();
}

/** `name` is '' for the repository without one. Throws REFERENCE_INVALID. */
export function storeOver(blobs: BlobStorage, index: IndexStorage, name = ''): Store {
  if (name !== '' && !isRepository(name))
    throw new OciError('REFERENCE_INVALID', `invalid repository ${JSON.stringify(name)}`);
  const isOwn = (entry: Descriptor): boolean => ownerOf(entry).repository === name;
  const named = (descriptor: Descriptor, ref: string): Descriptor => ({
    ...descriptor,
    annotations: { ...descriptor.annotations, [REF_NAME]: ref },
  });
  const tagged = (descriptor: Descriptor, tag: string): Descriptor =>
    named(descriptor, name === '' ? tag : `${name}:${tag}`);
  const untagged = (descriptor: Descriptor): Descriptor =>
    name === '' ? plain(descriptor) : named(plain(descriptor), `${name}@${descriptor.digest}`);
  const isBare = (entry: Descriptor): boolean =>
    isOwn(entry) && entry.annotations?.[REF_NAME] === untagged(entry).annotations?.[REF_NAME];

  /** A manifest that lost its tag stays, by its digest. */
  const keeping = (rest: Entries, lost: Descriptor | undefined): Entries => {
    if (lost === undefined || rest.some((entry) => isOwn(entry) && entry.digest === lost.digest)) return rest;
    return [...rest, untagged(lost)];
  };

  const fetch = async (descriptor: Descriptor, run?: Run): Promise<ReadableStream<Uint8Array>> => {
    const size = isDigest(descriptor.digest) ? await blobs.size(descriptor.digest) : undefined;
    if (size === undefined) throw missing(`content ${descriptor.digest}`);
    return counted(verified(await blobs.open(descriptor.digest), descriptor), run);
  };

  /** Undefined for what is not there or cannot be read: one broken entry is not the fault of the others. */
  const manifestOf = async (descriptor: Descriptor): Promise<Manifest | ImageIndex | undefined> => {
    try {
      return parseManifest(await readAll(await fetch(descriptor), MANIFEST_LIMIT), descriptor.mediaType);
    } catch (e) {
      if (e instanceof OciError) return undefined;
      throw e;
    }
  };

  /** Finds a digest among entries and what they hold. Only indexes are opened when `digest` is that of a manifest. */
  const findIn = async (entries: Entries, digest: string, opens: (mediaType: string) => boolean) => {
    const seen = new Set<string>();
    let level = entries;
    for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth++) {
      const found = level.find((entry) => entry.digest === digest);
      if (found !== undefined) return found;
      const below: Descriptor[] = [];
      for (const entry of level) {
        if (seen.has(entry.digest) || !opens(entry.mediaType)) continue;
        seen.add(entry.digest);
        const manifest = await manifestOf(entry);
        if (manifest !== undefined) below.push(...childrenOf(manifest));
      }
      level = below;
    }
    return undefined;
  };

  const find = async (entries: Entries, reference: string): Promise<Descriptor> => {
    const own = entries.filter(isOwn);
    const found = isDigest(reference)
      ? await findIn(own, reference, (mediaType) => INDEX_TYPES.includes(mediaType))
      : own.find((entry) => ownerOf(entry).tag === reference);
    const isThere = found !== undefined && isManifestType(found.mediaType);
    if (!isThere || (await blobs.size(found.digest)) === undefined) {
      throw missing(`manifest ${name === '' ? '' : `${name}${isDigest(reference) ? '@' : ':'}`}${reference}`);
    }
    return plain(found);
  };

  /** Removes bytes, unless a manifest of another repository needs them. */
  const release = async (entries: Entries, digest: string): Promise<void> => {
    const others = entries.filter((entry) => !isOwn(entry));
    if ((await findIn(others, digest, isManifestType)) === undefined) await blobs.remove(digest);
  };

  return {
    async exists(descriptor) {
      const { digest, mediaType, size } = descriptor;
      // A blob that was cut short, or grew, must be written again.
      if (!isDigest(digest) || (await blobs.size(digest)) !== size) return false;
      if (!isManifestType(mediaType)) return true;
      const { manifests } = await index.read();
      return (await findIn(manifests.filter(isOwn), digest, (type) => INDEX_TYPES.includes(type))) !== undefined;
    },

    fetch,

    async push(descriptor, content, run) {
      if (!isManifestType(descriptor.mediaType)) return write(blobs, descriptor, content, run);
      const data = content instanceof Uint8Array ? content : await readAll(await openContent(content), MANIFEST_LIMIT);
      if (data.length > MANIFEST_LIMIT)
        throw new OciError('CONTENT_TOO_LARGE', `a manifest is larger than ${MANIFEST_LIMIT} bytes`);
      parseManifest(data, descriptor.mediaType);
      await index.exclusively(async (entries, save) => {
        await write(blobs, descriptor, data, run);
        const isKnown = entries.some((entry) => isOwn(entry) && entry.digest === descriptor.digest);
        if (!isKnown) await save([...entries, untagged(descriptor)]);
      });
    },

    resolve: async (reference) => find((await index.read()).manifests, reference),

    async tag(descriptor, tag) {
      if (!isTag(tag)) throw new OciError('REFERENCE_INVALID', `invalid tag ${JSON.stringify(tag)}`);
      await index.exclusively(async (entries, save) => {
        const manifest = await find(entries, descriptor.digest);
        const known = entries.find((entry) => isOwn(entry) && ownerOf(entry).tag === tag);
        if (known?.digest === manifest.digest) return;
        // One entry is enough for a manifest: other programs take a layout of one entry without asking for its name.
        const bare = entries.find((entry) => isBare(entry) && entry.digest === manifest.digest);
        const rest = entries.filter((entry) => entry !== known && entry !== bare);
        await save([...keeping(rest, known), tagged(bare ?? manifest, tag)]);
      });
    },

    async tags() {
      const { manifests } = await index.read();
      return manifests
        .filter(isOwn)
        .flatMap((entry) => ownerOf(entry).tag ?? [])
        .sort();
    },

    deleteManifest: (reference) =>
      index.exclusively(async (entries, save) => {
        const { digest } = await find(entries, reference);
        if (!isDigest(reference)) {
          const known = entries.find((entry) => isOwn(entry) && ownerOf(entry).tag === reference);
          return save(
            keeping(
              entries.filter((entry) => entry !== known),
              known,
            ),
          );
        }
        const rest = entries.filter((entry) => !(isOwn(entry) && entry.digest === digest));
        await save(rest);
        await release(rest, digest);
      }),

    deleteBlob: ({ digest }) =>
      index.exclusively(async (entries) => {
        if ((await blobs.size(digest)) === undefined) throw missing(`content ${digest}`);
        await release(entries, digest);
      }),

    async referrers(subject, artifactType) {
      const { manifests } = await index.read();
      const own = new Map(manifests.filter(isOwn).map((entry) => [entry.digest, plain(entry)]));
      const found: Descriptor[] = [];
      for (const entry of own.values()) {
        const manifest = await manifestOf(entry);
        if (manifest?.subject?.digest === subject.digest) found.push(referrerOf(entry, manifest));
      }
      return artifactType === undefined ? found : found.filter((entry) => entry.artifactType === artifactType);
    },
  };
}

const write = async (
  blobs: BlobStorage,
  descriptor: Descriptor,
  content: Content,
  run: Run | undefined,
): Promise<void> => blobs.write(descriptor.digest, counted(verified(await openContent(content), descriptor), run));

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
