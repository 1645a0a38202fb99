import { hexDigit, isBlank, isBlankOrEnd, isBreak, isBreakOrEnd, isDigit, isWord, SPACE, TAB } from './character.ts';
import { yamlError } from './error.ts';

export type TokenType =
  | 'stream start'
  | 'stream end'
  | 'version'
  | 'tag directive'
  | 'document start'
  | 'document end'
  | 'block sequence start'
  | 'block mapping start'
  | 'block end'
  | 'flow sequence start'
  | 'flow sequence end'
  | 'flow mapping start'
  | 'flow mapping end'
  | 'block entry'
  | 'flow entry'
  | 'key'
  | 'value'
  | 'alias'
  | 'anchor'
  | 'tag'
  | 'scalar';

export interface Token {
  readonly type: TokenType;
  /** From 0. */
  readonly line: number;
  /** A scalar's text, an anchor's name, a handle, or `1.1` of a version. */
  readonly value: string;
  /** What follows a tag's handle; a directive's prefix. */
  readonly suffix: string;
  /** Whether a scalar is plain. */
  readonly plain: boolean;
}

/** A place where a key without `?` may have begun. */
interface SimpleKey {
  possible: boolean;
  /** Whether anything but a key is an error there. */
  required: boolean;
  token: number;
  pos: number;
  line: number;
  column: number;
}

const MAX_DEPTH = 10_000;
const MAX_SIMPLE_KEY = 1024;

/** `\x` escapes of double-quoted text that stand for one character. */
const ESCAPES: Readonly<Record<string, string>> = {
  '0': '\0',
  a: '\x07',
  b: '\b',
  t: '\t',
  '\t': '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
  e: '\x1b',
  ' ': ' ',
  '"': '"',
  "'": "'",
  '\\': '\\',
  N: '\x85',
  _: '\xa0',
  L: '\u2028',
  P: '\u2029',
};
const CODE_LENGTHS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** What a tag may hold beside letters and digits. */
const URI = ";/?:@&=+$,.!~*'()[]%";

/**
 * Cuts YAML into tokens exactly as libyaml in go-yaml 2.4 does, faults included: which texts it takes, what it calls
 * wrong, and where, all follow from how far it must look ahead to know a key when it sees one.
 */
export class Scanner {
  private readonly text: string;
  private pos = 0;
  private line = 0;
  private lineStart = 0;
  private indent = -1;
  private readonly indents: number[] = [];
  private flowLevel = 0;
  private simpleKeyAllowed = true;
  /** One for each flow level, and one for the block. */
  private readonly simpleKeys: SimpleKey[] = [];
  /** From a token's number to the level of the key that may begin with it. */
  private readonly keyLevels = new Map<number, number>();
  private queue: Token[] = [];
  private head = 0;
  /** How many tokens have been taken: the number of the one at the head. */
  private taken = 0;
  private ready = false;

  /** `text` ends in NUL, and has no line breaks but LF, U+2028 and U+2029. */
  constructor(text: string) {
    this.text = text;
    this.simpleKeys.push(this.noKey());
    this.push('stream start');
  }

  /** How far the text has been read. */
  get position(): number {
    return this.pos;
  }

  peek(): Token {
    if (!this.ready) this.fill();
    return this.queue[this.head] as Token;
  }

  skip(): void {
    this.ready = false;
    this.head++;
    this.taken++;
    if (this.head === this.queue.length) {
      this.queue = [];
      this.head = 0;
    }
  }

  private get column(): number {
    return this.pos - this.lineStart;
  }

  private at(offset: number): number {
    return this.text.charCodeAt(this.pos + offset);
  }

  private fail(problem: string): never {
    throw yamlError(problem, this.line === 0 ? 0 : this.line + 1, this.line + 1);
  }

  private push(type: TokenType, value = '', suffix = '', plain = false, line = this.line): void {
    this.queue.push({ type, line, value, suffix, plain });
  }

  /** Fetches tokens until the one at the head can no longer turn out to be a key. */
  private fill(): void {
    for (;;) {
      if (this.head !== this.queue.length) {
        const level = this.keyLevels.get(this.taken);
        if (level === undefined || !this.isValid(this.simpleKeys[level] as SimpleKey)) break;
      }
      this.fetch();
    }
    this.ready = true;
  }

  private fetch(): void {
    this.skipToToken();
    this.unroll(this.column);
    const c = this.at(0);
    if (this.column === 0) {
      if (c === 0) {
        this.fetchEnd();
        return;
      }
      if (c === 0x25) {
        this.fetchDirective();
        return;
      }
      if (this.atDocumentIndicator()) {
        this.fetchDocumentIndicator(c === 0x2d ? 'document start' : 'document end');
        return;
      }
    }
    switch (c) {
      case 0:
        this.fetchEnd();
        return;
      case 0x5b:
        this.fetchFlowStart('flow sequence start');
        return;
      case 0x7b:
        this.fetchFlowStart('flow mapping start');
        return;
      case 0x5d:
        this.fetchFlowEnd('flow sequence end');
        return;
      case 0x7d:
        this.fetchFlowEnd('flow mapping end');
        return;
      case 0x2c:
        this.fetchFlowEntry();
        return;
      case 0x2a:
        this.fetchAnchor('alias');
        return;
      case 0x26:
        this.fetchAnchor('anchor');
        return;
      case 0x21:
        this.fetchTag();
        return;
      case 0x27:
      case 0x22:
        this.fetchQuoted(c);
        return;
      case 0x2d:
        if (isBlankOrEnd(this.at(1))) {
          this.fetchBlockEntry();
          return;
        }
        this.fetchPlain();
        return;
      case 0x3f:
        if (this.flowLevel > 0 || isBlankOrEnd(this.at(1))) {
          this.fetchKey();
          return;
        }
        this.fetchPlain();
        return;
      case 0x3a:
        if (this.flowLevel > 0 || isBlankOrEnd(this.at(1))) {
          this.fetchValue();
          return;
        }
        this.fetchPlain();
        return;
      case 0x7c:
      case 0x3e:
        if (this.flowLevel === 0) {
          this.fetchBlockScalar(c === 0x7c);
          return;
        }
        break;
      case TAB:
      case 0x23:
      case 0x25:
      case 0x40:
      case 0x60:
        break;
      default:
        this.fetchPlain();
        return;
    }
    this.fail('found character that cannot start any token');
  }

  /** Past white space, comments and line breaks. Tabs are white space only where they cannot be indentation. */
  private skipToToken(): void {
    const { text } = this;
    for (;;) {
      let c = text.charCodeAt(this.pos);
      while (c === SPACE || (c === TAB && (this.flowLevel > 0 || !this.simpleKeyAllowed)))
        c = text.charCodeAt(++this.pos);
      if (c === 0x23) while (!isBreakOrEnd(c)) c = text.charCodeAt(++this.pos);
      if (!isBreak(c)) return;
      this.skipBreak();
      if (this.flowLevel === 0) this.simpleKeyAllowed = true;
    }
  }

  private skipBreak(): void {
    this.pos++;
    this.line++;
    this.lineStart = this.pos;
  }

  /** Takes a line break and returns it. */
  private readBreak(): string {
    const taken = this.text[this.pos] as string;
    this.skipBreak();
    return taken;
  }

  private atDocumentIndicator(): boolean {
    const c = this.at(0);
    return (c === 0x2d || c === 0x2e) && this.at(1) === c && this.at(2) === c && isBlankOrEnd(this.at(3));
  }

  // Keys without an indicator: known only when their ':' comes, on the same line and within 1024 characters.

  private noKey(): SimpleKey {
    return {
      possible: false,
      required: false,
      token: this.taken + this.queue.length - this.head,
      pos: this.pos,
      line: this.line,
      column: this.column,
    };
  }

  private isValid(key: SimpleKey): boolean {
    if (!key.possible) return false;
    if (
      key.line === this.line &&
      (this.pos - key.pos <= MAX_SIMPLE_KEY || this.characters(key.pos, this.pos) <= MAX_SIMPLE_KEY)
    )
      return true;
    if (key.required) this.fail("could not find expected ':'");
    key.possible = false;
    return false;
  }

  private characters(start: number, end: number): number {
    let n = end - start;
    for (let i = start; i < end; i++) if ((this.text.charCodeAt(i) & 0xfc00) === 0xd800) n--;
    return n;
  }

  private saveKey(): void {
    if (!this.simpleKeyAllowed) return;
    const required = this.flowLevel === 0 && this.indent === this.column;
    const token = this.taken + this.queue.length - this.head;
    this.removeKey();
    const level = this.simpleKeys.length - 1;
    this.simpleKeys[level] = { possible: true, required, token, pos: this.pos, line: this.line, column: this.column };
    this.keyLevels.set(token, level);
  }

  private removeKey(): void {
    const key = this.simpleKeys[this.simpleKeys.length - 1] as SimpleKey;
    if (!key.possible) return;
    if (key.required) this.fail("could not find expected ':'");
    key.possible = false;
    this.keyLevels.delete(key.token);
  }

  /** Opens a block collection when `column` is further in; `token` is the number of the token to stand before, or -1. */
  private roll(column: number, token: number, type: TokenType, line: number): void {
    if (this.flowLevel > 0 || this.indent >= column) return;
    this.indents.push(this.indent);
    this.indent = column;
    if (this.indents.length > MAX_DEPTH) this.fail(`exceeded max depth of ${MAX_DEPTH}`);
    this.insert(token, type, line);
  }

  private insert(token: number, type: TokenType, line: number): void {
    const made: Token = { type, line, value: '', suffix: '', plain: false };
    if (token < 0) this.queue.push(made);
    else this.queue.splice(this.head + token - this.taken, 0, made);
  }

  private unroll(column: number): void {
    if (this.flowLevel > 0) return;
    while (this.indent > column) {
      this.push('block end');
      this.indent = this.indents.pop() as number;
    }
  }

  private fetchEnd(): void {
    if (this.column !== 0) {
      this.line++;
      this.lineStart = this.pos;
    }
    this.unroll(-1);
    this.removeKey();
    this.simpleKeyAllowed = false;
    this.push('stream end');
  }

  private fetchDocumentIndicator(type: 'document start' | 'document end'): void {
    this.unroll(-1);
    this.removeKey();
    this.simpleKeyAllowed = false;
    this.pos += 3;
    this.push(type);
  }

  private fetchFlowStart(type: 'flow sequence start' | 'flow mapping start'): void {
    this.saveKey();
    this.simpleKeys.push(this.noKey());
    this.flowLevel++;
    if (this.flowLevel > MAX_DEPTH) this.fail(`exceeded max depth of ${MAX_DEPTH}`);
    this.simpleKeyAllowed = true;
    this.pos++;
    this.push(type);
  }

  private fetchFlowEnd(type: 'flow sequence end' | 'flow mapping end'): void {
    this.removeKey();
    if (this.flowLevel > 0) {
      this.flowLevel--;
      this.keyLevels.delete((this.simpleKeys.pop() as SimpleKey).token);
    }
    this.simpleKeyAllowed = false;
    this.pos++;
    this.push(type);
  }

  private fetchFlowEntry(): void {
    this.removeKey();
    this.simpleKeyAllowed = true;
    this.pos++;
    this.push('flow entry');
  }

  private fetchBlockEntry(): void {
    if (this.flowLevel === 0) {
      if (!this.simpleKeyAllowed) this.fail('block sequence entries are not allowed in this context');
      this.roll(this.column, -1, 'block sequence start', this.line);
    }
    this.removeKey();
    this.simpleKeyAllowed = true;
    this.pos++;
    this.push('block entry');
  }

  private fetchKey(): void {
    if (this.flowLevel === 0) {
      if (!this.simpleKeyAllowed) this.fail('mapping keys are not allowed in this context');
      this.roll(this.column, -1, 'block mapping start', this.line);
    }
    this.removeKey();
    this.simpleKeyAllowed = this.flowLevel === 0;
    this.pos++;
    this.push('key');
  }

  private fetchValue(): void {
    const key = this.simpleKeys[this.simpleKeys.length - 1] as SimpleKey;
    if (this.isValid(key)) {
      this.insert(key.token, 'key', key.line);
      this.roll(key.column, key.token, 'block mapping start', key.line);
      key.possible = false;
      this.keyLevels.delete(key.token);
      this.simpleKeyAllowed = false;
    } else {
      if (this.flowLevel === 0) {
        if (!this.simpleKeyAllowed) this.fail('mapping values are not allowed in this context');
        this.roll(this.column, -1, 'block mapping start', this.line);
      }
      this.simpleKeyAllowed = this.flowLevel === 0;
    }
    this.pos++;
    this.push('value');
  }

  private fetchAnchor(type: 'alias' | 'anchor'): void {
    this.saveKey();
    this.simpleKeyAllowed = false;
    const start = ++this.pos;
    while (isWord(this.at(0))) this.pos++;
    const c = this.at(0);
    if (this.pos === start || !(isBlankOrEnd(c) || '?:,]}%@`'.includes(String.fromCharCode(c)))) {
      this.fail('did not find expected alphabetic or numeric character');
    }
    this.push(type, this.text.slice(start, this.pos));
  }

  private fetchPlain(): void {
    this.saveKey();
    this.simpleKeyAllowed = false;
    this.scanPlain();
  }

  private fetchQuoted(quote: number): void {
    this.saveKey();
    this.simpleKeyAllowed = false;
    this.scanQuoted(quote);
  }

  private fetchBlockScalar(literal: boolean): void {
    this.removeKey();
    this.simpleKeyAllowed = true;
    this.scanBlockScalar(literal);
  }

  private fetchDirective(): void {
    this.unroll(-1);
    this.removeKey();
    this.simpleKeyAllowed = false;
    const { line } = this;
    const start = ++this.pos;
    while (isWord(this.at(0))) this.pos++;
    const name = this.text.slice(start, this.pos);
    if (name === '') this.fail('could not find expected directive name');
    if (!isBlankOrEnd(this.at(0))) this.fail('found unexpected non-alphabetical character');
    if (name === 'YAML') {
      this.skipBlanks();
      const major = this.scanVersionNumber();
      if (this.at(0) !== 0x2e) this.fail("did not find expected digit or '.' character");
      this.pos++;
      this.push('version', `${major}.${this.scanVersionNumber()}`, '', false, line);
    } else if (name === 'TAG') {
      this.skipBlanks();
      const handle = this.scanTagHandle(true);
      if (!isBlank(this.at(0))) this.fail('did not find expected whitespace');
      this.skipBlanks();
      const prefix = this.scanTagUri('');
      if (!isBlankOrEnd(this.at(0))) this.fail('did not find expected whitespace or line break');
      this.push('tag directive', handle, prefix, false, line);
    } else {
      this.fail('found unknown directive name');
    }
    this.skipRestOfLine();
  }

  private skipBlanks(): void {
    while (isBlank(this.at(0))) this.pos++;
  }

  private skipRestOfLine(): void {
    this.skipBlanks();
    if (this.at(0) === 0x23) while (!isBreakOrEnd(this.at(0))) this.pos++;
    if (!isBreakOrEnd(this.at(0))) this.fail('did not find expected comment or line break');
    if (isBreak(this.at(0))) this.skipBreak();
  }

  private scanVersionNumber(): number {
    const start = this.pos;
    while (isDigit(this.at(0))) {
      if (this.pos - start === 2) this.fail('found extremely long version number');
      this.pos++;
    }
    if (this.pos === start) this.fail('did not find expected version number');
    return Number(this.text.slice(start, this.pos));
  }

  private fetchTag(): void {
    this.saveKey();
    this.simpleKeyAllowed = false;
    let handle = '';
    let suffix: string;
    if (this.at(1) === 0x3c) {
      this.pos += 2;
      suffix = this.scanTagUri('');
      if (this.at(0) !== 0x3e) this.fail("did not find the expected '>'");
      this.pos++;
    } else {
      handle = this.scanTagHandle(false);
      if (handle.length > 1 && handle.endsWith('!')) {
        suffix = this.scanTagUri('');
      } else {
        suffix = this.scanTagUri(handle);
        handle = '!';
        if (suffix === '') [handle, suffix] = [suffix, handle];
      }
    }
    if (!isBlankOrEnd(this.at(0))) this.fail('did not find expected whitespace or line break');
    this.push('tag', handle, suffix);
  }

  private scanTagHandle(directive: boolean): string {
    if (this.at(0) !== 0x21) this.fail("did not find expected '!'");
    const start = this.pos++;
    while (isWord(this.at(0))) this.pos++;
    if (this.at(0) === 0x21) this.pos++;
    else if (directive && this.pos !== start + 1) this.fail("did not find expected '!'");
    return this.text.slice(start, this.pos);
  }

  /** `head` is what looked like a handle and belongs to the tag; its `!` does not. */
  private scanTagUri(head: string): string {
    let uri = head.slice(1);
    const start = this.pos;
    for (;;) {
      const c = this.at(0);
      if (c === 0x25) uri += this.scanUriEscapes();
      else if (isWord(c) || (c !== 0 && URI.includes(String.fromCharCode(c)))) uri += this.text[this.pos++];
      else break;
    }
    if (head === '' && this.pos === start) this.fail('did not find expected tag URI');
    return uri;
  }

  private scanUriEscapes(): string {
    const octets: number[] = [];
    let width = 1;
    do {
      const high = hexDigit(this.at(1));
      if (this.at(0) !== 0x25 || high < 0 || hexDigit(this.at(2)) < 0) this.fail('did not find URI escaped octet');
      const octet = high * 16 + hexDigit(this.at(2));
      if (octets.length === 0) {
        width =
          octet < 0x80
            ? 1
            : octet >= 0xc0 && octet < 0xe0
              ? 2
              : octet >= 0xe0 && octet < 0xf0
                ? 3
                : octet >= 0xf0 && octet < 0xf8
                  ? 4
                  : 0;
        if (width === 0) this.fail('found an incorrect leading UTF-8 octet');
      } else if ((octet & 0xc0) !== 0x80) {
        this.fail('found an incorrect trailing UTF-8 octet');
      }
      octets.push(octet);
      this.pos += 3;
    } while (octets.length < width);
    return new TextDecoder().decode(new Uint8Array(octets));
  }

  private scanBlockScalar(literal: boolean): void {
    const { line } = this;
    this.pos++;
    let chomping = 0;
    let increment = 0;
    const chomp = (): void => {
      const c = this.at(0);
      if (c !== 0x2b && c !== 0x2d) return;
      chomping = c === 0x2b ? 1 : -1;
      this.pos++;
    };
    const indentation = (): void => {
      if (!isDigit(this.at(0))) return;
      if (this.at(0) === 0x30) this.fail('found an indentation indicator equal to 0');
      increment = this.at(0) - 0x30;
      this.pos++;
    };
    chomp();
    indentation();
    if (chomping === 0) chomp();
    this.skipRestOfLine();

    let indent = increment === 0 ? 0 : Math.max(this.indent, 0) + increment;
    let value = '';
    let lead = '';
    let leadingBlank = false;
    let trailing = '';
    const breaks = (): void => {
      let widest = 0;
      for (;;) {
        while ((indent === 0 || this.column < indent) && this.at(0) === SPACE) this.pos++;
        widest = Math.max(widest, this.column);
        if ((indent === 0 || this.column < indent) && this.at(0) === TAB) {
          this.fail('found a tab character where an indentation space is expected');
        }
        if (!isBreak(this.at(0))) break;
        trailing += this.readBreak();
      }
      if (indent === 0) indent = Math.max(widest, this.indent + 1, 1);
    };
    breaks();
    while (this.column === indent && this.at(0) !== 0) {
      const blank = isBlank(this.at(0));
      if (!literal && !leadingBlank && !blank && lead[0] === '\n') {
        if (trailing === '') value += ' ';
      } else {
        value += lead;
      }
      value += trailing;
      lead = trailing = '';
      leadingBlank = blank;
      const start = this.pos;
      while (!isBreakOrEnd(this.at(0))) this.pos++;
      value += this.text.slice(start, this.pos);
      if (isBreak(this.at(0))) lead = this.readBreak();
      breaks();
    }
    if (chomping !== -1) value += lead;
    if (chomping === 1) value += trailing;
    this.push('scalar', value, '', false, line);
  }

  private scanQuoted(quote: number): void {
    const { line, text } = this;
    const single = quote === 0x27;
    this.pos++;
    let value = '';
    for (;;) {
      if (this.column === 0 && this.atDocumentIndicator()) this.fail('found unexpected document indicator');
      if (this.at(0) === 0) this.fail('found unexpected end of stream');
      let folded = false;
      let start = this.pos;
      let c = text.charCodeAt(this.pos);
      while (!isBlankOrEnd(c)) {
        if (c === quote) {
          if (!single || this.at(1) !== 0x27) break;
          value += text.slice(start, this.pos + 1);
          this.pos += 2;
          start = this.pos;
        } else if (c === 0x5c && !single) {
          value += text.slice(start, this.pos);
          if (isBreak(this.at(1))) {
            this.pos++;
            this.skipBreak();
            folded = true;
            start = this.pos;
            break;
          }
          value += this.scanEscape();
          start = this.pos;
        } else {
          this.pos++;
        }
        c = text.charCodeAt(this.pos);
      }
      value += text.slice(start, this.pos);
      if (this.at(0) === quote) break;

      const blanks = this.pos;
      let lead = '';
      let trailing = '';
      for (c = this.at(0); c !== 0 && isBlankOrEnd(c); c = this.at(0)) {
        if (!isBreak(c)) {
          this.pos++;
        } else if (folded) {
          trailing += this.readBreak();
        } else {
          lead = this.readBreak();
          folded = true;
        }
      }
      if (!folded) value += text.slice(blanks, this.pos);
      else if (lead !== '\n') value += lead + trailing;
      else value += trailing === '' ? ' ' : trailing;
    }
    this.pos++;
    this.push('scalar', value, '', false, line);
  }

  private scanEscape(): string {
    const letter = this.text[this.pos + 1] as string;
    const plain = ESCAPES[letter];
    if (plain !== undefined) {
      this.pos += 2;
      return plain;
    }
    const length = CODE_LENGTHS[letter];
    if (length === undefined) this.fail('found unknown escape character');
    this.pos += 2;
    let code = 0;
    for (let k = 0; k < length; k++) {
      const digit = hexDigit(this.at(k));
      if (digit < 0) this.fail('did not find expected hexdecimal number');
      code = code * 16 + digit;
    }
    if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) this.fail('found invalid Unicode character escape code');
    this.pos += length;
    return String.fromCodePoint(code);
  }

  private scanPlain(): void {
    const { line, text } = this;
    const flow = this.flowLevel > 0;
    const indent = this.indent + 1;
    let value = '';
    let start = this.pos;
    let end = this.pos;
    let leadingBlanks = false;
    let lead = '';
    let trailing = '';
    for (;;) {
      if (this.column === 0 && this.atDocumentIndicator()) break;
      let c = text.charCodeAt(this.pos);
      if (c === 0x23) break;
      const word = this.pos;
      while (!isBlankOrEnd(c)) {
        if (c === 0x3a && isBlankOrEnd(this.at(1))) break;
        if (flow && (c === 0x2c || c === 0x3f || c === 0x5b || c === 0x5d || c === 0x7b || c === 0x7d)) break;
        c = text.charCodeAt(++this.pos);
      }
      if (this.pos > word) {
        if (leadingBlanks) {
          value += text.slice(start, end);
          value += lead !== '\n' ? lead + trailing : trailing === '' ? ' ' : trailing;
          leadingBlanks = false;
          lead = trailing = '';
          start = word;
        }
        end = this.pos;
      }
      if (!isBlank(c) && !isBreak(c)) break;
      for (; isBlank(c) || isBreak(c); c = this.at(0)) {
        if (!isBreak(c)) {
          if (leadingBlanks && c === TAB && this.column < indent)
            this.fail('found a tab character that violates indentation');
          this.pos++;
        } else if (leadingBlanks) {
          trailing += this.readBreak();
        } else {
          lead = this.readBreak();
          leadingBlanks = true;
        }
      }
      if (!flow && this.column < indent) break;
    }
    value += text.slice(start, end);
    if (leadingBlanks) this.simpleKeyAllowed = true;
    this.push('scalar', value, '', true, line);
  }
}
