/** `search repo`, with Helm's scores and order. Helm: pkg/cmd/search, pkg/cmd/search_repo.go. */
import { type Constraint, parseConstraint, satisfies } from '@pack/core';
import { compareBytes, GoError } from 'go-template';

import { joinedPath } from './address.ts';
import { versionOrNone } from './chart-index.ts';
import { RepoError } from './error.ts';
import type { ChartSummary, EntryText, IndexSummary } from './summary.ts';

export interface SearchSource {
  readonly repository: string;
  readonly summary: IndexSummary;
}

export interface VersionOptions {
  /** All versions of a chart instead of the newest. */
  readonly versions?: boolean;
  /** Pre-releases too. */
  readonly devel?: boolean;
  /** A range, in place of `devel`. */
  readonly version?: string;
}

export interface SearchOptions extends VersionOptions {
  /** All are listed without one. */
  readonly term?: string | Pattern;
}

/** A regular expression: where it is first found in a text; undefined where it is not. */
export type Pattern = (text: string) => number | undefined;

/** RE2's, as Helm has them, so that none takes for ever. Throws SEARCH_INVALID. */
export async function compilePattern(expression: string): Promise<Pattern> {
  // Most of what searches and pulls does without, and it takes a while to load.
  const { RE2JS, RE2JSException } = await import('re2js');
  try {
    const pattern = RE2JS.compile(expression);
    return (text) => {
      const matcher = pattern.matcher(text);
      return matcher.find() ? matcher.start() : undefined;
    };
  } catch (e) {
    if (e instanceof RE2JSException) throw new RepoError('SEARCH_INVALID', e.message, { cause: e });
    throw e;
  }
}

export interface SearchHit {
  /** `repository/chart` */
  readonly name: string;
  readonly version: string;
  readonly appVersion: string;
  readonly description: string;
  /** Where the term was found: 0 in the chart's name, 1 with the repository's before it, 2 description, 3 keywords. */
  readonly score: number;
}

/** Throws SEARCH_INVALID for a bad range. */
export function searchCharts(sources: readonly SearchSource[], options: SearchOptions = {}): SearchHit[] {
  const { term } = options;
  const score = term === undefined ? () => 0 : typeof term === 'string' ? literalScore(term) : patternScore(term);
  const scored = sources.flatMap(({ repository, summary }) => {
    const scores = summary.texts.map((text) => score(searchedText(repository, text)));
    return summary.charts.map((chart) => ({ repository, chart, summary, scores }));
  });
  const hits = scored.flatMap(({ repository, chart, summary, scores }) => [
    ...hitsOf(joinedPath(repository, [chart.name]), chart, summary, scores),
  ]);
  return chooseVersions(hits.sort(compareHits), options);
}

const SEPARATOR = '\v';

/** What a version is found by. Helm: indstr. */
const searchedText = (repository: string, { name, description, keywords }: EntryText): string =>
  [name, `${repository}/${name}`, description, keywords.join(' ')].join(SEPARATOR);

type Score = (text: string) => number | undefined;

/** Go: strings.ToLower takes each character alone, JavaScript looks at its neighbours. */
const lower = (text: string): string =>
  /^[\x00-\x7f]*$/.test(text) ? text.toLowerCase() : Array.from(text, (c) => c.toLowerCase()).join('');

function literalScore(term: string): Score {
  const wanted = lower(term);
  return (text) => {
    const lowered = lower(text);
    const at = lowered.indexOf(wanted);
    return at < 0 ? undefined : fieldAt(lowered, at);
  };
}

const patternScore =
  (pattern: Pattern): Score =>
  (text) => {
    const at = pattern(text);
    return at === undefined ? undefined : fieldAt(text, at);
  };

/** How many separators stand before a place. */
function fieldAt(text: string, at: number): number {
  let field = 0;
  for (let i = text.indexOf(SEPARATOR); i >= 0 && i < at; i = text.indexOf(SEPARATOR, i + 1)) field++;
  return field;
}

/** Helm: searchMaxScore. Only a text full of separators scores as much. */
const MAX_SCORE = 25;

/** Of equal versions the last one counts, as Helm has it. */
function* hitsOf(
  name: string,
  { versions, appVersions, texts }: ChartSummary,
  summary: IndexSummary,
  scores: readonly (number | undefined)[],
): Generator<SearchHit> {
  const last = new Map(versions.map((version, i) => [version, i]));
  for (let i = 0; i < versions.length; i++) {
    const version = versions[i] as string;
    const text = texts[i] as number;
    const score = scores[text];
    if (score === undefined || score >= MAX_SCORE || last.get(version) !== i) continue;
    const { description } = summary.texts[text] as EntryText;
    yield { name, version, appVersion: appVersions[i] as string, description, score };
  }
}

/** Helm: scoreSorter. The versions of a chart come in order already, and the sort keeps it. */
const compareHits = (a: SearchHit, b: SearchHit): number =>
  a.score - b.score || (a.name === b.name ? 0 : compareBytes(a.name, b.name));

/** Of hits in order, those in the range; one per chart, or all. Throws SEARCH_INVALID. Helm: applyConstraint. */
export function chooseVersions<Hit extends SearchHit>(hits: readonly Hit[], options: VersionOptions): Hit[] {
  const { versions: all = false, devel = false, version } = options;
  const constraint = parseRange(version || (devel ? '>0.0.0-0' : '>0.0.0'));
  const found = new Set<string>();
  return hits.filter(({ name, version: text }) => {
    if (!all && found.has(name)) return false;
    const parsed = versionOrNone(text);
    if (parsed === undefined || !satisfies(parsed, constraint)) return false;
    found.add(name);
    return true;
  });
}

function parseRange(range: string): Constraint {
  try {
    return parseConstraint(range);
  } catch (e) {
    if (!(e instanceof GoError)) throw e;
    throw new RepoError('SEARCH_INVALID', `an invalid version/constraint format: ${e.message}`, { cause: e });
  }
}
