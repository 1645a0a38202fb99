import {
  Complex, Float32, formatFloat, GoError, type GoMap, GoValue, Int, isNilSlice, mapEntries, sortedKeys, typeOf,
} from 'go-template';

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
export function encodeJson(value: unknown, { escapeHtml = true, indent }: EncodeJsonOptions = {}): string {
  const special = escapeHtml ? HTML_SPECIAL : SPECIAL;
  /** Containers being written, once there are so many that one may contain itself. */
  const open = new Set<object>();

  const list = (items: readonly unknown[], newline: string, depth: number): string => {
    if (isNilSlice(items)) return 'null';
    if (items.length === 0) return '[]';
    const inner = newline === '' ? '' : newline + indent;
    let out = `[${inner}${write(items[0], inner, depth)}`;
    for (let i = 1; i < items.length; i++) out += `,${inner}${write(items[i], inner, depth)}`;
    return `${out}${newline}]`;
  };

  const map = (entries: GoMap, newline: string, depth: number): string => {
    const keys = sortedKeys(entries);
    if (keys.length === 0) return '{}';
    const inner = newline === '' ? '' : newline + indent;
    const colon = newline === '' ? ':' : ': ';
    let out = '{';
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as string;
      out += `${i === 0 ? '' : ','}${inner}${quoteJson(key, special)}${colon}${write(entries[key], inner, depth)}`;
    }
    return `${out}${newline}}`;
  };

  const container = (v: object, newline: string, depth: number): string => {
    const watched = depth > CYCLE_DEPTH;
    if (watched) {
      if (open.has(v)) throw new GoError(`json: unsupported value: encountered a cycle via ${typeOf(v)}`);
      open.add(v);
    }
    const text = Array.isArray(v) ? list(v, newline, depth + 1) : map(mapEntries(v) as GoMap, newline, depth + 1);
    if (watched) open.delete(v);
    return text;
  };

  const write = (v: unknown, newline: string, depth: number): string => {
    switch (typeof v) {
      case 'string': return quoteJson(v, special);
      case 'number': return jsonNumber(v);
      case 'boolean': return v ? 'true' : 'false';
      case 'bigint': return v.toString();
      case 'object': {
        if (v === null) return 'null';
        if (v instanceof Uint8Array) return `"${base64(v)}"`;
        if (v instanceof GoValue && mapEntries(v) === undefined) return goValue(v, special);
        return container(v, newline, depth);
      }
      default: return 'null';
    }
  };

  try {
    return write(value, indent === undefined ? '' : '\n', 0);
  } catch (e) {
    throw e instanceof RangeError ? new GoError('exceeded max depth') : e;
  }
}

/** Go: encoding/json startDetectCyclesAfter. */
const CYCLE_DEPTH = 1000;

const SPECIAL = /["\\\x00-\x1f\u2028\u2029\ud800-\udfff]/;
const HTML_SPECIAL = /["\\\x00-\x1f<>&\u2028\u2029\ud800-\udfff]/;

/** Escapes that JSON.stringify does not write, or writes otherwise. */
const RARE = /[<>&\u2028\u2029]|[\ud800-\udfff]/gu;
const RARE_RAW = /[\u2028\u2029]|[\ud800-\udfff]/gu;

/** A Go string as a JSON string; each broken byte is written `\ufffd`. */
function quoteJson(s: string, special: RegExp): string {
  if (!special.test(s)) return `"${s}"`;
  const rare = special === HTML_SPECIAL ? RARE : RARE_RAW;
  rare.lastIndex = 0;
  if (!rare.test(s)) return JSON.stringify(s);
  rare.lastIndex = 0;
  let out = '';
  let at = 0;
  for (const { 0: c, index } of s.matchAll(rare)) {
    out += JSON.stringify(s.slice(at, index)).slice(1, -1) + rareEscape(c);
    at = index + c.length;
  }
  return `"${out}${JSON.stringify(s.slice(at)).slice(1, -1)}"`;
}

const rareEscape = (c: string): string =>
  c >= '\ud800' && c <= '\udfff' ? '\\ufffd' : `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;

function jsonNumber(v: number): string {
  if (v === 0) return Object.is(v, -0) ? '-0' : '0';
  if (!Number.isFinite(v)) throw new GoError(`json: unsupported value: ${formatFloat(v, 'g', -1)}`);
  return String(v);
}

function goValue(v: GoValue, special: RegExp): string {
  const text = v.goText?.();
  if (text !== undefined) return quoteJson(text, special);
  if (v instanceof Int) return v.value.toString();
  if (v instanceof Float32) return jsonFloat32(v.value);
  if (v instanceof Complex || v.kind === 'func') throw new GoError(`json: unsupported type: ${v.goType}`);
  return '{}';
}

function jsonFloat32(v: number): string {
  if (v === 0 || !Number.isFinite(v)) return jsonNumber(v);
  const abs = Math.abs(v);
  if (abs >= Math.fround(1e-6) && abs < Math.fround(1e21)) return formatFloat(v, 'f', -1, 32);
  return formatFloat(v, 'e', -1, 32).replace(/e-0(\d)$/, 'e-$1');
}

export function base64(bytes: Uint8Array): string {
  let binary = '';
  for (let i = 0; i < bytes.length; i += 0x8000) binary += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(binary);
}
