/** The lexer of Go's text/template: the text of a template into tokens, one at a time. */
import { quote } from './fmt/quote.ts';
import { isLetterOrDigit, isPrintable } from './unicode.ts';

export type TokenType =
  | 'error'
  | 'bool'
  | 'char'
  | 'charConstant'
  | 'comment'
  | 'complex'
  | 'assign'
  | 'declare'
  | 'eof'
  | 'field'
  | 'identifier'
  | 'leftDelim'
  | 'leftParen'
  | 'number'
  | 'pipe'
  | 'rawString'
  | 'rightDelim'
  | 'rightParen'
  | 'space'
  | 'string'
  | 'text'
  | 'variable'
  | 'dot'
  | Keyword;

type Keyword =
  | 'block'
  | 'break'
  | 'continue'
  | 'define'
  | 'else'
  | 'end'
  | 'if'
  | 'nil'
  | 'range'
  | 'template'
  | 'with';

/** `pos` is an index into the JavaScript string; lines and byte columns are computed from it when an error needs them. */
export interface Token {
  readonly type: TokenType;
  readonly pos: number;
  /** The text of the token; of an error, its message. */
  readonly val: string;
}

const KEYWORDS: ReadonlySet<string> = new Set<Keyword>([
  'block',
  'break',
  'continue',
  'define',
  'else',
  'end',
  'if',
  'nil',
  'range',
  'template',
  'with',
]);

/** How error messages name a token. */
export function describeToken(token: Token): string {
  if (token.type === 'eof') return 'EOF';
  if (token.type === 'error') return token.val;
  if (token.type === 'dot' || KEYWORDS.has(token.type)) return `<${token.val}>`;
  const points = Array.from(token.val);
  // Go measures the length in bytes and cuts at ten characters.
  return new TextEncoder().encode(token.val).length > 10
    ? `${quote(points.slice(0, 10).join(''))}...`
    : quote(token.val);
}

const TAB = 9;
const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;
const DASH = 45;
const DOT = 46;

const isSpace = (c: number): boolean => c === SPACE || c === NEWLINE || c === TAB || c === RETURN;
const isDigit = (c: number): boolean => c >= 48 && c <= 57;

export interface LexOptions {
  leftDelim: string;
  rightDelim: string;
  /** `break` and `continue` are keywords unless functions have these names. */
  breakOk: boolean;
  continueOk: boolean;
  comments: boolean;
}

export class Lexer {
  private readonly input: string;
  private readonly options: LexOptions;
  private pos = 0;
  private start = 0;
  private insideAction = false;
  private parenDepth = 0;
  private failed = false;

  constructor(input: string, options: LexOptions) {
    this.input = input;
    this.options = options;
  }

  next(): Token {
    if (this.failed) return { type: 'eof', pos: this.pos, val: 'EOF' };
    return this.insideAction ? this.lexAction() : this.lexText();
  }

  private emit(type: TokenType): Token {
    const token = { type, pos: this.start, val: this.input.slice(this.start, this.pos) };
    this.start = this.pos;
    return token;
  }

  private fail(message: string): Token {
    this.failed = true;
    return { type: 'error', pos: this.start, val: message };
  }

  private code(at = this.pos): number {
    return at < this.input.length ? this.input.charCodeAt(at) : -1;
  }

  /** `{{-` trims only with white space behind the dash: `{{-3}}` is a number. */
  private hasLeftTrim(at: number): boolean {
    return this.code(at) === DASH && isSpace(this.code(at + 1));
  }

  private hasRightTrim(at: number): boolean {
    return (
      isSpace(this.code(at)) && this.code(at + 1) === DASH && this.input.startsWith(this.options.rightDelim, at + 2)
    );
  }

  private lexText(): Token {
    const { input } = this;
    for (;;) {
      const left = input.indexOf(this.options.leftDelim, this.pos);
      if (left < 0) {
        this.pos = input.length;
        return this.emit(this.pos > this.start ? 'text' : 'eof');
      }
      if (left > this.pos) {
        let end = left;
        if (this.hasLeftTrim(left + this.options.leftDelim.length)) {
          while (end > this.start && isSpace(input.charCodeAt(end - 1))) end--;
        }
        this.pos = end;
        const text = this.emit('text');
        this.pos = this.start = left;
        if (text.val !== '') return text;
      }
      const token = this.lexLeftDelim();
      if (token !== undefined) return token;
    }
  }

  /** Undefined when a comment was skipped and text goes on. */
  private lexLeftDelim(): Token | undefined {
    const { leftDelim } = this.options;
    this.pos += leftDelim.length;
    const marker = this.hasLeftTrim(this.pos) ? 2 : 0;
    if (this.input.startsWith('/*', this.pos + marker)) {
      this.pos += marker;
      this.start = this.pos;
      return this.lexComment();
    }
    const token = this.emit('leftDelim');
    this.insideAction = true;
    this.pos += marker;
    this.start = this.pos;
    this.parenDepth = 0;
    return token;
  }

  private lexComment(): Token | undefined {
    const end = this.input.indexOf('*/', this.pos + 2);
    if (end < 0) return this.fail('unclosed comment');
    this.pos = end + 2;
    const trim = this.hasRightTrim(this.pos);
    if (!trim && !this.input.startsWith(this.options.rightDelim, this.pos)) {
      return this.fail('comment ends before closing delimiter');
    }
    const token = this.emit('comment');
    this.skipRightDelim(trim);
    return this.options.comments ? token : undefined;
  }

  private skipRightDelim(trim: boolean): void {
    this.pos += this.options.rightDelim.length + (trim ? 2 : 0);
    if (trim) while (isSpace(this.code())) this.pos++;
    this.start = this.pos;
  }

  private lexAction(): Token {
    const { input } = this;
    const trim = this.hasRightTrim(this.pos);
    if (trim || input.startsWith(this.options.rightDelim, this.pos)) {
      if (this.parenDepth > 0) return this.fail('unclosed left paren');
      this.insideAction = false;
      const pos = trim ? this.pos + 2 : this.pos;
      this.skipRightDelim(trim);
      return { type: 'rightDelim', pos, val: this.options.rightDelim };
    }
    const c = this.code();
    switch (c) {
      case -1:
        return this.fail('unclosed action');
      case SPACE:
      case TAB:
      case NEWLINE:
      case RETURN:
        return this.lexSpace();
      case 0x3d: // =
        this.pos++;
        return this.emit('assign');
      case 0x3a: // :
        this.pos += 2;
        if (this.code(this.pos - 1) !== 0x3d) return this.fail('expected :=');
        return this.emit('declare');
      case 0x7c: // |
        this.pos++;
        return this.emit('pipe');
      case 0x22: // "
        return this.lexQuoted(0x22, 'string', 'unterminated quoted string');
      case 0x60: {
        const end = input.indexOf('`', this.pos + 1);
        if (end < 0) return this.fail('unterminated raw quoted string');
        this.pos = end + 1;
        return this.emit('rawString');
      }
      case 0x24: // $
        this.pos++;
        return this.atTerminator() ? this.emit('variable') : this.lexWord('variable');
      case 0x27: // '
        return this.lexQuoted(0x27, 'charConstant', 'unterminated character constant');
      case DOT: {
        const next = this.code(this.pos + 1);
        if (next >= 0 && !isDigit(next)) {
          this.pos++;
          return this.atTerminator() ? this.emit('dot') : this.lexWord('field');
        }
        return this.lexNumber();
      }
      case 0x28: // (
        this.pos++;
        this.parenDepth++;
        return this.emit('leftParen');
      case 0x29: // )
        this.pos++;
        this.parenDepth--;
        if (this.parenDepth < 0) return this.fail('unexpected right paren');
        return this.emit('rightParen');
    }
    if (c === 0x2b || c === DASH || isDigit(c)) return this.lexNumber();
    const point = input.codePointAt(this.pos) as number;
    if (isLetterOrDigit(point)) return this.lexIdentifier();
    if (c > 0x20 && c < 0x7f) {
      this.pos++;
      return this.emit('char');
    }
    return this.fail(`unrecognized character in action: ${unicodeName(point)}`);
  }

  /** A run of spaces; the last one stays behind when it begins ` -}}`. */
  private lexSpace(): Token {
    while (isSpace(this.code())) this.pos++;
    if (this.hasRightTrim(this.pos - 1)) {
      this.pos--;
      if (this.pos === this.start) return this.lexAction();
    }
    return this.emit('space');
  }

  private skipAlphanumerics(): void {
    for (;;) {
      const c = this.code();
      if ((c >= 97 && c <= 122) || (c >= 65 && c <= 90) || c === 95 || isDigit(c)) this.pos++;
      else if (c >= 0x80 && isLetterOrDigit(this.input.codePointAt(this.pos) as number)) {
        this.pos += (this.input.codePointAt(this.pos) as number) > 0xffff ? 2 : 1;
      } else return;
    }
  }

  private lexWord(type: 'field' | 'variable'): Token {
    this.skipAlphanumerics();
    return this.atTerminator() ? this.emit(type) : this.badCharacter();
  }

  private lexIdentifier(): Token {
    this.skipAlphanumerics();
    if (!this.atTerminator()) return this.badCharacter();
    const word = this.input.slice(this.start, this.pos);
    if (KEYWORDS.has(word)) {
      const disabled = (word === 'break' && !this.options.breakOk) || (word === 'continue' && !this.options.continueOk);
      return this.emit(disabled ? 'identifier' : (word as Keyword));
    }
    return this.emit(word === 'true' || word === 'false' ? 'bool' : 'identifier');
  }

  private badCharacter(): Token {
    return this.fail(`bad character ${unicodeName(this.input.codePointAt(this.pos) as number)}`);
  }

  private atTerminator(): boolean {
    const c = this.code();
    if (isSpace(c)) return true;
    switch (c) {
      case -1:
      case DOT:
      case 0x2c:
      case 0x7c:
      case 0x3a:
      case 0x29:
      case 0x28:
        return true;
    }
    return this.input.startsWith(this.options.rightDelim, this.pos);
  }

  private lexQuoted(end: number, type: 'string' | 'charConstant', message: string): Token {
    this.pos++;
    for (;;) {
      let c = this.code();
      this.pos++;
      if (c === end) return this.emit(type);
      if (c === 0x5c) {
        c = this.code();
        this.pos++;
        if (c !== -1 && c !== NEWLINE) continue;
      }
      if (c === -1 || c === NEWLINE) return this.fail(message);
    }
  }

  private lexNumber(): Token {
    if (!this.scanNumber()) return this.badNumber();
    const c = this.code();
    if (c !== 0x2b && c !== DASH) return this.emit('number');
    if (!this.scanNumber() || this.input[this.pos - 1] !== 'i') return this.badNumber();
    return this.emit('complex');
  }

  private badNumber(): Token {
    return this.fail(`bad number syntax: ${quote(this.input.slice(this.start, this.pos))}`);
  }

  private accept(chars: string): boolean {
    const c = this.input[this.pos];
    if (c === undefined || !chars.includes(c)) return false;
    this.pos++;
    return true;
  }

  private acceptRun(chars: string): void {
    while (this.accept(chars));
  }

  /** Takes whatever may be a number: the parser decides whether it is one. */
  private scanNumber(): boolean {
    this.accept('+-');
    let digits = '0123456789_';
    if (this.accept('0')) {
      if (this.accept('xX')) digits = '0123456789abcdefABCDEF_';
      else if (this.accept('oO')) digits = '01234567_';
      else if (this.accept('bB')) digits = '01_';
    }
    this.acceptRun(digits);
    if (this.accept('.')) this.acceptRun(digits);
    const exponent = digits.length === 11 ? 'eE' : digits.length === 23 ? 'pP' : '';
    if (exponent !== '' && this.accept(exponent)) {
      this.accept('+-');
      this.acceptRun('0123456789_');
    }
    this.accept('i');
    const next = this.input.codePointAt(this.pos);
    if (next !== undefined && isLetterOrDigit(next)) {
      this.pos += next > 0xffff ? 2 : 1;
      return false;
    }
    return true;
  }
}

/** `%#U`: `U+00E9 'é'`. A byte that is not UTF-8 counts as U+FFFD. */
function unicodeName(point: number): string {
  const rune = point >= 0xd800 && point <= 0xdfff ? 0xfffd : point;
  const name = `U+${rune.toString(16).toUpperCase().padStart(4, '0')}`;
  return isPrintable(rune) ? `${name} '${String.fromCodePoint(rune)}'` : name;
}
