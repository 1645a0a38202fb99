/** What lists and histories show of a revision: the first members of its record, which are read without the rest. */
import { fromBytes } from 'go-template';

import { fromBase64, gunzipAll, gunzipStart, latin1Of } from './bytes.ts';
import { decodeStart, type Release, type StoredChart, unpackRecord } from './record.ts';
import type { RecordHead } from './storage/storage.ts';

export interface ReleaseSummary extends Pick<Release, 'name' | 'namespace' | 'version' | 'info' | 'labels'> {
  readonly chart: Pick<StoredChart, 'metadata'> | undefined;
}

/** In the order of `heads`; what cannot be read, with its fault: RELEASE_RECORD_BROKEN. */
export async function summariesOf(heads: readonly RecordHead[]): Promise<(ReleaseSummary | Error)[]> {
  const starts = startsOf(heads.map(({ packed }) => packed));
  return Promise.all(
    heads.map(async (head, i) => {
      const { namespace, version, labels, packed } = head;
      try {
        const start = starts[i];
        if (start !== undefined) return { ...decodeStart(start), namespace, version, labels };
        return await (packed === undefined ? head.load() : unpackRecord(packed, labels));
      } catch (e) {
        return e as Error;
      }
    }),
  );
}

/** Bytes that are unpacked whole, many of them at once; of those above only a start is. */
const SMALL = 4096;
/** Bytes in which metadata mostly ends, and in which it does for the largest. */
const STARTS = [1024, 8192];
const BATCH = 32;

/** What a record says up to its chart's metadata; undefined for what is not as Go writes it, or is not packed. */
function startsOf(texts: readonly (string | undefined)[]): unknown[] {
  const found: unknown[] = texts.map(() => undefined);
  let batch: { readonly i: number; readonly bytes: Uint8Array }[] = [];
  const flush = (): void => {
    const all = gunzipAll(batch.map(({ bytes }) => bytes));
    for (const [k, { i }] of batch.entries()) found[i] = all?.[k] && parseStart(all[k]);
    batch = [];
  };
  for (const [i, text] of texts.entries()) {
    if (text === undefined) continue;
    if (text.length * 3 <= SMALL * 4) {
      batch.push({ i, bytes: fromBase64(text) });
      if (batch.length === BATCH) flush();
      continue;
    }
    for (const length of STARTS) {
      const start = gunzipStart(fromBase64(text.slice(0, ((length * 4) / 3) & ~3)));
      found[i] = start && parseStart(start);
      if (found[i] !== undefined) break;
    }
  }
  flush();
  return found;
}

/** Not within a text, where quotes have backslashes before them. Go writes members in their order. */
const METADATA = ',"chart":{"metadata":{';

function parseStart(bytes: Uint8Array): unknown {
  // Of ASCII each byte is its character, and what comes after the metadata is never decoded.
  const json = latin1Of(bytes);
  const begin = json.indexOf(METADATA);
  const end = begin < 0 ? undefined : endOfObject(json, begin + METADATA.length - 1);
  if (end === undefined) return undefined;
  try {
    return JSON.parse(`${fromBytes(bytes.subarray(0, end))}}}`);
  } catch {
    return undefined;
  }
}

/** `begin` is where its brace is; undefined where it does not end. */
function endOfObject(json: string, begin: number): number | undefined {
  STRUCTURE.lastIndex = begin;
  let depth = 0;
  for (let found = STRUCTURE.exec(json); found !== null; found = STRUCTURE.exec(json)) {
    if (found[0] === '{') depth++;
    else if (found[0] === '}' && --depth === 0) return STRUCTURE.lastIndex;
  }
  return undefined;
}

/** Braces, and texts as a whole: one that does not end has no braces that count. */
const STRUCTURE = /[{}]|"(?:[^"\\]|\\.)*(?:"|$)/gs;
