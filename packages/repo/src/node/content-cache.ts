/**
 * The content cache on disk, in Helm's layout: `<first byte>/<sha256>.chart` and `.prov`. Helm puts there whatever it was
 * told has a digest; nothing is believed here that was not hashed. Helm: pkg/downloader/cache.go.
 */
import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

import { type ContentCache, type ContentKind, sha256 } from '../content.ts';
import { RepoError } from '../error.ts';
import { incomingFolder, receiveContent } from './incoming.ts';
import { forgetGone } from './remembered.ts';

const pathOf = (folder: string, digest: string, kind: ContentKind): string => {
  if (!/^[0-9a-f]{64}$/.test(digest)) throw new RepoError('CONTENT_CORRUPT', `${JSON.stringify(digest)} is no sha256`);
  return join(folder, digest.slice(0, 2), `${digest}.${kind}`);
};

/** What a folder of another's, a full disk or a read-only one is no reason to fail for: it is but a cache. */
const UNUSABLE: ReadonlySet<string | undefined> = new Set([
  'EACCES',
  'EDQUOT',
  'EEXIST',
  'ENOSPC',
  'ENOTDIR',
  'EPERM',
  'EROFS',
]);

const isUnusable = (e: unknown): boolean => UNUSABLE.has((e as NodeJS.ErrnoException).code);

/** Any number of processes may use one folder: files come whole, by a rename. What cannot be kept is not. */
export function openContentCache(folder: string): ContentCache {
  return {
    async get(digest, kind) {
      const path = pathOf(folder, digest, kind);
      const data = readIfThere(path);
      if (data === undefined || data.length === 0) return undefined;
      if (kind === 'prov' || (await sha256(data)) === digest) return data;
      rmSync(path, { force: true });
      return undefined;
    },
    async put(digest, data, kind) {
      const path = pathOf(folder, digest, kind);
      const actual = kind === 'chart' ? await sha256(data) : digest;
      if (actual !== digest) {
        throw new RepoError('DIGEST_MISMATCH', `content has digest ${actual}, not ${digest}`);
      }
      const temporary = `${path}.${randomUUID()}.tmp`;
      try {
        // What is named by its content need not be written again.
        if (kind === 'chart' && statSync(path, { throwIfNoEntry: false })?.size === data.length) return;
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(temporary, data, { flag: 'wx', mode: 0o644 });
        renameSync(temporary, path);
      } catch (e) {
        if (!isUnusable(e)) throw e;
        discard(temporary);
      }
    },
    has: (digest) => hasContent(pathOf(folder, digest, 'chart'), digest),
    receive: () => receiveContent(folder, (digest) => pathOf(folder, digest, 'chart')),
  };
}

/** Whether a file has the digest, without all of it being in memory. One that has another is removed. */
function hasContent(path: string, digest: string): boolean {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const hash = createHash('sha256');
    const piece = Buffer.allocUnsafe(PIECE);
    for (let n = readSync(file, piece); n > 0; n = readSync(file, piece)) hash.update(piece.subarray(0, n));
    if (hash.digest('hex') === digest) return true;
    discard(path);
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code !== 'ENOENT' && !isUnusable(e)) throw e;
  } finally {
    if (file !== undefined) closeSync(file);
  }
  return false;
}

/** Bytes that are read at once. */
const PIECE = 512 * 1024;

/**
 * Gives a chart that the cache has just kept or hashed another name, so that it need not be written twice; false where that
 * cannot be: on another disk, or when the file is one that others may write.
 */
export function linkContent(folder: string, digest: string, path: string): boolean {
  const kept = pathOf(folder, digest, 'chart');
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const stats = lstatSync(kept);
    if (!stats.isFile() || stats.uid !== process.getuid?.() || (stats.mode & 0o022) !== 0) return false;
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return false;
    linkSync(kept, temporary);
    renameSync(temporary, path);
    const now = new Date();
    utimesSync(path, now, now);
    return true;
  } catch {
    return false;
  } finally {
    // It is still there after a rename to a name that the very file already has.
    discard(temporary);
  }
}

function discard(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (e) {
    if (!isUnusable(e)) throw e;
  }
}

function readIfThere(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === 'ENOENT' || isUnusable(e)) return undefined;
    throw e;
  }
}

/** A file of the cache. */
export interface CachedContent {
  readonly digest: string;
  readonly kind: ContentKind;
  /** Bytes. */
  readonly size: number;
  readonly modified: Date;
  readonly path: string;
}

const NAME = /^([0-9a-f]{64})\.(chart|prov)$/;
/** A write that was cut short leaves its file behind; one that goes on is younger. */
const LEFTOVER = /^[0-9a-f]{64}\.(?:chart|prov)\.[0-9a-f-]+\.tmp$/;
const LEFTOVER_AGE = 3_600_000;

/** What the cache holds, in the order of digests. */
export function listContent(folder: string): CachedContent[] {
  return filesOf(folder).flatMap(({ name, path }) => {
    const found = NAME.exec(name);
    const stats = found && statSync(path, { throwIfNoEntry: false });
    if (!found || !stats?.isFile()) return [];
    return [
      { digest: found[1] as string, kind: found[2] as ContentKind, size: stats.size, modified: stats.mtime, path },
    ];
  });
}

function filesOf(folder: string): { name: string; path: string }[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((prefix) => /^[0-9a-f]{2}$/.test(prefix) && lstatSync(join(folder, prefix)).isDirectory())
    .sort()
    .flatMap((prefix) => filesIn(join(folder, prefix)));
}

const filesIn = (folder: string): { name: string; path: string }[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .sort()
        .map((name) => ({ name, path: join(folder, name) }))
    : [];

export interface PruneOptions {
  /** Removes what was not written since; all if absent. */
  readonly before?: Date;
  /** Whether only to tell what would go. */
  readonly dryRun?: boolean;
  /** For the age of leftovers. */
  readonly now: Date;
}

/** Removes what is old, and what writes that were cut short left. Returns what is, or would be, gone. */
export function pruneContent(folder: string, { before, dryRun = false, now }: PruneOptions): CachedContent[] {
  const gone = listContent(folder).filter(({ modified }) => before === undefined || modified < before);
  if (dryRun) return gone;
  for (const { path } of gone) rmSync(path, { force: true });
  const leftovers = filesOf(folder).filter(({ name }) => LEFTOVER.test(name));
  for (const { path } of [...leftovers, ...filesIn(incomingFolder(folder))]) {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats && now.getTime() - stats.mtimeMs > LEFTOVER_AGE) rmSync(path, { force: true });
  }
  forgetGone(folder, (digest) => existsSync(pathOf(folder, digest, 'chart')));
  return gone;
}

/** The charts whose bytes do not have their digest; they are removed, unless `keep`. */
export async function verifyContent(
  folder: string,
  { keep = false }: { readonly keep?: boolean } = {},
): Promise<CachedContent[]> {
  const corrupt: CachedContent[] = [];
  for (const content of listContent(folder)) {
    if (content.kind === 'prov') continue;
    const data = readIfThere(content.path);
    if (data !== undefined && (await sha256(data)) !== content.digest) corrupt.push(content);
  }
  if (!keep) for (const { path } of corrupt) rmSync(path, { force: true });
  return corrupt;
}
