/** Sprig's functions on numbers. */
import { type FuncMap, func, GoError, Int, parseInteger, sliceOf, sprint } from 'go-template';

import { toFloat64, toInt64 } from './cast.ts';
import { add, type Decimal, decimalOf, divide, multiply, numberOf, subtract } from './decimal.ts';

const MAX_INT64 = (1n << 63n) - 1n;
const MIN_INT64 = -MAX_INT64 - 1n;

/** Longer sequences are refused, as no template means them. */
const MAX_SEQUENCE = 10_000_000;

const divisor = (v: unknown): bigint => {
  const n = toInt64(v);
  if (n === 0n) throw new GoError('runtime error: integer divide by zero');
  return n;
};

const foldDecimals = (start: number, values: unknown[], operation: (a: Decimal, b: Decimal) => Decimal): number =>
  numberOf(values.reduce((sum: Decimal, v) => operation(sum, decimalOf(toFloat64(v))), decimalOf(start)));

/** math.Max and math.Min: NaN wins. */
const foldFloats =
  (pick: (a: number, b: number) => number) =>
  (first: unknown, ...rest: unknown[]): number =>
    rest.reduce((n: number, v) => pick(n, toFloat64(v)), toFloat64(first));

const foldInts =
  (isBetter: (a: bigint, b: bigint) => boolean) =>
  (first: unknown, ...rest: unknown[]): bigint =>
    rest.map(toInt64).reduce((n, v) => (isBetter(v, n) ? v : n), toInt64(first));

/** 10^n as Go's math.Pow multiplies it out. */
function powerOfTen(n: number): number {
  let result = 1;
  let square = 10;
  for (let rest = Math.abs(n); rest > 0 && square !== Number.POSITIVE_INFINITY; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= square;
    square *= square;
  }
  return n < 0 ? 1 / result : result;
}

function round(v: unknown, places: number, ...options: number[]): number {
  const [threshold = 0.5] = options;
  const power = powerOfTen(places);
  const digits = power * toFloat64(v);
  const fraction = Number.isFinite(digits) ? digits - Math.trunc(digits) : Number.NaN;
  return (fraction >= threshold ? Math.ceil(digits) : Math.floor(digits)) / power;
}

function sequence(start: number, stop: number, step: number): number[] {
  const numbers: number[] = [];
  if (stop < start ? step >= 0 : step <= 0) return numbers;
  if (Math.abs((stop - start) / step) > MAX_SEQUENCE)
    throw new GoError(`sequence of more than ${MAX_SEQUENCE} numbers`);
  for (let i = start; stop < start ? i > stop : i < stop; i += step) numbers.push(i);
  return numbers;
}

const ints = (numbers: number[]): Int[] =>
  sliceOf(
    'int',
    numbers.map((n) => Int.of('int', n)),
  );

const until = (count: number): Int[] => ints(sequence(0, count, count < 0 ? -1 : 1));

/** As the shell's seq, but a last number that the step jumps over may be passed by one. */
function seq(...params: number[]): string {
  if (params.length === 0 || params.length > 3) return '';
  const start = params.length === 1 ? 1 : (params[0] as number);
  const end = params.at(-1) as number;
  const direction = end < start ? -1 : 1;
  const step = params.length === 3 ? (params[1] as number) : direction;
  if (params.length === 3 && end < start && step > 0) return '';
  return sequence(start, end + direction, step).join(' ');
}

/** strconv.Atoi without its error: what is out of range is the limit, junk is 0. */
function atoi(text: string): bigint {
  const n = parseInteger(text, 10) ?? 0n;
  return n > MAX_INT64 ? MAX_INT64 : n < MIN_INT64 ? MIN_INT64 : n;
}

/** Reads the printed value as octal. */
function toDecimal(v: unknown): bigint {
  const n = parseInteger(sprint(v), 8) ?? 0n;
  return n > MAX_INT64 || n < MIN_INT64 ? 0n : n;
}

const INT64_OF_MANY = 'func(interface {}, ...interface {}) int64';
const FLOAT_OF_MANY = 'func(interface {}, ...interface {}) float64';
const INT64_OF_TWO = 'func(interface {}, interface {}) int64';
const FLOAT_OF_ONE = 'func(interface {}) float64';

const max = func(
  INT64_OF_MANY,
  foldInts((a, b) => a > b),
);

export const mathFunctions: FuncMap = {
  atoi: func('func(string) int', atoi),
  int: func('func(interface {}) int', toInt64),
  int64: func('func(interface {}) int64', toInt64),
  float64: func(FLOAT_OF_ONE, toFloat64),
  toDecimal: func('func(interface {}) int64', toDecimal),
  seq: func('func(...int) string', seq),
  until: func('func(int) []int', until),
  untilStep: func('func(int, int, int) []int', (start: number, stop: number, step: number) =>
    ints(sequence(start, stop, step)),
  ),
  add1: func('func(interface {}) int64', (v: unknown) => toInt64(v) + 1n),
  add: func('func(...interface {}) int64', (...values: unknown[]) =>
    values.reduce((sum: bigint, v) => sum + toInt64(v), 0n),
  ),
  sub: func(INT64_OF_TWO, (a: unknown, b: unknown) => toInt64(a) - toInt64(b)),
  div: func(INT64_OF_TWO, (a: unknown, b: unknown) => toInt64(a) / divisor(b)),
  mod: func(INT64_OF_TWO, (a: unknown, b: unknown) => toInt64(a) % divisor(b)),
  mul: func(INT64_OF_MANY, (first: unknown, ...rest: unknown[]) =>
    rest.reduce((product: bigint, v) => BigInt.asIntN(64, product * toInt64(v)), toInt64(first)),
  ),
  add1f: func(FLOAT_OF_ONE, (v: unknown) => foldDecimals(toFloat64(v), [1], add)),
  addf: func('func(...interface {}) float64', (...values: unknown[]) => foldDecimals(0, values, add)),
  subf: func(FLOAT_OF_MANY, (first: unknown, ...rest: unknown[]) => foldDecimals(toFloat64(first), rest, subtract)),
  mulf: func(FLOAT_OF_MANY, (first: unknown, ...rest: unknown[]) => foldDecimals(toFloat64(first), rest, multiply)),
  divf: func(FLOAT_OF_MANY, (first: unknown, ...rest: unknown[]) => foldDecimals(toFloat64(first), rest, divide)),
  biggest: max,
  max,
  min: func(
    INT64_OF_MANY,
    foldInts((a, b) => a < b),
  ),
  maxf: func(FLOAT_OF_MANY, foldFloats(Math.max)),
  minf: func(FLOAT_OF_MANY, foldFloats(Math.min)),
  ceil: func(FLOAT_OF_ONE, (v: unknown) => Math.ceil(toFloat64(v))),
  floor: func(FLOAT_OF_ONE, (v: unknown) => Math.floor(toFloat64(v))),
  round: func('func(interface {}, int, ...float64) float64', round),
};
