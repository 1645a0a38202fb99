/** OCI image layouts as folders. OCI image spec 1.1 §Image Layout. */
import { randomUUID } from 'node:crypto';
import {
  createReadStream,
  createWriteStream,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as NodeStream } from 'node:stream/web';
import {
  type BlobStorage,
  checkedIndex,
  EMPTY_INDEX,
  type IndexStorage,
  repositoriesOf,
  storeOver,
} from '../content-store.ts';
import { algorithmOf } from '../digest.ts';
import { OciError } from '../error.ts';
import type { ImageIndex } from '../manifest.ts';
import type { RegistryBackend, Upload } from '../server/backend.ts';
import type { Store } from '../store.ts';
import { withLock } from './lock.ts';

const LAYOUT = '{"imageLayoutVersion":"1.0.0"}';

export interface Layout {
  /** Its tags are `name:tag` in the layout; without a name, as they are. */
  repository(name?: string): Store;
  /** Those that have tags. */
  repositories(): Promise<readonly string[]>;
  /** For an embedded registry. */
  readonly backend: RegistryBackend;
}

/** Opens a layout, and makes one where there is no folder or an empty one. Throws LAYOUT_INVALID. */
export function openLayout(folder: string): Layout {
  mkdirSync(join(folder, 'blobs'), { recursive: true });
  ensureLayout(folder);
  const blobs = fileBlobs(folder);
  const index = fileIndex(folder);
  const repository = (name = ''): Store => storeOver(blobs, index, name);
  const repositories = async (): Promise<readonly string[]> => repositoriesOf(await index.read());
  return {
    repository,
    repositories,
    backend: { repository, repositories, blobSize: blobs.size, openBlob: blobs.open, ...fileUploads(folder) },
  };
}

function ensureLayout(folder: string): void {
  const file = join(folder, 'oci-layout');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code !== 'ENOENT') throw e;
    writeWhole(file, LAYOUT);
    return;
  }
  const version = /"imageLayoutVersion"\s*:\s*"([^"]*)"/.exec(text)?.[1];
  if (version === undefined || !version.startsWith('1.')) {
    throw new OciError('LAYOUT_INVALID', `${file}: it is no image layout of version 1`);
  }
}

/** Whole or not at all, and never through a link. */
function writeWhole(file: string, text: string): void {
  if (lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new OciError('LAYOUT_INVALID', `${file}: it is a link, and is not written through`);
  }
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    writeFileSync(temporary, text, { flag: 'wx' });
    renameSync(temporary, file);
  } catch (e) {
    rmSync(temporary, { force: true });
    throw e;
  }
}

const toWeb = (stream: Readable): ReadableStream<Uint8Array> =>
  Readable.toWeb(stream, { strategy: { highWaterMark: 0 } }) as unknown as ReadableStream<Uint8Array>;

const fromWeb = (stream: ReadableStream<Uint8Array>): Readable => Readable.fromWeb(stream as unknown as NodeStream);

function fileBlobs(folder: string): BlobStorage {
  const pathOf = (digest: string): string =>
    join(folder, 'blobs', algorithmOf(digest), digest.slice(digest.indexOf(':') + 1));
  return {
    size: async (digest) => {
      const stats = statSync(pathOf(digest), { throwIfNoEntry: false });
      return stats?.isFile() ? stats.size : undefined;
    },
    open: async (digest, offset) => toWeb(createReadStream(pathOf(digest), { start: offset })),
    async write(digest, stream) {
      const path = pathOf(digest);
      mkdirSync(join(path, '..'), { recursive: true });
      const temporary = join(folder, 'blobs', `.${randomUUID()}.tmp`);
      try {
        await pipeline(fromWeb(stream), createWriteStream(temporary, { flags: 'wx' }));
        renameSync(temporary, path);
      } catch (e) {
        rmSync(temporary, { force: true });
        throw e;
      }
    },
    remove: async (digest) => rmSync(pathOf(digest), { force: true }),
  };
}

function fileIndex(folder: string): IndexStorage {
  const file = join(folder, 'index.json');
  const read = async (): Promise<ImageIndex> => {
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch (e) {
      if ((e as NodeJS.ErrnoException).code === 'ENOENT') return EMPTY_INDEX;
      throw e;
    }
    try {
      return checkedIndex(JSON.parse(text), file);
    } catch (e) {
      throw e instanceof OciError ? e : new OciError('LAYOUT_INVALID', `${file}: it is no JSON`, { cause: e });
    }
  };
  return {
    read,
    change: (change) =>
      withLock(`${file}.lock`, async () => {
        const index = await read();
        const manifests = change(index.manifests);
        if (manifests !== index.manifests) writeWhole(file, JSON.stringify({ ...index, manifests }));
      }),
  };
}

/** Uploads live as long as this process. */
function fileUploads(folder: string): Pick<RegistryBackend, 'begin' | 'upload'> {
  const uploads = new Map<string, Upload>();
  const parent = join(folder, 'blobs');
  return {
    async begin() {
      const id = randomUUID();
      const path = join(parent, `.${id}.upload`);
      writeFileSync(path, '', { flag: 'wx' });
      const upload: Upload = {
        id,
        size: 0,
        async append(stream) {
          try {
            await pipeline(fromWeb(stream), createWriteStream(path, { flags: 'a' }));
          } finally {
            upload.size = statSync(path).size;
          }
        },
        open: async () => toWeb(createReadStream(path)),
        async end() {
          uploads.delete(id);
          rmSync(path, { force: true });
        },
      };
      uploads.set(id, upload);
      return upload;
    },
    upload: (id) => uploads.get(id),
  };
}
