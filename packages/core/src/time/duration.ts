import { func, GoError, type GoFunc, Int } from 'go-template';

import { quoteTimeText } from './layout.ts';

export const NANOSECOND = 1n;
export const MICROSECOND = 1_000n;
export const MILLISECOND = 1_000_000n;
export const SECOND = 1_000_000_000n;
export const MINUTE = 60n * SECOND;
export const HOUR = 60n * MINUTE;

const MAX = (1n << 63n) - 1n;
const MIN = -(1n << 63n);

/** Go's time.Duration: nanoseconds in an int64. */
export class Duration extends Int {
  constructor(nanoseconds: bigint) {
    super('int64', BigInt.asIntN(64, nanoseconds));
  }

  override get goType(): string {
    return 'time.Duration';
  }

  override goString(): string {
    return formatDuration(this.value);
  }

  override goMethod(name: string): GoFunc | undefined {
    const method = METHODS[name];
    return method && func(method.signature, (...args: never[]) => method.call(this.value, ...args));
  }
}

type Nanoseconds = Duration | bigint | number;

/** The nanoseconds of a parameter of type time.Duration, in whichever form the template engine passes it. */
export const nanosecondsOf = (d: Nanoseconds): bigint => (d instanceof Int ? d.value : BigInt(d));

const METHODS: Readonly<Record<string, { signature: string; call: (d: bigint, ...args: never[]) => unknown }>> = {
  Abs: { signature: 'func() time.Duration', call: (d) => new Duration(d === MIN ? MAX : d < 0n ? -d : d) },
  Hours: { signature: 'func() float64', call: (d) => inUnits(d, HOUR) },
  Microseconds: { signature: 'func() int64', call: (d) => d / MICROSECOND },
  Milliseconds: { signature: 'func() int64', call: (d) => d / MILLISECOND },
  Minutes: { signature: 'func() float64', call: (d) => inUnits(d, MINUTE) },
  Nanoseconds: { signature: 'func() int64', call: (d) => d },
  Round: {
    signature: 'func(time.Duration) time.Duration',
    call: (d, m: Nanoseconds) => new Duration(roundDuration(d, nanosecondsOf(m))),
  },
  Seconds: { signature: 'func() float64', call: (d) => inUnits(d, SECOND) },
  String: { signature: 'func() string', call: formatDuration },
  Truncate: {
    signature: 'func(time.Duration) time.Duration',
    call: (d, m: Nanoseconds) => new Duration(nanosecondsOf(m) <= 0n ? d : d - (d % nanosecondsOf(m))),
  },
};

const inUnits = (d: bigint, unit: bigint): number => Number(d / unit) + Number(d % unit) / Number(unit);

/** Go: Duration.Round, halves away from zero, saturating. */
export function roundDuration(d: bigint, m: bigint): bigint {
  if (m <= 0n) return d;
  const size = d < 0n ? -d : d;
  const rest = size % m;
  const rounded = rest + rest < m ? size - rest : size + m - rest;
  if (d < 0n) return -rounded < MIN ? MIN : -rounded;
  return rounded > MAX ? MAX : rounded;
}

/** `1h30m0s`, `1.5s`, `2µs` (Go: Duration.String). */
export function formatDuration(d: bigint): string {
  if (d === 0n) return '0s';
  const sign = d < 0n ? '-' : '';
  const size = d < 0n ? -d : d;
  if (size < MICROSECOND) return `${sign}${size}ns`;
  if (size < MILLISECOND) return `${sign}${withFraction(size, MICROSECOND)}µs`;
  if (size < SECOND) return `${sign}${withFraction(size, MILLISECOND)}ms`;
  const hours = size / HOUR;
  const minutes = (size / MINUTE) % 60n;
  const seconds = `${withFraction(size % MINUTE, SECOND)}s`;
  if (hours > 0n) return `${sign}${hours}h${minutes}m${seconds}`;
  return minutes > 0n ? `${sign}${minutes}m${seconds}` : `${sign}${seconds}`;
}

function withFraction(d: bigint, unit: bigint): string {
  const fraction = (d % unit)
    .toString()
    .padStart(unit.toString().length - 1, '0')
    .replace(/0+$/, '');
  return fraction === '' ? `${d / unit}` : `${d / unit}.${fraction}`;
}

const UNITS: ReadonlyMap<string, bigint> = new Map([
  ['ns', NANOSECOND],
  ['us', MICROSECOND],
  ['µs', MICROSECOND],
  ['μs', MICROSECOND],
  ['ms', MILLISECOND],
  ['s', SECOND],
  ['m', MINUTE],
  ['h', HOUR],
]);

/** Go: time.ParseDuration, in nanoseconds. Throws GoError with Go's text. */
export function parseDuration(text: string): bigint {
  const fault = (what: string): GoError => new GoError(`time: ${what} ${quoteTimeText(text)}`);
  const negative = text.startsWith('-');
  let rest = /^[-+]/.test(text) ? text.slice(1) : text;
  if (rest === '0') return 0n;
  if (rest === '') throw fault('invalid duration');
  let total = 0n;
  while (rest !== '') {
    const [number, whole, dot] = /^(\d*)(\.?\d*)/.exec(rest) as unknown as [string, string, string];
    if (whole === '' && dot.length < 2) throw fault('invalid duration');
    const digitsOfCount = whole.replace(/^0+/, '');
    // Twenty digits are more than an int64 has, and thousands would be slow to read.
    if (digitsOfCount.length > 19) throw fault('invalid duration');
    const count = BigInt(digitsOfCount);
    if (count > 1n << 63n) throw fault('invalid duration');
    rest = rest.slice(number.length);
    const name = (/^[^.\d]+/.exec(rest) ?? [''])[0];
    if (name === '') throw fault('missing unit in duration');
    const unit = UNITS.get(name);
    if (unit === undefined) throw fault(`unknown unit ${quoteTimeText(name)} in duration`);
    rest = rest.slice(name.length);
    if (count > (1n << 63n) / unit) throw fault('invalid duration');
    let part = count * unit;
    const { digits, scale } = leadingFraction(dot.slice(1));
    if (digits > 0n) part += BigInt(Math.trunc(Number(digits) * (Number(unit) / scale)));
    total = BigInt.asUintN(64, total + part);
    if (part > 1n << 63n || total > 1n << 63n) throw fault('invalid duration');
  }
  if (!negative && total > MAX) throw fault('invalid duration');
  return negative ? -total : total;
}

/** The digits of a fraction as far as an int64 holds them. */
function leadingFraction(text: string): { digits: bigint; scale: number } {
  let digits = 0n;
  let scale = 1;
  for (const c of text) {
    if (digits > MAX / 10n) break;
    const next = digits * 10n + BigInt(c);
    if (next > 1n << 63n) break;
    digits = next;
    scale *= 10;
  }
  return { digits, scale };
}
