/** The functions that every template has. */
import { byteLength, rejoin, sliceBytes, toBytes } from './bytes.ts';
import { eq, ge, gt, le, lt, ne } from './compare.ts';
import { canBeNil, fromNative, isAssignable, toNative, zeroOf } from './convert.ts';
import { sprint, sprintf, sprintln } from './fmt/print.ts';
import { parseSignature, type TypeName } from './signature.ts';
import { isTrue } from './truth.ts';
import { isPrintable } from './unicode.ts';
import {
  elemType,
  type FuncMap,
  func,
  GoError,
  GoFunc,
  Int,
  intValue,
  isIntKind,
  isMap,
  isUnsigned,
  kindOf,
  nilSlice,
  sliceOf,
  TypedMap,
  typeOf,
} from './value.ts';

/** Index into something of `length`; Go: funcs.go indexArg. An index equal to the length passes here and panics later. */
function indexArg(index: unknown, length: number): number {
  const n = intValue(index);
  if (n === undefined) {
    if (index === null || index === undefined) throw new GoError('cannot index slice/array with nil');
    throw new GoError(`cannot index slice/array with type ${typeOf(index)}`);
  }
  const x = isUnsigned(kindOf(index)) ? BigInt.asIntN(64, n) : n;
  if (x < 0n || x > BigInt(length)) throw new GoError(`index out of range: ${x}`);
  return Number(x);
}

function index(item: unknown, ...indexes: readonly unknown[]): unknown {
  if (item === null || item === undefined) throw new GoError('index of untyped nil');
  let at: unknown = item;
  for (const key of indexes) {
    if (at === null || at === undefined) throw new GoError('index of nil pointer');
    at = indexOne(at, key);
  }
  return at;
}

function indexOne(item: unknown, key: unknown): unknown {
  if (typeof item === 'string') {
    const bytes = toBytes(item);
    const i = indexArg(key, bytes.length);
    if (i === bytes.length) throw new GoError('reflect: string index out of range');
    return Int.of('uint8', bytes[i] as number);
  }
  if (Array.isArray(item) || item instanceof Uint8Array) {
    const i = indexArg(key, item.length);
    if (i === item.length) throw new GoError('reflect: slice index out of range');
    return item instanceof Uint8Array ? Int.of('uint8', item[i] as number) : item[i];
  }
  const entries = item instanceof TypedMap ? item.entries : isMap(item) ? item : undefined;
  if (entries === undefined) throw new GoError(`can't index item of type ${typeOf(item)}`);
  if (typeof key !== 'string') {
    if (key === null || key === undefined) throw new GoError('value is nil; should be of type string');
    throw new GoError(`value has type ${typeOf(key)}; should be string`);
  }
  return mapElement(item, key);
}

/** The element of a map, or the zero value of its elements. */
export function mapElement(map: unknown, key: string): unknown {
  const entries = map instanceof TypedMap ? map.entries : (map as Record<string, unknown>);
  const value = Object.hasOwn(entries, key) ? entries[key] : undefined;
  if (value !== undefined) return value;
  return map instanceof TypedMap ? zeroElement(map.elem) : null;
}

function zeroElement(elem: TypeName): unknown {
  if (elem === 'string') return '';
  if (elem === 'bool') return false;
  if (elem === 'float64') return 0;
  if (elem.startsWith('[]')) return nilSlice(elem.slice(2));
  return isIntKind(elem) ? fromNative(0, elem) : null;
}

function slice(item: unknown, ...indexes: readonly unknown[]): unknown {
  if (item === null || item === undefined) throw new GoError('slice of untyped nil');
  if (indexes.length > 3) throw new GoError(`too many slice indexes: ${indexes.length}`);
  const isString = typeof item === 'string';
  if (isString && indexes.length === 3) throw new GoError('cannot 3-index slice a string');
  if (!isString && !Array.isArray(item) && !(item instanceof Uint8Array)) {
    throw new GoError(`can't slice item of type ${typeOf(item)}`);
  }
  const length = isString ? byteLength(item) : item.length;
  const [from = 0, to = length, max = length] = indexes.map((i) => indexArg(i, length));
  if (from > to) throw new GoError(`invalid slice index: ${from} > ${to}`);
  if (to > max) throw new GoError(`invalid slice index: ${to} > ${max}`);
  if (isString) return sliceBytes(item, from, to);
  if (item instanceof Uint8Array) return item.subarray(from, to);
  const part = item.slice(from, to);
  return elemType(item) === 'interface {}' ? part : sliceOf(elemType(item), part);
}

function length(item: unknown): number {
  if (item === undefined) throw new GoError('reflect: call of reflect.Value.Type on zero Value');
  if (item === null) throw new GoError('len of nil pointer');
  if (typeof item === 'string') return byteLength(item);
  if (Array.isArray(item) || item instanceof Uint8Array) return item.length;
  const entries = item instanceof TypedMap ? item.entries : isMap(item) ? item : undefined;
  if (entries === undefined) throw new GoError(`len of type ${typeOf(item).replace(/^\*/, '')}`);
  return Object.keys(entries).length;
}

/** `call`: its first operand is a function value. `name` is how the template spells it. */
export function callValue(name: string, fn: unknown, ...args: readonly unknown[]): unknown {
  if (fn === null || fn === undefined) throw new GoError('call of nil');
  if (!(fn instanceof GoFunc)) throw new GoError(`non-function ${name} of type ${typeOf(fn)}`);
  const { params, variadic, result } = parseSignature(fn.signature);
  const fixed = variadic ? params.length - 1 : params.length;
  if (variadic ? args.length < fixed : args.length !== fixed) {
    throw new GoError(
      `wrong number of args for ${name}: got ${args.length} want ${variadic ? 'at least ' : ''}${fixed}`,
    );
  }
  const natives = args.map((arg, i) => {
    const type = params[Math.min(i, params.length - 1)] as TypeName;
    return prepareArg(arg, type, i);
  });
  return fromNative(fn.call(...(natives as never[])), result);
}

function prepareArg(arg: unknown, type: TypeName, i: number): unknown {
  if (arg === null || arg === undefined) {
    if (!canBeNil(type)) throw new GoError(`arg ${i}: value is nil; should be of type ${type}`);
    return zeroOf(type);
  }
  if (isAssignable(arg, type)) return toNative(arg, type);
  const n = intValue(arg);
  if (n !== undefined && isIntKind(type)) return toNative(fromNative(n, type), type);
  throw new GoError(`arg ${i}: value has type ${typeOf(arg)}; should be ${type}`);
}

const HTML: Record<string, string> = {
  '\0': '\ufffd',
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
};

/** HTMLEscapeString. */
export const htmlEscape = (s: string): string => s.replace(/[\0"'&<>]/g, (c) => HTML[c] as string);

const JS: Record<string, string> = {
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '<': '\\u003C',
  '>': '\\u003E',
  '&': '\\u0026',
  '=': '\\u003D',
};

const unicodeEscape = (point: number): string => `\\u${point.toString(16).toUpperCase().padStart(4, '0')}`;

/** JSEscapeString. */
export const jsEscape = (s: string): string =>
  s.replace(/[\\'"<>&=\x00-\x1f]|[^\x00-\x7f]/gu, (c) => {
    const known = JS[c];
    if (known !== undefined) return known;
    const point = c.codePointAt(0) as number;
    if (point >= 0xd800 && point <= 0xdfff) return c;
    return point >= 0x80 && isPrintable(point) ? c : unicodeEscape(point);
  });

/** url.QueryEscape. */
export function queryEscape(s: string): string {
  let out = '';
  for (const b of toBytes(s)) {
    const c = String.fromCharCode(b);
    if (/[A-Za-z0-9\-_.~]/.test(c)) out += c;
    else out += b === 0x20 ? '+' : `%${b.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out;
}

/** One string stays as it is; everything else is printed as by print, nil as `<no value>`. */
const joined = (args: readonly unknown[]): string =>
  args.length === 1 && typeof args[0] === 'string'
    ? args[0]
    : rejoin(sprint(...args.map((arg) => arg ?? '<no value>')));

const unreachable = (): never => {
  throw new Error('evaluated by the compiler');
};

/** The built-in functions of text/template. `and`, `or` and `call` are evaluated by the compiler. */
export const builtins: FuncMap = {
  and: func('func(reflect.Value, ...reflect.Value) reflect.Value', unreachable),
  or: func('func(reflect.Value, ...reflect.Value) reflect.Value', unreachable),
  not: func('func(reflect.Value) bool', (v: unknown) => !isTrue(v)),
  call: func('func(reflect.Value, ...reflect.Value) reflect.Value', unreachable),
  eq: func('func(reflect.Value, ...reflect.Value) bool', eq),
  ge: func('func(reflect.Value, reflect.Value) bool', ge),
  gt: func('func(reflect.Value, reflect.Value) bool', gt),
  le: func('func(reflect.Value, reflect.Value) bool', le),
  lt: func('func(reflect.Value, reflect.Value) bool', lt),
  ne: func('func(reflect.Value, reflect.Value) bool', ne),
  html: func('func(...interface {}) string', (...args: unknown[]) => htmlEscape(joined(args))),
  index: func('func(reflect.Value, ...reflect.Value) reflect.Value', index),
  js: func('func(...interface {}) string', (...args: unknown[]) => jsEscape(joined(args))),
  len: func('func(reflect.Value) int', length),
  print: func('func(...interface {}) string', (...args: unknown[]) => rejoin(sprint(...args))),
  printf: func('func(string, ...interface {}) string', sprintf),
  println: func('func(...interface {}) string', (...args: unknown[]) => rejoin(sprintln(...args))),
  slice: func('func(reflect.Value, ...reflect.Value) reflect.Value', slice),
  urlquery: func('func(...interface {}) string', (...args: unknown[]) => queryEscape(joined(args))),
};
