/** What lists and histories show of a revision: the first members of its record, which are read without the rest. */
import { fromBytes } from 'go-template';

import { fromBase64, gunzipAll, gunzipStart, latin1Of } from './bytes.ts';
import { decodeStart, type Release, type StoredChart, unpackRecord } from './record.ts';
import type { RecordHead } from './storage/storage.ts';

export interface ReleaseSummary extends Pick<Release, 'name' | 'namespace' | 'version' | 'info' | 'labels'> {
  readonly chart: Pick<StoredChart, 'metadata'> | undefined;
}

/** In the order of `heads`; what cannot be read, with its fault: RELEASE_RECORD_BROKEN. */
export function summariesOf(heads: readonly RecordHead[]): Promise<(ReleaseSummary | Error)[]> {
  const reader = createSummaryReader();
  for (const [place, head] of heads.entries()) reader.add(place, head);
  return reader.read();
}

/** Sums up records as they come, and keeps no more of them. */
export interface SummaryReader {
  /** `place`: that of its summary among the others. */
  add(place: number, head: RecordHead): void;
  /** By their places; what cannot be read, with its fault: RELEASE_RECORD_BROKEN. */
  read(): Promise<(ReleaseSummary | Error)[]>;
}

/** Bytes that are unpacked whole, many of them at once; of those above only a start is. */
const SMALL = 4096;
/** Bytes in which metadata mostly ends, and in which it does for the largest. */
const STARTS = [1024, 8192];
const BATCH = 32;

export function createSummaryReader(): SummaryReader {
  const summaries: (Summary | Promise<Summary>)[] = [];
  let batch: { readonly i: number; readonly head: RecordHead; readonly bytes: Uint8Array }[] = [];
  const flush = (): void => {
    const starts = gunzipAll(batch.map(({ bytes }) => bytes));
    for (const [k, { i, head }] of batch.entries()) summaries[i] = summaryOf(head, parsed(starts?.[k]));
    batch = [];
  };
  return {
    add(i, head) {
      const { packed = '' } = head;
      if (packed !== '' && packed.length * 3 <= SMALL * 4) {
        batch.push({ i, head, bytes: fromBase64(packed) });
        if (batch.length === BATCH) flush();
      } else summaries[i] = summaryOf(head, parsedStart(packed));
    },
    read() {
      flush();
      return Promise.all(summaries);
    },
  };
}

type Summary = ReleaseSummary | Error;

/** `start` is undefined for what is not as Go writes it, or is not packed. */
function summaryOf(head: RecordHead, start: unknown): Summary | Promise<Summary> {
  const { namespace, version, labels, packed } = head;
  const asError = (e: unknown): Error => e as Error;
  if (start === undefined) return (packed === undefined ? head.load() : unpackRecord(packed, labels)).catch(asError);
  try {
    return { ...decodeStart(start), namespace, version, labels };
  } catch (e) {
    return asError(e);
  }
}

function parsedStart(packed: string): unknown {
  for (const length of STARTS) {
    const start = parsed(gunzipStart(fromBase64(packed.slice(0, ((length * 4) / 3) & ~3))));
    if (start !== undefined) return start;
  }
  return undefined;
}

/** Not within a text, where quotes have backslashes before them. Go writes members in their order. */
const METADATA = ',"chart":{"metadata":{';

/** What a record says up to its chart's metadata. */
function parsed(bytes: Uint8Array | undefined): unknown {
  if (bytes === undefined) return undefined;
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
