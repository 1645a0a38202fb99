/** OCI image layouts as folders. OCI image spec 1.1 §Image Layout. */
import { randomUUID } from 'node:crypto';
import {
  constants,
  createReadStream,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type BlobStorage,
  checkedIndex,
  EMPTY_INDEX,
  type IndexStorage,
  repositoriesOf,
  storeOver,
} from '../content-store.ts';
import { algorithmOf, type Expected, Verifier } from '../digest.ts';
import { OciError } from '../error.ts';
import type { ImageIndex } from '../manifest.ts';
import type { RegistryBackend, Upload } from '../server/backend.ts';
import { createSlots } from '../slots.ts';
import { type Store, streamOf } from '../store.ts';
import { withLock } from './lock.ts';
import { fromWeb, toWeb } from './web-stream.ts';
import { temporaryOf, writeStream, writeText } from './write-whole.ts';

export const LAYOUT = '{"imageLayoutVersion":"1.0.0"}';

/** Bytes at a time, of a file that is only read. */
const READ_BYTES = 1024 * 1024;

const ABANDONED_MS = 24 * 60 * 60_000;

export interface Layout {
  /** Its tags are `name:tag` in the layout; without a name, as they are. */
  repository(name?: string): Store;
  /** Those that have tags. */
  repositories(): Promise<readonly string[]>;
  /** For an embedded registry. */
  readonly backend: RegistryBackend;
}

/**
 * Opens a layout, and makes one where there is no folder or an empty one. Many processes may have it open at once. Throws
 * LAYOUT_INVALID.
 */
export function openLayout(folder: string): Layout {
  ensureLayout(folder);
  removeAbandoned(join(folder, 'blobs'));
  const blobs = fileBlobs(folder);
  const index = fileIndex(folder);
  const repository = (name = ''): Store => storeOver(blobs, index, name);
  const repositories = async (): Promise<readonly string[]> => repositoriesOf(await index.read());
  return {
    repository,
    repositories,
    backend: { repository, repositories, blobSize: blobs.size, openBlob: blobs.open, ...fileUploads(folder, blobs) },
  };
}

function ensureLayout(folder: string): void {
  const file = join(folder, 'oci-layout');
  const text = readIfThere(file);
  if (text !== undefined) checkLayout(text, file);
  else {
    mkdirSync(folder, { recursive: true });
    // Another process may be making the same layout.
    const strange = readdirSync(folder).find((name) => !/^(?:blobs$|oci-layout|index\.json)/.test(name));
    if (strange !== undefined) {
      throw new OciError('LAYOUT_INVALID', `${folder}: it is no image layout, and not empty: it has ${strange}`);
    }
    writeUnlinked(file, LAYOUT);
  }
  mkdirSync(join(folder, 'blobs'), { recursive: true });
  try {
    writeFileSync(join(folder, 'index.json'), JSON.stringify(EMPTY_INDEX), { flag: 'wx' });
  } catch (e) {
    if (!['EEXIST', 'EROFS', 'EACCES'].includes((e as NodeJS.ErrnoException).code ?? '')) throw e;
  }
}

/** Throws LAYOUT_INVALID for the text of an `oci-layout` that is not of version 1. */
export function checkLayout(text: string, where: string): void {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const version = (value as { imageLayoutVersion?: unknown } | null | undefined)?.imageLayoutVersion;
  if (typeof version !== 'string' || !version.startsWith('1.')) {
    throw new OciError('LAYOUT_INVALID', `${where}: it is no image layout of version 1`);
  }
}

/** Parts of files whose process was killed. */
function removeAbandoned(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (!/^\.[\w-]+\.(?:tmp|upload)$/.test(name)) continue;
    try {
      if (Date.now() - lstatSync(path).mtimeMs > ABANDONED_MS) rmSync(path);
    } catch {
      // Another process was faster, or the layout is one to read from.
    }
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw e;
  }
}

/** Never through a link. */
function writeUnlinked(file: string, text: string): void {
  if (lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new OciError('LAYOUT_INVALID', `${file}: it is a link, and is not written through`);
  }
  writeText(file, text);
}

interface FileBlobs extends BlobStorage {
  /** Makes a file that is what it should be a blob, where it lies. Throws SIZE_MISMATCH, DIGEST_MISMATCH. */
  adopt(file: string, expected: Expected): Promise<void>;
}

function fileBlobs(folder: string): FileBlobs {
  const pathOf = (digest: string): string =>
    join(folder, 'blobs', algorithmOf(digest), digest.slice(digest.indexOf(':') + 1));
  return {
    size: async (digest) => {
      const stats = statSync(pathOf(digest), { throwIfNoEntry: false });
      return stats?.isFile() ? stats.size : undefined;
    },
    async open(digest, start = 0, end = Number.MAX_SAFE_INTEGER) {
      return end > start
        ? toWeb(createReadStream(pathOf(digest), { start, end: end - 1 }))
        : streamOf(new Uint8Array());
    },
    async write(digest, stream) {
      const path = pathOf(digest);
      mkdirSync(join(path, '..'), { recursive: true });
      await writeStream(path, fromWeb(stream), temporaryOf(join(folder, 'blobs', '.')));
    },
    async adopt(file, expected) {
      const path = pathOf(expected.digest);
      const verifier = new Verifier(expected);
      for await (const chunk of createReadStream(file, { highWaterMark: READ_BYTES })) verifier.update(chunk);
      verifier.end();
      mkdirSync(join(path, '..'), { recursive: true });
      renameSync(file, path);
    },
    remove: async (digest) => rmSync(pathOf(digest), { force: true }),
  };
}

function fileIndex(folder: string): IndexStorage {
  const file = join(folder, 'index.json');
  const oneAtATime = createSlots(1);
  const read = async (): Promise<ImageIndex> => {
    const text = readIfThere(file);
    // Empty while another process makes the layout.
    return text === undefined || text === '' ? EMPTY_INDEX : parseIndex(text, file);
  };
  return {
    read,
    exclusively: (work) =>
      // In turn within this process, so that its own do not wait for each other as they do for other processes.
      oneAtATime(() =>
        withLock(`${file}.lock`, async () => {
          const index = await read();
          return work(index.manifests, async (manifests) =>
            writeUnlinked(file, JSON.stringify({ ...index, manifests })),
          );
        }),
      ),
  };
}

/** Throws LAYOUT_INVALID for the text of an `index.json` that is none. */
export function parseIndex(text: string, where: string): ImageIndex {
  try {
    return checkedIndex(JSON.parse(text), where);
  } catch (e) {
    throw e instanceof OciError ? e : new OciError('LAYOUT_INVALID', `${where}: it is no JSON`, { cause: e });
  }
}

/** Uploads live as long as this process. */
function fileUploads(folder: string, blobs: FileBlobs): Pick<RegistryBackend, 'begin' | 'upload' | 'close'> {
  const uploads = new Map<string, Upload>();
  return {
    async begin(repository) {
      const upload = fileUpload(join(folder, 'blobs'), blobs, repository, () => uploads.delete(upload.id));
      uploads.set(upload.id, upload);
      return upload;
    },
    upload: (id) => uploads.get(id),
    async close() {
      for (const upload of [...uploads.values()]) await upload.end();
    },
  };
}

function fileUpload(folder: string, blobs: FileBlobs, repository: string, forget: () => void): Upload {
  const id = randomUUID();
  const path = join(folder, `.${id}.upload`);
  writeFileSync(path, '', { flag: 'wx' });
  let size = 0;
  return {
    id,
    repository,
    get size() {
      return size;
    },
    async append(stream) {
      // Not made if it is not there, for an upload that was ended meanwhile must not come back.
      const file = await open(path, constants.O_WRONLY | constants.O_APPEND);
      try {
        await writeFile(file, fromWeb(stream));
      } finally {
        await file.close();
        size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
      }
    },
    finish: (digest) => blobs.adopt(path, { digest, size }),
    async end() {
      forget();
      rmSync(path, { force: true });
    },
  };
}
