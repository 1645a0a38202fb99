import type { ChartVersion, ParseIndexOptions } from './chart-index.ts';

/** Of an index, what searching and choosing versions needs; columns, one item per version, versions descending. */
export interface ChartSummary {
  readonly name: string;
  readonly versions: readonly string[];
  readonly appVersions: readonly string[];
  /** Indexes into `descriptions` and `keywords` of the whole. */
  readonly texts: readonly number[];
  /** Where the entry's own text stands in the file: [from, to) in bytes. */
  readonly from: readonly number[];
  readonly to: readonly number[];
}

export interface IndexSummary {
  readonly charts: readonly ChartSummary[];
  readonly texts: readonly { readonly description: string; readonly keywords: string }[];
}

/** A repository's index, of which the full entries are read when asked for. */
export interface IndexReader {
  readonly summary: IndexSummary;
  /** The versions of a chart, descending; undefined when there is no such chart. */
  versions(chart: string): readonly string[] | undefined;
  /** The full entry at a position of `versions(chart)`. */
  entry(chart: string, position: number): Promise<ChartVersion>;
}

export declare function summarize(text: string, options: ParseIndexOptions): IndexSummary;
export declare function formatSummary(summary: IndexSummary): string;
export declare function parseSummary(text: string): IndexSummary | undefined;
