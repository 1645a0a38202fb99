/** Ranked search that forgives typing errors. Our own; Helm has none. */
import { chooseVersions, type SearchHit, type SearchSource, searchCharts, type VersionOptions } from './search.ts';
import type { EntryText } from './summary.ts';

export interface FuzzyHit extends SearchHit {
  /** How well it fits: 1 is the chart's own name, nothing is below 0.3. */
  readonly rank: number;
}

/** What is found where counts so much. */
const NAME = 1;
const KEYWORD = 0.8;
const DESCRIPTION = 0.6;
const LEAST_RANK = 0.3;
const MAX_WORDS = 8;
const MAX_WORD = 64;

/**
 * Charts by name, keywords and description, the best first. Every word of the term must be found somewhere, whole, as a
 * beginning, inside, or with a letter or two wrong. Throws SEARCH_INVALID for a bad range.
 */
export function searchFuzzy(sources: readonly SearchSource[], term: string, options: VersionOptions = {}): FuzzyHit[] {
  const wanted = wordsOf(term).slice(0, MAX_WORDS);
  const ranks = new Map<EntryText, number>();
  const all = sources.flatMap((source) => {
    const byName = new Map<string, number>();
    for (const text of source.summary.texts) ranks.set(text, rankOf(wanted, text));
    for (const { name, texts } of source.summary.charts) {
      const best = texts.reduce((most, i) => Math.max(most, ranks.get(source.summary.texts[i] as EntryText) ?? 0), 0);
      byName.set(name, best);
    }
    return searchCharts([source], { ...options, versions: true }).map((hit) => ({
      ...hit,
      rank: byName.get(hit.name.slice(source.repository.length + 1)) ?? 0,
    }));
  });
  const ranked = all.filter(({ rank }) => rank >= LEAST_RANK).sort((a, b) => b.rank - a.rank);
  return chooseVersions(ranked, options);
}

const wordsOf = (text: string): string[] =>
  text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
    .map((word) => word.slice(0, MAX_WORD));

/** The mean over the words of how well each is found; 0 when one is not. */
function rankOf(wanted: readonly string[], { name, description, keywords }: EntryText): number {
  if (wanted.length === 0) return 1;
  const fields: readonly (readonly [weight: number, words: readonly string[]])[] = [
    [NAME, [name.toLowerCase(), ...wordsOf(name)]],
    [KEYWORD, keywords.flatMap(wordsOf)],
    [DESCRIPTION, wordsOf(description)],
  ];
  let sum = 0;
  for (const word of wanted) {
    let best = 0;
    for (const [weight, words] of fields) {
      for (const other of words) {
        // What cannot be better any more need not be measured.
        if (weight > best) best = Math.max(best, weight * likeness(word, other));
      }
    }
    if (best === 0) return 0;
    sum += best;
  }
  // A name of few words fits better than one of many.
  const brevity = 1 - 0.02 * Math.min(10, Math.max(0, wordsOf(name).length - wanted.length));
  return (sum / wanted.length) * brevity;
}

/** From 1 for equal words down to 0. */
function likeness(wanted: string, word: string): number {
  if (wanted === word) return 1;
  if (word.startsWith(wanted)) return 0.8 + 0.15 * (wanted.length / word.length);
  if (wanted.length >= 3 && word.includes(wanted)) return 0.6 + 0.15 * (wanted.length / word.length);
  const allowed = wanted.length < 4 ? 0 : wanted.length < 8 ? 1 : 2;
  const distance = editDistance(wanted, word, allowed);
  return distance > allowed ? 0 : 0.85 - 0.2 * distance;
}

/** Letters to insert, drop, replace or swap with the next; more than `most` is not told apart. */
function editDistance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min((next[j - 1] as number) + 1, (row[j] as number) + 1, (row[j - 1] as number) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (before[j - 2] as number) + 1);
      next.push(least);
    }
    if (Math.min(...next) > most) return most + 1;
    before = row;
    row = next;
  }
  return row[b.length] as number;
}
