import {
  Complex,
  Float32,
  formatFloat,
  GoError,
  type GoMap,
  type GoValue,
  Int,
  isValidUtf8,
  mapEntries,
  sliceItems,
  toBytes,
  typeOf,
} from 'go-template';

import { encodeJson } from '../json/encode.ts';
import { CycleGuard, jsonShape } from '../json/shape.ts';
import { parseYaml } from './decode.ts';
import { Emitter, Verbatim } from './emitter.ts';
import { TextError } from './error.ts';
import { compareKeys } from './keys.ts';
import { resolvePlain } from './resolve.ts';
import { Scanner } from './scanner.ts';

/** A value as an emitter sees it. */
type Shape = string | Verbatim | readonly unknown[] | GoMap;

/**
 * A Go value as toYaml writes it, with the newline at the end: through JSON and go-yaml 2.4. Throws GoError with the
 * text of mustToYaml's failures.
 */
export function encodeYaml(value: unknown): string {
  return new Encoder(2, throughJson).encode(value);
}

/** As {@link encodeYaml}, for toYamlPretty: go-yaml 3 with an indent of 2, and not through JSON. */
export function encodeYamlPretty(value: unknown): string {
  return new Encoder(3, directly).encode(value);
}

class Encoder {
  private readonly emitter: Emitter;
  private readonly shape: (v: unknown) => Shape;
  private readonly guard = new CycleGuard();
  private readonly compare: (a: string, b: string) => number;

  constructor(version: 2 | 3, shape: (v: unknown) => Shape) {
    this.emitter = new Emitter(version);
    this.shape = shape;
    this.compare = (a, b) => compareKeys(a, b, version);
  }

  encode(value: unknown): string {
    try {
      this.inline(this.shape(value), value, 0, 0);
    } catch (e) {
      if (e instanceof RangeError) throw new GoError('exceeded max depth');
      // Only the reader of YAML knows how its fault is to be told.
      if (e instanceof Unreadable) parseYaml(encodeJson(value));
      if (e instanceof GoError && e.message.startsWith('json: ')) {
        throw new TextError(`error marshaling into JSON: ${e.message}`);
      }
      throw e;
    }
    return this.emitter.finish();
  }

  /** A scalar from `column`, or a collection that begins on this line in the column `indent`. */
  private inline(shape: Shape, v: unknown, column: number, indent: number, depth = 0): void {
    const { emitter } = this;
    if (typeof shape === 'string') {
      emitter.string(shape, column, depth === 0 ? 2 : indent);
    } else if (shape instanceof Verbatim) {
      this.verbatim(shape, depth === 0 ? 2 : indent);
    } else if (Array.isArray(shape)) {
      if (shape.length === 0) emitter.write('[]');
      else this.list(shape, v, indent, depth);
    } else {
      const keys = Object.keys(shape);
      if (keys.length === 0) emitter.write('{}');
      else this.map(shape as GoMap, keys, v, indent, depth);
    }
  }

  private verbatim({ text }: Verbatim, indent: number): void {
    const feed = text.indexOf('\n');
    if (feed < 0) {
      this.emitter.write(text);
    } else {
      this.emitter.write('!!binary ');
      this.emitter.literal(text, indent);
    }
  }

  private list(items: readonly unknown[], v: unknown, indent: number, depth: number): void {
    this.guard.enter(items, depth, typeOf(v));
    for (let i = 0; i < items.length; i++) {
      if (i > 0) this.emitter.newLine(indent);
      this.emitter.write('- ');
      this.inline(this.shape(items[i]), items[i], indent + 2, indent + 2, depth + 1);
    }
    this.guard.leave(items, depth);
  }

  private map(entries: GoMap, keys: string[], v: unknown, indent: number, depth: number): void {
    const { emitter } = this;
    this.guard.enter(entries, depth, typeOf(v));
    if (keys.length > 1) keys.sort(this.compare);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as string;
      if (i > 0) emitter.newLine(indent);
      const written = emitter.version === 2 ? keyThroughJson(key) : key;
      const column = emitter.key(written, indent);
      const value = entries[key];
      const shape = this.shape(value);
      if (column < 0) {
        emitter.write(' ');
        this.inline(shape, value, indent + 2, indent + 2, depth + 1);
      } else if (typeof shape === 'object' && !(shape instanceof Verbatim) && !isEmpty(shape)) {
        // Version 2 lets the items of a list stand under the key itself.
        const inner = emitter.version === 2 && Array.isArray(shape) ? indent : indent + 2;
        emitter.newLine(inner);
        this.inline(shape, value, inner, inner, depth + 1);
      } else {
        emitter.write(' ');
        this.inline(shape, value, column + 1, indent + 2, depth + 1);
      }
    }
    this.guard.leave(entries, depth);
  }
}

function isEmpty(shape: readonly unknown[] | GoMap): boolean {
  if (Array.isArray(shape)) return shape.length === 0;
  for (const _ in shape) return false;
  return true;
}

/** JSON that go-yaml does not read. */
class Unreadable extends GoError {}

const NULL = new Verbatim('null');
const TRUE = new Verbatim('true');
const FALSE = new Verbatim('false');

/** Characters that JSON writes as they are and YAML does not read so. */
const CHANGED = /[\x7f-\x9f\ud800-\udfff\ufffe\uffff]/;
const CONTROL = /[\x7f-\x84\x86-\x9f\ufffe\uffff]/;

function throughJson(v: unknown): Shape {
  if (typeof v === 'string') return CHANGED.test(v) ? stringThroughJson(v) : v;
  const shape = jsonShape(v);
  switch (typeof shape) {
    case 'string':
      return stringThroughJson(shape);
    case 'boolean':
      return shape ? TRUE : FALSE;
    case 'bigint':
      return new Verbatim(shape.toString());
    case 'number':
      return new Verbatim(numberThroughJson(shape));
    default:
      return shape ?? NULL;
  }
}

/** What number YAML sees in the number that JSON writes: most of those without a fraction become integers. */
function numberThroughJson(v: number): string {
  if (Number.isSafeInteger(v)) return String(v === 0 ? 0 : v);
  const seen = resolvePlain(String(v));
  return typeof seen === 'bigint' ? seen.toString() : formatFloat(v, 'g', -1);
}

function stringThroughJson(s: string): string {
  const text = s.replace(/[\ud800-\udfff]/gu, '\ufffd');
  if (CONTROL.test(text)) throw new Unreadable('yaml: control characters are not allowed');
  if (!text.includes('\x85')) return text;
  const scanner = new Scanner(`${encodeJson(text).replaceAll('\x85', '\n')}\0`);
  scanner.skip();
  return scanner.peek().value;
}

const MAX_KEY = 1024;

/** A key is looked for within 1024 characters, and on one line. */
function keyThroughJson(key: string): string {
  if (key.length <= MAX_KEY / 6 && !CHANGED.test(key)) return key;
  const text = stringThroughJson(key);
  if (key.includes('\x85') || [...encodeJson(key)].length > MAX_KEY)
    throw new Unreadable("yaml: did not find expected ',' or '}'");
  return text;
}

const WORDS_OF = { true: TRUE, false: FALSE } as const;

function directly(v: unknown): Shape {
  switch (typeof v) {
    case 'string':
      return isValidUtf8(v) ? v : new Verbatim(binary(v));
    case 'boolean':
      return WORDS_OF[`${v}`];
    case 'bigint':
      return new Verbatim(v.toString());
    case 'number':
      return new Verbatim(float(v, 64));
    case 'object': {
      if (v === null) return NULL;
      const shape = sliceItems(v) ?? mapEntries(v);
      return shape ?? goDirectly(v as GoValue);
    }
    default:
      return NULL;
  }
}

function goDirectly(v: GoValue): Shape {
  if (v.goType === 'time.Duration') return v.goString?.() ?? '';
  if (v instanceof Int) return new Verbatim(v.value.toString());
  if (v instanceof Float32) return new Verbatim(float(v.value, 32));
  if (v instanceof Complex || v.kind === 'func') throw new GoError(`cannot marshal type: ${v.goType}`);
  const text = v.goText?.();
  if (text === undefined) return {};
  return v.goType === 'time.Time' ? new Verbatim(text) : text;
}

function float(v: number, bits: 32 | 64): string {
  const text = formatFloat(v, 'g', -1, bits);
  return text === '+Inf' ? '.inf' : text === '-Inf' ? '-.inf' : text === 'NaN' ? '.nan' : text;
}

const BASE64_LINE = 70;

/** Text that is not UTF-8, in lines of 70 if it takes more than one. */
function binary(s: string): string {
  const text = btoa(Array.from(toBytes(s), (b) => String.fromCharCode(b)).join(''));
  if (text.length < BASE64_LINE) return `!!binary ${text}`;
  return text.replace(/.{1,70}/g, '$&\n');
}
