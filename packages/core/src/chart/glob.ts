/** The pattern language of `.Files.Glob`: gobwas/glob with `/` as separator. */
import { GoError, runes } from 'go-template';

export type GlobMatcher = (path: string) => boolean;

/** One step of a pattern over a path. */
type Node =
  | { kind: 'set'; has: (c: number) => boolean }
  /** Any run of characters, slashes too or not. */
  | { kind: 'run'; slashes: boolean }
  | { kind: 'any of'; choices: Node[][] };

const MAX_DEPTH = 100;
const SLASH = 0x2f;

/** `*` and `?` stop at slashes, `**` does not; `{a,b}`, `[!a]`, `[a-z]`, `\`. Throws GoError for a bad pattern. */
export function compileGlob(pattern: string): GlobMatcher {
  const nodes = new Parser(runes(pattern)).parse();
  return (path) => {
    const text = runes(path);
    return walk(nodes, text, new Set([0])).has(text.length);
  };
}

/** The places at which a match of `nodes` can end when it begins at one of `starts`: linear in pattern times text. */
function walk(nodes: readonly Node[], text: readonly number[], starts: Set<number>): Set<number> {
  let places = starts;
  for (const node of nodes) {
    if (places.size === 0) break;
    places = step(node, text, places);
  }
  return places;
}

function step(node: Node, text: readonly number[], from: Set<number>): Set<number> {
  const to = new Set<number>();
  switch (node.kind) {
    case 'set':
      for (const at of from) if (at < text.length && node.has(text[at] as number)) to.add(at + 1);
      break;
    case 'run':
      for (let at of from) {
        while (!to.has(at)) {
          to.add(at);
          if (at >= text.length || (!node.slashes && text[at] === SLASH)) break;
          at++;
        }
      }
      break;
    case 'any of':
      for (const choice of node.choices) for (const at of walk(choice, text, from)) to.add(at);
  }
  return to;
}

const C = Object.fromEntries(
  ['*', '?', '[', ']', '{', '}', ',', '\\', '!', '-'].map((c) => [c, c.charCodeAt(0)]),
) as Record<string, number>;

class Parser {
  private readonly p: readonly number[];
  private i = 0;
  private depth = 0;

  constructor(p: readonly number[]) {
    this.p = p;
  }

  parse(): Node[] {
    const nodes = this.sequence();
    return nodes;
  }

  /** To the end, or within braces to what ends the alternative. */
  private sequence(): Node[] {
    const nodes: Node[] = [];
    for (;;) {
      const c = this.p[this.i];
      if (c === undefined || (this.depth > 0 && (c === C[','] || c === C['}']))) return nodes;
      this.i++;
      if (c === C['*']) nodes.push(this.run());
      else if (c === C['?']) nodes.push({ kind: 'set', has: (x) => x !== SLASH });
      else if (c === C['[']) nodes.push(this.range());
      else if (c === C['{']) nodes.push(this.choices());
      else this.literal(c, nodes);
    }
  }

  private literal(c: number, nodes: Node[]): void {
    const point = c === C['\\'] ? this.p[this.i++] : c;
    if (point !== undefined) nodes.push({ kind: 'set', has: (x) => x === point });
  }

  private run(): Node {
    const slashes = this.p[this.i] === C['*'];
    if (slashes) this.i++;
    return { kind: 'run', slashes };
  }

  private choices(): Node {
    if (++this.depth > MAX_DEPTH) throw new GoError(`pattern is nested more than ${MAX_DEPTH} deep`);
    const choices = [this.sequence()];
    while (this.p[this.i] === C[',']) {
      this.i++;
      choices.push(this.sequence());
    }
    // Braces need not be closed.
    if (this.p[this.i] === C['}']) this.i++;
    this.depth--;
    return { kind: 'any of', choices };
  }

  private range(): Node {
    const negated = this.p[this.i] === C['!'];
    if (negated) this.i++;
    if (this.i >= this.p.length) throw new GoError('unexpected end of input');
    if (this.p[this.i + 1] === C['-']) {
      const [low, , high, close] = this.p.slice(this.i, this.i + 4);
      if (high === undefined || close === undefined) throw new GoError('unexpected end of input');
      if (close !== C[']']) throw new GoError('expected close range character');
      if (high < (low as number)) {
        throw new GoError(
          `hi character '${String.fromCodePoint(high)}' should be greater than lo '${String.fromCodePoint(low as number)}'`,
        );
      }
      this.i += 4;
      return { kind: 'set', has: (x) => (x >= (low as number) && x <= high) !== negated };
    }
    const chars = new Set<number>();
    for (;;) {
      let c = this.p[this.i++];
      if (c === C[']']) break;
      if (c === C['\\']) c = this.p[this.i++];
      if (c === undefined) throw new GoError('unexpected end of input');
      chars.add(c);
    }
    if (chars.size === 0) throw new GoError('could not parse range');
    return { kind: 'set', has: (x) => chars.has(x) !== negated };
  }
}
