/** MANIFEST, the file of an archive of a pack that says what is in the others. Sherpack: crates/sherpack-core manifest. */
import { fromBytes, toBytes } from 'go-template';

import { ChartError } from '../chart/error.ts';
import { sha256 } from '../digest.ts';

export const MANIFEST = 'MANIFEST';

const VERSION = 1;

interface File {
  readonly name: string;
  readonly data: Uint8Array;
}

export interface PackManifestInput {
  readonly name: string;
  readonly version: string;
  readonly created: Date;
  /** By path within the pack. */
  readonly files: readonly File[];
}

/** The text of the file: digests of all files by path, and one over these. */
export async function packManifest({ name, version, created, files }: PackManifestInput): Promise<string> {
  const entries = await entriesOf(files);
  return [
    `sherpack-manifest-version: ${VERSION}`,
    `name: ${name}`,
    `version: ${version}`,
    `created: ${created.toISOString()}`,
    '',
    '[files]',
    ...entries.map(([path, digest]) => `${path} sha256:${digest}`),
    '',
    '[digest]',
    `sha256:${await digestOf(entries)}`,
  ].join('\n');
}

/**
 * Holds the files of an archive to its MANIFEST, if it has one. Throws CHART_ARCHIVE_INVALID, which names a file that is
 * another, is missing, or is not listed.
 */
export async function verifyPackManifest(files: readonly File[]): Promise<void> {
  const manifest = files.find(({ name }) => name === MANIFEST);
  if (manifest === undefined) return;
  const listed = parsePackManifest(manifest.data);
  const entries = await entriesOf(files.filter((file) => file !== manifest));
  const present = new Map(entries);
  for (const [path, digest] of listed.entries) {
    const own = present.get(path);
    if (own === undefined) throw broken(`${path} is missing`);
    if (own !== digest) throw broken(`${path} has another digest`);
    present.delete(path);
  }
  for (const [path] of present) throw broken(`${path} is not listed`);
  if ((await digestOf(listed.entries)) !== listed.digest) throw broken('its own digest is another');
}

type Entry = readonly [path: string, digest: string];

const byPath = ([a]: Entry, [b]: Entry): number => (a < b ? -1 : a > b ? 1 : 0);

const entriesOf = async (files: readonly File[]): Promise<Entry[]> =>
  (await Promise.all(files.map(async ({ name, data }): Promise<Entry> => [name, await sha256(data)]))).sort(byPath);

const digestOf = (entries: readonly Entry[]): Promise<string> =>
  sha256(toBytes(entries.map(([path, digest]) => `${path}:${digest}\n`).join('')));

const broken = (why: string): ChartError =>
  new ChartError('CHART_ARCHIVE_INVALID', `the archive is not what its ${MANIFEST} says: ${why}`, {
    hint: 'fetch it again, or package it again',
  });

/** What a MANIFEST says; digests are SHA-256 in hex. */
export interface PackManifest {
  readonly name: string;
  readonly version: string;
  /** RFC 3339 */
  readonly created: string;
  readonly entries: readonly Entry[];
  /** Over the entries. */
  readonly digest: string;
}

/** Throws CHART_ARCHIVE_INVALID. */
export function parsePackManifest(data: Uint8Array): PackManifest {
  const entries: Entry[] = [];
  const head = new Map<string, string>();
  let [section, digest] = ['', ''];
  for (const line of fromBytes(data)
    .split(/\r?\n/)
    .map((each) => each.trim())) {
    if (line === '[files]' || line === '[digest]') section = line;
    else if (line === '') continue;
    else if (section === '[digest]') digest = line.replace(/^sha256:/, '');
    else if (section === '[files]') {
      const [, path, hash] = /^(.+) sha256:([0-9a-f]{64})$/.exec(line) ?? [];
      if (path === undefined || hash === undefined) throw broken(`it has a line that is none: ${line}`);
      entries.push([path, hash]);
    } else {
      const [, key = '', value = ''] = /^([\w-]+):\s*(.*)$/.exec(line) ?? [];
      head.set(key, value);
    }
  }
  const version = head.get('sherpack-manifest-version') ?? '';
  if (version !== String(VERSION)) throw broken(`its version is ${version || 'not said'}, and not ${VERSION}`);
  const [name = '', own = '', created = ''] = ['name', 'version', 'created'].map((key) => head.get(key));
  return { name, version: own, created, entries, digest };
}
