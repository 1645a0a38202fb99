/** Jinja's filters on any value and on numbers. */
import { sprint } from 'go-template';

import { misuse } from '../fault.ts';
import { toGo } from '../go.ts';
import { asFloat, asInteger, asNumber, display, float, integer, isTrue, kindName, Undefined } from '../value.ts';
import { int, number } from './argument.ts';
import { type Entry, entry } from './entry.ts';

/** More digits than any integer has. */
const MAX_DIGITS = 64;

/** The integer that a text spells, in any base that YAML has. */
function parseInteger(v: string, base: number): bigint | undefined {
  const spelled = v.trim().replaceAll('_', '');
  const [, sign = '', digits = ''] = /^([-+]?)(.*)$/s.exec(spelled) as unknown as string[];
  const plain = base === 10 || base === 0 ? /^\d+$/ : undefined;
  if (digits.length > MAX_DIGITS) return undefined;
  if (plain?.test(digits)) return sign === '-' ? -BigInt(digits) : BigInt(digits);
  const prefix = { 2: '0b', 8: '0o', 16: '0x' }[base] ?? '';
  const bare = digits.toLowerCase().replace(prefix, '');
  if (prefix !== '' && /^[\da-f]+$/.test(bare)) {
    try {
      const n = BigInt(prefix + bare);
      return sign === '-' ? -n : n;
    } catch {
      return undefined;
    }
  }
  const x = Number(digits === '' ? Number.NaN : spelled);
  return Number.isFinite(x) && base === 10 ? BigInt(Math.trunc(x)) : undefined;
}

function parseFloat_(v: string): number | undefined {
  const spelled = v.trim().toLowerCase();
  if (/^[-+]?inf(inity)?$/.test(spelled)) return spelled.startsWith('-') ? -Infinity : Infinity;
  if (spelled === 'nan') return Number.NaN;
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/.test(spelled) ? Number(spelled) : undefined;
}

export const toInteger = (v: unknown, base = 10): number | bigint | undefined => {
  if (typeof v === 'boolean') return v ? 1 : 0;
  const whole = asInteger(v);
  if (whole !== undefined) return whole;
  const x = asFloat(v);
  if (x !== undefined) return Number.isFinite(x) ? integer(BigInt(Math.trunc(x))) : undefined;
  if (typeof v !== 'string') return undefined;
  const parsed = parseInteger(v, base);
  return parsed === undefined ? undefined : integer(parsed);
};

export const toFloat = (v: unknown): number | undefined =>
  asNumber(v) ?? (typeof v === 'string' ? parseFloat_(v) : undefined);

const METHODS: Record<string, (n: number) => number> = {
  common: (n) => (n < 0 ? -Math.round(-n) : Math.round(n)),
  ceil: Math.ceil,
  floor: Math.floor,
};

/** Digits are moved by exponents, since multiplying shows the errors of binary fractions. */
function rounded(n: number, precision: number, method: (n: number) => number): number {
  const shifted = (v: number, by: number): number => {
    const [digits, exponent = '0'] = String(v).split('e');
    return Number(`${digits}e${Number(exponent) + by}`);
  };
  return shifted(method(shifted(n, precision)), -precision);
}

/** What Go writes for nothing. Helm takes it out of what a template has written as a whole. */
const NO_VALUE = '<no value>';

export const valueFilters: readonly Entry[] = [
  entry(
    'default(value, default_value="", boolean=false)',
    'Another value where this one is undefined, or with `boolean` where it is false or empty.',
    (_, value, otherwise, boolean) =>
      value instanceof Undefined || (isTrue(boolean) && !isTrue(value)) ? otherwise : value,
    { aliases: ['d'], undefined: true, example: ['{{ missing|default("x") }}', 'x'] },
  ),
  entry(
    'int(value, default=0, base=10)',
    'An integer: of a float what is before the point, of a text the number it spells, else `default`.',
    (_, value, otherwise, base) => toInteger(value, int(base, 'base')) ?? otherwise,
    { example: ['{{ "42"|int + 1 }} {{ 3.7|int }} {{ "x"|int(5) }}', '43 3 5'] },
  ),
  entry(
    'float(value, default=0)',
    'A float: of a text the number it spells, else `default`.',
    (_, value, otherwise) => float(toFloat(value) ?? number(otherwise, 'default')),
    { example: ['{{ "1.5"|float + 1 }}', '2.5'] },
  ),
  entry('bool(value)', 'Whether a value is true: neither false, none, 0 nor empty.', (_, value) => isTrue(value), {
    example: ['{{ []|bool }}', 'false'],
    undefined: true,
  }),
  entry(
    'as_go(value)',
    'A value as a Go template shows it: `1e+06` for a number of a file, `map[a:1]` for a dict; `<no value>` for nothing, which is taken out of what templates write in the end.',
    (execution, value) => {
      if (value instanceof Undefined || value === null) return NO_VALUE;
      const out = sprint(toGo(value));
      execution.budget.text(out.length);
      return out;
    },
    { undefined: true, example: ['{{ 1000000|as_go }} {{ {"a": ["b", none]}|as_go }}', '1e+06 map[a:[b <nil>]]'] },
  ),
  entry(
    'abs(value)',
    'A number without its sign.',
    (_, value) => {
      const whole = asInteger(value);
      if (whole !== undefined) return whole < 0 ? integer(-BigInt(whole)) : whole;
      const x = asFloat(value);
      if (x === undefined) throw misuse(`abs takes a number, not a ${kindName(value)}`);
      return float(Math.abs(x));
    },
    { example: ['{{ -3|abs }}', '3'] },
  ),
  entry(
    'round(value, precision=0, method="common")',
    'A number with `precision` digits after the point: `common`, `ceil` or `floor`. Integers stay as they are.',
    (_, value, precision, name) => {
      const method = Object.hasOwn(METHODS, display(name)) ? METHODS[display(name)] : undefined;
      if (method === undefined) throw misuse('round has the methods "common", "ceil" and "floor"');
      const whole = asInteger(value);
      if (whole !== undefined) return whole;
      const x = number(value, 'round');
      const digits = int(precision, 'precision');
      return Number.isFinite(x) && Math.abs(digits) <= 300 ? float(rounded(x, digits, method)) : float(x);
    },
    { example: ['{{ 3.14159|round(2) }} {{ 2.5|round }}', '3.14 3.0'] },
  ),
  entry(
    'filesizeformat(value, binary=false)',
    'A number of bytes as people read it.',
    (_, value, binary) => {
      const bytes = number(value, 'filesizeformat');
      const base = isTrue(binary) ? 1024 : 1000;
      if (bytes < base) return bytes === 1 ? '1 Byte' : `${Math.trunc(bytes)} Bytes`;
      const units = ['k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'];
      const power = Math.min(Math.floor(Math.log(bytes) / Math.log(base) + 1e-9), units.length);
      const unit = units[power - 1] as string;
      return `${(bytes / base ** power).toFixed(1)} ${isTrue(binary) ? `${unit.toUpperCase()}iB` : `${unit}B`}`;
    },
    { example: ['{{ 1500|filesizeformat }}', '1.5 kB'] },
  ),
];
