import { type GoMap, newMap } from 'go-template';

import { isDigit, LF, SPACE, TAB } from './character.ts';
import { keyText } from './node.ts';
import { resolvePlain, resolveValue } from './resolve.ts';

/** Keys to be read: `true` takes all below, a tree only its own keys. */
export interface KeyTree {
  readonly [key: string]: true | KeyTree;
}

/** What {@link readOrdinary} returns for a text that it leaves to the complete reader. */
export const UNUSUAL: unique symbol = Symbol('unusual YAML');

/** Nesting that recursion is trusted with. */
const MAX_DEPTH = 200;
const MAX_SIMPLE_KEY = 1024;

/**
 * The first document of a YAML text as manifests, values files and indexes are usually written: block collections,
 * scalars of all styles, flow collections, comments. It reads straight into values, many times faster than the complete
 * reader, and gives up on whatever it is not sure of: anchors, tags, merges, odd places for tabs, and every fault. So it
 * never has to say what is wrong, and it must never take what the complete reader refuses or reads otherwise.
 *
 * `text` as for Scanner, and without U+2028, U+2029 and byte order marks. Unselected keys are read, and not kept.
 */
export function readOrdinary(text: string, strict: boolean, select: KeyTree | undefined): unknown {
  try {
    return new OrdinaryReader(text, strict).document(select ?? true);
  } catch (e) {
    if (e === GIVE_UP) return UNUSUAL;
    throw e;
  }
}

const GIVE_UP = new Error('unusual YAML');

function giveUp(): never {
  throw GIVE_UP;
}

/** What is wanted of a node: all of it, some keys, or nothing but that it is sound. */
type Want = true | KeyTree | undefined;

/** How a plain scalar on a line ended. */
const AT_LINE_END = 0;
const AT_COLON = 1;
const AT_COMMENT = 2;

const isLineEnd = (c: number): boolean => c === LF || c === 0;
const isBlankOrLineEnd = (c: number): boolean => c === SPACE || c === LF || c === 0 || c === TAB;

/** First characters that begin something else than a plain scalar, or do so sometimes: `!"#%&'*,:>?@[]`{|}` and tab. */
const NOT_PLAIN = new Uint8Array(0x80);
for (const c of '\t!"#%&\'*,:>?@[]`{|}') NOT_PLAIN[c.charCodeAt(0)] = 1;

/** First characters of plain keys that may stand for something else than themselves. */
const RESOLVED = new Uint8Array(0x80);
for (const c of '+-.0123456789<FNOTYfnoty~') RESOLVED[c.charCodeAt(0)] = 1;

/** Keys seen lately, by a hash of what is cheap to know: most keys recur, and need not be cut out and hashed again. */
const KEY_CACHE: string[] = new Array<string>(1024).fill('');
const MAX_CACHED_KEY = 48;

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '"': '"', '\\': '\\' };
const SIMPLY_ESCAPED = /^(?:[^\\]|\\[nrt"\\])*$/;

class OrdinaryReader {
  private readonly text: string;
  private readonly strict: boolean;
  private pos = 0;
  /** The column of what stands at `pos` once a line has been begun; -1 at the end of the document. */
  private indent = 0;
  /** How the last plain scalar ended. */
  private stop = AT_LINE_END;
  private depth = 0;

  constructor(text: string, strict: boolean) {
    this.text = text;
    this.strict = strict;
  }

  document(want: Want): unknown {
    const { text } = this;
    this.beginLine(0);
    if (this.indent < 0 && text.startsWith('---', this.pos)) {
      this.pos += 3;
      this.endLine();
    } else if (this.indent < 0 && text.charCodeAt(this.pos) !== 0) {
      giveUp();
    }
    if (this.indent < 0) return null;
    const value = this.node(-1, this.indent, want);
    if (this.indent >= 0) giveUp();
    return value;
  }

  /** From the start of a line to the next thing that is written on this or a later line. */
  private beginLine(start: number): void {
    const { text } = this;
    let line = start;
    for (;;) {
      let p = line;
      let c = text.charCodeAt(p);
      while (c === SPACE) c = text.charCodeAt(++p);
      if (c === LF) {
        line = p + 1;
        continue;
      }
      if (c === 0x23) {
        p = text.indexOf('\n', p);
        if (p < 0) {
          this.pos = text.length - 1;
          this.indent = -1;
          return;
        }
        line = p + 1;
        continue;
      }
      this.pos = p;
      this.indent = c === 0 ? -1 : p - line;
      if (c === TAB) giveUp();
      if (p === line && (c === 0x2d || c === 0x2e || c === 0x25)) {
        if (c === 0x25) giveUp();
        if (text.charCodeAt(p + 1) === c && text.charCodeAt(p + 2) === c && isBlankOrLineEnd(text.charCodeAt(p + 3))) {
          this.indent = -1;
        }
      }
      return;
    }
  }

  /** From behind a value to the next line, past blanks and a comment. */
  private endLine(): void {
    const { text } = this;
    let p = this.pos;
    let c = text.charCodeAt(p);
    while (c === SPACE) c = text.charCodeAt(++p);
    if (c === 0x23 && text.charCodeAt(p - 1) === SPACE) {
      const feed = text.indexOf('\n', p);
      p = feed < 0 ? text.length - 1 : feed;
      c = text.charCodeAt(p);
    }
    if (c === LF) {
      this.beginLine(p + 1);
    } else if (c === 0) {
      this.pos = p;
      this.indent = -1;
    } else {
      giveUp();
    }
  }

  private isEntry(): boolean {
    return this.text.charCodeAt(this.pos) === 0x2d && isBlankOrLineEnd(this.text.charCodeAt(this.pos + 1));
  }

  /** The node at `pos`, in `column`, inside a collection in the column `parent`. */
  private node(parent: number, column: number, want: Want): unknown {
    const { text } = this;
    const start = this.pos;
    const c = text.charCodeAt(start);
    if (c === 0x2d && isBlankOrLineEnd(text.charCodeAt(start + 1))) return this.sequence(column, want);
    if (c === 0x22 || c === 0x27) {
      const value = this.quoted(c);
      const end = this.pos;
      if (this.skipToColon()) {
        if (end - start > MAX_SIMPLE_KEY || text.lastIndexOf('\n', end) > start) giveUp();
        return this.mapping(column, value, want);
      }
      this.endLine();
      return value;
    }
    if (c < 0x80 && NOT_PLAIN[c] === 1) return this.indicated(c, parent, want);
    const end = this.plainEnd(start);
    if (this.stop === AT_COLON) {
      if (this.pos - start > MAX_SIMPLE_KEY) giveUp();
      const key = this.plainKey(start, end);
      this.pos++;
      return this.mapping(column, key, want);
    }
    return this.plain(start, end, parent, want);
  }

  /** A value that begins with an indicator of its kind. */
  private indicated(c: number, parent: number, want: Want): unknown {
    switch (c) {
      case 0x5b:
      case 0x7b: {
        const value = this.flow(c, want);
        this.endLine();
        return value;
      }
      case 0x7c:
      case 0x3e:
        return this.blockScalar(parent, c === 0x7c);
      default:
        return giveUp();
    }
  }

  private skipToColon(): boolean {
    const { text } = this;
    let p = this.pos;
    while (text.charCodeAt(p) === SPACE) p++;
    if (text.charCodeAt(p) !== 0x3a) return false;
    if (!isBlankOrLineEnd(text.charCodeAt(p + 1))) giveUp();
    this.pos = p + 1;
    return true;
  }

  private mapping(column: number, firstKey: string, want: Want): GoMap | undefined {
    if (++this.depth > MAX_DEPTH) giveUp();
    const map = want === undefined ? undefined : newMap();
    let key = firstKey;
    for (;;) {
      const wanted: Want =
        want === true || want === undefined ? want : Object.hasOwn(want, key) ? want[key] : undefined;
      if (this.strict && map !== undefined && key in map) giveUp();
      const value = this.valueAfterKey(column, wanted);
      if (wanted !== undefined) (map as GoMap)[key] = value;
      if (this.indent !== column) {
        if (this.indent > column) giveUp();
        break;
      }
      key = this.key();
    }
    this.depth--;
    return map;
  }

  /** The key at `pos` and its colon. */
  private key(): string {
    const { text } = this;
    const start = this.pos;
    const c = text.charCodeAt(start);
    let key: string;
    if (c === 0x22 || c === 0x27) {
      key = this.quoted(c);
      const end = this.pos;
      if (!this.skipToColon() || text.lastIndexOf('\n', end) > start) giveUp();
    } else {
      if ((c < 0x80 && NOT_PLAIN[c] === 1) || (c === 0x2d && isBlankOrLineEnd(text.charCodeAt(start + 1)))) giveUp();
      const end = this.plainEnd(start);
      if (this.stop !== AT_COLON) giveUp();
      key = this.plainKey(start, end);
      this.pos++;
    }
    if (this.pos - start > MAX_SIMPLE_KEY) giveUp();
    return key;
  }

  private plainKey(start: number, end: number): string {
    const { text } = this;
    const first = text.charCodeAt(start);
    const length = end - start;
    const slot =
      (first * 31 + text.charCodeAt(end - 1) * 7 + text.charCodeAt(start + (length >> 1)) * 3 + length * 97) & 1023;
    const cached = KEY_CACHE[slot] as string;
    if (cached.length === length && text.startsWith(cached, start)) return cached;
    const key = text.slice(start, end);
    if (first < 0x80 && RESOLVED[first] === 1) {
      const value = resolvePlain(key);
      if (value === null || key === '<<' || (typeof value === 'bigint' && value >= 1n << 63n)) giveUp();
      if (typeof value !== 'string') return keyText(value);
    }
    if (length <= MAX_CACHED_KEY) KEY_CACHE[slot] = key;
    return key;
  }

  private valueAfterKey(column: number, want: Want): unknown {
    const { text } = this;
    let p = this.pos;
    let c = text.charCodeAt(p);
    while (c === SPACE) c = text.charCodeAt(++p);
    if (isLineEnd(c) || c === 0x23) {
      this.endLine();
      if (this.indent > column) return this.node(column, this.indent, want);
      return this.indent === column && this.isEntry() ? this.sequence(column, want) : null;
    }
    this.pos = p;
    if (c === 0x22 || c === 0x27) {
      const value = this.quoted(c);
      this.endLine();
      return value;
    }
    if (c < 0x80 && NOT_PLAIN[c] === 1) return this.indicated(c, column, want);
    if (c === 0x2d && isBlankOrLineEnd(text.charCodeAt(p + 1))) giveUp();
    const end = this.plainEnd(p);
    if (this.stop === AT_COLON) giveUp();
    return this.plain(p, end, column, want);
  }

  private sequence(column: number, want: Want): unknown[] | undefined {
    if (++this.depth > MAX_DEPTH) giveUp();
    const { text } = this;
    const items: unknown[] | undefined = want === undefined ? undefined : [];
    // Keys are selected of mappings only: of a list all is kept.
    const wanted: Want = want === undefined ? undefined : true;
    do {
      const dash = this.pos;
      let p = dash + 1;
      let c = text.charCodeAt(p);
      while (c === SPACE) c = text.charCodeAt(++p);
      let item: unknown = null;
      if (isLineEnd(c) || c === 0x23) {
        this.pos = dash + 1;
        this.endLine();
        if (this.indent > column) item = this.node(column, this.indent, wanted);
      } else {
        this.pos = p;
        item = this.node(column, column + p - dash, wanted);
      }
      items?.push(item);
    } while (this.indent === column && this.isEntry());
    if (this.indent > column) giveUp();
    this.depth--;
    return items;
  }

  /** Where the plain scalar from `start` ends on its line; `pos` is then where it stopped. */
  private plainEnd(start: number): number {
    const { text } = this;
    let p = start;
    for (;;) {
      const c = text.charCodeAt(p);
      // Nothing beyond ':' ends a plain scalar.
      if (c > 0x3a) {
        p++;
      } else if (c === 0x3a) {
        if (isBlankOrLineEnd(text.charCodeAt(p + 1))) {
          this.stop = AT_COLON;
          break;
        }
        p++;
      } else if (c === LF || c === 0) {
        this.stop = AT_LINE_END;
        break;
      } else if (c === 0x23 && text.charCodeAt(p - 1) === SPACE && p > start) {
        this.stop = AT_COMMENT;
        break;
      } else if (c === TAB) {
        giveUp();
      } else {
        p++;
      }
    }
    this.pos = p;
    while (p > start && text.charCodeAt(p - 1) === SPACE) p--;
    return p;
  }

  /** The value of the plain scalar whose first line is known, with the lines that continue it. */
  private plain(start: number, end: number, parent: number, want: Want): unknown {
    const { text } = this;
    let stopped = this.pos;
    const commented = this.stop === AT_COMMENT;
    this.endLine();
    if (this.indent <= parent) {
      if (want !== undefined) return this.resolve(text.slice(start, end));
      const first = text.charCodeAt(start);
      if (first === 0x2e || first === 0x2b || first === 0x2d) this.resolve(text.slice(start, end));
      return undefined;
    }
    if (commented) giveUp();
    let value = text.slice(start, end);
    while (this.indent > parent) {
      let breaks = 0;
      for (let p = stopped; p < this.pos; p++) {
        const c = text.charCodeAt(p);
        if (c === LF) breaks++;
        else if (c !== SPACE) giveUp(); // a comment has ended the scalar
      }
      const from = this.pos;
      const to = this.plainEnd(from);
      if (this.stop === AT_COLON) giveUp();
      value += (breaks === 1 ? ' ' : '\n'.repeat(breaks - 1)) + text.slice(from, to);
      stopped = this.pos;
      const last = this.stop === AT_COMMENT;
      this.endLine();
      if (last && this.indent > parent) giveUp();
    }
    return this.resolve(value);
  }

  private resolve(text: string): unknown {
    const value = resolveValue(text);
    if (typeof value === 'number' && !Number.isFinite(value)) giveUp();
    return value;
  }

  /** The quoted scalar at `pos`. */
  private quoted(quote: number): string {
    const { text } = this;
    const start = this.pos + 1;
    let escaped = false;
    let folded = false;
    let p = start;
    for (;;) {
      const c = text.charCodeAt(p);
      if (c === quote) {
        if (quote === 0x22 || text.charCodeAt(p + 1) !== 0x27) break;
        escaped = true;
        p += 2;
      } else if (c === 0x5c && quote === 0x22) {
        if (text.charCodeAt(p + 1) === 0) giveUp();
        escaped = true;
        p += 2;
      } else if (c === LF) {
        folded = true;
        p++;
      } else if (c === 0 || c === TAB) {
        giveUp();
      } else {
        p++;
      }
    }
    this.pos = p + 1;
    let value = text.slice(start, p);
    // Of an escaped break or blank at the end of a line the complete reader takes care.
    if (folded) value = fold(value);
    if (!escaped) return value;
    if (quote === 0x27) return value.replaceAll("''", "'");
    if (!SIMPLY_ESCAPED.test(value)) giveUp();
    return value.replace(/\\(.)/g, (_, letter: string) => SIMPLE_ESCAPES[letter] as string);
  }

  private blockScalar(parent: number, literal: boolean): string {
    const { text } = this;
    this.pos++;
    let chomp = this.chomping();
    let indent = 0;
    const digit = text.charCodeAt(this.pos);
    if (isDigit(digit)) {
      if (digit === 0x30) giveUp();
      indent = Math.max(parent, 0) + digit - 0x30;
      this.pos++;
      chomp ||= this.chomping();
    }
    let line = this.headerEnd();

    let value = '';
    let lead = '';
    let leadingBlank = false;
    let trailing = '';
    let p = line;
    let widest = 0;
    for (;;) {
      // Indentation and empty lines.
      for (;;) {
        p = line;
        let c = text.charCodeAt(p);
        while (c === SPACE && (indent === 0 || p - line < indent)) c = text.charCodeAt(++p);
        if (indent === 0 && p - line > widest) widest = p - line;
        if (c === TAB && (indent === 0 || p - line < indent)) giveUp();
        if (c !== LF) break;
        trailing += '\n';
        line = p + 1;
      }
      if (indent === 0) indent = Math.max(widest, parent + 1, 1);
      if (p - line !== indent || text.charCodeAt(p) === 0) break;

      const c = text.charCodeAt(p);
      const blank = c === SPACE || c === TAB;
      if (!literal && !leadingBlank && !blank && lead !== '') {
        if (trailing === '') value += ' ';
      } else {
        value += lead;
      }
      const feed = text.indexOf('\n', p);
      const end = feed < 0 ? text.length - 1 : feed;
      value += trailing + text.slice(p, end);
      leadingBlank = blank;
      trailing = '';
      lead = feed < 0 ? '' : '\n';
      line = feed < 0 ? end : feed + 1;
      if (feed < 0) {
        p = end;
        break;
      }
    }
    if (chomp !== '-') value += lead;
    if (chomp === '+') value += trailing;
    if (text.charCodeAt(p) === 0) {
      this.pos = p;
      this.indent = -1;
    } else {
      this.beginLine(line);
    }
    return value;
  }

  private chomping(): string {
    const c = this.text[this.pos] as string;
    if (c !== '+' && c !== '-') return '';
    this.pos++;
    return c;
  }

  /** Past the header of a block scalar; returns where the next line begins. */
  private headerEnd(): number {
    const { text } = this;
    let p = this.pos;
    while (text.charCodeAt(p) === SPACE) p++;
    if (text.charCodeAt(p) === 0x23 && text.charCodeAt(p - 1) === SPACE) p = text.indexOf('\n', p);
    if (p < 0 || text.charCodeAt(p) !== LF) giveUp();
    return p + 1;
  }

  // Flow collections: on one line or more, without pairs in lists, keys without values and comments in odd places.

  private flow(open: number, want: Want): unknown {
    if (++this.depth > MAX_DEPTH) giveUp();
    this.pos++;
    const value = open === 0x5b ? this.flowSequence(want) : this.flowMapping(want);
    this.depth--;
    return value;
  }

  private flowSequence(want: Want): unknown[] {
    const items: unknown[] = [];
    for (;;) {
      if (this.skipFlowSpace() === 0x5d) break;
      const item = this.flowNode(want === undefined ? undefined : true);
      if (want !== undefined) items.push(item);
      const c = this.skipFlowSpace();
      if (c === 0x5d) break;
      if (c !== 0x2c) giveUp();
      this.pos++;
    }
    this.pos++;
    return items;
  }

  private flowMapping(want: Want): GoMap {
    const { text } = this;
    const map = newMap();
    for (;;) {
      const first = this.skipFlowSpace();
      if (first === 0x7d) break;
      const start = this.pos;
      const quoted = first === 0x22 || first === 0x27;
      const key = quoted ? this.quoted(first) : this.flowPlainKey();
      let p = this.pos;
      while (text.charCodeAt(p) === SPACE) p++;
      if (text.charCodeAt(p) !== 0x3a || p - start > MAX_SIMPLE_KEY || (quoted && text.lastIndexOf('\n', p) > start))
        giveUp();
      this.pos = p + 1;
      let c = this.skipFlowSpace();
      const wanted: Want =
        want === true || want === undefined ? want : Object.hasOwn(want, key) ? want[key] : undefined;
      if (this.strict && key in map) giveUp();
      const value = c === 0x2c || c === 0x7d ? null : this.flowNode(wanted);
      if (wanted !== undefined) map[key] = value;
      c = this.skipFlowSpace();
      if (c === 0x7d) break;
      if (c !== 0x2c) giveUp();
      this.pos++;
    }
    this.pos++;
    return map;
  }

  private flowPlainKey(): string {
    const start = this.pos;
    const end = this.flowPlainEnd();
    return this.plainKey(start, end);
  }

  private flowNode(want: Want): unknown {
    const c = this.text.charCodeAt(this.pos);
    if (c === 0x5b || c === 0x7b) return this.flow(c, want);
    if (c === 0x22 || c === 0x27) return this.quoted(c);
    const start = this.pos;
    const end = this.flowPlainEnd();
    return this.resolve(this.text.slice(start, end));
  }

  /** Where the plain scalar at `pos` ends inside a flow collection; it must end on its line. */
  private flowPlainEnd(): number {
    const { text } = this;
    const start = this.pos;
    let p = start;
    let c = text.charCodeAt(p);
    if ((c < 0x80 && NOT_PLAIN[c] === 1) || (c === 0x2d && isBlankOrLineEnd(text.charCodeAt(p + 1)))) giveUp();
    for (; ; c = text.charCodeAt(++p)) {
      if (c === 0x2c || c === 0x5d || c === 0x7d) break;
      if (c === 0x3a && isBlankOrLineEnd(text.charCodeAt(p + 1))) break;
      if (c === LF) {
        // The scalar goes on unless something else comes first.
        this.pos = p;
        const next = this.skipFlowSpace();
        if (next !== 0x2c && next !== 0x5d && next !== 0x7d) giveUp();
        break;
      }
      if (
        c === 0 ||
        c === TAB ||
        c === 0x5b ||
        c === 0x7b ||
        c === 0x3f ||
        (c === 0x23 && text.charCodeAt(p - 1) === SPACE)
      )
        giveUp();
    }
    this.pos = p;
    while (p > start && text.charCodeAt(p - 1) === SPACE) p--;
    return p;
  }

  /** Past blanks, line breaks and comments; returns the character there. */
  private skipFlowSpace(): number {
    const { text } = this;
    let p = this.pos;
    for (;;) {
      let c = text.charCodeAt(p);
      while (c === SPACE) c = text.charCodeAt(++p);
      if (c === 0x23 && (text.charCodeAt(p - 1) === SPACE || text.charCodeAt(p - 1) === LF)) {
        p = text.indexOf('\n', p);
        if (p < 0) giveUp();
        c = LF;
      }
      if (c !== LF) {
        this.pos = p;
        return c;
      }
      // What looks like the end of a document there is none in a plain scalar only.
      c = text.charCodeAt(++p);
      if (c === 0x2d || c === 0x2e || c === 0x25) giveUp();
    }
  }
}

/** A quoted scalar's lines as one: a break is a space, n breaks are n - 1. */
function fold(text: string): string {
  if (/\\[\n ]/.test(text) || /\n(?![ \n]|$)/.test(text)) giveUp();
  const lines = text.split('\n');
  let out = trimEnd(lines[0] as string);
  let breaks = 0;
  for (let i = 1; i < lines.length; i++) {
    breaks++;
    let line = (lines[i] as string).replace(/^ +/, '');
    if (i < lines.length - 1) {
      line = trimEnd(line);
      if (line === '') continue;
    }
    out += (breaks === 1 ? ' ' : '\n'.repeat(breaks - 1)) + line;
    breaks = 0;
  }
  return out;
}

const trimEnd = (s: string): string => s.replace(/ +$/, '');
