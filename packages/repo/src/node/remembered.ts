/**
 * Registries whose charts are found again without them: what was fetched by a reference is written down beside the archives
 * of the cache. An index says of a repository what it has; a registry has no such file.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { formatOciReference, versionsOfTags } from '../chart-oci.ts';
import { Content, type ContentCache } from '../content.ts';
import { RepoError } from '../error.ts';
import type { OciReference } from '../oci-reference.ts';
import type { OciSource } from '../pull.ts';

/** What a reference was when it was last fetched. */
interface Note {
  /** sha256 of the archive, in hex. */
  readonly digest: string;
  readonly manifestDigest: string;
  /** As it is shown. */
  readonly reference: string;
}

interface RememberOptions {
  /** Of the cache. */
  readonly folder: string;
  readonly cache: ContentCache;
  /** Whether only what was written down is asked. */
  readonly offline: boolean;
}

/** Throws OFFLINE for what was never fetched, where it is not asked for. */
export function remembering(oci: OciSource, { folder, cache, offline }: RememberOptions): OciSource {
  if (offline) return remembered(folder, cache);
  const note = async (reference: OciReference, found: Note, prov: Uint8Array | undefined): Promise<void> => {
    writeNote(folder, reference, found);
    if (prov !== undefined) await cache.put(found.digest, prov, 'prov');
  };
  const { drain } = oci;
  return {
    ...oci,
    async pull(reference, options) {
      const chart = await oci.pull(reference, options);
      await note(reference, { ...chart, digest: await chart.content.digest() }, chart.prov);
      return chart;
    },
    ...(drain && {
      async drain(reference, options) {
        const chart = await drain(reference, options);
        if (chart !== undefined) await note(reference, chart, chart.prov);
        return chart;
      },
    }),
  };
}

function remembered(folder: string, cache: ContentCache): OciSource {
  const missing = (reference: string): RepoError =>
    new RepoError('OFFLINE', `oci://${reference} is not in the cache`, { hint: 'run once without --offline' });
  return {
    isOffline: true,
    async tags(repository) {
      const versions = versionsOfTags(tagsIn(folderOf(folder, repository)));
      if (versions.length === 0) throw missing(repository);
      return versions;
    },
    resolve: async (repository, tag) => readNote(folder, { repository, tag })?.manifestDigest,
    async pull(wanted, { prov }) {
      const note = readNote(folder, wanted);
      const data = note && (await cache.get(note.digest, 'chart'));
      if (note === undefined || data === undefined) throw missing(formatOciReference(wanted));
      const proof = prov ? await cache.get(note.digest, 'prov') : undefined;
      const { manifestDigest, reference } = note;
      return { content: new Content([data]), manifestDigest, reference, ...(proof !== undefined && { prov: proof }) };
    },
  };
}

const folderOf = (folder: string, repository: string): string =>
  join(folder, 'registry', encodeURIComponent(repository));

/** The digest is what it is, whatever tag stands beside it. */
const pathOf = (folder: string, { repository, tag = '', digest }: OciReference): string =>
  join(folderOf(folder, repository), `${encodeURIComponent(digest ?? tag)}.json`);

const tagsIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith('.json'))
        .map((name) => decodeURIComponent(name.slice(0, -'.json'.length)))
    : [];

/** What cannot be written is not remembered. */
function writeNote(folder: string, reference: OciReference, { digest, manifestDigest, ...more }: Note): void {
  const path = pathOf(folder, reference);
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(temporary, `${JSON.stringify({ digest, manifestDigest, reference: more.reference })}\n`);
    renameSync(temporary, path);
  } catch {
    // It is fetched again.
  }
}

function readNote(folder: string, reference: OciReference): Note | undefined {
  return parseNote(pathOf(folder, reference));
}

/** Undefined for what is no note. */
function parseNote(path: string): Note | undefined {
  try {
    const note = JSON.parse(readFileSync(path, 'utf8')) as Partial<Note> | null;
    const { digest, manifestDigest, reference } = note ?? {};
    const isNote = [digest, manifestDigest, reference].every((text) => typeof text === 'string');
    return isNote && /^[0-9a-f]{64}$/.test(digest as string) ? (note as Note) : undefined;
  } catch {
    return undefined;
  }
}

/** Forgets what the cache no longer has. */
export function forgetGone(folder: string, has: (digest: string) => boolean): void {
  const top = join(folder, 'registry');
  if (!existsSync(top)) return;
  for (const entry of readdirSync(top, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.path, entry.name);
    const note = parseNote(path);
    if (note === undefined || !has(note.digest)) rmSync(path, { force: true });
  }
}
