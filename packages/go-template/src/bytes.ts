/**
 * Go strings in JavaScript. A Go string is bytes; here it is a JavaScript string in which a byte that is not part of
 * valid UTF-8 stands as the lone surrogate U+DC00 + byte (U+DC80…U+DCFF). Valid UTF-8 never decodes to a lone
 * surrogate, so nothing is lost and nothing is ambiguous.
 */

const SURROGATE = /[\ud800-\udfff]/;
const LONE_SURROGATE = /[\ud800-\udfff]/u;
const NON_ASCII = /[^\x00-\x7f]/;

const encoder = new TextEncoder();
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Whether every UTF-16 unit of `s` is one byte of UTF-8, so that indexes of both agree. */
export const isAscii = (s: string): boolean => !NON_ASCII.test(s);

/** The bytes of a Go string. */
export function toBytes(s: string): Uint8Array {
  if (!SURROGATE.test(s)) return encoder.encode(s);
  const out = new Uint8Array(s.length * 3);
  let n = 0;
  for (let i = 0; i < s.length; i++) {
    const unit = s.charCodeAt(i);
    if (unit >= 0xdc80 && unit <= 0xdcff) {
      out[n++] = unit - 0xdc00;
    } else if (unit >= 0xd800 && unit <= 0xdbff) {
      const point = s.codePointAt(i) as number;
      n += encoder.encodeInto(point > 0xffff ? String.fromCodePoint(point) : '\ufffd', out.subarray(n)).written;
      if (point > 0xffff) i++;
    } else {
      n += encoder.encodeInto(
        unit >= 0xdc00 && unit <= 0xdfff ? '\ufffd' : String.fromCharCode(unit),
        out.subarray(n),
      ).written;
    }
  }
  return out.subarray(0, n);
}

/** The Go string of some bytes, valid UTF-8 or not. */
export function fromBytes(bytes: Uint8Array): string {
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return fromBrokenBytes(bytes);
  }
}

function fromBrokenBytes(bytes: Uint8Array): string {
  let out = '';
  for (let i = 0; i < bytes.length; ) {
    const size = sequenceLength(bytes, i);
    if (size === 0) {
      out += String.fromCharCode(0xdc00 + (bytes[i] as number));
      i++;
    } else {
      out += strictDecoder.decode(bytes.subarray(i, i + size));
      i += size;
    }
  }
  return out;
}

/** Length of the valid UTF-8 sequence at `i`, or 0 (Go: utf8.DecodeRune's table of accepted ranges). */
function sequenceLength(b: Uint8Array, i: number): number {
  const b0 = b[i] as number;
  if (b0 < 0x80) return 1;
  if (b0 < 0xc2 || b0 > 0xf4) return 0;
  const size = b0 < 0xe0 ? 2 : b0 < 0xf0 ? 3 : 4;
  if (i + size > b.length) return 0;
  const b1 = b[i + 1] as number;
  const low = b0 === 0xe0 ? 0xa0 : b0 === 0xf0 ? 0x90 : 0x80;
  const high = b0 === 0xed ? 0x9f : b0 === 0xf4 ? 0x8f : 0xbf;
  if (b1 < low || b1 > high) return 0;
  for (let k = 2; k < size; k++) if (((b[i + k] as number) & 0xc0) !== 0x80) return 0;
  return size;
}

/** len(s) in Go: bytes. */
export function byteLength(s: string): number {
  if (!NON_ASCII.test(s)) return s.length;
  let n = 0;
  for (let i = 0; i < s.length; i++) {
    const unit = s.charCodeAt(i);
    if (unit < 0x80) n++;
    else if (unit < 0x800) n += 2;
    else if (unit >= 0xdc80 && unit <= 0xdcff) n++;
    else if (unit >= 0xd800 && unit <= 0xdbff && i + 1 < s.length && (s.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
      n += 4;
      i++;
    } else n += 3;
  }
  return n;
}

/** s[start:end] in Go, in bytes; the caller has checked the bounds. */
export function sliceBytes(s: string, start: number, end?: number): string {
  if (!NON_ASCII.test(s)) return s.slice(start, end);
  return fromBytes(toBytes(s).subarray(start, end));
}

/**
 * A string put together from pieces may hold the bytes of one character as two broken halves; this joins them, so that
 * equal bytes are equal strings.
 */
export const rejoin = (s: string): string => (/[\udc80-\udcff]{2}/.test(s) ? fromBytes(toBytes(s)) : s);

/** Whether a Go string is valid UTF-8. */
export const isValidUtf8 = (s: string): boolean => !LONE_SURROGATE.test(s);

/** The order of Go strings: by bytes. UTF-16 order differs from it once surrogates are in play. */
export function compareBytes(a: string, b: string): number {
  if (a === b) return 0;
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    if (x < 0xd800 && y < 0xd800) return x - y;
    return compareArrays(toBytes(a), toBytes(b));
  }
  return a.length - b.length;
}

function compareArrays(a: Uint8Array, b: Uint8Array): number {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    const d = (a[i] as number) - (b[i] as number);
    if (d !== 0) return d;
  }
  return a.length - b.length;
}

/** The runes of a Go string as range sees them: a broken byte is U+FFFD, one byte wide. */
export function runes(s: string): number[] {
  const out: number[] = [];
  for (const c of s) {
    const point = c.codePointAt(0) as number;
    out.push(point >= 0xd800 && point <= 0xdfff ? 0xfffd : point);
  }
  return out;
}
