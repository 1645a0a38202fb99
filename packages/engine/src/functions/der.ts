/** ASN.1 in DER: as much of it as keys and certificates need. */

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8: 0x0c,
  printable: 0x13,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** A value as it stands: `raw` is all of it, `body` what the tag and length enclose. */
export interface Der {
  tag: number;
  raw: Uint8Array;
  body: Uint8Array;
}

export class DerError extends Error {}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

export function encode(tag: number, ...parts: Uint8Array[]): Uint8Array {
  const body = concatBytes(parts);
  const size: number[] = [];
  for (let n = body.length; n > 0; n = Math.floor(n / 256)) size.unshift(n % 256);
  const head = body.length < 0x80 ? [tag, body.length] : [tag, 0x80 | size.length, ...size];
  return concatBytes([Uint8Array.from(head), body]);
}

export const sequence = (...parts: Uint8Array[]): Uint8Array => encode(TAG.sequence, ...parts);
/** `[n]`, constructed. */
export const context = (n: number, ...parts: Uint8Array[]): Uint8Array => encode(0xa0 | n, ...parts);
export const octets = (bytes: Uint8Array): Uint8Array => encode(TAG.octets, bytes);
export const bits = (bytes: Uint8Array, unused = 0): Uint8Array => encode(TAG.bits, Uint8Array.of(unused), bytes);
export const NULL = Uint8Array.of(TAG.null, 0);
export const TRUE = Uint8Array.of(TAG.boolean, 1, 0xff);

/** An integer that is not negative, of its big-endian bytes. */
export function integer(bytes: Uint8Array): Uint8Array {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const rest = bytes.subarray(start);
  return encode(TAG.integer, (rest[0] ?? 0) >= 0x80 || rest.length === 0 ? Uint8Array.of(0) : new Uint8Array(), rest);
}

export const smallInteger = (n: number): Uint8Array => integer(Uint8Array.of(n));

export function oid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const part of rest) {
    const groups = [part & 0x7f];
    for (let n = part >> 7; n > 0; n >>= 7) groups.unshift((n & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return encode(TAG.oid, Uint8Array.from(bytes));
}

/** The value at the start of `bytes`. Throws DerError. */
function readFirst(bytes: Uint8Array): Der {
  const tag = bytes[0];
  let length = bytes[1];
  if (tag === undefined || length === undefined) throw new DerError('syntax error: truncated tag or length');
  let head = 2;
  if (length >= 0x80) {
    const count = length & 0x7f;
    if (count === 0 || count > 4 || bytes.length < 2 + count)
      throw new DerError('syntax error: truncated tag or length');
    head += count;
    length = bytes.subarray(2, head).reduce((n, byte) => n * 256 + byte, 0);
  }
  if (bytes.length < head + length) throw new DerError('syntax error: data truncated');
  return { tag, raw: bytes.subarray(0, head + length), body: bytes.subarray(head, head + length) };
}

/** All values that stand one after the other in `bytes`. */
export function readAll(bytes: Uint8Array): Der[] {
  const values: Der[] = [];
  for (let rest = bytes; rest.length > 0; ) {
    const value = readFirst(rest);
    values.push(value);
    rest = rest.subarray(value.raw.length);
  }
  return values;
}

/** The members of the one sequence that `bytes` is. */
export function readSequence(bytes: Uint8Array): Der[] {
  const outer = readFirst(bytes);
  if (outer.tag !== TAG.sequence) throw new DerError("structure error: tags don't match");
  if (outer.raw.length !== bytes.length) throw new DerError('syntax error: trailing data');
  return readAll(outer.body);
}

/** The body of a member that must have a tag. */
export function bodyOf(value: Der | undefined, tag: number): Uint8Array {
  if (value === undefined) throw new DerError('syntax error: sequence truncated');
  if (value.tag !== tag) throw new DerError("structure error: tags don't match");
  return value.body;
}

/** The bytes of an unsigned integer, without the zero that keeps it positive. */
export function unsignedOf(value: Der | undefined): Uint8Array {
  const body = bodyOf(value, TAG.integer);
  return body[0] === 0 && body.length > 1 ? body.subarray(1) : body;
}
