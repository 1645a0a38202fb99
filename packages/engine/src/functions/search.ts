/** Finding and cutting in Go strings. Needles that hold broken bytes may match inside a character: those go by bytes. */
import { isValidUtf8, rejoin } from 'go-template';

import { fromBinary, toBinary } from './rune.ts';

export const contains = (text: string, needle: string): boolean =>
  isValidUtf8(needle) ? text.includes(needle) : toBinary(text).includes(toBinary(needle));

export const hasPrefix = (text: string, prefix: string): boolean =>
  isValidUtf8(prefix) ? text.startsWith(prefix) : toBinary(text).startsWith(toBinary(prefix));

export const hasSuffix = (text: string, suffix: string): boolean =>
  isValidUtf8(suffix) ? text.endsWith(suffix) : toBinary(text).endsWith(toBinary(suffix));

export function trimPrefix(text: string, prefix: string): string {
  if (!hasPrefix(text, prefix)) return text;
  return isValidUtf8(prefix) ? text.slice(prefix.length) : fromBinary(toBinary(text).slice(toBinary(prefix).length));
}

export function trimSuffix(text: string, suffix: string): string {
  if (!hasSuffix(text, suffix)) return text;
  if (isValidUtf8(suffix)) return text.slice(0, text.length - suffix.length);
  const binary = toBinary(text);
  return fromBinary(binary.slice(0, binary.length - toBinary(suffix).length));
}

/** strings.Replace without a limit; an empty needle stands before every character and at the end. */
export function replaceAll(text: string, needle: string, replacement: string): string {
  if (needle === '') return rejoin(replacement + [...text].map((c) => c + replacement).join(''));
  if (isValidUtf8(needle)) return rejoin(text.replaceAll(needle, () => replacement));
  return fromBinary(toBinary(text).replaceAll(toBinary(needle), () => toBinary(replacement)));
}

/** strings.SplitN: at most `limit` pieces, the last being the rest; negative is all, 0 is none. '' splits characters. */
export function split(text: string, separator: string, limit = -1): string[] {
  if (limit === 0) return [];
  const isSound = isValidUtf8(separator);
  const source = isSound ? text : toBinary(text);
  const cut = isSound ? separator : toBinary(separator);
  const all = cut === '' ? [...source] : source.split(cut);
  const pieces = limit > 0 && all.length > limit ? [...all.slice(0, limit - 1), all.slice(limit - 1).join(cut)] : all;
  return isSound ? pieces : pieces.map(fromBinary);
}

/** strings.Trim: takes any of the characters in `cutset` from both ends. */
export function trimCharacters(text: string, cutset: string): string {
  const cut = new Set(cutset);
  const chars = [...text];
  let start = 0;
  let end = chars.length;
  while (start < end && cut.has(chars[start] as string)) start++;
  while (end > start && cut.has(chars[end - 1] as string)) end--;
  return chars.slice(start, end).join('');
}
