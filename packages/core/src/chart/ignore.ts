import { GoError } from 'go-template';

import { ChartError } from './error.ts';
import { compileFilePattern, type FileMatcher } from './file-match.ts';
import { basePath } from './path.ts';

interface Rule {
  matches: FileMatcher;
  negated: boolean;
  /** Written with a slash at the end. */
  foldersOnly: boolean;
}

/** Whether a path within the chart is left out of it; a folder takes all it holds along. */
export type IgnoreRules = (path: string, isFolder: boolean) => boolean;

/** What Helm ignores always: dot files among the templates. */
const DEFAULT_RULE = 'templates/.?*';

/**
 * The rules of a .helmignore file and the default one. The first that decides counts: a match ignores, and so does a
 * **miss** of a rule with `!`. Throws CHART_INVALID. Helm: pkg/ignore.
 */
export function parseIgnore(text: string): IgnoreRules {
  const rules: Rule[] = [];
  for (const line of `${text.replace(/^\ufeff/, '')}\n${DEFAULT_RULE}`.split('\n')) {
    const rule = parseRule(line.trim());
    if (rule !== undefined) rules.push(rule);
  }
  return (path, isFolder) => {
    if (path === '' || path === '.' || path === './') return false;
    for (const { matches, negated, foldersOnly } of rules) {
      if (foldersOnly && !isFolder) {
        if (negated) return true;
      } else if (matches(path) !== negated) {
        return true;
      }
    }
    return false;
  };
}

function parseRule(text: string): Rule | undefined {
  if (text === '' || text.startsWith('#')) return undefined;
  if (text.includes('**')) throw invalid('double-star (**) syntax is not supported');
  check(text);
  let pattern = text;
  const negated = pattern.startsWith('!');
  if (negated) pattern = pattern.slice(1);
  const foldersOnly = pattern.endsWith('/');
  if (foldersOnly) pattern = pattern.slice(0, -1);
  const anchored = pattern.startsWith('/');
  if (anchored) pattern = pattern.slice(1);
  const whole = anchored || pattern.includes('/');
  const matcher = compileFilePattern(pattern);
  return { negated, foldersOnly, matches: (path) => tolerant(matcher, whole ? path : basePath(path)) };
}

/** Helm tries each rule on a word: what is malformed far behind is only found later, and then matches nothing. */
function check(rule: string): void {
  try {
    compileFilePattern(rule)('abc');
  } catch (e) {
    throw e instanceof GoError ? invalid(e.message) : e;
  }
}

function tolerant(matcher: FileMatcher, path: string): boolean {
  try {
    return matcher(path);
  } catch (e) {
    if (e instanceof GoError) return false;
    throw e;
  }
}

const invalid = (message: string): ChartError => new ChartError('CHART_INVALID', message);
