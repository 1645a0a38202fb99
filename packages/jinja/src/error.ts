/** Errors of rendering packs. Each says where it is, shows the line, and what may have been meant. */
import { PackError } from '@pack/core';

import { Fault } from './fault.ts';
import type { Place } from './place.ts';

export type JinjaErrorCode =
  /** A template is not Jinja. */
  | 'PACK_TEMPLATE_SYNTAX'
  /** A template failed while it ran. */
  | 'PACK_TEMPLATE_EXEC'
  /** It used what is not there. */
  | 'PACK_TEMPLATE_UNDEFINED'
  /** It includes or imports what is not in the pack or its libraries. */
  | 'PACK_TEMPLATE_MISSING'
  /** It ran too long, too deep or wrote too much. */
  | 'PACK_TEMPLATE_LIMIT'
  /** Two libraries have what is asked for by the same name. */
  | 'PACK_LIBRARY_CONFLICT'
  /** Several templates failed; `errors` has each. */
  | 'PACK_TEMPLATES_FAILED';

export class JinjaError extends PackError<JinjaErrorCode> {
  /** What is wrong, without the place. */
  declare readonly reason: string;
  /** The file that was being rendered, `web/templates/a.yaml`: not always where it failed. */
  declare readonly rendering?: string;
  /** Of several templates that failed, each one's error. */
  declare readonly errors?: readonly JinjaError[];

  constructor(
    code: JinjaErrorCode,
    message: string,
    more: ConstructorParameters<typeof PackError>[2] & {
      readonly reason?: string;
      readonly rendering?: string | undefined;
      readonly errors?: readonly JinjaError[];
    } = {},
  ) {
    super(code, message, more);
    this.reason = more.reason ?? message;
    if (more.rendering !== undefined) this.rendering = more.rendering;
    if (more.errors !== undefined) this.errors = more.errors;
  }
}

/** The error of a template: `fallback` is the place that ran when what was thrown does not know its own. */
export function errorOf(thrown: unknown, fallback: Place | undefined, rendering?: string): unknown {
  if (thrown instanceof JinjaError) return thrown;
  const fault = faultOf(thrown);
  if (fault === undefined) return thrown;
  const place = fault.at ?? fallback;
  const message = place ? `${place.template.path}:${place.line}:${place.column}: ${fault.message}` : fault.message;
  return new JinjaError(fault.code, message, {
    reason: fault.message,
    rendering,
    ...hintOf(fault),
    ...(place && {
      at: { file: place.template.path, line: place.line, column: place.column },
      source: place.template.text,
    }),
    ...(fault.cause !== undefined && { cause: fault.cause }),
  });
}

/** Calls that a hint tells of. */
const MAX_CALLS = 3;

function hintOf({ hint, calls }: Fault): { hint?: string } {
  const places = calls.slice(0, MAX_CALLS).map(({ template, line, column }) => `${template.path}:${line}:${column}`);
  const called =
    places.length > 0 ? `called at ${places.join(', ')}${calls.length > MAX_CALLS ? ', …' : ''}` : undefined;
  const parts = [hint, called].filter((part) => part !== undefined);
  return parts.length > 0 ? { hint: parts.join('; ') } : {};
}

function faultOf(thrown: unknown): Fault | undefined {
  if (thrown instanceof Fault) return thrown;
  if (!(thrown instanceof RangeError)) return undefined;
  if (/call stack/i.test(thrown.message))
    return new Fault('PACK_TEMPLATE_LIMIT', 'expressions or calls are nested too deeply', { cause: thrown });
  if (/invalid (?:string|array) length/i.test(thrown.message))
    return new Fault('PACK_TEMPLATE_LIMIT', 'a value grew too large', { cause: thrown });
  return undefined;
}

/** Faults that the message of several lists; `errors` has all. */
const MAX_LISTED = 20;

/** The one error of a render: that of its only failing template, or one that lists them all. */
export function joined(errors: readonly JinjaError[]): JinjaError {
  const [first, ...others] = errors;
  if (first === undefined) throw new TypeError('no errors to join');
  if (others.length === 0) return first;
  const shown = errors
    .slice(0, MAX_LISTED)
    .map(({ message, hint }) => `- ${message}${hint === undefined ? '' : ` (${hint})`}`);
  if (errors.length > MAX_LISTED) shown.push(`- and ${errors.length - MAX_LISTED} more`);
  return new JinjaError('PACK_TEMPLATES_FAILED', `${errors.length} faults in templates:\n${shown.join('\n')}`, {
    errors,
    ...(first.at && { at: first.at }),
    ...(first.source !== undefined && { source: first.source }),
    ...(first.hint !== undefined && { hint: first.hint }),
  });
}

/** The line of an error and a caret under its column. */
export function excerpt({ at, source }: Pick<JinjaError, 'at' | 'source'>): string {
  if (at?.line === undefined || source === undefined) return '';
  const line = source.split('\n')[at.line - 1] ?? '';
  const number = String(at.line);
  const before = line.slice(0, (at.column ?? 1) - 1).replace(/[^\t]/g, ' ');
  return `${number} | ${line}\n${' '.repeat(number.length)} | ${before}^`;
}
