/** The little languages of `--set` and its sisters. Helm: pkg/strvals. */
import {
  fitsInt64,
  GoError,
  type GoMap,
  Int,
  isMap,
  newMap,
  parseInteger,
  quoteGo,
  runes,
  sliceOf,
  sprintf,
  typeOf,
} from 'go-template';

import { decodeJsonPrefix } from '../json/decode.ts';
import { has } from './table.ts';

const MAX_INDEX = 65_536;
const MAX_NESTING = 30;
/** Helm bounds neither of these: lists within lists, and how long all lists of one text grow together. */
const MAX_LIST_NESTING = 1000;
const MAX_LIST_GROWTH = 1 << 22;

/** `a.b[0]=1,c={x,y}`: typed as `--set` types it. `into` is changed, also when an error ends it. Throws GoError. */
export const setValues = (text: string, into: GoMap): void => new Parser(text, ESCAPED, textReader(typed)).parse(into);

/** `--set-string`: every value is a string. */
export const setStrings = (text: string, into: GoMap): void =>
  new Parser(
    text,
    ESCAPED,
    textReader((s) => s),
  ).parse(into);

/** `--set-file`: every value is what `read` makes of it. */
export const setFiles = (text: string, into: GoMap, read: (path: string) => unknown): void =>
  new Parser(text, ESCAPED, textReader(read)).parse(into);

/** `--set-json`: `key=json,key=json`. With `exact`, integers that no float64 holds are bigints. */
export const setJson = (text: string, into: GoMap, options: { readonly exact?: boolean } = {}): void =>
  new Parser(text, ESCAPED, jsonReader(options)).parse(into);

/** `--set-literal`: all that follows the first `=` is the value. */
export const setLiteral = (text: string, into: GoMap): void => new Parser(text, LITERAL, readLiteral).parse(into);

/** A string as `--set` sees it: true, false, null in any case, int64 without a leading zero, or a string. */
function typed(text: string): unknown {
  switch (text.toUpperCase()) {
    case 'TRUE':
      return true;
    case 'FALSE':
      return false;
    case 'NULL':
      return null;
    case '0':
      return 0n;
  }
  if (text === '' || text[0] === '0') return text;
  const n = parseInteger(text, 10);
  return n !== undefined && fitsInt64(n) ? n : text;
}

/** What may end a key, and whether `\` takes the next character's meaning away. */
interface Syntax {
  readonly keyEnds: string;
  readonly escapes: boolean;
}

const ESCAPED: Syntax = { keyEnds: '=[,.', escapes: true };
const LITERAL: Syntax = { keyEnds: '=[.', escapes: false };

/** What stands behind `=`. `ended`: nothing did, which ends the text without an error wherever that happens. */
interface Read {
  readonly value: unknown;
  readonly ended: boolean;
}

type Reader = (text: Text) => Read;

const SPACE = /[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/** The text being read. */
class Text {
  private readonly chars: readonly string[];
  private readonly escapes: boolean;
  private pos = 0;

  constructor(text: string, escapes: boolean) {
    this.chars = runes(text).map((point) => String.fromCodePoint(point));
    this.escapes = escapes;
  }

  get rest(): string {
    return this.chars.slice(this.pos).join('');
  }

  peek(): string | undefined {
    return this.chars[this.pos];
  }

  skip(characters: number): void {
    this.pos += characters;
  }

  /** Goes behind the first of `ends`; `end` is undefined when the text ends before. */
  until(ends: string): { text: string; end: string | undefined } {
    let text = '';
    while (this.pos < this.chars.length) {
      const c = this.chars[this.pos++] as string;
      if (ends.includes(c)) return { text, end: c };
      if (c !== '\\' || !this.escapes) text += c;
      else if (this.pos < this.chars.length) text += this.chars[this.pos++] as string;
    }
    return { text, end: undefined };
  }

  /** Skips white space, and a comma behind it; says whether a value is missing here. */
  skipBlank(): boolean {
    for (;;) {
      const c = this.peek();
      if (c === undefined) return true;
      if (c !== ',' && !SPACE.test(c)) return false;
      this.pos++;
      if (c === ',') return true;
    }
  }
}

/** Values of text: `x`, or a list `{x,y}`. */
const textReader =
  (convert: (text: string) => unknown): Reader =>
  (text) => {
    if (text.peek() === undefined) return { value: '', ended: true };
    if (text.peek() !== '{') return { value: convert(text.until(',').text), ended: false };
    text.skip(1);
    const list: unknown[] = [];
    for (;;) {
      const item = text.until(',}');
      if (item.end === undefined) throw new GoError("list must terminate with '}'");
      list.push(convert(item.text));
      if (item.end === '}') break;
    }
    if (text.peek() === ',') text.skip(1);
    return { value: list, ended: false };
  };

const readLiteral: Reader = (text) => ({ value: text.until('').text, ended: false });

const jsonReader =
  (options: { readonly exact?: boolean }): Reader =>
  (text) => {
    if (text.skipBlank()) return { value: null, ended: false };
    const { rest } = text;
    const { value, end } = decodeJsonPrefix(rest, options);
    text.skip([...rest.slice(0, end)].length);
    text.skipBlank();
    return { value, ended: false };
  };

class Parser {
  private readonly text: Text;
  private readonly keyEnds: string;
  private readonly read: Reader;
  private growth = 0;
  private depth = 0;

  constructor(text: string, { keyEnds, escapes }: Syntax, read: Reader) {
    this.text = new Text(text, escapes);
    this.keyEnds = keyEnds;
    this.read = read;
  }

  parse(into: GoMap): void {
    while (!this.key(into, 0));
  }

  /** Reads one `key=value`, below `table`. Returns whether the text has ended. */
  private key(table: GoMap, nesting: number): boolean {
    const { text: key, end } = this.text.until(this.keyEnds);
    switch (end) {
      case undefined:
        if (key !== '') throw new GoError(`key ${quoteGo(key)} has no value`);
        return true;
      case ',':
        throw new GoError(`key ${quoteGo(key)} has no value (cannot end with ,)`);
      case '=': {
        const { value, ended } = this.read(this.text);
        set(table, key, value);
        return ended;
      }
      case '.':
        return this.member(table, key, nesting + 1);
      default:
        return this.item(table, key, nesting);
    }
  }

  private member(table: GoMap, key: string, nesting: number): boolean {
    if (nesting > MAX_NESTING) {
      throw new GoError(`value name nested level is greater than maximum supported nested level of ${MAX_NESTING}`);
    }
    const inner = has(table, key) ? asTable(table[key]) : newMap();
    const ended = this.key(inner, nesting);
    const empty = Object.keys(inner).length === 0;
    if (empty && !ended) throw new GoError(`key map ${quoteGo(key)} has no value`);
    if (!empty) set(table, key, inner);
    return ended;
  }

  private item(table: GoMap, key: string, nesting: number): boolean {
    const index = this.index();
    if (index === undefined) return true;
    const list = has(table, key) ? asList(table[key]) : [];
    const ended = this.listItem(list, index, nesting);
    set(table, key, list);
    return ended;
  }

  /** Reads up to `]`; undefined when the text ends before. */
  private index(): number | undefined {
    const { text, end } = this.text.until(']');
    if (end === undefined) return undefined;
    const wrong = (why: string): GoError =>
      new GoError(`error parsing index: strconv.Atoi: parsing ${quoteGo(text)}: ${why}`);
    const index = parseInteger(text, 10);
    if (index === undefined) throw wrong('invalid syntax');
    if (!fitsInt64(index)) throw wrong('value out of range');
    return Number(index);
  }

  /** Reads what follows `[i]`. Returns whether the text has ended; then nothing is set. */
  private listItem(list: unknown[], index: number, nesting: number): boolean {
    if (index < 0) throw new GoError(`negative ${index} index not allowed`);
    if (++this.depth > MAX_LIST_NESTING) throw new GoError(`value name has more than ${MAX_LIST_NESTING} indexes`);
    const { text, end } = this.text.until('[.=');
    if (text !== '') throw new GoError(sprintf('unexpected data at end of array index: %q', runeSlice(text)));
    switch (end) {
      case undefined:
        return true;
      case '=':
        this.setIndex(list, index, this.read(this.text).value);
        break;
      case '[': {
        const next = this.index();
        if (next === undefined) return true;
        const inner = (list[index] ?? null) === null ? [] : asList(list[index]);
        if (this.listItem(inner, next, nesting)) return true;
        this.setIndex(list, index, inner);
        break;
      }
      default: {
        const inner = isMap(list[index]) ? list[index] : newMap();
        if (index < list.length) list[index] = inner;
        if (this.key(inner, nesting)) return true;
        this.setIndex(list, index, inner);
      }
    }
    this.depth--;
    return false;
  }

  private setIndex(list: unknown[], index: number, value: unknown): void {
    if (index > MAX_INDEX) {
      throw new GoError(`index of ${index} is greater than maximum supported index of ${MAX_INDEX}`);
    }
    this.growth += Math.max(0, index + 1 - list.length);
    if (this.growth > MAX_LIST_GROWTH) throw new GoError(`lists grow beyond ${MAX_LIST_GROWTH} items`);
    while (list.length < index) list.push(null);
    list[index] = value;
  }
}

/** A key without a name is read, and not set. */
function set(table: GoMap, key: string, value: unknown): void {
  if (key !== '') table[key] = value;
}

const runeSlice = (text: string): unknown[] =>
  sliceOf(
    'int32',
    runes(text).map((point) => Int.of('int32', point)),
  );

function asTable(value: unknown): GoMap {
  if (isMap(value)) return value;
  throw wrongType(value, 'map[string]interface {}');
}

function asList(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  throw wrongType(value, '[]interface {}');
}

/** What Go's type assertion panics with, as the parser hands it on. */
const wrongType = (value: unknown, wanted: string): GoError =>
  new GoError(
    `unable to parse key: interface conversion: interface {} is ${value === null ? 'nil' : typeOf(value)}, not ${wanted}`,
  );
