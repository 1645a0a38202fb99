/** What a registry answers where it does not do what it was asked. OCI distribution 1.1 §Error codes. */
import { OciError, type OciErrorCode } from '../error.ts';

/** A request that is not served. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

const STATUSES: Partial<Record<OciErrorCode, [status: number, code: string]>> = {
  REFERENCE_INVALID: [400, 'NAME_INVALID'],
  DIGEST_INVALID: [400, 'DIGEST_INVALID'],
  DIGEST_MISMATCH: [400, 'DIGEST_INVALID'],
  SIZE_MISMATCH: [400, 'SIZE_INVALID'],
  MANIFEST_INVALID: [400, 'MANIFEST_INVALID'],
  CONTENT_TOO_LARGE: [413, 'SIZE_INVALID'],
  CONTENT_NOT_FOUND: [404, 'MANIFEST_UNKNOWN'],
};

/** Throws what is no fault of the request. */
export function refused(e: unknown): Response {
  if (e instanceof Refusal) return refusal(e.status, e.code, e.message, e.headers);
  const known = e instanceof OciError ? STATUSES[e.code] : undefined;
  if (known === undefined) throw e;
  return refusal(known[0], known[1], (e as OciError).message);
}

const refusal = (status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) =>
  Response.json({ errors: [{ code, message }] }, { status, headers });

export const unsupported = (): never => {
  throw new Refusal(405, 'UNSUPPORTED', 'the operation is not supported');
};

export const OCTETS = 'application/octet-stream';
