import type { Metadata, Time, Warn } from '@pack/core';

/** One entry of an index: Chart.yaml and where the archive is. */
export interface ChartVersion extends Metadata {
  readonly urls?: readonly string[];
  readonly created?: Time;
  readonly removed?: boolean;
  /** sha256 of the archive, in hex; some repositories write `sha256:` before it. */
  readonly digest?: string;
}

/** index.yaml */
export interface ChartIndex {
  readonly apiVersion: string;
  readonly generated?: Time;
  /** By the name of the chart, versions descending. */
  readonly entries: ReadonlyMap<string, readonly ChartVersion[]>;
  readonly publicKeys?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface ParseIndexOptions {
  /** What warnings call the index: its URL or path. */
  readonly source: string;
  readonly warn?: Warn;
}

/** Throws INDEX_INVALID with Helm's message. Helm: pkg/repo/v1 loadIndex. */
export declare function parseIndex(text: string, options: ParseIndexOptions): ChartIndex;
/**
 * Which of some versions, given in the order of an index, is meant: the very one, else the first within the range; an
 * empty range takes the newest that is no pre-release. Throws CHART_VERSION_NOT_FOUND, or GoError for a bad range.
 */
export declare function findVersion(
  chart: string,
  versions: readonly string[] | undefined,
  range: string,
  warn?: Warn,
): number;
/** Throws GoError. Helm: ResolveReferenceURL. */
export declare function resolveReferenceUrl(base: string, reference: string): string;
export declare function sortVersions<T>(entries: readonly T[], versionOf: (entry: T) => string): T[];
