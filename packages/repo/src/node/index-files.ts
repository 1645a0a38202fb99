/** The cached index of each repository: NAME-index.yaml and NAME-charts.txt as Helm has them, and two of our own beside. */
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  type Stats,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { ignoreWarnings, type Warn } from '@pack/core';
import { writeAtomic } from '@pack/core/node';
import { fromBytes } from 'go-template';

import { RepoError } from '../error.ts';
import type { IndexValidators } from '../fetch-index.ts';
import { chartsFileName, indexFileName } from '../paths.ts';
import {
  createIndexReader,
  formatSummary,
  type IndexReader,
  type IndexSummary,
  parseSummary,
  type SummarySource,
  summarize,
} from '../summary.ts';

const indexPath = (folder: string, repository: string): string => join(folder, indexFileName(repository));
const summaryPath = (folder: string, repository: string): string =>
  indexPath(folder, repository).replace(/\.yaml$/, '.pack');
const validatorsPath = (folder: string, repository: string): string =>
  indexPath(folder, repository).replace(/\.yaml$/, '.http');

const sourceOf = ({ size, mtimeMs, ino }: Stats): SummarySource => ({ size, modifiedMs: mtimeMs, inode: ino });

const isSame = (a: SummarySource, b: SummarySource): boolean =>
  a.size === b.size && a.modifiedMs === b.modifiedMs && a.inode === b.inode;

/**
 * The cached index of a repository, by its summary, which is made anew when the index has changed. Throws
 * INDEX_NOT_CACHED when there is none, INDEX_INVALID with `error loading PATH: …`.
 */
export function openIndex(folder: string, repository: string, warn: Warn = ignoreWarnings): IndexReader {
  const path = indexPath(folder, repository);
  const file = openIndexFile(path);
  try {
    const source = sourceOf(fstatSync(file));
    const cached = summaryPath(folder, repository);
    let summary = readSummary(cached, source);
    if (summary === undefined) {
      summary = loading(path, () => summarize(fromBytes(readFileSync(file)), { source: path, warn }));
      writeSummary(cached, summary, source);
    }
    return createIndexReader(summary, async (from, to) => readSlice(path, source, from, to));
  } finally {
    closeSync(file);
  }
}

function openIndexFile(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code !== 'ENOENT') throw e;
    throw new RepoError('INDEX_NOT_CACHED', `open ${path}: no such file or directory`, {
      hint: 'pack repo update',
      cause: e,
    });
  }
}

function loading<T>(path: string, load: () => T): T {
  try {
    return load();
  } catch (e) {
    if (!(e instanceof RepoError)) throw e;
    throw new RepoError(e.code, `error loading ${path}: ${e.message}`, {
      ...(e.at !== undefined && { at: { ...e.at, file: path } }),
      cause: e,
    });
  }
}

function readSummary(path: string, source: SummarySource): IndexSummary | undefined {
  try {
    return parseSummary(readFileSync(path, 'utf8'), source);
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw e;
  }
}

/** A summary that cannot be kept, as on a full or read-only disk, is made anew the next time. */
function writeSummary(path: string, summary: IndexSummary, source: SummarySource): void {
  try {
    writeAtomic(path, formatSummary(summary, source));
  } catch {
    rmSync(path, { force: true });
  }
}

function readSlice(path: string, source: SummarySource, from: number, to: number): Uint8Array {
  const file = openIndexFile(path);
  try {
    if (!isSame(source, sourceOf(fstatSync(file)))) {
      throw new RepoError('INDEX_INVALID', `${path} was changed while it was being read`, { hint: 'try again' });
    }
    const bytes = new Uint8Array(to - from);
    readSync(file, bytes, 0, bytes.length, from);
    return bytes;
  } finally {
    closeSync(file);
  }
}

/**
 * Makes `data` a repository's cached index if it is one. Throws INDEX_INVALID, and then keeps what was there.
 * Helm: pkg/repo/v1 DownloadIndexFile.
 */
export function storeIndex(
  folder: string,
  repository: string,
  data: Uint8Array,
  options: { readonly source: string; readonly validators?: IndexValidators; readonly warn?: Warn },
): IndexSummary {
  const { source, validators = {}, warn = ignoreWarnings } = options;
  const summary = summarize(fromBytes(data), { source, warn });
  mkdirSync(folder, { recursive: true });
  const names = summary.charts.map(({ name }) => `${name}\n`).join('');
  writeAtomic(join(folder, chartsFileName(repository)), names);
  const stored = sourceOf(writeAtomic(indexPath(folder, repository), data));
  writeSummary(summaryPath(folder, repository), summary, stored);
  writeValidators(validatorsPath(folder, repository), { ...validators, url: source, ...stored });
  return summary;
}

interface StoredValidators extends IndexValidators, SummarySource {
  readonly url: string;
}

function writeValidators(path: string, validators: StoredValidators): void {
  if (validators.etag === undefined && validators.lastModified === undefined) rmSync(path, { force: true });
  else writeAtomic(path, `${JSON.stringify(validators)}\n`);
}

/** What the server at `url` said of the very index that is cached; empty when that is not known. */
export function readValidators(folder: string, repository: string, url: string): IndexValidators {
  const stats = statSync(indexPath(folder, repository), { throwIfNoEntry: false });
  if (stats === undefined) return {};
  try {
    const known = JSON.parse(readFileSync(validatorsPath(folder, repository), 'utf8')) as Partial<StoredValidators>;
    if (known.url !== url || !isSame(sourceOf(stats), known as SummarySource)) return {};
    return {
      ...(typeof known.etag === 'string' && { etag: known.etag }),
      ...(typeof known.lastModified === 'string' && { lastModified: known.lastModified }),
    };
  } catch {
    // Without it all is fetched, which is never wrong.
    return {};
  }
}

/** Forgets a repository's cached index. */
export function removeIndex(folder: string, repository: string): void {
  for (const path of [
    join(folder, chartsFileName(repository)),
    indexPath(folder, repository),
    summaryPath(folder, repository),
    validatorsPath(folder, repository),
  ]) {
    rmSync(path, { force: true });
  }
}
