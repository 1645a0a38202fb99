import type { JinjaErrorCode } from './error.ts';
import type { Place } from './place.ts';

/** A fault of a template on its way to where its place is known; {@link JinjaError} is what callers get. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: JinjaErrorCode;
  readonly hint: string | undefined;
  /** Where it is, if that is not where the template was. */
  at: Place | undefined;
  /** The calls of macros that led there, the innermost first. */
  readonly calls: Place[] = [];
  constructor(
    code: JinjaErrorCode,
    message: string,
    more: { readonly hint?: string | undefined; readonly at?: Place | undefined; readonly cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.hint = more.hint;
    this.at = more.at;
  }
}

export const misuse = (message: string, hint?: string): Fault => new Fault('PACK_TEMPLATE_EXEC', message, { hint });
export const limit = (message: string, hint?: string): Fault => new Fault('PACK_TEMPLATE_LIMIT', message, { hint });
