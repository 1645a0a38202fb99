import { GoError, type GoMap, sortedKeys, typeOf } from 'go-template';

import { CycleGuard, isStruct, jsonShape } from './shape.ts';

export interface EncodeJsonOptions {
  /** Whether `<`, `>` and `&` are written `\u003c`…, as json.Marshal does; true if absent. */
  escapeHtml?: boolean;
  /** What one level of nesting is indented by; all on one line if absent. */
  indent?: string;
}

/**
 * A Go value as encoding/json writes it. Throws GoError where json.Marshal fails: NaN and infinities, functions, values
 * that contain themselves.
 */
export function encodeJson(value: unknown, options: EncodeJsonOptions = {}): string {
  try {
    return new Encoder(options).write(value, options.indent === undefined ? '' : '\n', 0);
  } catch (e) {
    throw e instanceof RangeError ? new GoError('exceeded max depth') : e;
  }
}

class Encoder {
  private readonly indent: string;
  private readonly special: RegExp;
  private readonly rare: RegExp;
  private readonly guard = new CycleGuard();

  constructor({ escapeHtml = true, indent = '' }: EncodeJsonOptions) {
    this.indent = indent;
    this.special = escapeHtml ? HTML_SPECIAL : SPECIAL;
    this.rare = escapeHtml ? HTML_RARE : RARE;
  }

  write(v: unknown, newline: string, depth: number): string {
    const shape = jsonShape(v);
    switch (typeof shape) {
      case 'string':
        return this.quote(shape);
      case 'number':
        return Object.is(shape, -0) ? '-0' : String(shape);
      case 'boolean':
        return shape ? 'true' : 'false';
      case 'bigint':
        return shape.toString();
      default: {
        if (shape === null) return 'null';
        this.guard.enter(shape, depth, typeOf(v));
        const text = Array.isArray(shape) ? this.list(shape, newline, depth) : this.map(shape as GoMap, newline, depth);
        this.guard.leave(shape, depth);
        return text;
      }
    }
  }

  private list(items: readonly unknown[], newline: string, depth: number): string {
    if (items.length === 0) return '[]';
    const inner = newline === '' ? '' : newline + this.indent;
    let out = `[${inner}${this.write(items[0], inner, depth + 1)}`;
    for (let i = 1; i < items.length; i++) out += `,${inner}${this.write(items[i], inner, depth + 1)}`;
    return `${out}${newline}]`;
  }

  private map(entries: GoMap, newline: string, depth: number): string {
    const keys = isStruct(entries) ? Object.keys(entries) : sortedKeys(entries);
    if (keys.length === 0) return '{}';
    const inner = newline === '' ? '' : newline + this.indent;
    const colon = newline === '' ? ':' : ': ';
    let out = '{';
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as string;
      out += `${i === 0 ? '' : ','}${inner}${this.quote(key)}${colon}${this.write(entries[key], inner, depth + 1)}`;
    }
    return `${out}${newline}}`;
  }

  /** Each broken byte is written `\ufffd`. */
  private quote(s: string): string {
    if (!this.special.test(s)) return `"${s}"`;
    let out = '';
    let at = 0;
    for (const { 0: c, index } of s.matchAll(this.rare)) {
      out += JSON.stringify(s.slice(at, index)).slice(1, -1) + rareEscape(c);
      at = index + 1;
    }
    return at === 0 ? JSON.stringify(s) : `"${out}${JSON.stringify(s.slice(at)).slice(1, -1)}"`;
  }
}

const SPECIAL = /["\\\x00-\x1f\u2028\u2029\ud800-\udfff]/;
const HTML_SPECIAL = /["\\\x00-\x1f<>&\u2028\u2029\ud800-\udfff]/;

/** What JSON.stringify does not escape, or otherwise. */
const RARE = /[\u2028\u2029\ud800-\udfff]/gu;
const HTML_RARE = /[<>&\u2028\u2029\ud800-\udfff]/gu;

const rareEscape = (c: string): string =>
  c >= '\ud800' && c <= '\udfff' ? '\\ufffd' : `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;
