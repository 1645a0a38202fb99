/** OCI image layouts as tar archives: read in place, and written whole. OCI image spec 1.1 §Image Layout. */
import { createReadStream, lstatSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { type BlobStorage, type IndexStorage, REF_NAME, repositoriesOf, storeOver } from '../content-store.ts';
import type { Descriptor } from '../descriptor.ts';
import { isDigest, readAll } from '../digest.ts';
import { OciError } from '../error.ts';
import { childrenOf, isManifestType, MANIFEST_LIMIT, MEDIA_TYPES, parseManifest } from '../manifest.ts';
import { type Run, type Store, streamOf } from '../store.ts';
import { checkLayout, LAYOUT, type Layout, parseIndex } from './layout.ts';
import { readTarEntries, TAR_END, type TarEntry, tarHeader, tarPadding } from './tar.ts';
import { fromWeb, toWeb } from './web-stream.ts';
import { writeStream } from './write-whole.ts';

const MAX_INDEX_BYTES = 64 * 1024 * 1024;
const MAX_DEPTH = 16;

/** A layout to read from: what would change it throws UNSUPPORTED. */
export interface LayoutTar extends Pick<Layout, 'repository' | 'repositories'> {
  close(): Promise<void>;
}

const pathOf = (digest: string): string => `blobs/${digest.replace(':', '/')}`;

/** Opens an archive without unpacking it. Throws LAYOUT_INVALID. */
export async function openLayoutTar(path: string): Promise<LayoutTar> {
  const file = await open(path, 'r');
  try {
    const entries = await readTarEntries(file, path);
    checkLayout(await textOf(file, entries, 'oci-layout', path), path);
    const index = parseIndex(await textOf(file, entries, 'index.json', path), path);
    const refuse = async (): Promise<never> => {
      throw new OciError('UNSUPPORTED', `${path}: an archive is not written to`);
    };
    const blobs: BlobStorage = {
      size: async (digest) => entries.get(pathOf(digest))?.size,
      async open(digest, start = 0, end = Number.POSITIVE_INFINITY) {
        const { offset, size } = entries.get(pathOf(digest)) as TarEntry;
        return partOf(path, file, offset + start, offset + Math.min(size, end));
      },
      write: refuse,
      remove: refuse,
    };
    const storage: IndexStorage = { read: async () => index, exclusively: refuse };
    return {
      repository: (name = '') => storeOver(blobs, storage, name),
      repositories: async () => repositoriesOf(index),
      close: () => file.close(),
    };
  } catch (e) {
    await file.close();
    throw e;
  }
}

const partOf = (path: string, { fd }: FileHandle, start: number, end: number): ReadableStream<Uint8Array> =>
  end > start
    ? toWeb(createReadStream(path, { fd, autoClose: false, start, end: end - 1 }))
    : streamOf(new Uint8Array());

async function textOf(
  file: FileHandle,
  entries: ReadonlyMap<string, TarEntry>,
  name: string,
  path: string,
): Promise<string> {
  const entry = entries.get(name);
  if (entry === undefined) throw new OciError('LAYOUT_INVALID', `${path}: it is no image layout: it has no ${name}`);
  if (entry.size > MAX_INDEX_BYTES) throw new OciError('LAYOUT_INVALID', `${path}: its ${name} is too large`);
  const bytes = Buffer.alloc(entry.size);
  await file.read(bytes, 0, entry.size, entry.offset);
  return bytes.toString('utf8');
}

export interface LayoutTarRoot {
  readonly store: Store;
  /** A tag or a digest. */
  readonly reference: string;
  /** Its name in the archive; the tag if absent, and none for a digest. */
  readonly name?: string;
}

export interface LayoutTarOptions extends Run {
  /** What refers to the roots, too. */
  readonly referrers?: boolean;
}

/**
 * Writes what tags or digests name, with all that belongs to it, into an archive: whole or not at all, never through a
 * link, and the same bytes for the same content. Throws CONTENT_NOT_FOUND and the errors of the stores.
 */
export async function writeLayoutTar(
  path: string,
  roots: readonly LayoutTarRoot[],
  { referrers = false, ...run }: LayoutTarOptions = {},
): Promise<void> {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new OciError('LAYOUT_INVALID', `${path}: it is a link, and is not written through`);
  }
  const content = new Map<string, { store: Store; descriptor: Descriptor }>();
  const entries: Descriptor[] = [];
  for (const { store, reference, name = isDigest(reference) ? undefined : reference } of roots) {
    const root = await store.resolve(reference, run);
    await collect(store, root, content, run, 0);
    entries.push({ ...root, ...(name !== undefined && { annotations: { [REF_NAME]: name } }) });
    if (!referrers) continue;
    for (const { mediaType, digest, size } of await store.referrers(root, undefined, run)) {
      if (entries.some((entry) => entry.digest === digest)) continue;
      await collect(store, { mediaType, digest, size }, content, run, 0);
      entries.push({ mediaType, digest, size });
    }
  }
  await writeStream(path, archiveOf(entries, content, run));
}

async function collect(
  store: Store,
  descriptor: Descriptor,
  content: Map<string, { store: Store; descriptor: Descriptor }>,
  run: Run,
  depth: number,
): Promise<void> {
  if (content.has(descriptor.digest)) return;
  if (depth > MAX_DEPTH) {
    throw new OciError('MANIFEST_INVALID', `${descriptor.digest}: manifests are nested too deeply`);
  }
  content.set(descriptor.digest, { store, descriptor });
  if (!isManifestType(descriptor.mediaType)) return;
  const data = await readAll(await store.fetch(descriptor, { signal: run.signal }), MANIFEST_LIMIT);
  for (const child of childrenOf(parseManifest(data, descriptor.mediaType))) {
    await collect(store, child, content, run, depth + 1);
  }
}

async function* archiveOf(
  entries: readonly Descriptor[],
  content: ReadonlyMap<string, { store: Store; descriptor: Descriptor }>,
  run: Run,
): AsyncGenerator<Uint8Array> {
  const index = { schemaVersion: 2, mediaType: MEDIA_TYPES.index, manifests: entries };
  const files: [path: string, text: string][] = [
    ['oci-layout', LAYOUT],
    ['index.json', JSON.stringify(index)],
  ];
  for (const [path, text] of files) {
    const bytes = Buffer.from(text);
    yield tarHeader(path, bytes.length);
    yield bytes;
    yield tarPadding(bytes.length);
  }
  for (const [digest, { store, descriptor }] of [...content].sort(([a], [b]) => (a < b ? -1 : 1))) {
    yield tarHeader(pathOf(digest), descriptor.size);
    // Held to its size and digest by the store.
    yield* fromWeb(await store.fetch(descriptor, run));
    yield tarPadding(descriptor.size);
  }
  yield TAR_END;
}
