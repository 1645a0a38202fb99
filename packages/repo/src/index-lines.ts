/**
 * A quick reader for index.yaml as Helm, ChartMuseum and the like write it: block style, one key a line. Of an index of
 * many megabytes most is said again for every version, so that the text is cut into the lines of one key each, and equal
 * cuts are parsed once. Each cut is parsed by the complete reader and must be sound by itself; whatever does not look
 * as expected makes {@link readIndexLines} give up, and it never says what is wrong.
 */
import { ChartError, decodeStruct, decodeYaml, METADATA, parseTime, UTC, validateMetadata } from '@pack/core';
import { GoError, type GoMap, isMap, newMap } from 'go-template';

import { CHART_VERSION, type ChartVersion, ENTRY_TEXTS, hasOtherThanText } from './chart-version.ts';

/** An entry and where its text is, from behind its hyphen to the next entry; in UTF-16 units. */
export interface PlacedEntry<Entry = ChartVersion> {
  readonly entry: Entry;
  readonly from: number;
  readonly to: number;
}

/** As it was read, and whether it is already as {@link checkEntry} would have it. */
export interface LineEntry extends PlacedEntry {
  readonly isChecked: boolean;
}

export interface IndexLines {
  /** The other keys of the file, decoded as YAML. */
  readonly rest: GoMap;
  readonly charts: ReadonlyMap<string, readonly LineEntry[]>;
  /** The column of the keys of every entry. */
  readonly column: number;
}

const GIVE_UP = new Error('unusual index');

function giveUp(): never {
  throw GIVE_UP;
}

/** Where YAML sees lines end and we do not. */
const OTHER_BREAKS = /[\r\x85\u2028\u2029\ufeff]/;

/** undefined for a text that is left to the complete reader. */
export function readIndexLines(text: string): IndexLines | undefined {
  if (OTHER_BREAKS.test(text)) return undefined;
  try {
    return new Lines(text).read();
  } catch (e) {
    if (e === GIVE_UP || e instanceof GoError || e instanceof RangeError) return undefined;
    throw e;
  }
}

const SPACE = 0x20;
const LF = 0x0a;
const HYPHEN = 0x2d;
const HASH = 0x23;

const TOP_KEY = /([A-Za-z]+):(?=[ \n]|$)/y;
const ENTRY_KEY = /([A-Za-z]+):(?=[ \n]|$)/y;
/** A chart's name that YAML reads as a text, with nothing or no entries behind it. */
const CHART_KEY = /([A-Za-z][\w.-]*):[ ]*(\[\])?[ ]*(?=\n|$)/y;
/** A key is looked for within 1024 characters. */
const MAX_NAME = 512;
/** What YAML 1.1 takes for booleans and null. */
const WORD = /^(?:y|n|yes|no|on|off|true|false|null)$/i;

class Lines {
  private readonly text: string;
  private readonly values = new EntryValues();
  private readonly rest = newMap();
  private readonly charts = new Map<string, LineEntry[]>();
  /** Of the names of charts; -1 until one is seen. So are those below. */
  private chartColumn = -1;
  private hyphenColumn = -1;
  /** The start of the line at hand, and what its first character is. */
  private line = 0;
  private column = 0;
  private first = 0;

  constructor(text: string) {
    this.text = text;
  }

  read(): IndexLines {
    let hasEntries = false;
    this.seek(0);
    while (this.column >= 0) {
      if (this.column !== 0) giveUp();
      const key = this.keyAt(TOP_KEY, this.line);
      if (key === 'entries' && /^entries:[ ]*\n/.test(this.text.slice(this.line, this.line + 64))) {
        if (hasEntries) giveUp();
        hasEntries = true;
        this.next();
        this.readCharts();
      } else {
        this.readRest(key);
      }
    }
    if (!hasEntries) giveUp();
    return { rest: this.rest, charts: this.charts, column: this.hyphenColumn + 2 };
  }

  /** To the first line from `line` on that says something; `column` is -1 at the end. */
  private seek(line: number): void {
    const { text } = this;
    let start = line;
    for (;;) {
      let at = start;
      let c = text.charCodeAt(at);
      while (c === SPACE) c = text.charCodeAt(++at);
      if (c === LF) {
        start = at + 1;
      } else if (c === HASH) {
        const end = text.indexOf('\n', at);
        if (end < 0) return this.end();
        start = end + 1;
      } else if (at >= text.length) {
        return this.end();
      } else {
        this.line = start;
        this.column = at - start;
        this.first = c;
        return;
      }
    }
  }

  private end(): void {
    this.line = this.text.length;
    this.column = -1;
  }

  private next(): void {
    const end = this.text.indexOf('\n', this.line + this.column);
    if (end < 0) this.end();
    else this.seek(end + 1);
  }

  private keyAt(pattern: RegExp, at: number): string {
    pattern.lastIndex = at;
    return pattern.exec(this.text)?.[1] ?? giveUp();
  }

  private readRest(key: string): void {
    const start = this.line;
    do this.next();
    while (this.isWithin(0));
    const value = decodeYaml(this.text.slice(start, this.line), { strict: true });
    if (!isMap(value) || Object.keys(value).length !== 1 || !Object.hasOwn(value, key) || key in this.rest) giveUp();
    this.rest[key] = value[key];
  }

  private readCharts(): void {
    while (this.column > 0) {
      if (this.chartColumn < 0) this.chartColumn = this.column;
      if (this.column !== this.chartColumn) giveUp();
      CHART_KEY.lastIndex = this.line + this.column;
      const found = CHART_KEY.exec(this.text);
      if (found === null) return giveUp();
      const [, name, none] = found as unknown as [string, string, string | undefined];
      if (name.length > MAX_NAME || WORD.test(name) || this.charts.has(name)) giveUp();
      const entries: LineEntry[] = [];
      this.charts.set(name, entries);
      this.next();
      if (none === undefined) this.readEntries(entries);
    }
  }

  private readEntries(entries: LineEntry[]): void {
    while (this.column >= this.chartColumn && this.first === HYPHEN) {
      if (this.hyphenColumn < 0) this.hyphenColumn = this.column;
      if (this.column !== this.hyphenColumn || this.text.charCodeAt(this.line + this.column + 1) !== SPACE) giveUp();
      entries.push(this.readEntry(this.line + this.column + 2));
    }
    if (entries.length === 0) giveUp();
  }

  private readEntry(from: number): LineEntry {
    const { text, values } = this;
    const column = this.hyphenColumn + 2;
    // No map is needed for keys that are all known.
    const entry: Record<string, unknown> = {};
    let hasNull = false;
    values.areSound = true;
    for (let start = from; ; start = this.line + column) {
      const key = this.keyAt(ENTRY_KEY, start);
      if (Object.hasOwn(entry, key)) giveUp();
      const lineEnd = text.indexOf('\n', start);
      // The line at hand is the one with the hyphen when this is the first key.
      if (lineEnd < 0) this.end();
      else this.seek(lineEnd + 1);
      const isOneLine = !this.isWithin(column);
      while (this.isWithin(column)) this.next();
      const value =
        (isOneLine && this.line === lineEnd + 1 ? quickValue(text, key, start, lineEnd) : undefined) ??
        values.read(text, key, start, this.line, column);
      entry[key] = value;
      hasNull ||= value === undefined;
      if (this.column !== column) break;
    }
    // A key with nothing behind it is as good as absent; but it may not come twice.
    if (hasNull) for (const key of Object.keys(entry)) if (entry[key] === undefined) delete entry[key];
    entry.apiVersion ||= 'v1';
    const isChecked = values.areSound && Boolean(entry.name) && Boolean(entry.version);
    return { entry: entry as unknown as ChartVersion, from, to: this.line, isChecked };
  }

  private isItem(): boolean {
    return this.first === HYPHEN && /[ \n]/.test(this.text[this.line + this.column + 1] ?? '');
  }

  /** Whether the line at hand belongs to the key before it, whose column is given. */
  private isWithin(column: number): boolean {
    return this.column > column || (this.column === column && this.isItem());
  }
}

/** The values of the keys of entries; equal texts give one value, which nobody changes. */
class EntryValues {
  /** Whether all values read since this was set are such as Helm accepts. */
  areSound = true;
  private readonly known = new Map<string, { readonly value: unknown; readonly isSound: boolean }>();

  read(text: string, key: string, start: number, end: number, column: number): unknown {
    const url = key === 'urls' ? quickUrl(text, start + key.length + 1, end) : undefined;
    if (url !== undefined) return url;
    const cut = text.slice(start, end);
    let known = this.known.get(cut);
    if (known === undefined) {
      known = soundValue(key, decodeCut(cut, key, column));
      this.known.set(cut, known);
    }
    this.areSound &&= known.isSound;
    return known.value;
  }
}

/** Fields of Chart.yaml that may hold anything. */
const FREE = new Set(['annotations', 'apiVersion', 'deprecated']);

/** Each field of Chart.yaml has rules of its own, so that one can be checked, and cleaned, in a chart without faults. */
function soundValue(key: string, value: unknown): { readonly value: unknown; readonly isSound: boolean } {
  if (value === undefined || !Object.hasOwn(METADATA.fields, key) || FREE.has(key)) return { value, isSound: true };
  try {
    const checked = validateMetadata({ apiVersion: 'v2', name: 'x', version: '0.0.0', [key]: value });
    return { value: checked[key as keyof typeof checked], isSound: true };
  } catch (e) {
    if (e instanceof ChartError) return { value, isSound: false };
    throw e;
  }
}

/** Plain texts that are no numbers, whatever YAML's rules for them: three numbers with dots between, or one long hash. */
const VERSION = /^v?\d{1,15}\.\d{1,15}\.\d{1,15}(?:-[A-Za-z]+(?:\.[1-9]\d*)?)?$/;
const NOT_A_NUMBER = /^(?!0b)[0-9a-f]*[abcdf][0-9a-f]{8,}$/;
const QUOTED_TIME = /^"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d))"$/;

/** The value of what differs from entry to entry, in its usual form. */
function quickValue(text: string, key: string, start: number, end: number): unknown {
  if (key !== 'version' && key !== 'digest' && key !== 'created') return undefined;
  if (text.charCodeAt(start + key.length + 1) !== SPACE) return undefined;
  const value = text.slice(start + key.length + 2, end);
  switch (key) {
    case 'version':
      return VERSION.test(value) && value.length < MAX_VERSION ? value : undefined;
    case 'digest':
      return value.length === 64 && NOT_A_NUMBER.test(value) ? value : undefined;
    case 'created': {
      const time = QUOTED_TIME.exec(value)?.[1];
      return time && parseTime(RFC3339, time, UTC);
    }
  }
}

/** Masterminds/semver takes no longer ones; nor are zeros that lead a number of a pre-release taken. */
const MAX_VERSION = 200;
const RFC3339 = '2006-01-02T15:04:05Z07:00';

/** The only URL of an entry, on a line of its own. */
const URL_ITEM = /\n *- (https?:\/\/[\w./%+~-]+|[a-zA-Z][\w/%+-]*-[\w.+-]*\.tgz)\n$/;

function quickUrl(text: string, from: number, to: number): readonly string[] | undefined {
  const url = URL_ITEM.exec(text.slice(from, to));
  return url?.index === 0 ? [url[1] as string] : undefined;
}

function decodeCut(cut: string, key: string, column: number): unknown {
  const value = decodeYaml(' '.repeat(column) + cut, { strict: true });
  if (!isMap(value) || Object.keys(value).length !== 1 || !Object.hasOwn(value, key)) giveUp();
  // An entry that is taken for text in parts is for the complete reader.
  if (!Object.hasOwn(CHART_VERSION.fields, key)) giveUp();
  if (key in ENTRY_TEXTS && hasOtherThanText(value, ENTRY_TEXTS)) giveUp();
  const fields = decodeStruct(value, CHART_VERSION, { strict: true });
  return fields?.[key];
}
