/**
 * A record that no object can hold, in several. Parts hold all of it. The head has Helm's name, labels and type, and a
 * record that Helm reads: what lists, histories and states show. Its manifest and its one hook are nothing that can be
 * built, so that Helm stops before it changes anything of such a release, and says why; other releases do not notice.
 *
 * Parts are named after their contents, which makes writing safe whenever it is cut short: what the head names is there,
 * and what it does not name is nobody's.
 */
import { newMap } from 'go-template';

import { ReleaseError } from '../error.ts';
import { packBytes, type Release, type ReleaseHook, unpackBytes } from '../record.ts';
import { keyOf } from './storage.ts';

/** Errors of Helm show it, as all that they know of the object. */
const NOTICE = 'this revision is stored in parts, which Helm does not read: use pack';

/** Nobody needs as much, and nobody can make pack read more. */
const MAX_PARTS = 64;

export interface Parts {
  /** What their names begin with. */
  readonly base: string;
  readonly count: number;
}

export const partName = ({ base }: Parts, index: number): string => `${base}.${index + 1}`;

export const partNames = (parts: Parts): string[] => Array.from({ length: parts.count }, (_, i) => partName(parts, i));

const DIGITS = 16;

async function idOf(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.slice(0, DIGITS);
}

/** `size`: bytes of a part at most. Undefined for what would take too many. */
export async function split(
  release: Release,
  size: number,
): Promise<{ readonly parts: Parts; readonly contents: readonly Uint8Array[] } | undefined> {
  const { notes } = release.info;
  // What changes with every step is the head's, so that parts stay as they are.
  const bytes = await packBytes({ ...release, info: { status: 'unknown', ...(notes !== undefined && { notes }) } });
  const count = Math.ceil(bytes.length / size);
  if (count > MAX_PARTS) return undefined;
  const contents = Array.from({ length: count }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
  return { parts: { base: `${keyOf(release.name, release.version)}.${await idOf(bytes)}`, count }, contents };
}

/** What the head records. `bare`: without what may be large too. */
export function headOf(release: Release, parts: Parts, { bare }: { readonly bare: boolean }): Release {
  const manifest = `${JSON.stringify({ [NOTICE]: parts })}\n`;
  const { notes: _, ...info } = release.info;
  const hook: ReleaseHook = {
    name: release.name,
    kind: 'Part',
    path: `${release.chart?.metadata.name}/templates`,
    manifest,
    events: ['pre-delete', 'test'],
    weight: 0,
    deletePolicies: [],
    outputLogPolicies: [],
    lastRun: { phase: '' },
  };
  return {
    ...release,
    info: bare ? info : release.info,
    chart: release.chart && { metadata: release.chart.metadata, templates: [], values: null, files: [] },
    config: bare ? newMap() : release.config,
    manifest,
    hooks: [hook],
  };
}

const BASE = new RegExp(`^sh\\.helm\\.release\\.v1\\.[a-z0-9.-]+\\.v\\d+\\.[0-9a-f]{${DIGITS}}$`);

/** Undefined for a record that is whole. Throws RELEASE_RECORD_BROKEN. */
export function partsOf({ manifest }: Release): Parts | undefined {
  if (!manifest.startsWith(`{"${NOTICE}":`)) return undefined;
  let found: Partial<Parts> | undefined;
  try {
    found = (JSON.parse(manifest) as Record<string, Partial<Parts>>)[NOTICE];
  } catch (cause) {
    throw broken('it does not say of what parts it is', cause);
  }
  const { base = '', count = 0 } = found ?? {};
  if (!BASE.test(base) || !Number.isInteger(count) || count < 1 || count > MAX_PARTS) {
    throw broken('it does not say of what parts it is');
  }
  return { base, count };
}

/** The whole of what `head` is the head of. `contents`: undefined for a part that is missing. Throws RELEASE_RECORD_BROKEN. */
export async function join(
  head: Release,
  parts: Parts,
  contents: readonly (Uint8Array | undefined)[],
): Promise<Release> {
  const there = contents.map((content, i) => {
    if (content === undefined) throw broken(`its part ${partName(parts, i)} is missing`);
    return content;
  });
  const bytes = new Uint8Array(there.reduce((length, content) => length + content.length, 0));
  let at = 0;
  for (const content of there) {
    bytes.set(content, at);
    at += content.length;
  }
  if ((await idOf(bytes)) !== parts.base.slice(-DIGITS)) throw broken('its parts were changed');
  const { name, namespace, version, info, labels } = head;
  const whole = await unpackBytes(bytes, labels);
  return { ...whole, name, namespace, version, info: { ...whole.info, ...info } };
}

const broken = (what: string, cause?: unknown): ReleaseError =>
  new ReleaseError('RELEASE_RECORD_BROKEN', `the record of the release is broken: ${what}`, { cause });
