import {
  elemType,
  fitsInt64,
  GoError,
  type GoMap,
  isMap,
  newMap,
  parseFloat64,
  parseInteger,
  quoteGo,
  sliceOf,
  toBytes,
} from 'go-template';

import { parseTime } from '../time/parse.ts';
import type { Time } from '../time/time.ts';
import { fixedZone, type Location, UTC } from '../time/zone.ts';
import { TextError } from '../yaml/error.ts';
import { bareOrQuoted } from './encode.ts';
import { LOCAL_DATE, LOCAL_DATETIME, LOCAL_TIME } from './local.ts';
import {
  END,
  isBlank,
  isDigit,
  isNewline,
  type NumberToken,
  quoteRune,
  Reader,
  type StringToken,
  tooDeep,
  unescapeString,
} from './reader.ts';

export interface DecodeTomlOptions {
  /** Go's time.Local; UTC if absent. */
  local?: Location;
  /** The offset of local time now, in seconds east of UTC, which times without an offset get; 0 if absent. */
  localOffset?: number;
}

/**
 * A TOML text as BurntSushi/toml 1.6 reads it into a map: integers are int64, times time.Time, arrays of tables
 * []map[string]interface {}. Throws TextError with its messages.
 */
export function decodeToml(text: string, options: DecodeTomlOptions = {}): GoMap {
  const body = text.replace(/^(?:\udcff\udcfe|\udcfe\udcff|\ufeff)/, '');
  if (toBytes(body.slice(0, 6)).subarray(0, 6).includes(0)) {
    throw new TextError(
      'toml: line 1: files cannot contain NULL bytes; probably using UTF-16; TOML files must be UTF-8',
      1,
    );
  }
  try {
    return new Decoder(body, options).document();
  } catch (e) {
    throw e instanceof RangeError ? tooDeep() : e;
  }
}

/** Helm: pkg/engine/funcs.go fromTOML; an error becomes the member `Error` of the map. */
export function fromToml(text: string, options: DecodeTomlOptions = {}): GoMap {
  try {
    return decodeToml(text, options);
  } catch (e) {
    if (!(e instanceof GoError)) throw e;
    const map = newMap();
    map.Error = e.message;
    return map;
  }
}

const TABLE = 'map[string]interface {}';

const isTableArray = (v: unknown): v is GoMap[] => Array.isArray(v) && elemType(v) === TABLE;

type Key = readonly string[];

const printKey = (key: Key): string => key.map(bareOrQuoted).join('.');

const MAX_DEPTH = 1_000;

/** Builds the tables; the rules for what may be defined twice are BurntSushi's. */
class Decoder {
  private readonly reader: Reader;
  private readonly root = newMap();
  /** The table that keys now go to. */
  private context: Key = [];
  private currentKey = '';
  /** Tables that exist only because a key goes through them. */
  private readonly implicit = new Set<string>();
  private readonly arrays = new Set<string>();
  /** The line of the key or table name being worked on. */
  private keyLine = 0;
  private depth = 0;
  private readonly zones: Record<'offset' | 'datetime' | 'date' | 'time', Location>;

  constructor(text: string, { local = UTC, localOffset = 0 }: DecodeTomlOptions) {
    this.reader = new Reader(text, () => this.lastKey());
    this.zones = {
      offset: local,
      datetime: fixedZone(LOCAL_DATETIME, localOffset),
      date: fixedZone(LOCAL_DATE, localOffset),
      time: fixedZone(LOCAL_TIME, localOffset),
    };
  }

  document(): GoMap {
    const { reader } = this;
    for (;;) {
      const c = reader.next();
      if (c === END) return this.root;
      if (isBlank(c) || isNewline(c)) continue;
      if (c === 0x23) {
        reader.skipComment();
        continue;
      }
      if (c === 0x5b) {
        this.table();
      } else {
        reader.back();
        this.pair();
        this.currentKey = '';
      }
      this.lineEnd();
    }
  }

  private lastKey(): string {
    const context = printKey(this.context);
    if (this.currentKey === '') return context;
    return context === '' ? this.currentKey : `${context}.${this.currentKey}`;
  }

  private fail(message: string): never {
    this.reader.fail(message, this.keyLine);
  }

  private lineEnd(): void {
    const { reader } = this;
    let c = reader.next();
    while (isBlank(c)) c = reader.next();
    if (c === 0x23) reader.skipComment();
    else if (c === END) reader.back();
    else if (!isNewline(c)) {
      reader.failHere(
        `expected a top-level item to end with a newline, comment, or EOF, but got ${quoteRune(c)} instead`,
      );
    }
  }

  private table(): void {
    const { reader } = this;
    const isArray = reader.accept(0x5b);
    const key: string[] = [];
    do {
      reader.skipBlanks();
      const c = reader.peek();
      if (c === 0x5d || c === END) reader.failHere('unexpected end of table name (table names cannot be empty)');
      if (c === 0x2e) reader.failHere('unexpected table separator (table names cannot be empty)');
      key.push(this.keyPart(c));
      if (key.length === 1) this.keyLine = reader.line;
      reader.skipBlanks();
    } while (this.goesOn(0x5d, (c) => `expected '.' or ']' to end table name, but got ${quoteRune(c)} instead`));
    if (isArray) {
      const c = reader.next();
      if (c !== 0x5d)
        reader.failHere(`expected end of table array name delimiter ']', but got ${quoteRune(c)} instead`);
    }
    this.enter(key, isArray);
    this.arrays.delete(printKey(this.context));
  }

  /** Whether a dot follows, and so another part of a key; else it must be `end`. */
  private goesOn(end: number, problem: (c: number) => string): boolean {
    const c = this.reader.next();
    if (c === 0x2e) return true;
    if (c === end) return false;
    return c === 0x0a && end === 0x3d ? this.reader.failBefore(problem(c)) : this.reader.failHere(problem(c));
  }

  private keyPart(c: number): string {
    const { reader } = this;
    return c === 0x22 || c === 0x27 ? unescapeString(reader.lineString(), reader) : reader.bareKey();
  }

  /** The parts of a key, up to and with its `=`. */
  private key(): string[] {
    const { reader } = this;
    const key: string[] = [];
    do {
      reader.skipBlanks();
      const c = reader.peek();
      const first = key.length === 0;
      if (c === 0x3d || c === END) reader.failHere(first ? "unexpected '=': key name appears blank" : "unexpected '='");
      if (c === 0x2e) reader.failHere(first ? "unexpected '.': keys cannot start with a '.'" : "unexpected '.'");
      key.push(this.keyPart(c));
      if (first) this.keyLine = reader.line;
      reader.skipBlanks();
    } while (
      this.goesOn(0x3d, (c) =>
        c === END
          ? "unexpected EOF; expected key separator '='"
          : `expected '.' or '=', but got ${quoteRune(c)} instead`,
      )
    );
    return key;
  }

  /** A key and its value; returns both. */
  private pair(): { key: string[]; value: unknown } {
    const outer = this.context;
    const key = this.key();
    this.currentKey = key.at(-1) as string;
    for (const part of key.slice(0, -1)) {
      const inner = [...this.context, part];
      this.implicit.add(printKey(inner));
      this.enter(inner, false);
    }
    const value = this.value(false);
    this.set(this.currentKey, value);
    const path = printKey([...this.context, this.currentKey]);
    if (Array.isArray(value)) this.arrays.add(path);
    else this.arrays.delete(path);
    this.context = outer;
    return { key, value };
  }

  /** Makes the table `key` the one that keys go to. */
  private enter(key: Key, isArray: boolean): void {
    let table = this.root;
    const path: string[] = [];
    for (const part of key.slice(0, -1)) {
      path.push(part);
      if (table[part] === undefined) {
        this.implicit.add(printKey(path));
        table[part] = newMap();
      }
      const inner = table[part];
      if (isTableArray(inner)) table = inner.at(-1) as GoMap;
      else if (isMap(inner)) table = inner;
      else this.fail(`Key '${printKey(path)}' was already created as a hash.`);
    }
    this.context = path;
    const last = key.at(-1) as string;
    if (isArray) {
      table[last] ??= sliceOf<GoMap>(TABLE, []);
      const tables = table[last];
      if (!isTableArray(tables))
        this.fail(`Key '${printKey(key)}' was already created and cannot be used as an array.`);
      tables.push(newMap());
    } else {
      this.set(last, newMap());
    }
    this.context = [...path, last];
  }

  private set(key: string, value: unknown): void {
    let table = this.root;
    const path: string[] = [];
    for (const part of this.context) {
      path.push(part);
      const inner = table[part];
      if (isTableArray(inner)) table = inner.at(-1) as GoMap;
      else if (isMap(inner)) table = inner;
      else this.fail(`Key '${printKey(path)}' has already been defined.`);
    }
    path.push(key);
    const name = printKey(path);
    if (table[key] === undefined) {
      table[key] = value;
      return;
    }
    if (!this.implicit.has(name)) this.fail(`Key '${name}' has already been defined.`);
    this.implicit.delete(name);
    if (this.arrays.has(name)) table[key] = value;
  }

  private value(inArray: boolean): unknown {
    const { reader } = this;
    let c = reader.next();
    while (isBlank(c)) c = reader.next();
    if (isDigit(c)) {
      reader.back();
      return this.number(reader.number());
    }
    switch (c) {
      case 0x5b:
        return this.array();
      case 0x7b:
        return this.inlineTable(inArray);
      case 0x22:
      case 0x27:
        return this.string(reader.string(c));
      case 0x2e:
        return reader.failHere("floats must start with a digit, not '.'");
      case 0x2b:
      case 0x2d:
        return this.number(reader.signed());
      case END:
        return reader.failHere('unexpected EOF; expected value');
      case 0x0a:
        return reader.failBefore(`expected value but found ${quoteRune(c)} instead`);
      case 0x69:
      case 0x6e: {
        const special = reader.special();
        if (special !== undefined) return special === 'inf' ? Number.POSITIVE_INFINITY : Number.NaN;
        return reader.bool();
      }
    }
    reader.back();
    if (reader.isLetterNext()) return reader.bool();
    reader.next();
    return reader.failHere(`expected value but found ${quoteRune(c)} instead`);
  }

  private string(token: StringToken): string {
    return unescapeString(token, this.reader);
  }

  private array(): unknown[] {
    if (++this.depth > MAX_DEPTH) throw tooDeep();
    const { reader } = this;
    this.arrays.add(printKey([...this.context, ...(this.currentKey === '' ? [] : [this.currentKey])]));
    const items: unknown[] = [];
    for (;;) {
      const first = this.skipSpace();
      if (first === 0x2c) reader.failHere('unexpected comma');
      if (first === 0x5d) break;
      reader.back();
      items.push(this.value(true));
      const c = this.skipSpace();
      if (c === 0x5d) break;
      if (c !== 0x2c) reader.failHere(`expected a comma (',') or array terminator (']'), but got ${shown(c)}`);
    }
    this.depth--;
    return items;
  }

  /** Past blanks, line breaks and comments, and reads the character behind them. */
  private skipSpace(): number {
    const { reader } = this;
    for (;;) {
      const c = reader.next();
      if (c === 0x23) reader.skipComment();
      else if (!isBlank(c) && !isNewline(c)) return c;
    }
  }

  private inlineTable(inArray: boolean): GoMap {
    if (++this.depth > MAX_DEPTH) throw tooDeep();
    const { reader } = this;
    const table = newMap();
    const outer = this.context;
    const outerKey = this.currentKey;
    const inner: Key = [...outer, outerKey];
    this.currentKey = '';
    this.context = inner;
    this.implicit.add(printKey(inner));
    this.enter(inner, inArray);
    for (;;) {
      const first = this.skipSpace();
      if (first === 0x2c) reader.failHere('unexpected comma');
      if (first === 0x7d) break;
      reader.back();
      const { key, value } = this.pair();
      place(table, key, value, () => this.fail(`${quoteGo(printKey(inner))} is not a table`));
      const c = this.skipSpace();
      if (c === 0x7d) break;
      if (c !== 0x2c)
        reader.failHere(`expected a comma or an inline table terminator '}', but got ${shown(c)} instead`);
    }
    this.context = outer;
    this.currentKey = outerKey;
    this.depth--;
    return table;
  }

  private number({ kind, text, line }: NumberToken): unknown {
    switch (kind) {
      case 'integer':
        return this.integer(text, line);
      case 'float':
        return this.float(text, line);
      default:
        return this.datetime(text, line);
    }
  }

  private integer(text: string, line: number): bigint {
    if (!hasGoodUnderscores(text))
      this.reader.fail(`Invalid integer ${quoteGo(text)}: underscores must be surrounded by digits`, line);
    if (hasLeadingZero(text)) this.reader.fail(`Invalid integer ${quoteGo(text)}: cannot have leading zeroes`, line);
    const n = parseInteger(text.replaceAll('_', ''), 0);
    if (n === undefined || !fitsInt64(n)) this.reader.fail(`${text} is out of range for int64`, line);
    return n;
  }

  private float(text: string, line: number): number {
    const parts = text.split(/[.eE]/).filter((part) => part !== '');
    if (!parts.every(hasGoodUnderscores))
      this.reader.fail(`Invalid float ${quoteGo(text)}: underscores must be surrounded by digits`, line);
    if (hasLeadingZero(parts[0] ?? ''))
      this.reader.fail(`Invalid float ${quoteGo(text)}: cannot have leading zeroes`, line);
    if (/\.(?![0-9])/.test(text)) {
      this.reader.fail(`Invalid float ${quoteGo(text)}: '.' must be followed by one or more digits`, line);
    }
    const plain = text.replaceAll('_', '');
    if (/^[-+]?nan$/.test(plain)) return Number.NaN;
    const n = parseFloat64(plain);
    if (n === undefined) this.reader.fail(`Invalid float value: ${quoteGo(text)}`, line);
    if (!Number.isFinite(n) && !plain.endsWith('inf')) this.reader.fail(`${text} is out of range for float64`, line);
    return n;
  }

  private datetime(written: string, line: number): Time {
    const text = written.replace(/[tz]/g, (c) => c.toUpperCase()).replaceAll(' ', 'T');
    for (const [layout, zone] of LAYOUTS) {
      let time: Time;
      try {
        time = parseTime(layout, text, this.zones[zone]);
      } catch {
        continue;
      }
      if (missesLeadingZero(text, layout)) break;
      return time;
    }
    return this.reader.fail(`invalid datetime: ${quoteGo(text)}`, line);
  }
}

const LAYOUTS = [
  ['2006-01-02T15:04:05.999999999Z07:00', 'offset'],
  ['2006-01-02T15:04:05.999999999', 'datetime'],
  ['2006-01-02', 'date'],
  ['15:04:05.999999999', 'time'],
  ['2006-01-02T15:04Z07:00', 'offset'],
  ['2006-01-02T15:04', 'datetime'],
  ['15:04', 'time'],
] as const;

/** Go reads numbers without their leading zeros too; the separators then stand elsewhere. */
function missesLeadingZero(text: string, layout: string): boolean {
  for (let i = 0; i < layout.length; i++) {
    const c = layout[i] as string;
    if (c === '.' || c === 'Z') return false;
    if ((c < '0' || c > '9') && text[i] !== c) return true;
  }
  return false;
}

const hasLeadingZero = (s: string): boolean => /^(?:0[^box]|[-+]0.)/s.test(s);

const hasGoodUnderscores = (s: string): boolean =>
  /^[-+]?(?:nan|inf)$/.test(s) || (/[0-9a-fA-F]$/.test(s) && !/(?<![0-9a-fA-F])_/.test(s));

const shown = (c: number): string => (c === END ? 'end of file' : `'${String.fromCodePoint(c)}'`);

function place(table: GoMap, key: Key, value: unknown, fail: () => never): void {
  let inner = table;
  for (const part of key.slice(0, -1)) {
    inner[part] ??= newMap();
    const next = inner[part];
    if (!isMap(next)) fail();
    inner = next;
  }
  inner[key.at(-1) as string] = value;
}
