/** Go: path.Match, which is filepath.Match on Unix. The pattern language of .helmignore and of `--show-only`. */
import { GoError, runes } from 'go-template';

const [STAR, ANY, OPEN, CLOSE, NOT, DASH, ESCAPE, SLASH] = runes('*?[]^-\\/') as [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
];

type CharacterTest = (c: number) => boolean;

/** What stands between two stars: one test for each character. undefined if it is malformed. */
interface Chunk {
  /** Whether any run of characters without a slash may come first. */
  readonly star: boolean;
  readonly tests: readonly CharacterTest[] | undefined;
}

export type FileMatcher = (name: string) => boolean;

/**
 * `*` and `?` stop at slashes. A malformed pattern throws GoError "syntax error in pattern", but, as in Go, not before
 * a name has matched as far as the fault.
 */
export function compileFilePattern(pattern: string): FileMatcher {
  const chunks = chunksOf(runes(pattern));
  return (name) => matches(chunks, runes(name));
}

function chunksOf(p: readonly number[]): Chunk[] {
  const chunks: Chunk[] = [];
  for (let i = 0; i < p.length; ) {
    const star = p[i] === STAR;
    while (p[i] === STAR) i++;
    const start = i;
    for (let inSet = false; i < p.length && (inSet || p[i] !== STAR); i++) {
      if (p[i] === ESCAPE && i + 1 < p.length) i++;
      else if (p[i] === OPEN) inSet = true;
      else if (p[i] === CLOSE) inSet = false;
    }
    chunks.push({ star, tests: testsOf(p.slice(start, i)) });
  }
  return chunks;
}

function testsOf(p: readonly number[]): CharacterTest[] | undefined {
  const tests: CharacterTest[] = [];
  for (let i = 0; i < p.length; ) {
    const c = p[i++] as number;
    if (c === ANY) {
      tests.push((x) => x !== SLASH);
    } else if (c === OPEN) {
      const set = parseSet(p, i);
      if (set === undefined) return undefined;
      tests.push(set.test);
      i = set.end;
    } else {
      const literal = c === ESCAPE ? p[i++] : c;
      if (literal === undefined) return undefined;
      tests.push((x) => x === literal);
    }
  }
  return tests;
}

/** Reads `^a-z]` from `start`. */
function parseSet(p: readonly number[], start: number): { test: CharacterTest; end: number } | undefined {
  let i = start;
  const negated = p[i] === NOT;
  if (negated) i++;
  const ranges: [number, number][] = [];
  const bound = (): number | undefined => {
    const c = p[i++];
    if (c === undefined || c === DASH || c === CLOSE) return undefined;
    const literal = c === ESCAPE ? p[i++] : c;
    return i < p.length ? literal : undefined;
  };
  while (p[i] !== CLOSE || ranges.length === 0) {
    const low = bound();
    let high = low;
    if (p[i] === DASH) {
      i++;
      high = bound();
    }
    if (low === undefined || high === undefined) return undefined;
    ranges.push([low, high]);
  }
  return { test: (x) => ranges.some(([low, high]) => x >= low && x <= high) !== negated, end: i + 1 };
}

function matches(chunks: readonly Chunk[], name: readonly number[]): boolean {
  let at = 0;
  for (const [i, { star, tests }] of chunks.entries()) {
    if (tests === undefined) throw new GoError('syntax error in pattern');
    const isLast = i === chunks.length - 1;
    if (star && tests.length === 0) return !name.includes(SLASH, at);
    // The first place that fits serves: what follows can skip as far itself.
    while (!fits(tests, name, at) || (isLast && at + tests.length !== name.length)) {
      if (!star || at >= name.length || name[at] === SLASH) return false;
      at++;
    }
    at += tests.length;
  }
  return at === name.length;
}

const fits = (tests: readonly CharacterTest[], name: readonly number[], at: number): boolean =>
  at + tests.length <= name.length && tests.every((test, k) => test(name[at + k] as number));
