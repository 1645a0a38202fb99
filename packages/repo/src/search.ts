import type { IndexSummary } from './summary.ts';

export interface SearchSource {
  readonly repository: string;
  readonly summary: IndexSummary;
}

export interface SearchOptions {
  /** All are listed without one. */
  readonly term?: string;
  readonly regexp?: boolean;
  /** All versions of a chart instead of the newest. */
  readonly versions?: boolean;
  readonly devel?: boolean;
  readonly version?: string;
}

export interface SearchHit {
  /** `repository/chart` */
  readonly name: string;
  readonly version: string;
  readonly appVersion: string;
  readonly description: string;
  readonly score: number;
}

/** `search repo`, in Helm's order. Throws SEARCH_INVALID. Helm: pkg/cmd/search_repo.go. */
export declare function searchCharts(sources: readonly SearchSource[], options?: SearchOptions): SearchHit[];
