/** Sprig's functions on text. */
import {
  byteLength,
  elemType,
  type FuncMap,
  formatV,
  func,
  GoError,
  newMap,
  quoteGo,
  rejoin,
  sliceBytes,
  sliceItems,
  sliceOf,
  TypedMap,
} from 'go-template';

import { fromBinary, isSpace, lower, toBinary, trimSpace, upper } from './rune.ts';
import { contains, hasPrefix, hasSuffix, replaceAll, split, trimCharacters, trimPrefix, trimSuffix } from './search.ts';
import { toText } from './stringer.ts';
import { connectWords, pascalCase, swapCase, title, untitle } from './words.ts';

/** Longer results are refused: JavaScript has no longer strings. */
const MAX_LENGTH = 2 ** 29 - 24;

function repeat(count: number, text: string): string {
  if (count < 0) throw new GoError('strings: negative Repeat count');
  if (text.length * count > MAX_LENGTH) throw new GoError('strings: Repeat output length overflow');
  return text.repeat(count);
}

function indent(spaces: number, text: string): string {
  const pad = repeat(spaces, ' ');
  if (text.length + pad.length * (text.split('\n').length + 1) > MAX_LENGTH)
    throw new GoError('strings: Repeat output length overflow');
  return pad + text.replaceAll('\n', `\n${pad}`);
}

const outOfRange = (range: string): GoError => new GoError(`runtime error: slice bounds out of range ${range}`);

/** In bytes, with Go's panics. */
function substr(start: number, end: number, text: string): string {
  const length = byteLength(text);
  if (start < 0) {
    if (end < 0) throw outOfRange(`[:${end}]`);
    if (end > length) throw outOfRange(`[:${end}] with length ${length}`);
    return sliceBytes(text, 0, end);
  }
  const stop = end < 0 || end > length ? length : end;
  if (start > stop) throw outOfRange(`[${start}:${stop}]`);
  return sliceBytes(text, start, stop);
}

function trunc(count: number, text: string): string {
  const length = byteLength(text);
  if (count < 0 && length + count > 0) return sliceBytes(text, length + count);
  return count >= 0 && length > count ? sliceBytes(text, 0, count) : text;
}

/** goutils: AbbreviateFull; in bytes, a binary string in and out. */
function abbreviate(text: string, offset: number, width: number): string {
  if (text.length <= width) return text;
  const start = Math.min(offset, text.length, text.length - (width - 3));
  if (start <= 4) return `${text.slice(0, width - 3)}...`;
  if (start + width - 3 >= text.length) return `...${text.slice(text.length - (width - 3))}`;
  return `...${abbreviate(text.slice(start), 0, width - 3)}`;
}

const abbrev = (width: number, text: string): string =>
  width < 4 ? text : fromBinary(abbreviate(toBinary(text), 0, width));

const abbrevBoth = (left: number, right: number, text: string): string =>
  right < 4 || (left > 0 && right < 7) ? text : fromBinary(abbreviate(toBinary(text), left, right));

/** goutils: WrapCustom; columns are bytes, words end at spaces. */
function wrap(width: number, newline: string, text: string, breakWords: boolean): string {
  const line = toBinary(text);
  const columns = Math.max(width, 1);
  const lines: string[] = [];
  let offset = 0;
  while (line.length - offset > columns) {
    if (line[offset] === ' ') {
      offset++;
      continue;
    }
    const space = line.lastIndexOf(' ', offset + columns);
    if (space >= offset) {
      lines.push(line.slice(offset, space));
      offset = space + 1;
    } else if (breakWords) {
      lines.push(line.slice(offset, offset + columns));
      offset += columns;
    } else {
      const next = line.indexOf(' ', offset + columns);
      if (next === -1) break;
      lines.push(line.slice(offset, next));
      offset = next + 1;
    }
  }
  lines.push(line.slice(offset));
  return fromBinary(lines.join(newline === '' ? '\n' : toBinary(newline)));
}

/** Byte by byte, so that characters beyond ASCII fall apart into Latin-1 (goutils: DeleteWhiteSpace). */
function noSpace(text: string): string {
  const binary = toBinary(text);
  const kept = [...binary].filter((c) => !isSpace(c)).join('');
  return kept.length === binary.length ? text : kept;
}

/** Byte by byte as well (goutils: Initials). */
function initials(text: string): string {
  let out = '';
  let isAfterSpace = true;
  for (const c of toBinary(text)) {
    if (!isSpace(c) && isAfterSpace) out += c;
    isAfterSpace = isSpace(c);
  }
  return out;
}

/** Items as strings without nil; a scalar is a list of one. A []string is returned itself. */
export function toStrings(v: unknown): string[] {
  if (Array.isArray(v) && elemType(v) === 'string') return v as string[];
  const items = sliceItems(v);
  if (items !== undefined) return sliceOf('string', items.filter((item) => item !== null).map(toText));
  return sliceOf('string', v === null ? [] : [toText(v)]);
}

function numbered(pieces: string[]): TypedMap {
  const entries = newMap();
  for (const [i, piece] of pieces.entries()) entries[`_${i}`] = piece;
  return new TypedMap('map[string]string', 'string', entries);
}

const notNil = (values: readonly unknown[]): unknown[] => values.filter((v) => v !== null);

const STRING_TO_STRING = 'func(string) string';
const TWO_STRINGS_TO_STRING = 'func(string, string) string';

export const stringFunctions: FuncMap = {
  hello: func('func() string', () => 'Hello!'),
  abbrev: func('func(int, string) string', abbrev),
  abbrevboth: func('func(int, int, string) string', abbrevBoth),
  trunc: func('func(int, string) string', trunc),
  trim: func(STRING_TO_STRING, trimSpace),
  upper: func(STRING_TO_STRING, upper),
  lower: func(STRING_TO_STRING, lower),
  title: func(STRING_TO_STRING, title),
  untitle: func(STRING_TO_STRING, untitle),
  substr: func('func(int, int, string) string', substr),
  repeat: func('func(int, string) string', repeat),
  trimall: func(TWO_STRINGS_TO_STRING, (cutset: string, text: string) => trimCharacters(text, cutset)),
  trimAll: func(TWO_STRINGS_TO_STRING, (cutset: string, text: string) => trimCharacters(text, cutset)),
  trimSuffix: func(TWO_STRINGS_TO_STRING, (suffix: string, text: string) => trimSuffix(text, suffix)),
  trimPrefix: func(TWO_STRINGS_TO_STRING, (prefix: string, text: string) => trimPrefix(text, prefix)),
  nospace: func(STRING_TO_STRING, noSpace),
  initials: func(STRING_TO_STRING, initials),
  swapcase: func(STRING_TO_STRING, swapCase),
  snakecase: func(STRING_TO_STRING, (text: string) => connectWords(text, '_')),
  camelcase: func(STRING_TO_STRING, pascalCase),
  kebabcase: func(STRING_TO_STRING, (text: string) => connectWords(text, '-')),
  wrap: func('func(int, string) string', (width: number, text: string) => wrap(width, '', text, false)),
  wrapWith: func('func(int, string, string) string', (width: number, newline: string, text: string) =>
    text === '' ? '' : wrap(width, newline, text, true),
  ),
  contains: func('func(string, string) bool', (needle: string, text: string) => contains(text, needle)),
  hasPrefix: func('func(string, string) bool', (prefix: string, text: string) => hasPrefix(text, prefix)),
  hasSuffix: func('func(string, string) bool', (suffix: string, text: string) => hasSuffix(text, suffix)),
  quote: func('func(...interface {}) string', (...values: unknown[]) =>
    notNil(values)
      .map((v) => quoteGo(toText(v)))
      .join(' '),
  ),
  squote: func('func(...interface {}) string', (...values: unknown[]) =>
    notNil(values)
      .map((v) => `'${formatV(v)}'`)
      .join(' '),
  ),
  cat: func('func(...interface {}) string', (...values: unknown[]) => notNil(values).map(formatV).join(' ')),
  indent: func('func(int, string) string', indent),
  nindent: func('func(int, string) string', (spaces: number, text: string) => `\n${indent(spaces, text)}`),
  replace: func('func(string, string, string) string', (needle: string, replacement: string, text: string) =>
    replaceAll(text, needle, replacement),
  ),
  regexQuoteMeta: func(STRING_TO_STRING, (text: string) => text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&')),
  plural: func('func(string, string, int) string', (one: string, many: string, count: number) =>
    count === 1 ? one : many,
  ),
  toString: func('func(interface {}) string', toText),
  toStrings: func('func(interface {}) []string', toStrings),
  join: func('func(string, interface {}) string', (separator: string, v: unknown) =>
    rejoin(toStrings(v).join(separator)),
  ),
  split: func('func(string, string) map[string]string', (separator: string, text: string) =>
    numbered(split(text, separator)),
  ),
  splitn: func('func(string, int, string) map[string]string', (separator: string, limit: number, text: string) =>
    numbered(split(text, separator, limit)),
  ),
  splitList: func('func(string, string) []string', (separator: string, text: string) =>
    sliceOf('string', split(text, separator)),
  ),
};
