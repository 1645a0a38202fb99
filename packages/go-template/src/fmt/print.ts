/** Go's fmt: Sprint, Sprintln and Sprintf over the values of value.ts. */
import { fromBytes, rejoin, toBytes } from '../bytes.ts';
import {
  Complex,
  elemType,
  Float32,
  type GoField,
  GoValue,
  Int,
  isMap,
  isNilSlice,
  isUnsigned,
  kindOf,
  sortedKeys,
  TypedMap,
  typeOf,
} from '../value.ts';
import { formatFloat, formatNumber } from './float.ts';
import { canBackquote, quote, quoteChar } from './quote.ts';

interface Flags {
  width: number | undefined;
  precision: number | undefined;
  sharp: boolean;
  zero: boolean;
  plus: boolean;
  minus: boolean;
  space: boolean;
  /** `%#v` and `%+v`: the flag belongs to the verb and not to what it prints. */
  sharpV: boolean;
  plusV: boolean;
}

const noFlags = (): Flags => ({
  width: undefined,
  precision: undefined,
  sharp: false,
  zero: false,
  plus: false,
  minus: false,
  space: false,
  sharpV: false,
  plusV: false,
});

const PLAIN = Object.freeze(noFlags());

/** Widths and precisions above this are refused, as in Go. */
const MAX_WIDTH = 1e6;

/** %v: how templates print a value; nil is `<nil>`. */
export function formatV(v: unknown): string {
  if (typeof v === 'string') return v;
  if (typeof v === 'number') return formatNumber(v);
  return formatArg(v, 'v', PLAIN);
}

/** fmt.Sprint: a space between operands when neither is a string. */
export function sprint(...args: readonly unknown[]): string {
  let out = '';
  let previous = true;
  for (const [i, arg] of args.entries()) {
    const isString = typeof arg === 'string';
    if (i > 0 && !isString && !previous) out += ' ';
    out += formatV(arg);
    previous = isString;
  }
  return out;
}

/** fmt.Sprintln. */
export const sprintln = (...args: readonly unknown[]): string => `${args.map(formatV).join(' ')}\n`;

const runeCount = (s: string): number => {
  let n = 0;
  for (const _ of s) n++;
  return n;
};

function pad(s: string, f: Flags, zero = f.zero): string {
  if (f.width === undefined) return s;
  const missing = f.width - runeCount(s);
  if (missing <= 0) return s;
  if (f.minus) return s + ' '.repeat(missing);
  return (zero ? '0' : ' ').repeat(missing) + s;
}

function badVerb(v: unknown, verb: string, f: Flags): string {
  if (v === null || v === undefined) return `%!${verb}(<nil>)`;
  // Go prints the value without its methods here.
  return `%!${verb}(${typeOf(v)}=${formatBare(v, 'v', f, 0)})`;
}

function truncate(s: string, f: Flags): string {
  if (f.precision === undefined) return s;
  let end = 0;
  let n = f.precision;
  for (const c of s) {
    if (n-- <= 0) break;
    end += c.length;
  }
  return s.slice(0, end);
}

function formatBool(v: boolean, verb: string, f: Flags): string {
  return verb === 't' || verb === 'v' ? pad(String(v), f) : badVerb(v, verb, f);
}

function formatInteger(v: unknown, n: bigint, unsigned: boolean, verb: string, f: Flags): string {
  switch (verb) {
    case 'v':
      return unsigned && f.sharpV ? digits(n, 16, verb, { ...f, sharp: true }) : digits(n, 10, verb, f);
    case 'd':
      return digits(n, 10, verb, f);
    case 'b':
      return digits(n, 2, verb, f);
    case 'o':
    case 'O':
      return digits(n, 8, verb, f);
    case 'x':
    case 'X':
      return digits(n, 16, verb, f);
    case 'c':
      return pad(String.fromCodePoint(validRune(n)), f);
    case 'q':
      return pad(quoteChar(validRune(n), f.plus), f);
    case 'U':
      return unicodePoint(n, f);
    default:
      return badVerb(v, verb, f);
  }
}

const validRune = (n: bigint): number => {
  const u = BigInt.asUintN(64, n);
  return u > 0x10ffffn || (u >= 0xd800n && u <= 0xdfffn) ? 0xfffd : Number(u);
};

function unicodePoint(n: bigint, f: Flags): string {
  const u = BigInt.asUintN(64, n);
  let text = `U+${u
    .toString(16)
    .toUpperCase()
    .padStart(Math.max(f.precision ?? 4, 4), '0')}`;
  if (f.sharp && u <= 0x10ffffn) {
    const quoted = quoteChar(Number(u));
    if (!quoted.includes('\\') || u === 0x5cn || u === 0x27n) text += ` '${String.fromCodePoint(Number(u))}'`;
  }
  return pad(text, f, false);
}

function digits(n: bigint, base: number, verb: string, f: Flags): string {
  const negative = n < 0n;
  if (f.precision === 0 && n === 0n) return ' '.repeat(f.width ?? 0);
  let text = (negative ? -n : n).toString(base);
  if (verb === 'X') text = text.toUpperCase();
  let least = f.precision ?? 0;
  if (f.precision === undefined && f.zero && !f.minus && f.width !== undefined) {
    least = f.width - (negative || f.plus || f.space ? 1 : 0);
  }
  text = text.padStart(least, '0');
  if (f.sharp) {
    if (base === 2) text = `0b${text}`;
    else if (base === 8 && text[0] !== '0') text = `0${text}`;
    else if (base === 16) text = (verb === 'X' ? '0X' : '0x') + text;
  }
  if (verb === 'O') text = `0o${text}`;
  return pad((negative ? '-' : f.plus ? '+' : f.space ? ' ' : '') + text, f, false);
}

function formatReal(v: unknown, n: number, bits: 32 | 64, verb: string, f: Flags): string {
  switch (verb) {
    case 'v':
      return real(n, bits, 'g', -1, f);
    case 'b':
    case 'g':
    case 'G':
    case 'x':
    case 'X':
      return real(n, bits, verb, -1, f);
    case 'f':
    case 'e':
    case 'E':
      return real(n, bits, verb, 6, f);
    case 'F':
      return real(n, bits, 'f', 6, f);
    default:
      return badVerb(v, verb, f);
  }
}

function real(n: number, bits: 32 | 64, format: string, preset: number, f: Flags): string {
  const precision = f.precision ?? preset;
  let text = formatFloat(n, format, precision, bits);
  if (text[0] !== '-' && text[0] !== '+') text = `+${text}`;
  if (f.space && text[0] === '+' && !f.plus) text = ` ${text.slice(1)}`;
  if (text[1] === 'I' || text[1] === 'N') {
    return pad(text[1] === 'N' && !f.space && !f.plus ? text.slice(1) : text, f, false);
  }
  if (f.sharp && format !== 'b') text = withPoint(text, format, precision);
  if (!f.plus && text[0] === '+') return pad(text.slice(1), f);
  if (f.zero && !f.minus && f.width !== undefined && f.width > text.length) {
    return text[0] + '0'.repeat(f.width - text.length) + text.slice(1);
  }
  return pad(text, f);
}

/** The # flag: always a decimal point, and %g keeps its trailing zeros. */
function withPoint(text: string, format: string, precision: number): string {
  const isHex = format === 'x' || format === 'X';
  let wanted = format === 'g' || format === 'G' || format === 'x' ? (precision === -1 ? 6 : precision) : 0;
  const split = text.search(isHex ? /[pP]/ : /[eEpP]/);
  let head = split < 0 ? text : text.slice(0, split);
  const tail = split < 0 ? '' : text.slice(split);
  let significant = false;
  for (const c of head.slice(1)) {
    if (c === '.') continue;
    if (c !== '0') significant = true;
    if (significant) wanted--;
  }
  if (!head.includes('.')) {
    if (head.length === 2 && head[1] === '0') wanted--;
    head += '.';
  }
  return head + '0'.repeat(Math.max(wanted, 0)) + tail;
}

function formatComplex(v: Complex, verb: string, f: Flags): string {
  if (!'vbgGxXfFeE'.includes(verb)) return badVerb(v, verb, f);
  return `(${formatReal(v, v.re, 64, verb, f)}${formatReal(v, v.im, 64, verb, { ...f, plus: true })}i)`;
}

function formatString(v: unknown, s: string, verb: string, f: Flags): string {
  switch (verb) {
    case 'v':
      return f.sharpV ? quoted(s, f) : pad(truncate(s, f), f);
    case 's':
      return pad(truncate(s, f), f);
    case 'x':
    case 'X':
      return hexString(toBytes(s), verb, f);
    case 'q':
      return quoted(s, f);
    default:
      return badVerb(v, verb, f);
  }
}

function quoted(s: string, f: Flags): string {
  const text = truncate(s, f);
  return pad(f.sharp && canBackquote(text) ? `\`${text}\`` : quote(text, f.plus), f);
}

function hexString(all: Uint8Array, verb: string, f: Flags): string {
  const bytes = f.precision !== undefined ? all.subarray(0, f.precision) : all;
  if (bytes.length === 0) return (f.zero && !f.minus ? '0' : ' ').repeat(f.width ?? 0);
  const prefix = f.sharp ? (verb === 'X' ? '0X' : '0x') : '';
  const parts = Array.from(bytes, (b) => b.toString(16).padStart(2, '0'));
  const text = f.space ? parts.map((p) => prefix + p).join(' ') : prefix + parts.join('');
  return pad(verb === 'X' ? text.toUpperCase() : text, f);
}

function formatBytes(bytes: Uint8Array, verb: string, f: Flags, goType: string): string {
  switch (verb) {
    case 'v':
    case 'd':
      if (f.sharpV)
        return `${goType}{${Array.from(bytes, (b) => digits(BigInt(b), 16, 'v', { ...f, sharp: true })).join(', ')}}`;
      return `[${Array.from(bytes, (b) => digits(BigInt(b), 10, verb, f)).join(' ')}]`;
    case 's':
      return pad(truncate(fromBytes(bytes), f), f);
    case 'x':
    case 'X':
      return hexString(bytes, verb, f);
    case 'q':
      return quoted(fromBytes(bytes), f);
    default:
      return `[${Array.from(bytes, (b) => formatInteger(Int.of('uint8', b), BigInt(b), true, verb, f)).join(' ')}]`;
  }
}

/** One operand of a verb. */
function formatArg(v: unknown, verb: string, f: Flags): string {
  if (v === null || v === undefined) return verb === 'T' || verb === 'v' ? pad('<nil>', f) : badVerb(v, verb, f);
  if (verb === 'T') return pad(truncate(typeOf(v), f), f);
  if (verb === 'p') return formatPointer(v, verb, f);
  if (verb === 'w') return badVerb(v, verb, f);
  return formatValue(v, verb, f, 0);
}

/** A value through its String method where the verb allows, bare otherwise. */
function formatValue(v: unknown, verb: string, f: Flags, depth: number): string {
  if (v instanceof GoValue && v.goString !== undefined && !f.sharpV && 'vsxXq'.includes(verb)) {
    return formatString(v, v.goString(), verb, f);
  }
  return formatBare(v, verb, f, depth);
}

function formatBare(v: unknown, verb: string, f: Flags, depth: number): string {
  switch (typeof v) {
    case 'string':
      return formatString(v, v, verb, f);
    case 'number':
      return formatReal(v, v, 64, verb, f);
    case 'bigint':
      return formatInteger(v, v, false, verb, f);
    case 'boolean':
      return formatBool(v, verb, f);
  }
  if (v === null || v === undefined) return f.sharpV ? 'interface {}(nil)' : '<nil>';
  if (v instanceof Int) return formatInteger(v, v.value, isUnsigned(v.kind), verb, f);
  if (v instanceof Float32) return formatReal(v, v.value, 32, verb, f);
  if (v instanceof Complex) return formatComplex(v, verb, f);
  if (v instanceof Uint8Array) return formatBytes(v, verb, f, depth === 0 ? '[]byte' : '[]uint8');
  if (Array.isArray(v)) {
    if (f.sharpV)
      return isNilSlice(v) ? `${typeOf(v)}(nil)` : `${typeOf(v)}{${elements(v, verb, f, depth).join(', ')}}`;
    return `[${elements(v, verb, f, depth).join(' ')}]`;
  }
  const entries = v instanceof TypedMap ? v.entries : isMap(v) ? v : undefined;
  if (v instanceof GoValue && v.kind === 'struct' && v.goFields !== undefined)
    return formatStruct(v, v.goFields(), verb, f, depth);
  if (entries === undefined) return formatPointer(v, verb, f);
  const parts = sortedKeys(entries).map(
    (key) => `${formatValue(key, verb, f, depth + 1)}:${formatElement(entries[key], verb, f, depth)}`,
  );
  return f.sharpV ? `${typeOf(v)}{${parts.join(', ')}}` : `map[${parts.join(' ')}]`;
}

const elements = (v: readonly unknown[], verb: string, f: Flags, depth: number): string[] =>
  v.map((item) => (item === null && elemType(v) === 'string' ? '' : formatElement(item, verb, f, depth)));

const formatElement = (v: unknown, verb: string, f: Flags, depth: number): string =>
  v === null || v === undefined ? (f.sharpV ? 'interface {}(nil)' : '<nil>') : formatValue(v, verb, f, depth + 1);

function formatStruct(v: GoValue, fields: readonly GoField[], verb: string, f: Flags, depth: number): string {
  const named = f.plusV || f.sharpV;
  const parts = fields.map(({ name, value }) => (named ? `${name}:` : '') + formatElement(value, verb, f, depth));
  return `${f.sharpV ? v.goType : ''}{${parts.join(f.sharpV ? ', ' : ' ')}}`;
}

/** Addresses differ from run to run in Go; here every pointer has the same one. */
function formatPointer(v: unknown, verb: string, f: Flags): string {
  const kind = kindOf(v);
  if (verb === 'p' && kind !== 'map' && kind !== 'slice' && kind !== 'ptr' && kind !== 'func')
    return badVerb(v, verb, f);
  return pad('0xc000012345', f);
}

/** fmt.Sprintf. Faults are printed in place, as Go does: `%!d(string=x)`, `%!d(MISSING)`, `%!(EXTRA int=1)`. */
export function sprintf(format: string, ...args: readonly unknown[]): string {
  const end = format.length;
  let out = '';
  let argNum = 0;
  let afterIndex = false;
  let reordered = false;
  let goodArgNum = true;

  /** Digits at `i`: the number, if any, and the index behind it. */
  const number = (i: number, stop = end): [number | undefined, number] => {
    let n: number | undefined;
    let at = i;
    while (at < stop && format.charCodeAt(at) >= 48 && format.charCodeAt(at) <= 57) {
      if (n !== undefined && n > MAX_WIDTH) return [undefined, stop];
      n = (n ?? 0) * 10 + format.charCodeAt(at) - 48;
      at++;
    }
    return [n, at];
  };

  /** `[n]` chooses the next operand. */
  const argument = (i: number): number => {
    afterIndex = false;
    if (format[i] !== '[') return i;
    reordered = true;
    const close = end - i < 3 ? -1 : format.indexOf(']', i + 1);
    if (close < 0) {
      goodArgNum = false;
      return i + 1;
    }
    const [n, at] = number(i + 1, close);
    if (n === undefined || at !== close) {
      goodArgNum = false;
      return close + 1;
    }
    afterIndex = true;
    if (n >= 1 && n <= args.length) argNum = n - 1;
    else goodArgNum = false;
    return close + 1;
  };

  /** `*`: an operand as width or precision. */
  const star = (): number | undefined => {
    if (argNum >= args.length) return undefined;
    const v = args[argNum++];
    const n = typeof v === 'bigint' ? v : v instanceof Int ? v.value : undefined;
    return n === undefined || n > BigInt(MAX_WIDTH) || n < -BigInt(MAX_WIDTH) ? undefined : Number(n);
  };

  let i = 0;
  while (i < end) {
    goodArgNum = true;
    const percent = format.indexOf('%', i);
    if (percent < 0) {
      out += format.slice(i);
      break;
    }
    out += format.slice(i, percent);
    i = percent + 1;

    const f = noFlags();
    let flagged = true;
    while (flagged && i < end) {
      switch (format[i]) {
        case '#':
          f.sharp = true;
          break;
        case '0':
          f.zero = true;
          break;
        case '+':
          f.plus = true;
          break;
        case '-':
          f.minus = true;
          break;
        case ' ':
          f.space = true;
          break;
        default:
          flagged = false;
      }
      if (flagged) i++;
    }

    i = argument(i);
    if (format[i] === '*') {
      i++;
      f.width = star();
      if (f.width === undefined) out += '%!(BADWIDTH)';
      else if (f.width < 0) {
        f.width = -f.width;
        f.minus = true;
        f.zero = false;
      }
      afterIndex = false;
    } else {
      const wasIndex = afterIndex;
      [f.width, i] = number(i);
      if (wasIndex && f.width !== undefined) goodArgNum = false;
    }

    if (i + 1 < end && format[i] === '.') {
      i++;
      if (afterIndex) goodArgNum = false;
      i = argument(i);
      if (format[i] === '*') {
        i++;
        const precision = star();
        if (precision === undefined) out += '%!(BADPREC)';
        else if (precision < 0) out += '%!(BADPREC)';
        else f.precision = precision;
        afterIndex = false;
      } else {
        const [precision, at] = number(i);
        f.precision = precision ?? 0;
        i = at;
      }
    }
    if (!afterIndex) i = argument(i);

    if (i >= end) {
      out += '%!(NOVERB)';
      break;
    }
    const point = format.codePointAt(i) as number;
    const verb = String.fromCodePoint(point);
    i += verb.length;
    const shown = point >= 0xdc80 && point <= 0xdcff ? '\ufffd' : verb;
    if (verb === '%') out += '%';
    else if (!goodArgNum) out += `%!${shown}(BADINDEX)`;
    else if (argNum >= args.length) out += `%!${shown}(MISSING)`;
    else {
      if (verb === 'v' || verb === 'w') {
        f.sharpV = f.sharp;
        f.sharp = false;
        f.plusV = f.plus;
        f.plus = false;
      }
      out += formatArg(args[argNum++], shown, f);
    }
  }

  if (!reordered && argNum < args.length) {
    const extra = args
      .slice(argNum)
      .map((arg) => (arg === null || arg === undefined ? '<nil>' : `${typeOf(arg)}=${formatV(arg)}`));
    out += `%!(EXTRA ${extra.join(', ')})`;
  }
  return rejoin(out);
}
