/** Go's string literals: strconv.Quote and strconv.Unquote. */

import { rejoin } from '../bytes.ts';
import { isPrintable } from '../unicode.ts';

const hex = (n: number, width: number): string => n.toString(16).padStart(width, '0');

const SHORT: Record<number, string> = { 7: '\\a', 8: '\\b', 9: '\\t', 10: '\\n', 11: '\\v', 12: '\\f', 13: '\\r' };

function quoteRune(point: number, delimiter: string, ascii: boolean): string {
  if (point === 0x5c || point === delimiter.charCodeAt(0)) return `\\${String.fromCharCode(point)}`;
  if (point < 0x80 ? point >= 0x20 && point < 0x7f : !ascii && isPrintable(point)) return String.fromCodePoint(point);
  const short = SHORT[point];
  if (short !== undefined) return short;
  if (point < 0x20 || point === 0x7f) return `\\x${hex(point, 2)}`;
  return point < 0x10000 ? `\\u${hex(point, 4)}` : `\\U${hex(point, 8)}`;
}

/** strconv.Quote; with `ascii`, strconv.QuoteToASCII. Bytes that are not UTF-8 become `\xff`. */
export function quote(s: string, ascii = false): string {
  if (/^[ !#-[\]-~]*$/.test(s)) return `"${s}"`;
  let out = '"';
  for (const c of s) {
    const point = c.codePointAt(0) as number;
    if (point >= 0xdc80 && point <= 0xdcff) out += `\\x${hex(point - 0xdc00, 2)}`;
    else out += quoteRune(point >= 0xd800 && point <= 0xdfff ? 0xfffd : point, '"', ascii);
  }
  return `${out}"`;
}

/** strconv.QuoteRune. */
export const quoteChar = (point: number, ascii = false): string =>
  `'${quoteRune(point > 0x10ffff || point < 0 || (point >= 0xd800 && point <= 0xdfff) ? 0xfffd : point, "'", ascii)}'`;

/** strconv.CanBackquote. */
export const canBackquote = (s: string): boolean => !/[\x00-\x08\x0a-\x1f`\x7f\ufeff]|[\ud800-\udfff]/u.test(s);

const ESCAPES: Record<string, string> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\' };

/**
 * One character or escape of a literal delimited by `delimiter`, from `at` on: its text and the index behind it.
 * Undefined where Go says "invalid syntax".
 */
export function unquoteChar(s: string, at: number, delimiter: string): { text: string; end: number } | undefined {
  const point = s.codePointAt(at);
  if (point === undefined) return undefined;
  const c = String.fromCodePoint(point);
  if (c === delimiter && (delimiter === '"' || delimiter === "'")) return undefined;
  if (c !== '\\') return { text: c, end: at + c.length };
  const kind = s[at + 1];
  if (kind === undefined) return undefined;
  const simple = ESCAPES[kind];
  if (simple !== undefined) return { text: simple, end: at + 2 };
  if (kind === '"' || kind === "'") return kind === delimiter ? { text: kind, end: at + 2 } : undefined;
  const width = kind === 'x' ? 2 : kind === 'u' ? 4 : kind === 'U' ? 8 : 0;
  if (width > 0) {
    const digits = s.slice(at + 2, at + 2 + width);
    if (digits.length < width || !/^[0-9a-fA-F]+$/.test(digits)) return undefined;
    const value = Number.parseInt(digits, 16);
    if (kind === 'x') return { text: byte(value), end: at + 4 };
    if (value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return undefined;
    return { text: String.fromCodePoint(value), end: at + 2 + width };
  }
  const octal = s.slice(at + 1, at + 4);
  if (!/^[0-7]{3}$/.test(octal)) return undefined;
  const value = Number.parseInt(octal, 8);
  return value > 255 ? undefined : { text: byte(value), end: at + 4 };
}

const byte = (value: number): string => String.fromCharCode(value < 0x80 ? value : 0xdc00 + value);

/** strconv.Unquote of a string literal with its quotes; undefined where Go says "invalid syntax". */
export function unquote(literal: string): string | undefined {
  const delimiter = literal[0] as string;
  const end = literal.length - 1;
  if (delimiter === '`') return literal.slice(1, end).replaceAll('\r', '');
  if (!literal.includes('\\')) return literal.slice(1, end);
  let out = '';
  for (let i = 1; i < end; ) {
    const next = unquoteChar(literal, i, delimiter);
    if (next === undefined) return undefined;
    out += next.text;
    i = next.end;
  }
  return rejoin(out);
}
