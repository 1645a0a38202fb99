/** Python's `%` formatting: `%s`, `%05.2f`, `%(name)d`. */
import type { Execution } from '../execution.ts';
import { misuse } from '../fault.ts';
import { asInteger, asNumber, type Named, repr } from '../value.ts';
import { text } from './argument.ts';

const DIRECTIVE = /%(?:\((\w+)\))?([-+ 0#]*)(\d+|\*)?(?:\.(\d+|\*))?([a-zA-Z%])?/g;

export function formatPercent(execution: Execution, format: string, args: readonly unknown[], named: Named): string {
  let next = 0;
  const take = (): unknown => {
    if (next >= args.length) throw misuse(`format: ${JSON.stringify(format)} wants more than ${args.length} arguments`);
    return args[next++];
  };
  const size = (spelling: string | undefined): number | undefined => {
    if (spelling === undefined) return undefined;
    const n = spelling === '*' ? Number(asInteger(take()) ?? 0) : Number(spelling);
    if (n > 10_000) throw misuse(`format: a width of ${n} is too large`);
    return n;
  };
  const out = format.replace(
    DIRECTIVE,
    (whole, name: string | undefined, flags: string, w, p, verb: string | undefined) => {
      if (verb === '%') return '%';
      if (verb === undefined) throw misuse(`format: ${JSON.stringify(whole)} is no directive`);
      const [width, precision] = [size(w), size(p)];
      const v = name === undefined ? take() : named.get(name);
      if (v === undefined) throw misuse(`format is not given ${name}`);
      return padded(convert(execution, v, verb, flags, precision), flags, width ?? 0, 'diouxXeEfFgG'.includes(verb));
    },
  );
  if (next < args.length) throw misuse(`format: ${JSON.stringify(format)} wants ${next} arguments, not ${args.length}`);
  execution.budget.text(out.length);
  return out;
}

function padded(v: string, flags: string, width: number, numeric: boolean): string {
  if (flags.includes('-')) return v.padEnd(width);
  if (!flags.includes('0') || !numeric) return v.padStart(width);
  const [, sign = '', digits = ''] = /^([-+ ]?(?:0[xo])?)(.*)$/s.exec(v) as unknown as string[];
  return sign + digits.padStart(width - sign.length, '0');
}

function convert(execution: Execution, v: unknown, verb: string, flags: string, precision: number | undefined): string {
  if (verb === 's') return cut(text(execution, v), precision);
  if (verb === 'r' || verb === 'a') return cut(repr(v), precision);
  if (verb === 'c') return typeof v === 'string' ? v : String.fromCodePoint(Number(asInteger(v) ?? 0xfffd));
  const signed = (n: string): string =>
    n.startsWith('-') ? n : flags.includes('+') ? `+${n}` : flags.includes(' ') ? ` ${n}` : n;
  const n = asNumber(v);
  if (n === undefined) throw misuse(`format: %${verb} takes a number, not ${repr(v)}`);
  if ('diuxXo'.includes(verb)) {
    const whole = asInteger(v) ?? Math.trunc(n);
    const base = verb === 'x' || verb === 'X' ? 16 : verb === 'o' ? 8 : 10;
    const digits = whole
      .toString(base)
      .replace('-', '')
      .padStart(precision ?? 0, '0');
    const prefix = flags.includes('#') && base !== 10 ? (base === 16 ? '0x' : '0o') : '';
    const all = signed((whole < 0 ? '-' : '') + prefix + digits);
    return verb === 'X' ? all.toUpperCase() : all;
  }
  return signed(float(n, verb, precision ?? 6));
}

const cut = (v: string, precision: number | undefined): string =>
  precision === undefined ? v : Array.from(v).slice(0, precision).join('');

function float(n: number, verb: string, digits: number): string {
  const exponent = (v: string): string => v.replace(/e([-+])(\d)$/, 'e$10$2');
  const most = Math.min(digits, 100);
  switch (verb) {
    case 'f':
    case 'F':
      return n.toFixed(most);
    case 'e':
      return exponent(n.toExponential(most));
    case 'E':
      return exponent(n.toExponential(most)).toUpperCase();
    case 'g':
    case 'G': {
      const precision = Math.max(most, 1);
      const power = n === 0 ? 0 : Math.floor(Math.log10(Math.abs(n)));
      const plain =
        power < -4 || power >= precision
          ? exponent(n.toExponential(precision - 1))
          : n.toFixed(Math.max(precision - 1 - power, 0));
      const short = plain.replace(/(\.\d*?)0+(e|$)/, '$1$2').replace(/\.(e|$)/, '$1');
      return verb === 'G' ? short.toUpperCase() : short;
    }
  }
  throw misuse(`format: %${verb} is no directive`);
}
