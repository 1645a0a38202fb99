import {
  Float32,
  formatFloat,
  GoError,
  type GoMap,
  GoValue,
  Int,
  isNilSlice,
  kindOf,
  mapEntries,
  sliceItems,
  sortedKeys,
  typeOf,
} from 'go-template';

import { Time } from '../time/time.ts';
import { LOCAL_DATE, LOCAL_DATETIME, LOCAL_TIME } from './local.ts';

/**
 * A Go value as BurntSushi/toml 1.6 writes it: keys sorted, scalars before tables, tables within tables indented by two
 * spaces, nil left out of maps. Throws GoError with the text that toToml returns and mustToToml fails with.
 */
export function encodeToml(value: unknown): string {
  const writer = new Writer();
  try {
    writer.encode([], value);
  } catch (e) {
    throw e instanceof RangeError ? new GoError('exceeded max depth') : e;
  }
  return writer.out;
}

type Class = 'nil' | 'table' | 'tables' | 'array' | 'scalar';

/** Deeper than any document, shallower than the stack: what lies below is a map that contains itself. */
const MAX_DEPTH = 1_000;

/** What a value is to TOML. Fails for what TOML has no form for, nil in a list above all. */
function classOf(v: unknown, depth = 0): Class {
  if (isNil(v)) return 'nil';
  if (isText(v)) return 'scalar';
  const items = sliceItems(v);
  if (items !== undefined) {
    if (depth > MAX_DEPTH) throw new RangeError();
    let tables = items.length > 0;
    for (const item of items) {
      const inner = classOf(item, depth + 1);
      if (inner === 'nil') throw new GoError('toml: cannot encode array with nil element');
      if (inner !== 'table') tables = false;
    }
    return tables ? 'tables' : 'array';
  }
  const kind = kindOf(v);
  if (kind === 'map' || kind === 'struct' || kind === 'ptr') return 'table';
  if (kind === 'func' || kind.startsWith('complex')) throw new GoError(`unsupported type: ${kind}`);
  return 'scalar';
}

const isNil = (v: unknown): boolean => v === null || v === undefined || (Array.isArray(v) && isNilSlice(v));

/** Times, and whatever else writes itself. */
const isText = (v: unknown): v is GoValue => v instanceof GoValue && v.goText !== undefined;

class Writer {
  out = '';

  encode(key: readonly string[], v: unknown): void {
    if (v === null || v === undefined) throw new GoError('reflect: call of reflect.Value.Type on zero Value');
    if (key.length > MAX_DEPTH) throw new RangeError();
    switch (classOf(v)) {
      case 'tables':
        this.tables(key, sliceItems(v) as readonly unknown[]);
        return;
      case 'table':
        this.table(key, entriesOf(v));
        return;
      default:
        this.pair(key, v);
    }
  }

  private newline(): void {
    if (this.out !== '') this.out += '\n';
  }

  private tables(key: readonly string[], items: readonly unknown[]): void {
    if (key.length === 0) throw new GoError('toml: top-level values must be Go maps or structs');
    for (const item of items) {
      if (isNil(item)) continue;
      this.newline();
      this.out += `${indentOf(key)}[[${key.map(bareOrQuoted).join('.')}]]`;
      this.newline();
      this.members(key, entriesOf(item));
    }
  }

  private table(key: readonly string[], entries: GoMap): void {
    if (key.length === 1) this.newline();
    if (key.length > 0) {
      this.out += `${indentOf(key)}[${key.map(bareOrQuoted).join('.')}]`;
      this.newline();
    }
    this.members(key, entries);
  }

  private members(key: readonly string[], entries: GoMap): void {
    const [direct, tables] = divide(entries);
    for (const name of [...direct, ...tables]) if (!isNil(entries[name])) this.encode([...key, name], entries[name]);
  }

  private pair(key: readonly string[], v: unknown): void {
    if (key.length === 0) {
      this.out += element(v);
      return;
    }
    this.out += `${indentOf(key)}${bareOrQuoted(key[key.length - 1] as string)} = ${element(v)}\n`;
  }
}

const indentOf = (key: readonly string[]): string => '  '.repeat(key.length - 1);

const entriesOf = (v: unknown): GoMap => mapEntries(v) ?? {};

/** The keys of a map, those of tables apart: they must come last, or the rest would be read as theirs. */
function divide(entries: GoMap): [direct: string[], tables: string[]] {
  const direct: string[] = [];
  const tables: string[] = [];
  for (const name of sortedKeys(entries)) {
    const inner = classOf(entries[name]);
    (inner === 'table' || inner === 'tables' ? tables : direct).push(name);
  }
  return [direct, tables];
}

/** A value within a line. */
function element(v: unknown, depth = 0): string {
  if (depth > MAX_DEPTH) throw new RangeError();
  switch (typeof v) {
    case 'string':
      return quote(v);
    case 'boolean':
      return String(v);
    case 'bigint':
      return v.toString();
    case 'number':
      return float(v, 64);
  }
  if (v instanceof Time) return timeText(v);
  if (isText(v)) return quote(v.goText?.() ?? '');
  if (v instanceof Int) return v.goType === 'time.Duration' ? quote(v.goString?.() ?? '') : v.value.toString();
  if (v instanceof Float32) return float(v.value, 32);
  const items = sliceItems(v);
  if (items !== undefined) return `[${items.map((item) => element(item, depth + 1)).join(', ')}]`;
  const entries = mapEntries(v);
  if (entries === undefined) throw new GoError(`unexpected type: ${typeOf(v)}`);
  return inlineTable(entries, depth);
}

/** A comma follows each value but the last key's, even if that key's value is nil and not written. */
function inlineTable(entries: GoMap, depth: number): string {
  const [direct, tables] = divide(entries);
  const write = (names: string[], more: boolean): string =>
    names
      .map((name, i) => {
        if (isNil(entries[name])) return '';
        return `${bareOrQuoted(name)} = ${element(entries[name], depth + 1)}${more || i < names.length - 1 ? ', ' : ''}`;
      })
      .join('');
  return `{${write(direct, tables.length > 0)}${write(tables, false)}}`;
}

function float(v: number, bits: 32 | 64): string {
  if (Number.isNaN(v)) return 'nan';
  if (!Number.isFinite(v)) return v > 0 ? 'inf' : '-inf';
  const text = formatFloat(v, 'g', -1, bits);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

function timeText(time: Time): string {
  switch (time.location.name) {
    case LOCAL_DATETIME:
      return time.format('2006-01-02T15:04:05.999999999');
    case LOCAL_DATE:
      return time.format('2006-01-02');
    case LOCAL_TIME:
      return time.format('15:04:05.999999999');
    default:
      return time.format('2006-01-02T15:04:05.999999999Z07:00');
  }
}

/** A part of a key as it is written. */
export const bareOrQuoted = (key: string): string => (/^[A-Za-z0-9_-]+$/.test(key) ? key : quote(key));

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
};

const quote = (s: string): string =>
  `"${s.replace(/["\\\x00-\x1f\x7f]/g, (c) => ESCAPES[c] ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`;
