/** Go: path.Match, which is filepath.Match on Unix. The pattern language of .helmignore and of `--show-only`. */
import { GoError, runes } from 'go-template';

const [STAR, ANY, OPEN, CLOSE, NOT, DASH, ESCAPE, SLASH] = runes('*?[]^-\\/') as [
  number, number, number, number, number, number, number, number,
];

/** A part of a pattern: one character of a set, or any run of characters but slashes. */
type Part = '*' | ((c: number) => boolean);

export type FileMatcher = (name: string) => boolean;

/** `*` and `?` stop at slashes. Throws GoError "syntax error in pattern". */
export function compileFilePattern(pattern: string): FileMatcher {
  const parts = parse(runes(pattern));
  return (name) => matches(parts, runes(name));
}

const badPattern = (): GoError => new GoError('syntax error in pattern');

function parse(p: readonly number[]): Part[] {
  const parts: Part[] = [];
  for (let i = 0; i < p.length; ) {
    const c = p[i++] as number;
    if (c === STAR) {
      if (parts.at(-1) !== '*') parts.push('*');
    } else if (c === ANY) {
      parts.push((x) => x !== SLASH);
    } else if (c === OPEN) {
      i = parseSet(p, i, parts);
    } else {
      const literal = c === ESCAPE ? p[i++] : c;
      if (literal === undefined) throw badPattern();
      parts.push((x) => x === literal);
    }
  }
  return parts;
}

/** Reads `^a-z]` from `i` and says where it ends. */
function parseSet(p: readonly number[], start: number, parts: Part[]): number {
  let i = start;
  const negated = p[i] === NOT;
  if (negated) i++;
  const ranges: [number, number][] = [];
  const bound = (): number => {
    const c = p[i];
    if (c === undefined || c === DASH || c === CLOSE) throw badPattern();
    i++;
    const literal = c === ESCAPE ? p[i++] : c;
    if (literal === undefined || i >= p.length) throw badPattern();
    return literal;
  };
  while (!(p[i] === CLOSE && ranges.length > 0)) {
    const low = bound();
    let high = low;
    if (p[i] === DASH) {
      i++;
      high = bound();
    }
    ranges.push([low, high]);
  }
  parts.push((x) => ranges.some(([low, high]) => x >= low && x <= high) !== negated);
  return i + 1;
}

/** Greedy with one place to go back to, the last star: no other could do better. */
function matches(parts: readonly Part[], name: readonly number[]): boolean {
  let part = 0;
  let star = -1;
  let starAt = 0;
  for (let at = 0; at < name.length; ) {
    const now = parts[part];
    if (now === '*') {
      star = part++;
      starAt = at;
    } else if (now?.(name[at] as number)) {
      part++;
      at++;
    } else if (star >= 0 && name[starAt] !== SLASH) {
      part = star + 1;
      at = ++starAt;
    } else {
      return false;
    }
  }
  while (parts[part] === '*') part++;
  return part === parts.length;
}
