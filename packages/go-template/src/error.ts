/** The errors of parsing and executing templates, with Go's texts. */
import { byteLength } from './bytes.ts';
import { quote } from './fmt/quote.ts';
import { type Node, printNode, type Source } from './node.ts';

export type TemplateErrorCode =
  | 'TEMPLATE_PARSE'
  | 'TEMPLATE_EXEC'
  | 'TEMPLATE_MISSING'
  | 'TEMPLATE_STACK'
  | 'TEMPLATE_STEPS';

const brand: unique symbol = Symbol.for('pack.error') as never;

/** `line` and `column` count from 1, columns in characters; Go's own text in `message` counts columns in bytes from 0. */
export interface TemplatePosition {
  file: string;
  line: number;
  column?: number;
}

export class TemplateError extends Error {
  readonly [brand] = true;
  readonly code: TemplateErrorCode;
  declare readonly at?: TemplatePosition;
  /** The whole text of the template in which `at` lies. */
  declare readonly source?: string;
  /** The expression that failed, as the template spells it. */
  declare readonly expression?: string;
  declare readonly hint?: string;

  constructor(
    code: TemplateErrorCode,
    message: string,
    more: { at?: TemplatePosition; source?: string; expression?: string; hint?: string; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'TemplateError';
    this.code = code;
    if (more.at !== undefined) this.at = more.at;
    if (more.source !== undefined) this.source = more.source;
    if (more.expression !== undefined) this.expression = more.expression;
    if (more.hint !== undefined) this.hint = more.hint;
  }
}

/** The line of an index, from 1. */
export function lineOf(text: string, pos: number): number {
  let line = 1;
  for (let i = text.indexOf('\n'); i >= 0 && i < pos; i = text.indexOf('\n', i + 1)) line++;
  return line;
}

export function parseError(source: Source, pos: number, message: string, hint?: string): TemplateError {
  const line = lineOf(source.text, pos);
  return new TemplateError('TEMPLATE_PARSE', `template: ${source.parseName}:${line}: ${message}`, {
    at: { file: source.parseName, line },
    source: source.text,
    ...(hint !== undefined && { hint }),
  });
}

/** An error at `node` of the template `name`. Go: exec.go errorf, parse.go ErrorContext. */
export function execError(
  name: string,
  node: Node | undefined,
  message: string,
  cause?: unknown,
  hint?: string,
): TemplateError {
  const more = { cause, ...(hint !== undefined && { hint }) };
  if (node === undefined) return new TemplateError('TEMPLATE_EXEC', `template: ${name}: ${message}`, more);
  const { text, parseName } = node.source;
  const lineStart = text.lastIndexOf('\n', node.pos - 1) + 1;
  const before = text.slice(lineStart, node.pos);
  const line = lineOf(text, node.pos);
  const expression = printNode(node);
  return new TemplateError(
    'TEMPLATE_EXEC',
    `template: ${parseName}:${line}:${byteLength(before)}: executing ${quote(name)} at <${expression}>: ${message}`,
    { at: { file: parseName, line, column: before.length + 1 }, source: text, expression, ...more },
  );
}
