import { GoError, quoteGo } from 'go-template';

import { TextError } from '../yaml/error.ts';

/** What {@link Reader.next} returns behind the last character. */
export const END = -1;

const LF = 0x0a;
const CR = 0x0d;
const DOUBLE = 0x22;
const SINGLE = 0x27;
const BACKSLASH = 0x5c;

export const isBlank = (c: number): boolean => c === 0x20 || c === 0x09;
export const isNewline = (c: number): boolean => c === LF || c === CR;
export const isDigit = (c: number): boolean => c >= 0x30 && c <= 0x39;
const isHex = (c: number): boolean => isDigit(c) || ((c | 0x20) >= 0x61 && (c | 0x20) <= 0x66);
const isBareKey = (c: number): boolean =>
  (c >= 0x61 && c <= 0x7a) || (c >= 0x41 && c <= 0x5a) || isDigit(c) || c === 0x5f || c === 0x2d;
const LETTER = /^\p{L}/u;
const isLetter = (c: number): boolean => c !== END && LETTER.test(String.fromCodePoint(c));

const charOf = (c: number): string => (c === END ? '\0' : String.fromCodePoint(c));

/** Go's %q of a rune. */
export function quoteRune(c: number): string {
  const char = charOf(c);
  return `'${char === "'" ? "\\'" : char === '"' ? '"' : quoteGo(char).slice(1, -1)}'`;
}

/** A string of TOML: what stands between its quotes. */
export interface StringToken {
  readonly text: string;
  readonly escaped: boolean;
  readonly multiline: boolean;
  readonly line: number;
}

export interface NumberToken {
  readonly kind: 'integer' | 'float' | 'datetime';
  readonly text: string;
  readonly line: number;
}

/** Reads the characters, keys, strings and numbers of a TOML text, with the faults of BurntSushi's lexer. */
export class Reader {
  private readonly text: string;
  private pos = 0;
  line = 1;
  private atEnd = false;
  /** The key whose value is being read, for the faults. */
  private readonly lastKey: () => string;

  constructor(text: string, lastKey: () => string) {
    this.text = text;
    this.lastKey = lastKey;
  }

  fail(message: string, line: number): never {
    const key = this.lastKey();
    throw new TextError(`toml: line ${line}${key === '' ? '' : ` (last key ${quoteGo(key)})`}: ${message}`, line);
  }

  /** A fault here; at the end of the text it belongs to the last line that has one. */
  failHere(message: string): never {
    this.fail(message, this.atEnd && this.text[this.pos - 1] === '\n' ? this.line - 1 : this.line);
  }

  /** A fault seen only after a line break. */
  failBefore(message: string): never {
    this.fail(message, this.line - 1);
  }

  next(): number {
    const c = this.text.codePointAt(this.pos);
    if (c === undefined) {
      this.atEnd = true;
      return END;
    }
    if (c === LF) this.line++;
    if (c >= 0xdc80 && c <= 0xdcff) this.fail(`invalid UTF-8 byte: 0x${(c - 0xdc00).toString(16)}`, this.line);
    if (
      (c < 0x20 && c !== 0x09 && c !== LF && c !== CR) ||
      c === 0x7f ||
      (c === CR && this.text[this.pos + 1] !== '\n')
    ) {
      this.fail(`TOML files cannot contain control characters: '0x${c.toString(16).padStart(2, '0')}'`, this.line);
    }
    this.pos += c > 0xffff ? 2 : 1;
    return c;
  }

  back(): void {
    if (this.atEnd) {
      this.atEnd = false;
      return;
    }
    this.pos--;
    if ((this.text.charCodeAt(this.pos) & 0xfc00) === 0xdc00) this.pos--;
    if (this.text.charCodeAt(this.pos) === LF) this.line--;
  }

  peek(): number {
    const c = this.next();
    this.back();
    return c;
  }

  accept(wanted: number): boolean {
    if (this.next() === wanted) return true;
    this.back();
    return false;
  }

  skipBlanks(): void {
    while (isBlank(this.next()));
    this.back();
  }

  skipComment(): void {
    let c = this.next();
    while (c !== END && !isNewline(c)) c = this.next();
    this.back();
  }

  bareKey(): string {
    const start = this.pos;
    while (isBareKey(this.next()));
    this.back();
    return this.text.slice(start, this.pos);
  }

  /** A quoted string on one line; the quote is next. */
  lineString(): StringToken {
    return this.next() === DOUBLE ? this.doubleQuoted() : this.singleQuoted();
  }

  /** A string of any kind; its first quote, `quote`, has been read. */
  string(quote: number): StringToken {
    if (this.accept(quote)) {
      if (this.accept(quote)) return this.multiline(quote);
      this.back();
    }
    return quote === DOUBLE ? this.doubleQuoted() : this.singleQuoted();
  }

  private doubleQuoted(): StringToken {
    const start = this.pos;
    let escaped = false;
    for (let c = this.next(); c !== DOUBLE; c = this.next()) {
      if (c === END) this.failHere(`unexpected EOF; expected '"'`);
      if (isNewline(c)) this.failBefore('strings cannot contain newlines');
      if (c !== BACKSLASH) continue;
      escaped = true;
      this.escape(start);
    }
    return { text: this.text.slice(start, this.pos - 1), escaped, multiline: false, line: this.line };
  }

  private singleQuoted(): StringToken {
    const start = this.pos;
    for (let c = this.next(); c !== SINGLE; c = this.next()) {
      if (c === END) this.failHere(`unexpected EOF; expected "'"`);
      if (isNewline(c)) this.failBefore('strings cannot contain newlines');
    }
    return { text: this.text.slice(start, this.pos - 1), escaped: false, multiline: false, line: this.line };
  }

  /** Up to two quotes may stand before the three that end it. */
  private multiline(quote: number): StringToken {
    const start = this.pos;
    const mark = charOf(quote);
    for (;;) {
      const c = this.next();
      if (c === END) this.failHere(`unexpected EOF; expected ${quote === DOUBLE ? `'"""'` : `"'''"`}`);
      if (c === BACKSLASH && quote === DOUBLE) {
        if (isNewline(this.next())) continue;
        this.back();
        this.escape(start);
      }
      if (c !== quote || !this.accept(quote)) continue;
      if (!this.accept(quote)) {
        this.back();
        continue;
      }
      if (this.peek() !== quote) break;
      const read = this.text.slice(start, this.pos);
      const five = mark.repeat(5);
      if (read.endsWith(five) && !(quote === DOUBLE && read.endsWith(`\\${five}`))) {
        this.failHere(quote === DOUBLE ? `unexpected '""""""'` : `unexpected "''''''"`);
      }
      this.back();
      this.back();
    }
    return { text: this.text.slice(start, this.pos - 3), escaped: quote === DOUBLE, multiline: true, line: this.line };
  }

  /** The rest of an escape sequence; `start` is where the string began. */
  private escape(start: number): void {
    const c = this.next();
    const letter = charOf(c);
    const digits = letter === 'x' ? 2 : letter === 'u' ? 4 : letter === 'U' ? 8 : 0;
    if (digits === 0) {
      if (c !== END && 'ebtnfr"\\ \t'.includes(letter)) return;
      this.fail(`invalid escape in string '\\${letter}'`, this.atEnd ? this.line - 1 : this.line);
    }
    for (let i = 0; i < digits; i++) {
      if (isHex(this.next())) continue;
      const count = digits === 2 ? 'two' : digits === 4 ? 'four' : 'eight';
      this.failHere(
        `expected ${count} hexadecimal digits after '\\${letter}', but got ${quoteGo(this.text.slice(start, this.pos))} instead`,
      );
    }
  }

  /** `inf` or `nan`, whose first letter has been read; what follows is read as a word if it is neither. */
  special(): string | undefined {
    const start = this.pos - 1;
    const found = (this.accept(0x6e) && this.accept(0x66)) || (this.accept(0x61) && this.accept(0x6e));
    if (found) return this.text.slice(start, this.pos);
    this.back();
    return undefined;
  }

  /** `true` or `false`, from the letter that is next. */
  bool(): boolean {
    const start = this.pos;
    while (isLetter(this.next()));
    this.back();
    const word = this.text.slice(start, this.pos);
    if (word !== 'true' && word !== 'false') this.failHere(`expected value but found ${quoteGo(word)} instead`);
    return word === 'true';
  }

  isLetterNext(): boolean {
    return isLetter(this.peek());
  }

  /** A number with a sign, which has been read. */
  signed(): NumberToken {
    const start = this.pos - 1;
    const c = this.next();
    const so = (): string => this.text.slice(start, this.pos);
    if (c === 0x69 || c === 0x6e) {
      // i, n
      const [second, third] = c === 0x69 ? [0x6e, 0x66] : [0x61, 0x6e];
      if (!this.accept(second as number) || !this.accept(third as number)) this.failHere(`invalid float: '${so()}'`);
      return { kind: 'float', text: so(), line: this.line };
    }
    if (c === 0x2e) this.failHere("floats must start with a digit, not '.'");
    if (c === 0x30 && [0x62, 0x6f, 0x78].includes(this.peek())) {
      this.failHere(`cannot use sign with non-decimal numbers: '${so()}${charOf(this.peek())}'`);
    }
    if (!isDigit(c)) this.failHere(`expected a digit but got ${quoteRune(c)}`);
    return this.decimal(start);
  }

  /** A number, date or time; a digit is next. */
  number(): NumberToken {
    const start = this.pos;
    if (this.next() !== 0x30) return this.numberOrDate(start);
    const c = this.next();
    if (isDigit(c)) return this.numberOrDate(start);
    switch (charOf(c)) {
      case '_':
        return this.decimal(start);
      case '.':
      case 'e':
      case 'E':
        return this.while('float', start, isFloatChar);
      case 'b':
        return this.based(start, (d) => d === 0x30 || d === 0x31, 'a binary');
      case 'o':
        return this.based(start, (d) => d >= 0x30 && d <= 0x37, 'an octal');
      case 'x':
        return this.based(start, isHex, 'a hexadecimal');
    }
    this.back();
    return { kind: 'integer', text: '0', line: this.line };
  }

  private based(start: number, isIn: (c: number) => boolean, what: string): NumberToken {
    const c = this.peek();
    if (!isIn(c)) this.failHere(`not ${what} number: '${this.text.slice(start, this.pos)}${charOf(c)}'`);
    return this.while('integer', start, (d) => isIn(d) || d === 0x5f);
  }

  private numberOrDate(start: number): NumberToken {
    let c = this.next();
    while (isDigit(c)) c = this.next();
    switch (charOf(c)) {
      case '-':
      case ':': {
        const { kind, text, line } = this.while('datetime', start, isDateChar);
        return { kind, text: text.trim(), line };
      }
      case '_':
        return this.decimal(start);
      case '.':
      case 'e':
      case 'E':
        return this.while('float', start, isFloatChar);
    }
    this.back();
    return { kind: 'integer', text: this.text.slice(start, this.pos), line: this.line };
  }

  private decimal(start: number): NumberToken {
    let c = this.next();
    while (isDigit(c) || c === 0x5f) c = this.next();
    if (c === 0x2e || c === 0x65 || c === 0x45) return this.while('float', start, isFloatChar);
    this.back();
    return { kind: 'integer', text: this.text.slice(start, this.pos), line: this.line };
  }

  private while(kind: NumberToken['kind'], start: number, isIn: (c: number) => boolean): NumberToken {
    while (isIn(this.next()));
    this.back();
    return { kind, text: this.text.slice(start, this.pos), line: this.line };
  }
}

const isFloatChar = (c: number): boolean => isDigit(c) || (c !== END && '_.-+eE'.includes(charOf(c)));
const isDateChar = (c: number): boolean => isDigit(c) || (c !== END && '-:Tt .Zz+'.includes(charOf(c)));

/** The text that a string token stands for. */
export function unescapeString({ text, escaped, multiline, line }: StringToken, reader: Reader): string {
  let s = text;
  if (multiline) {
    s = s.replace(/^\r?\n/, '');
    if (escaped) s = s.replace(/(\\\\)|\\[ \t\r]*\n[ \t\r\n]*/g, '$1');
  }
  if (!escaped || !s.includes('\\')) return s;
  return s.replace(/\\(?:x(..)|u(.{4})|U(.{8})|(.))/gs, (_, x?: string, u?: string, long?: string, letter?: string) => {
    if (letter !== undefined) {
      if (letter === ' ' || letter === '\t') reader.fail(`invalid escape: '\\${letter}'`, line);
      return ESCAPES[letter] as string;
    }
    const digits = (x ?? u ?? long) as string;
    const code = Number.parseInt(digits, 16);
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
      reader.fail(`Escaped character '\\u${digits}' is not valid UTF-8.`, line);
    return String.fromCodePoint(code);
  });
}

const ESCAPES: Readonly<Record<string, string>> = {
  b: '\b',
  t: '\t',
  n: '\n',
  f: '\f',
  r: '\r',
  e: '\x1b',
  '"': '"',
  '\\': '\\',
};

/** For a document that would need a deeper stack than there is. */
export const tooDeep = (): GoError => new GoError('exceeded max depth');
