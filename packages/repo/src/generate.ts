import type { Metadata, Time } from '@pack/core';
import type { ChartIndex } from './chart-index.ts';

export interface IndexedArchive {
  /** Path of the archive from the indexed folder, with slashes. */
  readonly path: string;
  readonly metadata: Metadata;
  /** sha256 in hex */
  readonly digest: string;
}

export interface GenerateIndexOptions {
  readonly url?: string;
  readonly now: Time;
}

/** An index of archives, in the order given. Helm: IndexDirectory. */
export declare function generateIndex(archives: readonly IndexedArchive[], options: GenerateIndexOptions): ChartIndex;
/** The first index, and what only the second has. Helm: IndexFile.Merge. */
export declare function mergeIndexes(index: ChartIndex, other: ChartIndex): ChartIndex;
/** index.yaml's text as Helm writes it, or JSON with `json`. */
export declare function formatIndex(index: ChartIndex, options?: { readonly json?: boolean }): string;
