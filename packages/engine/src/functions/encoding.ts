/** Base 64 and base 32 as Go's standard encodings, with the offsets of its errors; and Adler's checksum. */
import { type FuncMap, fromBytes, func, GoError, toBytes } from 'go-template';

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

const PADDING = 61;

function encode(alphabet: string, group: number, bytes: Uint8Array): string {
  const bits = Math.log2(alphabet.length);
  const pieces: string[] = [];
  let pending = 0;
  let count = 0;
  for (const byte of bytes) {
    pending = (pending << 8) | byte;
    for (count += 8; count >= bits; ) {
      count -= bits;
      pieces.push(alphabet[(pending >> count) & (alphabet.length - 1)] as string);
    }
    pending &= (1 << count) - 1;
  }
  if (count > 0) pieces.push(alphabet[(pending << (bits - count)) & (alphabet.length - 1)] as string);
  while (pieces.length % group !== 0) pieces.push('=');
  return pieces.join('');
}

const decodeTable = (alphabet: string): Int8Array => {
  const table = new Int8Array(256).fill(-1);
  for (const [i, c] of [...alphabet].entries()) table[c.charCodeAt(0)] = i;
  return table;
};

const FROM_BASE64 = decodeTable(BASE64);
const FROM_BASE32 = decodeTable(BASE32);

/** The whole bytes in digits of `bits` bits; what is left over is dropped. */
function pack(digits: readonly number[], bits: number): Uint8Array {
  const out = new Uint8Array(Math.floor((digits.length * bits) / 8));
  let pending = 0;
  let count = 0;
  let length = 0;
  for (const digit of digits) {
    pending = ((pending << bits) | digit) & 0xffff;
    count += bits;
    if (count < 8) continue;
    count -= 8;
    out[length++] = pending >> count;
  }
  return out;
}

const isNewline = (c: number | undefined): boolean => c === 10 || c === 13;

/** Throws GoError `illegal base64 data at input byte N`. Newlines may stand anywhere. */
export function decodeBase64(text: string): Uint8Array {
  const input = toBytes(text);
  const corrupt = (at: number): GoError => new GoError(`illegal base64 data at input byte ${at}`);
  const digits: number[] = [];
  for (let at = 0; at < input.length; at++) {
    const c = input[at] as number;
    const digit = FROM_BASE64[c] as number;
    if (digit >= 0) {
      digits.push(digit);
      continue;
    }
    if (isNewline(c)) continue;
    if (c !== PADDING || digits.length % 4 < 2) throw corrupt(at);
    let next = at + 1;
    const skipNewlines = (): void => {
      while (isNewline(input[next])) next++;
    };
    if (digits.length % 4 === 2) {
      skipNewlines();
      if (next === input.length) throw corrupt(next);
      if (input[next] !== PADDING) throw corrupt(next - 1);
      next++;
    }
    skipNewlines();
    if (next < input.length) throw corrupt(next);
    return pack(digits, 6);
  }
  if (digits.length % 4 !== 0) throw corrupt(input.length - (digits.length % 4));
  return pack(digits, 6);
}

/** Newlines are taken out before anything is counted; after the padding's group the rest is not looked at. */
function decodeBase32(text: string): Uint8Array {
  const input = toBytes(text).filter((c) => !isNewline(c));
  const corrupt = (at: number): GoError => new GoError(`illegal base32 data at input byte ${at}`);
  const digits: number[] = [];
  for (let at = 0; at < input.length; at++) {
    const inGroup = digits.length % 8;
    const rest = input.length - at - 1;
    if (input[at] === PADDING && inGroup >= 2 && rest < 8) {
      if (rest + inGroup < 7) throw corrupt(input.length);
      for (let i = 1; i < 8 - inGroup; i++) if (input[at + i] !== PADDING) throw corrupt(at + i - 1);
      if (inGroup === 3 || inGroup === 6) throw corrupt(at);
      return pack(digits, 5);
    }
    const digit = FROM_BASE32[input[at] as number] as number;
    if (digit < 0) throw corrupt(at);
    digits.push(digit);
  }
  if (digits.length % 8 !== 0) throw corrupt(input.length - (digits.length % 8));
  return pack(digits, 5);
}

export const encodeBase64 = (bytes: Uint8Array): string => encode(BASE64, 4, bytes);

function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (const byte of bytes) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  return b * 65_536 + a;
}

/** Sprig returns the text of an error as if it were the decoded text. */
const orError =
  (decodeText: (text: string) => Uint8Array) =>
  (text: string): string => {
    try {
      return fromBytes(decodeText(text));
    } catch (e) {
      if (e instanceof GoError) return e.message;
      throw e;
    }
  };

export const encodingFunctions: FuncMap = {
  adler32sum: func('func(string) string', (text: string) => String(adler32(toBytes(text)))),
  b64enc: func('func(string) string', (text: string) => encodeBase64(toBytes(text))),
  b64dec: func('func(string) string', orError(decodeBase64)),
  b32enc: func('func(string) string', (text: string) => encode(BASE32, 8, toBytes(text))),
  b32dec: func('func(string) string', orError(decodeBase32)),
};
