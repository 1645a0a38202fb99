import { isBreak, SPACE } from './character.ts';
import { type EmitterVersion, isPrintable, keyStyleOf, type ScalarStyle, styleOf } from './scalar-style.ts';

/** A scalar that is written as it stands. */
export class Verbatim {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** Where a line is folded once it is longer; version 3 never folds. */
const WIDTH = 80;

const PADS: string[] = [];
const pad = (n: number): string => (PADS[n] ??= ' '.repeat(n));

/**
 * Writes block YAML as go-yaml's emitters do. The caller says what comes; `indent` is the column of the collection,
 * `column` where the next character goes.
 */
export class Emitter {
  readonly version: EmitterVersion;
  private out = '';
  private atLineStart = false;
  private readonly keys = new Map<string, string>();

  constructor(version: EmitterVersion) {
    this.version = version;
  }

  write(text: string): void {
    this.out += text;
  }

  /** To the beginning of a line, and in to `indent`. */
  newLine(indent: number): void {
    this.out += this.atLineStart ? pad(indent) : `\n${pad(indent)}`;
    this.atLineStart = false;
  }

  finish(): string {
    if (!this.atLineStart) this.out += '\n';
    return this.out;
  }

  /** Writes a key and its colon, and returns the column after it, or -1 if it took `? ` on a line of its own. */
  key(key: string, indent: number): number {
    let text = this.keys.get(key);
    if (text === undefined) {
      const style = keyStyleOf(key, this.version);
      if (style === undefined) {
        this.out += '? ';
        this.string(key, indent + 2, indent + 2);
        this.newLine(indent);
        this.out += ':';
        return -1;
      }
      text = `${styled(key, style, Number.NEGATIVE_INFINITY, 0)}:`;
      this.keys.set(key, text);
    }
    this.out += text;
    return indent + text.length;
  }

  /** A scalar from `column`, folded and indented to `indent` where it takes more than a line. */
  string(s: string, column: number, indent: number): void {
    const style = styleOf(s, this.version);
    if (style === 'literal') this.literal(s, indent);
    else this.out += styled(s, style, this.version === 3 ? Number.NEGATIVE_INFINITY : column, indent);
  }

  literal(s: string, indent: number): void {
    const first = s.charCodeAt(0);
    const last = s.charCodeAt(s.length - 1);
    const hint = first === SPACE || isBreak(first) ? '2' : '';
    const chomp = !isBreak(last) ? '-' : s.length === 1 || isBreak(s.charCodeAt(s.length - 2)) ? '+' : '';
    this.out += `|${hint}${chomp}\n${s.replace(LINE_START, `$1${pad(indent)}`)}`;
    this.atLineStart = isBreak(last);
  }
}

const LINE_START = /(^|[\n\u2028\u2029])(?=[^\n\u2028\u2029])/g;

function styled(s: string, style: ScalarStyle, column: number, indent: number): string {
  switch (style) {
    case 'plain':
      return column + s.length <= WIDTH ? s : foldPlain(s, column, indent);
    case 'single':
      return `'${foldSingle(s, column + 1, indent)}'`;
    default:
      return `"${foldDouble(s, column + 1, indent)}"`;
  }
}

function foldPlain(s: string, start: number, indent: number): string {
  let out = '';
  let column = start;
  let from = 0;
  for (let at = s.indexOf(' '); at >= 0; at = s.indexOf(' ', at + 1)) {
    if (column + at - from <= WIDTH || s.charCodeAt(at + 1) === SPACE || s.charCodeAt(at - 1) === SPACE) continue;
    out += `${s.slice(from, at)}\n${pad(indent)}`;
    column = indent;
    from = at + 1;
  }
  return out + s.slice(from);
}

function foldSingle(s: string, start: number, indent: number): string {
  const { length } = s;
  if (!s.includes("'") && !LINE_SEPARATOR.test(s) && start + length <= WIDTH) return s;
  let out = '';
  let column = start;
  let spaces = false;
  let breaks = false;
  for (let i = 0; i < length; i++) {
    const c = s.charCodeAt(i);
    if (c === SPACE) {
      if (!spaces && column > WIDTH && i > 0 && i < length - 1 && s.charCodeAt(i + 1) !== SPACE) {
        out += `\n${pad(indent)}`;
        column = indent;
      } else {
        out += ' ';
        column++;
      }
      spaces = true;
      continue;
    }
    if (isBreak(c)) {
      out += s[i];
      column = 0;
      breaks = true;
      continue;
    }
    if (breaks) {
      out += pad(indent);
      column = indent;
    }
    out += c === 0x27 ? "''" : s[i];
    column += c === 0x27 ? 2 : 1;
    spaces = breaks = false;
  }
  return out;
}

const LINE_SEPARATOR = /[\u2028\u2029]/;

/** Escapes of double-quoted text by code point. */
const ESCAPES: Readonly<Record<number, string>> = {
  0: '0',
  7: 'a',
  8: 'b',
  9: 't',
  10: 'n',
  11: 'v',
  12: 'f',
  13: 'r',
  27: 'e',
  34: '"',
  92: '\\',
  133: 'N',
  160: '_',
  8232: 'L',
  8233: 'P',
};

function foldDouble(s: string, start: number, indent: number): string {
  if (/^[ !#-[\]-~]*$/.test(s) && start + s.length <= WIDTH) return s;
  // libyaml asks whether the text begins with a byte order mark where it means to ask about one character.
  const all = s.charCodeAt(0) === 0xfeff;
  const { length } = s;
  let out = '';
  let column = start;
  let spaces = false;
  for (let i = 0; i < length; i++) {
    const c = s.codePointAt(i) as number;
    if (all || !isPrintable(c) || isBreak(c) || c === 0x22 || c === 0x5c) {
      const text = `\\${ESCAPES[c] ?? hexEscape(c)}`;
      out += text;
      column += text.length;
      spaces = false;
      if (c > 0xffff) i++;
    } else if (c === SPACE) {
      if (!spaces && column > WIDTH && i > 0 && i < length - 1) {
        out += `\n${pad(indent)}`;
        column = indent;
        if (s.charCodeAt(i + 1) === SPACE) {
          out += '\\';
          column++;
        }
      } else {
        out += ' ';
        column++;
      }
      spaces = true;
    } else {
      out += s[i];
      column++;
      spaces = false;
    }
  }
  return out;
}

function hexEscape(c: number): string {
  const digits = c.toString(16).toUpperCase();
  return c <= 0xff
    ? `x${digits.padStart(2, '0')}`
    : c <= 0xffff
      ? `u${digits.padStart(4, '0')}`
      : `U${digits.padStart(8, '0')}`;
}
