/** What goes wrong between a client and a store of content. */

export type OciErrorCode =
  | 'REFERENCE_INVALID'
  | 'DIGEST_INVALID'
  | 'DIGEST_MISMATCH'
  | 'SIZE_MISMATCH'
  | 'CONTENT_NOT_FOUND'
  | 'CONTENT_TOO_LARGE'
  | 'MANIFEST_INVALID'
  | 'AUTH_REQUIRED'
  | 'AUTH_DENIED'
  | 'AUTH_CHALLENGE_INVALID'
  | 'RATE_LIMITED'
  | 'REGISTRY_FAILED'
  | 'REGISTRY_UNREACHABLE'
  | 'REGISTRY_TIMEOUT'
  | 'REDIRECT_INVALID'
  | 'UNSUPPORTED'
  | 'LAYOUT_INVALID'
  | 'CREDENTIALS_INVALID'
  | 'MIRRORS_INVALID'
  | 'REGISTRY_BLOCKED';

const brand: unique symbol = Symbol.for('pack.error') as never;

/** A request as an error may show it: no query, no credentials. */
export interface FailedRequest {
  readonly method: string;
  readonly url: string;
}

export interface OciErrorOptions {
  /** HTTP status of the answer. */
  readonly status?: number;
  readonly request?: FailedRequest;
  /** Whether the same request may succeed later. */
  readonly isRetryable?: boolean;
  readonly hint?: string;
  readonly cause?: unknown;
}

/** Tell errors apart by `code`. */
export class OciError extends Error {
  readonly [brand] = true;
  readonly code: OciErrorCode;
  declare readonly status?: number;
  declare readonly request?: FailedRequest;
  readonly isRetryable: boolean;
  declare readonly hint?: string;

  constructor(code: OciErrorCode, message: string, options: OciErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'OciError';
    this.code = code;
    this.isRetryable = options.isRetryable ?? false;
    if (options.status !== undefined) this.status = options.status;
    if (options.request !== undefined) this.request = options.request;
    if (options.hint !== undefined) this.hint = options.hint;
  }
}

/** A URL as it may be shown: signed queries and user names stay out. */
export function shownUrl(url: string | URL): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
