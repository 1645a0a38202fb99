/** kubectl's JSONPath templates, read. client-go: util/jsonpath/parser.go */
import { unquoteGo } from 'go-template';
import { PackError } from '../error.ts';

export type PathNode =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'field'; readonly name: string }
  | { readonly type: 'identifier'; readonly name: string }
  | { readonly type: 'constant'; readonly value: bigint | number | boolean }
  | {
      readonly type: 'slice';
      readonly from?: number;
      readonly to?: number;
      readonly isOne: boolean;
      readonly step?: number;
    }
  | { readonly type: 'filter'; readonly left: Path; readonly operator: string; readonly right: Path }
  | { readonly type: 'union'; readonly paths: readonly Path[] }
  | { readonly type: 'wildcard' }
  | { readonly type: 'recursive' };

/** What is applied one after the other. */
export type Path = readonly PathNode[];

export class JsonPathError extends PackError<'JSONPATH_INVALID'> {
  constructor(message: string) {
    super('JSONPATH_INVALID', message);
  }
}

const fail = (message: string): never => {
  throw new JsonPathError(message);
};

/** Texts and, between braces, paths. Throws JSONPATH_INVALID with client-go's message. */
export function parseJsonPath(template: string): Path[] {
  const paths: Path[] = [];
  let at = 0;
  while (at < template.length) {
    const open = template.indexOf('{', at);
    if (open !== at) paths.push([{ type: 'text', text: template.slice(at, open < 0 ? undefined : open) }]);
    if (open < 0) break;
    const reader = new Reader(template, open + 1);
    paths.push(reader.action());
    at = reader.at;
  }
  return paths;
}

const action = (text: string): Path => new Reader(`${text}}`, 0).action();

const LETTER_OR_DIGIT = /[\p{L}\p{Nd}_]/u;
const TERMINATORS = new Set([' ', '\t', '\r', '\n', '.', ',', '[', ']', '$', '@', '{', '}', '']);

class Reader {
  at: number;
  private readonly text: string;

  constructor(text: string, at: number) {
    this.text = text;
    this.at = at;
  }

  /** Up to the closing brace. */
  action(): Path {
    const nodes: PathNode[] = [];
    for (;;) {
      const rest = this.text.slice(this.at);
      const c = rest[0] ?? '';
      if (c === '}') {
        this.at++;
        return nodes;
      }
      if (rest.startsWith('[?(')) nodes.push(this.filter());
      else if (rest.startsWith('..')) this.recursive(nodes);
      else if (c === '' || c === '\n' || c === '\r') fail('unclosed action');
      else if (c === ' ' || c === '@' || c === '$') this.at++;
      else if (c === '[') nodes.push(...this.array());
      else if (c === '"' || c === "'") nodes.push(this.quoted(c));
      else if (c === '.') {
        this.at++;
        nodes.push(this.field());
      } else if (/[-+\p{Nd}]/u.test(c)) nodes.push(this.number());
      else if (LETTER_OR_DIGIT.test(c)) nodes.push(this.identifier());
      else
        fail(
          `unrecognized character in action: U+${(c.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0')} '${c}'`,
        );
    }
  }

  private word(): string {
    const start = this.at;
    while (!TERMINATORS.has(this.text[this.at] ?? '')) this.at += this.text[this.at] === '\\' ? 2 : 1;
    return this.text.slice(start, this.at);
  }

  private field(): PathNode {
    const name = this.word();
    return name === '*' ? { type: 'wildcard' } : { type: 'field', name: name.replaceAll('\\', '') };
  }

  private identifier(): PathNode {
    const name = this.word();
    return name === 'true' || name === 'false'
      ? { type: 'constant', value: name === 'true' }
      : { type: 'identifier', name };
  }

  private recursive(nodes: PathNode[]): void {
    if (nodes.at(-1)?.type === 'recursive') fail('invalid multiple recursive descent');
    this.at += 2;
    nodes.push({ type: 'recursive' });
    if (LETTER_OR_DIGIT.test(this.text[this.at] ?? '')) nodes.push(this.field());
  }

  private number(): PathNode {
    const [text] = /^[-+]?[\p{Nd}.]*/u.exec(this.text.slice(this.at)) as RegExpExecArray;
    this.at += text.length;
    if (/^[-+]?\d+$/.test(text)) return { type: 'constant', value: BigInt(text.replace('+', '')) };
    if (/^[-+]?(?:\d+\.?\d*|\.\d+)$/.test(text)) return { type: 'constant', value: Number(text) };
    return fail(`cannot parse number ${text}`);
  }

  private quoted(end: string): PathNode {
    const start = this.at++;
    for (; this.text[this.at] !== end || this.text[this.at - 1] === '\\'; this.at++) {
      if (this.at >= this.text.length || this.text[this.at] === '\n') fail('unterminated quoted string');
    }
    const quoted = this.text.slice(start, ++this.at);
    return { type: 'text', text: unquoted(quoted) ?? fail(`unquote string ${quoted} error invalid syntax`) };
  }

  private array(): Path {
    const close = this.text.slice(this.at).search(/[\]\n]/);
    if (close < 0 || this.text[this.at + close] === '\n') fail('unterminated array');
    const text = this.text.slice(this.at + 1, this.at + close);
    this.at += close + 1;
    const parts = text.split(',');
    if (parts.length > 1)
      return [{ type: 'union', paths: parts.map((part) => action(`[${part.replace(/^ +| +$/g, '')}]`)) }];
    const key = /^'([^']*)'$/.exec(text)?.[1];
    return key === undefined ? [slice(text === '*' ? ':' : text)] : action(`.${key}`);
  }

  private filter(): PathNode {
    const start = (this.at += 3);
    let quote = '';
    let isClosed = false;
    for (; this.text[this.at] !== ')' || (quote !== '') !== isClosed; this.at++) {
      const c = this.text[this.at] ?? '\n';
      if (c === '\n') fail('unterminated filter');
      if (c !== '"' && c !== "'") continue;
      if (quote === '') quote = c;
      else if (c === quote && this.text[this.at - 1] !== '\\') isClosed = true;
    }
    const text = this.text.slice(start, this.at);
    if (this.text[this.at + 1] !== ']') fail('unclosed array expect ]');
    this.at += 2;
    const [, left, operator, right] = /^([^!<>=]+)([!<>=]+)(.+?)$/.exec(text) ?? [];
    if (left === undefined) return { type: 'filter', left: action(text), operator: 'exists', right: [] };
    return { type: 'filter', left: action(left), operator: operator as string, right: action(right as string) };
  }
}

function slice(text: string): PathNode {
  const [whole, first, second, third] = /^(-?\d*)(:-?\d*)?(:-?\d*)?$/.exec(text) ?? [];
  if (whole === undefined) return fail(`invalid array index ${text}`);
  const bound = (written: string | undefined): number | undefined => {
    if (written === undefined || written === '' || written === ':') return undefined;
    const n = Number(written.replace(':', ''));
    return Number.isSafeInteger(n) ? n : fail(`array index ${written.replace(':', '')} is not a number`);
  };
  const [from, to, step] = [bound(first), bound(second), bound(third)];
  const isOne = second === undefined;
  return {
    type: 'slice',
    isOne,
    ...(from !== undefined && { from }),
    ...(isOne ? { to: (from ?? 0) + 1 } : to !== undefined && { to }),
    ...(step !== undefined && { step }),
  };
}

/** A Go string, in quotes of either kind. */
function unquoted(quoted: string): string | undefined {
  const inner = quoted.slice(1, -1);
  if (!inner.includes('\\')) return inner;
  return unquoteGo(quoted[0] === '"' ? quoted : `"${inner.replaceAll("\\'", "'").replaceAll('"', '\\"')}"`);
}
