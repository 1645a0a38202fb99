/**
 * The character classes of YAML 1.1 as libyaml has them. Readers work on text whose CR LF, CR and NEL are already LF,
 * and that ends in NUL: no comparison with a length is needed.
 */

export const TAB = 0x09;
export const LF = 0x0a;
export const SPACE = 0x20;

export const isBreak = (c: number): boolean => c === LF || c === 0x2028 || c === 0x2029;
export const isBreakOrEnd = (c: number): boolean => c === LF || c === 0 || c === 0x2028 || c === 0x2029;
export const isBlank = (c: number): boolean => c === SPACE || c === TAB;
export const isBlankOrEnd = (c: number): boolean =>
  c === SPACE || c === LF || c === TAB || c === 0 || c === 0x2028 || c === 0x2029;
export const isDigit = (c: number): boolean => c >= 0x30 && c <= 0x39;

/** Letters, digits, `_` and `-`: what anchors and tag handles are made of. */
export const isWord = (c: number): boolean =>
  (c >= 0x61 && c <= 0x7a) || (c >= 0x41 && c <= 0x5a) || isDigit(c) || c === 0x5f || c === 0x2d;

/** The value of a hexadecimal digit, or -1. */
export function hexDigit(c: number): number {
  if (isDigit(c)) return c - 0x30;
  const lower = c | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
