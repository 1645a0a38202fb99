/** `repo index DIR`. Helm: pkg/cmd/repo_index.go. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ChartError, loadArchive, type Time } from '@pack/core';
import { writeAtomic } from '@pack/core/node';
import { fromBytes } from 'go-template';

import { type ChartIndex, parseIndex } from '../chart-index.ts';
import { sha256 } from '../content.ts';
import { RepoError } from '../error.ts';
import { formatIndex, generateIndex, type IndexedArchive, mergeIndexes } from '../generate.ts';

export interface IndexFolderOptions {
  readonly url?: string;
  /** An index whose entries are taken over where the folder has none; an empty one is made when there is no such file. */
  readonly merge?: string;
  readonly json?: boolean;
  readonly now: Time;
}

/** Writes index.yaml of the archives in a folder and in the folders just below. Throws INDEX_INVALID. */
export async function indexFolder(folder: string, options: IndexFolderOptions): Promise<ChartIndex> {
  const { merge, json = false, now, url } = options;
  const top = resolve(folder);
  if (!existsSync(top)) {
    throw new RepoError('INDEX_INVALID', `open ${join(top, 'index.yaml')}: no such file or directory`);
  }
  const own = generateIndex(await readArchives(top), { now, ...(url !== undefined && { url }) });
  const index = merge === undefined ? own : mergeIndexes(own, readMerged(merge, options));
  writeAtomic(join(top, 'index.yaml'), formatIndex(index, { json }));
  return index;
}

async function readArchives(top: string): Promise<IndexedArchive[]> {
  const archives: IndexedArchive[] = [];
  for (const path of archivePaths(top)) {
    const data = readFileSync(join(top, path));
    try {
      const { metadata } = await loadArchive(data);
      archives.push({ path, metadata, digest: await sha256(data) });
    } catch (e) {
      // What is no chart is none of ours.
      if (!(e instanceof ChartError)) throw e;
    }
  }
  return archives;
}

/** Those of the folder itself, then those of its folders. */
function archivePaths(top: string): string[] {
  const isArchive = (name: string): boolean => name.endsWith('.tgz');
  const entries = readdirSync(top, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  const below = entries
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) =>
      readdirSync(join(top, name))
        .filter(isArchive)
        .sort()
        .map((file) => `${name}/${file}`),
    );
  return [...entries.filter((entry) => entry.isFile() && isArchive(entry.name)).map(({ name }) => name), ...below];
}

function readMerged(path: string, { json = false, now }: IndexFolderOptions): ChartIndex {
  if (!existsSync(path)) {
    const none: ChartIndex = { apiVersion: 'v1', generated: now, entries: new Map() };
    writeAtomic(path, formatIndex(none, { json }));
    return none;
  }
  try {
    return parseIndex(fromBytes(readFileSync(path)), { source: path });
  } catch (e) {
    if (!(e instanceof RepoError)) throw e;
    throw new RepoError(e.code, `merge failed: error loading ${path}: ${e.message}`, { cause: e });
  }
}
