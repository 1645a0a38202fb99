/** `repo index`: an index of archives. Helm: pkg/repo/v1/index.go IndexDirectory, pkg/cmd/repo_index.go. */
import {
  ChartError,
  encodeStruct,
  encodeYaml,
  isCodedError,
  type Metadata,
  type Time,
  validateMetadata,
  withoutEmpty,
  ZERO_TIME,
} from '@pack/core';
import { GoError, type GoMap, newMap } from 'go-template';

import { joinedPath, joinUrl } from './address.ts';
import { type ChartIndex, findVersion, INDEX, sortVersions } from './chart-index.ts';
import type { ChartVersion } from './chart-version.ts';
import { RepoError } from './error.ts';

export interface IndexedArchive {
  /** Path of the archive from the indexed folder, with slashes. */
  readonly path: string;
  readonly metadata: Metadata;
  /** sha256 in hex */
  readonly digest: string;
}

export interface GenerateIndexOptions {
  /** What the addresses of archives begin with; they are relative if absent. */
  readonly url?: string;
  readonly now: Time;
}

/** An index of archives. Throws INDEX_INVALID for a chart that Helm would not put there. */
export function generateIndex(archives: readonly IndexedArchive[], options: GenerateIndexOptions): ChartIndex {
  const { url = '', now } = options;
  const entries = new Map<string, ChartVersion[]>();
  for (const { path, metadata, digest } of archives) {
    const slash = path.lastIndexOf('/') + 1;
    const file = path.slice(slash);
    const folder = joinLeniently(url, path.slice(0, Math.max(0, slash - 1)));
    const entry: ChartVersion = {
      ...checked(file, metadata),
      urls: [folder === '' ? file : joinLeniently(folder, file)],
      created: now,
      digest,
    };
    const others = entries.get(metadata.name);
    if (others === undefined) entries.set(metadata.name, [entry]);
    else others.push(entry);
  }
  return sorted({ apiVersion: 'v1', generated: now, entries });
}

function checked(file: string, metadata: Metadata): Metadata {
  try {
    return validateMetadata({ ...metadata, apiVersion: metadata.apiVersion || 'v1' });
  } catch (e) {
    if (!(e instanceof ChartError)) throw e;
    const message = `failed adding to ${file} to index: validate failed for ${file}: ${e.message}`;
    throw new RepoError('INDEX_INVALID', message, { cause: e });
  }
}

/** What is no URL is joined as a path. */
function joinLeniently(base: string, name: string): string {
  try {
    return joinUrl(base, name);
  } catch (e) {
    if (e instanceof GoError) return joinedPath(base, [name]);
    throw e;
  }
}

const sorted = (index: ChartIndex): ChartIndex => ({
  ...index,
  entries: new Map(
    [...index.entries].map(([name, versions]) => [name, sortVersions(versions, ({ version }) => version)]),
  ),
});

/** The first index, and of the second what it has not. Helm: IndexFile.Merge. */
export function mergeIndexes(index: ChartIndex, other: ChartIndex): ChartIndex {
  const entries = new Map<string, ChartVersion[]>();
  for (const [name, versions] of index.entries) entries.set(name, [...versions]);
  for (const entry of [...other.entries.values()].flat()) {
    const versions = entries.get(entry.name);
    if (versions === undefined) entries.set(entry.name, [entry]);
    else if (!hasVersion(versions, entry)) versions.push(entry);
  }
  return sorted({ ...index, entries });
}

/** A version is taken for a range here, so that 1.0.0 is there when 1.0.0+a is. */
function hasVersion(versions: readonly ChartVersion[], { name, version }: ChartVersion): boolean {
  try {
    findVersion(
      name,
      versions.map((entry) => entry.version),
      version,
    );
    return true;
  } catch (e) {
    if (e instanceof GoError || isCodedError(e)) return false;
    throw e;
  }
}

/** The text that Helm writes; JSON with `json`. */
export function formatIndex(index: ChartIndex, { json = false }: { readonly json?: boolean } = {}): string {
  const file = newMap();
  file.apiVersion = index.apiVersion;
  file.generated = index.generated ?? ZERO_TIME;
  file.entries = entriesOf(index);
  if (index.publicKeys?.length) file.publicKeys = index.publicKeys;
  if (Object.keys(index.annotations ?? {}).length > 0) file.annotations = index.annotations;
  return json ? encodeStruct(file, INDEX, { indent: '  ' }) : encodeYaml(file);
}

function entriesOf({ entries }: ChartIndex): GoMap {
  const out = newMap();
  for (const [name, versions] of entries) {
    out[name] = versions.map((entry) => {
      const { urls, created, ...rest } = withoutEmpty(entry) as Partial<ChartVersion>;
      return { ...rest, urls: urls ?? null, created: created ?? ZERO_TIME };
    });
  }
  return out;
}
