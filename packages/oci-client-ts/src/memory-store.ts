/** Content in memory: for tests, and for what need not stay. */
import { type BlobStorage, EMPTY_INDEX, type IndexStorage, repositoriesOf, storeOver } from './content-store.ts';
import { readAll, verified } from './digest.ts';
import type { ImageIndex } from './manifest.ts';
import type { RegistryBackend, Upload } from './server/backend.ts';
import { createSlots } from './slots.ts';
import { type Store, streamOf } from './store.ts';

function memoryBlobs(): BlobStorage {
  const blobs = new Map<string, Uint8Array>();
  return {
    size: async (digest) => blobs.get(digest)?.length,
    open: async (digest, start, end) => streamOf((blobs.get(digest) as Uint8Array).subarray(start, end)),
    write: async (digest, stream) => void blobs.set(digest, await readAll(stream, Number.MAX_SAFE_INTEGER)),
    remove: async (digest) => void blobs.delete(digest),
  };
}

function memoryIndex(): IndexStorage {
  let index: ImageIndex = EMPTY_INDEX;
  const oneAtATime = createSlots(1);
  return {
    read: async () => index,
    exclusively: (work) =>
      oneAtATime(() =>
        work(index.manifests, async (manifests) => {
          index = { ...index, manifests };
        }),
      ),
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
    async begin(repository) {
      const upload = memoryUpload(blobs, repository, () => uploads.delete(upload.id));
      uploads.set(upload.id, upload);
      return upload;
    },
    upload: (id) => uploads.get(id),
    close: async () => uploads.clear(),
  };
}

function memoryUpload(blobs: BlobStorage, repository: string, forget: () => void): Upload {
  const chunks: Uint8Array[] = [];
  let size = 0;
  return {
    id: crypto.randomUUID(),
    repository,
    get size() {
      return size;
    },
    async append(stream) {
      const reader = stream.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        chunks.push(value.slice());
        size += value.length;
      }
    },
    finish: (digest) => blobs.write(digest, verified(new Blob(chunks as BlobPart[]).stream(), { digest, size })),
    end: async () => forget(),
  };
}
