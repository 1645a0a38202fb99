/** Where in a user's file an error points; `line` and `column` count from 1. */
export interface Position {
  file: string;
  line?: number;
  column?: number;
}

const brand: unique symbol = Symbol.for('pack.error') as never;

/**
 * What every package throws for a fault that a user or caller can act on. Tell errors apart by `code`, never by
 * message or instanceof; packages without dependencies throw the same shape from their own class.
 */
export interface CodedError extends Error {
  code: string;
  hint?: string;
  at?: Position;
  /** The whole text in which `at` lies, where it is no file that the user can open. */
  source?: string;
}

export class PackError<Code extends string = string> extends Error implements CodedError {
  /** Node's own errors have a `code` too; the brand tells ours apart. */
  readonly [brand] = true;
  readonly code: Code;
  declare readonly hint?: string;
  declare readonly at?: Position;
  declare readonly source?: string;

  constructor(
    code: Code,
    message: string,
    more: { hint?: string; at?: Position; source?: string; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'PackError';
    this.code = code;
    if (more.hint !== undefined) this.hint = more.hint;
    if (more.at !== undefined) this.at = more.at;
    if (more.source !== undefined) this.source = more.source;
  }
}

export const isCodedError = (e: unknown): e is CodedError => e instanceof Error && Symbol.for('pack.error') in e;
