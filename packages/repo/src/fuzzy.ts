import type { SearchHit, SearchOptions, SearchSource } from './search.ts';

export interface FuzzyHit extends SearchHit {
  /** From 0 to 1, the best first. */
  readonly rank: number;
}

/** Ranked search that forgives typing errors, over names, keywords and descriptions. */
export declare function searchFuzzy(
  sources: readonly SearchSource[],
  term: string,
  options?: Omit<SearchOptions, 'term' | 'regexp'>,
): FuzzyHit[];
