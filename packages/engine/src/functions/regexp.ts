/** Sprig's functions on regular expressions: RE2JS matches, the loops over matches are Go's. Loaded when named; see load.ts. */
import { type FuncMap, GoError, isValidUtf8, nilSlice, rejoin, sliceOf, sprintf } from 'go-template';
import { RE2JS, RE2JSException } from 're2js';

import { implement, regexpSignatures } from './signatures.ts';

const MAX_COMPILED = 256;

const compiled = new Map<string, RE2JS>();

/** regexp.Compile. Throws GoError `error parsing regexp: …`. */
function compile(pattern: string): RE2JS {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  if (!isValidUtf8(pattern)) throw new GoError(`error parsing regexp: invalid UTF-8: ${sprintf('%#q', pattern)}`);
  try {
    const regexp = RE2JS.compile(pattern);
    if (compiled.size >= MAX_COMPILED) compiled.delete(compiled.keys().next().value as string);
    compiled.set(pattern, regexp);
    return regexp;
  } catch (e) {
    if (!(e instanceof RE2JSException)) throw e;
    // Go shows of the pattern what is left of it, here nothing.
    throw new GoError(e.message.endsWith('trailing backslash at end of expression') ? `${e.message}: \`\`` : e.message);
  }
}

/** regexp.MustCompile: the panic names the pattern. */
function mustCompile(pattern: string): RE2JS {
  try {
    return compile(pattern);
  } catch (e) {
    if (e instanceof GoError) throw new GoError(`regexp: Compile(${sprintf('%#q', pattern)}): ${e.message}`);
    throw e;
  }
}

/** Start and end of the match and its groups, in UTF-16 units; -1 for a group that did not take part. */
type Match = readonly (readonly [start: number, end: number])[];

function matchAt(regexp: RE2JS, text: string): (at: number) => Match | undefined {
  const matcher = regexp.matcher(text);
  const groups = regexp.groupCount();
  return (at) => {
    if (!matcher.find(at)) return undefined;
    return Array.from({ length: groups + 1 }, (_, i) => [matcher.start(i), matcher.end(i)] as const);
  };
}

const characterSize = (text: string, at: number): number =>
  at < text.length && (text.codePointAt(at) as number) > 0xffff ? 2 : 1;

/** All matches, but no empty one right behind another (Go: Regexp.allMatches). `limit` < 0 is none. */
function findAll(regexp: RE2JS, text: string, limit: number): Match[] {
  const find = matchAt(regexp, text);
  const matches: Match[] = [];
  let previousEnd = -1;
  for (let at = 0; at <= text.length && matches.length !== limit; ) {
    const match = find(at);
    if (match === undefined) break;
    const [start, end] = match[0] as [number, number];
    const isBehind = end === at && start === previousEnd;
    at = end === at ? at + characterSize(text, at) : end;
    previousEnd = end;
    if (!isBehind) matches.push(match);
  }
  return matches;
}

function replaceAll(regexp: RE2JS, text: string, replace: (match: Match) => string): string {
  const find = matchAt(regexp, text);
  let out = '';
  let copied = 0;
  for (let at = 0; at <= text.length; ) {
    const match = find(at);
    if (match === undefined) break;
    const [start, end] = match[0] as [number, number];
    out += text.slice(copied, start);
    if (end > copied || start === 0) out += replace(match);
    copied = end;
    at = Math.max(end, at + characterSize(text, at));
  }
  return copied === 0 && out === '' ? text : rejoin(out + text.slice(copied));
}

const REFERENCE = /^(?:\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/u;

/** `$1`, `${1}x`, `$name`; a dollar that begins none of them stands for itself, `$$` for one (Go: Regexp.expand). */
function expander(regexp: RE2JS, template: string, text: string): (match: Match) => string {
  if (!template.includes('$')) return () => template;
  const names = regexp.namedGroups();
  const pieces: (string | { group: number })[] = [];
  for (let rest = template; rest !== ''; ) {
    const dollar = rest.indexOf('$');
    if (dollar < 0) {
      pieces.push(rest);
      break;
    }
    pieces.push(rest.slice(0, dollar));
    rest = rest.slice(dollar + 1);
    if (rest.startsWith('$')) {
      pieces.push('$');
      rest = rest.slice(1);
      continue;
    }
    const reference = REFERENCE.exec(rest);
    if (reference === null) {
      pieces.push('$');
      continue;
    }
    const name = (reference[1] ?? reference[2]) as string;
    const isIndex = /^(0|[1-9][0-9]{0,8})$/.test(name);
    pieces.push({ group: isIndex ? Number(name) : Object.hasOwn(names, name) ? (names[name] as number) : -1 });
    rest = rest.slice(reference[0].length);
  }
  return (match) =>
    pieces
      .map((piece) => {
        if (typeof piece === 'string') return piece;
        const [start, end] = match[piece.group] ?? [-1, -1];
        return start < 0 ? '' : text.slice(start, end);
      })
      .join('');
}

/** Regexp.Split. */
function split(regexp: RE2JS, text: string, limit: number): string[] {
  if (limit === 0) return nilSlice('string') as string[];
  if (regexp.pattern() !== '' && text === '') return sliceOf('string', ['']);
  const pieces: string[] = [];
  let begin = 0;
  let end = 0;
  for (const match of findAll(regexp, text, limit)) {
    if (limit > 0 && pieces.length === limit - 1) break;
    const [start, stop] = match[0] as [number, number];
    end = start;
    if (stop !== 0) pieces.push(text.slice(begin, end));
    begin = stop;
  }
  if (end !== text.length) pieces.push(text.slice(begin));
  return sliceOf('string', pieces);
}

function regexMatch(pattern: string, text: string): boolean {
  try {
    return compile(pattern).test(text);
  } catch (e) {
    if (e instanceof GoError) return false;
    throw e;
  }
}

const find = (regexp: RE2JS, text: string): string => {
  const [start, end] = matchAt(regexp, text)(0)?.[0] ?? [0, 0];
  return text.slice(start, end);
};

const findAllText = (regexp: RE2JS, text: string, limit: number): string[] => {
  const found = findAll(regexp, text, limit).map((match) => text.slice(...(match[0] as [number, number])));
  return found.length === 0 ? (nilSlice('string') as string[]) : sliceOf('string', found);
};

type Compiled = (regexp: RE2JS, ...args: never[]) => unknown;

/** The plain form of a function, which panics with the pattern, and the one that returns the pattern's error. */
const plain =
  (call: Compiled) =>
  (pattern: string, ...args: never[]): unknown =>
    call(mustCompile(pattern), ...args);
const must =
  (call: Compiled) =>
  (pattern: string, ...args: never[]): unknown =>
    call(compile(pattern), ...args);

const replaceExpanded = (regexp: RE2JS, text: string, template: string): string =>
  replaceAll(regexp, text, expander(regexp, template, text));
const replaceLiterally = (regexp: RE2JS, text: string, replacement: string): string =>
  replaceAll(regexp, text, () => replacement);

export const regexpFunctions: FuncMap = implement(regexpSignatures, {
  regexMatch,
  mustRegexMatch: must((regexp, text: string) => regexp.test(text)),
  regexFind: plain(find),
  mustRegexFind: must(find),
  regexFindAll: plain(findAllText),
  mustRegexFindAll: must(findAllText),
  regexReplaceAll: plain(replaceExpanded),
  mustRegexReplaceAll: must(replaceExpanded),
  regexReplaceAllLiteral: plain(replaceLiterally),
  mustRegexReplaceAllLiteral: must(replaceLiterally),
  regexSplit: plain(split),
  mustRegexSplit: must(split),
});
