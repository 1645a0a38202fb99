/** Characters as Go's unicode package sees them: one code point in, one out. */
import { fromBytes, isAscii, toBytes } from 'go-template';

/** unicode.IsSpace: White_Space, which holds U+0085 and not U+FEFF. */
export const SPACE = '\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const IS_SPACE = new RegExp(`[${SPACE}]`);
const LEADING_SPACE = new RegExp(`^[${SPACE}]+`);

export const isSpace = (c: string): boolean => IS_SPACE.test(c);

/** strings.TrimSpace. */
export function trimSpace(s: string): string {
  const start = LEADING_SPACE.exec(s)?.[0].length ?? 0;
  // Looking for the trailing run from the end keeps long texts linear.
  let end = s.length;
  while (end > start && IS_SPACE.test(s[end - 1] as string)) end--;
  return s.slice(start, end);
}

export const isUpper = (c: string): boolean => /\p{Lu}/u.test(c);
export const isLower = (c: string): boolean => /\p{Ll}/u.test(c);
export const isTitle = (c: string): boolean => /\p{Lt}/u.test(c);
export const isLetter = (c: string): boolean => /\p{L}/u.test(c);
export const isNumber = (c: string): boolean => /\p{N}/u.test(c);
export const isPunctuation = (c: string): boolean => /\p{P}/u.test(c);

const isSingle = (s: string): boolean => s.length === 1 || (s.length === 2 && (s.codePointAt(0) as number) > 0xffff);

/** Simple upper case of Greek letters whose full upper case has two characters. */
function greekUpper(point: number): number | undefined {
  const row = point & 0xfff8;
  if (row === 0x1f80 || row === 0x1f90 || row === 0x1fa0) return point + 8;
  return point === 0x1fb3 || point === 0x1fc3 || point === 0x1ff3 ? point + 9 : undefined;
}

/** unicode.ToUpper. */
export function toUpper(c: string): string {
  const upper = c.toUpperCase();
  if (isSingle(upper)) return upper;
  const greek = greekUpper(c.codePointAt(0) as number);
  return greek === undefined ? c : String.fromCodePoint(greek);
}

/** unicode.ToLower. */
export const toLower = (c: string): string => (c === '\u0130' ? 'i' : c.toLowerCase());

/** unicode.ToTitle. */
export function toTitle(c: string): string {
  const point = c.codePointAt(0) as number;
  if (point >= 0x10d0 && point <= 0x10ff) return c;
  if (point >= 0x01c4 && point <= 0x01cc) return String.fromCodePoint(0x01c5 + 3 * Math.floor((point - 0x01c4) / 3));
  if (point >= 0x01f1 && point <= 0x01f3) return '\u01f2';
  return toUpper(c);
}

const BROKEN_BYTE = /[\ud800-\udfff]/gu;

/** What Go's range loops make of bytes that are not UTF-8. */
export const replaceBroken = (s: string): string => s.replace(BROKEN_BYTE, '\ufffd');

/** strings.ToUpper. */
export const upper = (s: string): string => (isAscii(s) ? s.toUpperCase() : mapRunes(s, toUpper));

/** strings.ToLower. */
export const lower = (s: string): string => (isAscii(s) ? s.toLowerCase() : mapRunes(s, toLower));

/** strings.Map. */
export function mapRunes(s: string, map: (c: string) => string): string {
  let out = '';
  for (const c of replaceBroken(s)) out += map(c);
  return out;
}

/** A Go string as one character a byte, for work that counts or cuts bytes. */
export const toBinary = (s: string): string => {
  if (isAscii(s)) return s;
  let out = '';
  for (const byte of toBytes(s)) out += String.fromCharCode(byte);
  return out;
};

export const fromBinary = (binary: string): string =>
  isAscii(binary) ? binary : fromBytes(Uint8Array.from(binary, (c) => c.charCodeAt(0)));
