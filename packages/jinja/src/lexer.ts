/**
 * Jinja's tokens, of the types that nunjucks's parser reads. nunjucks's own lexer ends `{{ {"a": {}}}}` at the first
 * `}}`, takes `#}` in text for an error, knows no escapes but three, and leaves the trimming of white space to its parser,
 * which loses some of it.
 */
import nunjucks, { type Token } from 'nunjucks';

import { Fault } from './fault.ts';
import type { TemplateText } from './place.ts';

export interface Whitespace {
  /** Whether the newline after a tag goes. */
  readonly trimBlocks?: boolean;
  /** Whether white space before a tag goes when nothing else stands before it on the line. */
  readonly lstripBlocks?: boolean;
  /** Whether the newline at the end of a template stays. */
  readonly keepTrailingNewline?: boolean;
}

const { lexer: T } = nunjucks;

const OPENING = /\{[{%#]/g;
const RAW = /\{%([-+]?)\s*raw\s*([-+]?)%\}/y;
const END_RAW = /\{%([-+]?)\s*endraw\s*([-+]?)%\}/g;
const SPACE = /[\s\u00a0]+/y;
const NAME = /[\p{ID_Start}_][\p{ID_Continue}]*/uy;
const NUMBER = /0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|\d[\d_]*(\.\d[\d_]*)?([eE][+-]?\d+)?/y;
const OPERATOR = /==|!=|<=|>=|\/\/|\*\*|[-+*/%<>=.,:~|()[\]{}]/y;

const KINDS: Record<string, string> = {
  '(': 'TOKEN_LEFT_PAREN',
  ')': 'TOKEN_RIGHT_PAREN',
  '[': 'TOKEN_LEFT_BRACKET',
  ']': 'TOKEN_RIGHT_BRACKET',
  '{': 'TOKEN_LEFT_CURLY',
  '}': 'TOKEN_RIGHT_CURLY',
  ',': 'TOKEN_COMMA',
  ':': 'TOKEN_COLON',
  '~': 'TOKEN_TILDE',
  '|': 'TOKEN_PIPE',
};

const SIMPLE_ESCAPES: Record<string, string> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  '0': '\0',
  '\n': '',
};

export class JinjaTokenizer {
  /** nunjucks's parser asks how long these are. */
  readonly tags = { VARIABLE_START: '{{', VARIABLE_END: '}}', COMMENT_START: '{#', COMMENT_END: '#}' };
  private readonly template: TemplateText;
  private readonly text: string;
  private readonly options: Whitespace;
  private at = 0;
  private line = 0;
  private lineStart = 0;
  /** Up to where lines have been counted. */
  private counted = 0;
  private mode: 'text' | 'block' | 'variable' = 'text';
  /** Brackets that are open. */
  private readonly open: string[] = [];
  /** The tag that has been met after text and is still to be told. */
  private pending: Token | undefined;

  constructor(template: TemplateText, options: Whitespace) {
    this.template = template;
    const text = template.text;
    this.text = options.keepTrailingNewline ? text : text.replace(/\r?\n$/, '');
    this.options = options;
  }

  nextToken(): Token | null {
    if (this.pending !== undefined) {
      const token = this.pending;
      this.pending = undefined;
      return token;
    }
    return this.mode === 'text' ? this.textToken() : this.codeToken();
  }

  private token(type: string, value: string, index: number): Token {
    for (let i = this.text.indexOf('\n', this.counted); i >= 0 && i < index; i = this.text.indexOf('\n', i + 1)) {
      this.line++;
      this.lineStart = i + 1;
    }
    this.counted = Math.max(this.counted, index);
    return { type: T[type] as string, value, lineno: this.line, colno: index - this.lineStart };
  }

  private fail(message: string, index: number, hint?: string): never {
    const before = this.text.slice(0, index).split('\n');
    const at = { template: this.template, line: before.length, column: (before.at(-1) as string).length + 1 };
    throw new Fault('PACK_TEMPLATE_SYNTAX', message, { at, hint });
  }

  private textToken(): Token | null {
    const { text } = this;
    let data = '';
    const start = this.at;
    while (this.at < text.length) {
      OPENING.lastIndex = this.at;
      const open = OPENING.exec(text)?.index ?? text.length;
      data += this.before(open);
      if (open === text.length) {
        this.at = open;
        break;
      }
      const kind = text[open + 1] as string;
      if (kind === '#') this.at = this.afterComment(open);
      else {
        const raw = kind === '%' ? matchAt(RAW, text, open) : null;
        if (raw === null) {
          this.enter(open, kind);
          break;
        }
        data += this.rawText(open, raw);
      }
    }
    if (data !== '') return this.token('TOKEN_DATA', data, start);
    const { pending } = this;
    this.pending = undefined;
    return pending ?? null;
  }

  /** The text up to a tag, without the white space that the tag takes away. */
  private before(open: number): string {
    const piece = this.text.slice(this.at, open);
    const mark = this.text[open + 2];
    if (open < this.text.length && mark === '-') return piece.trimEnd();
    if (!this.options.lstripBlocks || mark === '+' || this.text[open + 1] === '{' || open >= this.text.length)
      return piece;
    const stripped = withoutIndent(piece);
    const isAtLineStart =
      stripped.endsWith('\n') || (stripped === '' && (this.at === 0 || this.text[this.at - 1] === '\n'));
    return isAtLineStart ? stripped : piece;
  }

  private enter(open: number, kind: string): void {
    this.mode = kind === '%' ? 'block' : 'variable';
    this.pending = this.token(kind === '%' ? 'TOKEN_BLOCK_START' : 'TOKEN_VARIABLE_START', `{${kind}`, open);
    const mark = this.text[open + 2];
    this.at = open + (mark === '-' || (mark === '+' && kind === '%') ? 3 : 2);
  }

  private afterComment(open: number): number {
    const end = this.text.indexOf('#}', open + 2);
    if (end < 0) this.fail('comment is not closed', open, 'end it with #}');
    return this.afterTag(end + 2, end - 1 > open + 1 ? (this.text[end - 1] as string) : '');
  }

  /** Where the text goes on after a tag that ends at `end`: `mark` is what stands before its `%}` or `#}`. */
  private afterTag(end: number, mark: string): number {
    if (mark === '-') return matchEnd(SPACE, this.text, end);
    if (!this.options.trimBlocks || mark === '+') return end;
    return matchEnd(/\r?\n/y, this.text, end);
  }

  private rawText(open: number, raw: RegExpExecArray): string {
    this.at = this.afterTag(open + raw[0].length, raw[2] as string);
    END_RAW.lastIndex = open + raw[0].length;
    const end = END_RAW.exec(this.text);
    if (end === null) this.fail('raw is not closed', open, 'end it with {% endraw %}');
    const data = end.index < this.at ? '' : this.before(end.index);
    this.at = this.afterTag(end.index + end[0].length, end[2] as string);
    return data;
  }

  private codeToken(): Token | null {
    const { text } = this;
    this.at = matchEnd(SPACE, text, this.at);
    const { at } = this;
    if (at >= text.length) return null;
    if (this.open.length === 0) {
      const end = this.closing(at);
      if (end !== undefined) return end;
    }
    const c = text[at] as string;
    if (c === '"' || c === "'") return this.stringToken(c);
    const number = matchAt(NUMBER, text, at);
    if (number !== null) {
      this.at += number[0].length;
      const isFloat = number[1] !== undefined || number[2] !== undefined;
      return this.token(isFloat ? 'TOKEN_FLOAT' : 'TOKEN_INT', number[0].replaceAll('_', ''), at);
    }
    const name = matchAt(NAME, text, at);
    if (name !== null) {
      this.at += name[0].length;
      return this.token('TOKEN_SYMBOL', name[0], at);
    }
    const operator = matchAt(OPERATOR, text, at)?.[0];
    if (operator === undefined) this.fail(`unexpected character ${JSON.stringify(c)}`, at, HINTS[c]);
    this.at += operator.length;
    this.balance(operator, at);
    return this.token(KINDS[operator] ?? 'TOKEN_OPERATOR', operator, at);
  }

  private balance(bracket: string, at: number): void {
    if ('([{'.includes(bracket)) this.open.push(bracket);
    if (!')]}'.includes(bracket)) return;
    const opened = this.open.pop();
    if (opened === undefined || '([{'.indexOf(opened) !== ')]}'.indexOf(bracket))
      this.fail(`unexpected ${bracket}`, at, opened === undefined ? undefined : `${opened} is open here`);
  }

  private closing(at: number): Token | undefined {
    const { text, mode } = this;
    const mark = text[at] === '-' || (text[at] === '+' && mode === 'block') ? (text[at] as string) : '';
    const end = mode === 'block' ? '%}' : '}}';
    if (!text.startsWith(end, at + mark.length)) return undefined;
    this.mode = 'text';
    const after = at + mark.length + 2;
    this.at = mode === 'variable' && mark === '' ? after : this.afterTag(after, mark);
    return this.token(mode === 'block' ? 'TOKEN_BLOCK_END' : 'TOKEN_VARIABLE_END', end, at);
  }

  private stringToken(quote: string): Token {
    const { text } = this;
    const start = this.at;
    let value = '';
    let i = start + 1;
    for (;;) {
      const c = text[i];
      if (c === undefined) this.fail('string is not closed', start, `end it with ${quote}`);
      if (c === quote) break;
      if (c !== '\\') {
        value += c;
        i++;
        continue;
      }
      const [read, length] = this.escape(i);
      value += read;
      i += length;
    }
    this.at = i + 1;
    return this.token('TOKEN_STRING', value, start);
  }

  /** What an escape stands for, and its length. One that is none stands for itself, as in Jinja. */
  private escape(at: number): [string, number] {
    const c = this.text[at + 1] ?? '';
    const simple = SIMPLE_ESCAPES[c];
    if (simple !== undefined) return [simple, 2];
    const hex = /^(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8}))/.exec(this.text.slice(at + 1, at + 10));
    if (hex !== null) {
      const point = Number.parseInt((hex[1] ?? hex[2] ?? hex[3]) as string, 16);
      if (point > 0x10ffff) this.fail('no such character', at);
      return [String.fromCodePoint(point), 1 + hex[0].length];
    }
    return '\\\'"/'.includes(c) ? [c, 2] : [`\\${c}`, 2];
  }
}

const HINTS: Record<string, string> = {
  '!': 'write `not` or `!=`',
  '&': 'write `and`',
  $: 'variables have no $ in Jinja',
  ';': 'one expression stands in a tag',
};

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function withoutIndent(piece: string): string {
  let end = piece.length;
  while (end > 0 && (piece[end - 1] === ' ' || piece[end - 1] === '\t')) end--;
  return piece.slice(0, end);
}

const matchEnd = (pattern: RegExp, text: string, at: number): number =>
  at + (matchAt(pattern, text, at)?.[0].length ?? 0);
