/**
 * How Jinja's values look: as Go's do (go-template's value.ts), with what Jinja has besides.
 *
 * | Jinja     | JavaScript                                                                               |
 * | --------- | ---------------------------------------------------------------------------------------- |
 * | undefined | {@link Undefined}, which knows where it came from                                        |
 * | none      | null                                                                                     |
 * | integer   | a whole number, since files give no others; a bigint beyond 2^53                         |
 * | float     | a number with a fraction, infinity or NaN; {@link Float} where a float is a whole number |
 * | string    | string                                                                                   |
 * | list      | array                                                                                    |
 * | dict      | map of newMap(), in the order of its keys                                                |
 * | the rest  | {@link JinjaObject}, or a GoValue that a function of Sprig's returned                    |
 */
import { compareBytes, Float32, GoValue, Int, isPrintable, mapEntries } from 'go-template';

import type { Execution } from './execution.ts';
import { Fault } from './fault.ts';
import type { Place } from './place.ts';

export type Mode = 'strict' | 'chainable' | 'lenient';

/** What a look-up that finds nothing yields. */
export class Undefined {
  /** As the template spells it: `values.image.tagg`. */
  readonly name: string;
  readonly at: Place | undefined;
  /** What might have been meant. */
  readonly near: () => readonly string[];
  /** Whether it may be used as nothing even where that is an error: an inline `if` without `else`. */
  readonly silent: boolean;
  constructor(name: string, at: Place | undefined, near: () => readonly string[] = () => [], silent = false) {
    this.name = name;
    this.at = at;
    this.near = near;
    this.silent = silent;
  }
}

/** A float that is a whole number: 2.0. */
export class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** A value with members of its own choice; nothing else of it can be reached. */
export abstract class JinjaObject {
  /** Undefined for what it does not have. */
  abstract member(name: string): unknown;
  abstract members(): readonly string[];
  abstract display(): string;
}

export const float = (n: number): number | Float => (Number.isInteger(n) ? new Float(n) : n);

/** An integer of any size in its one form. */
export const integer = (n: bigint): number | bigint => {
  const small = Number(n);
  return Number.isSafeInteger(small) ? small : n;
};

/** Integers of files beyond this are floats: no integer type holds them. */
const MAX_WHOLE = 2 ** 64;

/** The integer that a value is; undefined for everything else, booleans too. */
export function asInteger(v: unknown): number | bigint | undefined {
  if (typeof v === 'number') return Number.isInteger(v) && Math.abs(v) < MAX_WHOLE ? v : undefined;
  if (typeof v === 'bigint') return v;
  return v instanceof Int ? integer(v.value) : undefined;
}

/** The float that a value is; undefined for everything else, integers too. */
export function asFloat(v: unknown): number | undefined {
  if (typeof v === 'number') return asInteger(v) === undefined ? v : undefined;
  if (v instanceof Float || v instanceof Float32) return v.value;
  return undefined;
}

/** The number of an integer, float or boolean, as a float. */
export function asNumber(v: unknown): number | undefined {
  if (typeof v === 'boolean') return v ? 1 : 0;
  const whole = asInteger(v);
  return whole === undefined ? asFloat(v) : Number(whole);
}

export type KindName =
  | 'undefined'
  | 'none'
  | 'bool'
  | 'number'
  | 'string'
  | 'bytes'
  | 'sequence'
  | 'map'
  | 'object'
  | 'function';

/** An object that may be called. */
export abstract class Callable extends JinjaObject {
  abstract readonly name: string;
  abstract call(execution: Execution, args: readonly unknown[], named: Named): unknown;
}

/** Arguments with names. */
export type Named = ReadonlyMap<string, unknown>;
export const NONE: Named = new Map();

export function kindName(v: unknown): KindName {
  switch (typeof v) {
    case 'boolean':
      return 'bool';
    case 'number':
    case 'bigint':
      return 'number';
    case 'string':
      return 'string';
  }
  if (v === null) return 'none';
  if (v instanceof Undefined) return 'undefined';
  if (v instanceof Float || v instanceof Int || v instanceof Float32) return 'number';
  if (Array.isArray(v)) return 'sequence';
  if (v instanceof Uint8Array) return 'bytes';
  if (v instanceof Callable) return 'function';
  if (v instanceof JinjaObject) return 'object';
  return mapEntries(v) === undefined ? 'object' : 'map';
}

/** Dicts and what Go has of maps; namespaces and other objects are none. */
export const entriesOf = (v: unknown): Record<string, unknown> | undefined =>
  typeof v !== 'object' || v === null || v instanceof JinjaObject || v instanceof Undefined || v instanceof Float
    ? undefined
    : mapEntries(v);

export function isTrue(v: unknown): boolean {
  switch (typeof v) {
    case 'boolean':
      return v;
    case 'string':
      return v !== '';
    case 'number':
      return v !== 0;
    case 'bigint':
      return v !== 0n;
  }
  if (v === null || v instanceof Undefined) return false;
  if (Array.isArray(v) || v instanceof Uint8Array) return v.length > 0;
  const number = asNumber(v);
  if (number !== undefined) return number !== 0;
  const entries = entriesOf(v);
  return entries === undefined || !isEmptyMap(entries);
}

function isEmptyMap(entries: Record<string, unknown>): boolean {
  for (const _ in entries) return false;
  return true;
}

/** Values that two others are compared by: one list may stand within another many times over. */
const MAX_COMPARED = 5_000_000;

interface Count {
  n: number;
}

function counted(count: Count): void {
  if (++count.n > MAX_COMPARED) throw new Fault('PACK_TEMPLATE_LIMIT', 'values are too large to be compared');
}

export function equals(a: unknown, b: unknown, count: Count = { n: 0 }): boolean {
  if (a === b) return true;
  if (typeof a === 'string' || typeof b === 'string') return false;
  const [x, y] = [asNumber(a), asNumber(b)];
  if (x !== undefined && y !== undefined) {
    if (Number.isSafeInteger(x) || Number.isSafeInteger(y)) return x === y;
    const [m, n] = [asInteger(a), asInteger(b)];
    return m !== undefined && n !== undefined ? BigInt(m) === BigInt(n) : x === y;
  }
  counted(count);
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, i) => equals(item, b[i], count));
  if (a instanceof Undefined && b instanceof Undefined) return true;
  const [left, right] = [entriesOf(a), entriesOf(b)];
  if (left === undefined || right === undefined) return false;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && equals(left[key], right[key], count))
  );
}

const RANK: Record<KindName, number> = {
  undefined: 0,
  none: 1,
  bool: 2,
  number: 2,
  string: 3,
  bytes: 4,
  sequence: 5,
  map: 6,
  object: 7,
  function: 8,
};

/** A total order, so that sorting never fails: kinds first, as MiniJinja has them. */
export function compare(a: unknown, b: unknown, count: Count = { n: 0 }): number {
  if (typeof a === 'string' && typeof b === 'string') return compareBytes(a, b);
  const [x, y] = [asNumber(a), asNumber(b)];
  if (x !== undefined && y !== undefined) {
    if (x !== y) return x < y ? -1 : x > y ? 1 : 0;
    const [m, n] = [asInteger(a), asInteger(b)];
    if (m === undefined || n === undefined || typeof m !== typeof n) return 0;
    return m < n ? -1 : m > n ? 1 : 0;
  }
  counted(count);
  if (Array.isArray(a) && Array.isArray(b)) return compareAll(a, b, count);
  const [left, right] = [entriesOf(a), entriesOf(b)];
  if (left !== undefined && right !== undefined)
    return compareAll(Object.entries(left).flat(), Object.entries(right).flat(), count);
  return RANK[kindName(a)] - RANK[kindName(b)];
}

function compareAll(a: readonly unknown[], b: readonly unknown[], count: Count): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const order = compare(a[i], b[i], count);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** What `{{ v }}` writes. */
export function display(v: unknown): string {
  if (typeof v === 'string') return v;
  if (typeof v === 'number') return displayNumber(v);
  if (v instanceof Undefined) return '';
  return repr(v);
}

/** How deep a value may be nested to be shown. */
const MAX_DEPTH = 500;

/** Characters of one value that is shown. */
const MAX_SHOWN = 16 * 1024 * 1024;

/** A list may stand within another twice, that in a third twice, and so on: each is measured before the next is made. */
export function bounded(text: string): string {
  if (text.length > MAX_SHOWN) throw new Fault('PACK_TEMPLATE_LIMIT', 'a value is too large to be shown');
  return text;
}

/** A value as a template would spell it, within lists and dicts. */
export function repr(v: unknown, depth = 0): string {
  switch (typeof v) {
    case 'string':
      return quoted(v);
    case 'number':
      return displayNumber(v);
    case 'boolean':
    case 'bigint':
      return String(v);
  }
  if (depth > MAX_DEPTH) throw new Fault('PACK_TEMPLATE_LIMIT', `a value is nested more than ${MAX_DEPTH} deep`);
  if (v === null) return 'none';
  if (v instanceof Undefined) return 'undefined';
  if (v instanceof Float) return displayFloat(v.value);
  if (v instanceof JinjaObject) return v.display();
  if (v instanceof Int) return v.goString?.() ?? String(v.value);
  if (v instanceof Float32) return displayNumber(v.value);
  if (Array.isArray(v)) return bounded(`[${v.map((item) => repr(item, depth + 1)).join(', ')}]`);
  const entries = entriesOf(v);
  if (entries !== undefined) {
    const pairs = Object.keys(entries).map((key) => `${quoted(key)}: ${repr(entries[key], depth + 1)}`);
    return bounded(`{${pairs.join(', ')}}`);
  }
  if (v instanceof GoValue) return v.goString?.() ?? `<${v.goType}>`;
  if (v instanceof Uint8Array) return new TextDecoder().decode(v);
  return '';
}

const displayNumber = (n: number): string =>
  Number.isSafeInteger(n) && !Object.is(n, -0) ? String(n) : displayFloatOrWhole(n);

const displayFloatOrWhole = (n: number): string =>
  Number.isInteger(n) && Math.abs(n) < MAX_WHOLE ? String(BigInt(n)) : displayFloat(n);

/** Never with an exponent; a whole number keeps its `.0`. */
export function displayFloat(n: number): string {
  if (Number.isNaN(n)) return 'NaN';
  if (!Number.isFinite(n)) return n > 0 ? 'inf' : '-inf';
  if (Object.is(n, -0)) return '-0.0';
  const text = withoutExponent(String(n));
  return text.includes('.') ? text : `${text}.0`;
}

function withoutExponent(text: string): string {
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (match === null) return text;
  const [, sign, first, rest = '', exponent] = match as unknown as [string, string, string, string?, string?];
  const digits = first + rest;
  const point = 1 + Number(exponent);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return point >= digits.length
    ? sign + digits.padEnd(point, '0')
    : `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

const ESCAPES: Record<string, string> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\0': '\\0',
};

export const quoted = (text: string): string =>
  /^[ !#-[\]-~]*$/.test(text)
    ? `"${text}"`
    : `"${Array.from(text, (c) => ESCAPES[c] ?? (isPrintable(c.codePointAt(0) as number) ? c : `\\u{${(c.codePointAt(0) as number).toString(16)}}`)).join('')}"`;

/** The items that a loop over `v` sees; undefined where there are none to see. */
export function itemsOf(v: unknown): readonly unknown[] | undefined {
  if (Array.isArray(v)) return v;
  if (typeof v === 'string') return Array.from(v);
  if (v === null) return [];
  const entries = entriesOf(v);
  if (entries !== undefined) return Object.keys(entries);
  if (v instanceof JinjaObject) return v instanceof Callable ? undefined : v.members();
  return undefined;
}
