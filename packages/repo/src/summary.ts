/**
 * What searching and choosing versions needs of an index, in a form that loads in milliseconds. Full entries stay in
 * index.yaml, where the summary knows their places.
 */
import { decodeStruct, encodeJson, ignoreWarnings } from '@pack/core';
import { byteLength, fromBytes, quoteGo, toBytes } from 'go-template';

import { type ParseIndexOptions, type ReadIndex, readIndex } from './chart-index.ts';
import { CHART_VERSION, type ChartVersion, checkEntry, decodeEntry } from './chart-version.ts';
import { RepoError } from './error.ts';

/** Raised when the form or the meaning of a summary changes, so that older ones are made anew. */
const FORMAT = 1;

/** The versions of a chart, descending; columns with one item per version. */
export interface ChartSummary {
  /** The key in the index; entries may have another name. */
  readonly name: string;
  readonly versions: readonly string[];
  readonly appVersions: readonly string[];
  /** Indexes into `texts` of the summary. */
  readonly texts: readonly number[];
  /** Positions of versions that have no URL, which nobody can fetch. */
  readonly withoutUrl: readonly number[];
  /** Where the entries stand in the file, in bytes. */
  readonly from: readonly number[];
  readonly to: readonly number[];
  /** The entries themselves, as JSON, where their places are not known. */
  readonly entries?: readonly unknown[];
}

/** What entries say of themselves: most versions of a chart say the same. */
export interface EntryText {
  readonly name: string;
  readonly description: string;
  readonly keywords: readonly string[];
}

export interface IndexSummary {
  readonly charts: readonly ChartSummary[];
  readonly texts: readonly EntryText[];
  /** Of the keys of entries in the text. */
  readonly column: number;
}

/** The summary of an index. Throws INDEX_INVALID. */
export const summarize = (text: string, options: ParseIndexOptions): IndexSummary =>
  summaryOf(readIndex(text, options), byteOffsets(text));

/** The byte at which a UTF-16 unit of a text begins; asked for in any order, quick when asked in that of the text. */
function byteOffsets(text: string): (unit: number) => number {
  if (byteLength(text) === text.length) return (unit) => unit;
  const known = new Map<number, number>();
  let unit = 0;
  let byte = 0;
  return (wanted) => {
    const found = known.get(wanted);
    if (found !== undefined) return found;
    if (wanted < unit) unit = byte = 0;
    byte += byteLength(text.slice(unit, wanted));
    unit = wanted;
    known.set(wanted, byte);
    return byte;
  };
}

function summaryOf({ charts, column }: ReadIndex, byteAt: (unit: number) => number): IndexSummary {
  // In the order of the text, before the versions' own.
  for (const placed of charts.values()) {
    for (const { from, to } of [...placed].sort((a, b) => a.from - b.from)) {
      byteAt(from);
      byteAt(to);
    }
  }
  const texts: EntryText[] = [];
  const known = new Map<string, number>();
  const textOf = ({ name, description = '', keywords = [] }: ChartVersion): number => {
    const key = JSON.stringify([name, description, keywords]);
    let at = known.get(key);
    if (at === undefined) {
      at = texts.push({ name, description, keywords }) - 1;
      known.set(key, at);
    }
    return at;
  };
  return {
    charts: [...charts].map(([name, placed]) => ({
      name,
      versions: placed.map(({ entry }) => entry.version),
      appVersions: placed.map(({ entry }) => entry.appVersion ?? ''),
      texts: placed.map(({ entry }) => textOf(entry)),
      withoutUrl: placed.flatMap(({ entry }, i) => (entry.urls?.length ? [] : [i])),
      from: placed.map(({ from }) => byteAt(from)),
      to: placed.map(({ to }) => byteAt(to)),
      ...(column === undefined && { entries: placed.map(({ entry }) => JSON.parse(encodeJson(entry)) as unknown) }),
    })),
    texts,
    column: column ?? 0,
  };
}

/** The file that a summary was made of. */
export interface SummarySource {
  /** Bytes. */
  readonly size: number;
  readonly modifiedMs: number;
  readonly inode: number;
}

/** The text of a summary: what it was made of on the first line, so that a stale one costs nothing more. */
export const formatSummary = (summary: IndexSummary, source: SummarySource): string =>
  `${headOf(source)}${JSON.stringify(summary)}\n`;

const headOf = ({ size, modifiedMs, inode }: SummarySource): string =>
  `${JSON.stringify({ format: FORMAT, size, modifiedMs, inode })}\n`;

/** undefined for a text of another format, or one that is no summary of that file. */
export function parseSummary(text: string, source: SummarySource): IndexSummary | undefined {
  const head = headOf(source);
  if (!text.startsWith(head)) return undefined;
  try {
    return JSON.parse(text.slice(head.length)) as IndexSummary;
  } catch (e) {
    // Half a file: it is only a cache.
    if (e instanceof SyntaxError) return undefined;
    throw e;
  }
}

/** A repository's index, of which the full entries are read when asked for. */
export interface IndexReader {
  readonly summary: IndexSummary;
  /** The versions of a chart, descending; undefined when there is no such chart. */
  versions(chart: string): readonly string[] | undefined;
  /** As above, without those that have no URL. */
  fetchable(chart: string): readonly string[] | undefined;
  /** The full entry at a position of `versions(chart)`. */
  entry(chart: string, position: number): Promise<ChartVersion>;
}

/** Reads entries by way of `slice`, which gives the bytes of index.yaml from one place to another. */
export function createIndexReader(
  summary: IndexSummary,
  slice: (from: number, to: number) => Promise<Uint8Array>,
): IndexReader {
  const charts = new Map(summary.charts.map((chart) => [chart.name, chart]));
  return {
    summary,
    versions: (chart) => charts.get(chart)?.versions,
    fetchable(name) {
      const chart = charts.get(name);
      const without = new Set(chart?.withoutUrl);
      return chart?.versions.filter((_, i) => !without.has(i));
    },
    async entry(name, position) {
      const chart = charts.get(name) as ChartSummary;
      const known = chart.entries?.[position];
      const entry =
        known === undefined
          ? decodeEntry(
              fromBytes(await slice(chart.from[position] as number, chart.to[position] as number)),
              summary.column,
            )
          : (decodeStruct(known, CHART_VERSION) as ChartVersion | undefined);
      // It was checked when the summary was made; this cleans it again.
      const checked = checkEntry(entry ?? null, name, name, ignoreWarnings);
      if (checked === undefined) throw new RepoError('INDEX_INVALID', `entry for chart ${quoteGo(name)} has changed`);
      return checked;
    },
  };
}

/** An index in memory. Throws INDEX_INVALID. */
export function indexReader(text: string, options: ParseIndexOptions): IndexReader {
  const bytes = toBytes(text);
  return createIndexReader(summarize(text, options), async (from, to) => bytes.subarray(from, to));
}
