/** Content in memory: for tests, and for what need not stay. */
import { type BlobStorage, EMPTY_INDEX, type IndexStorage, repositoriesOf, storeOver } from './content-store.ts';
import { readAll } from './digest.ts';
import type { ImageIndex } from './manifest.ts';
import type { RegistryBackend, Upload } from './server/backend.ts';
import { type Store, streamOf } from './store.ts';

function memoryBlobs(): BlobStorage {
  const blobs = new Map<string, Uint8Array>();
  return {
    size: async (digest) => blobs.get(digest)?.length,
    open: async (digest, offset) => streamOf((blobs.get(digest) as Uint8Array).subarray(offset)),
    write: async (digest, stream) => void blobs.set(digest, await readAll(stream, Number.MAX_SAFE_INTEGER)),
    remove: async (digest) => void blobs.delete(digest),
  };
}

function memoryIndex(): IndexStorage {
  let index: ImageIndex = EMPTY_INDEX;
  return {
    read: async () => index,
    change: async (change) => {
      index = { ...index, manifests: change(index.manifests) };
    },
  };
}

/** One repository. */
export const createMemoryStore = (): Store => storeOver(memoryBlobs(), memoryIndex());

/** What an embedded registry serves from memory. */
export function createMemoryBackend(): RegistryBackend {
  const [blobs, index] = [memoryBlobs(), memoryIndex()];
  const uploads = new Map<string, Upload>();
  return {
    repository: (name) => storeOver(blobs, index, name),
    repositories: async () => repositoriesOf(await index.read()),
    blobSize: blobs.size,
    openBlob: blobs.open,
    async begin() {
      const id = crypto.randomUUID();
      const chunks: Uint8Array[] = [];
      const upload: Upload = {
        id,
        size: 0,
        async append(stream) {
          chunks.push(await readAll(stream, Number.MAX_SAFE_INTEGER));
          upload.size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
        },
        open: async () => new Blob(chunks as BlobPart[]).stream() as ReadableStream<Uint8Array>,
        end: async () => void uploads.delete(id),
      };
      uploads.set(id, upload);
      return upload;
    },
    upload: (id) => uploads.get(id),
  };
}
