/** Decimal arithmetic of shopspring/decimal 1.4, as far as Sprig's float functions need it. */
import { formatV, GoError } from 'go-template';

/** coefficient × 10^exponent. */
export interface Decimal {
  coefficient: bigint;
  exponent: number;
}

/** Decimal places that a division keeps. */
const DIVISION_PRECISION = 16;

/** The shortest decimal that reads back as `value`. */
export function decimalOf(value: number): Decimal {
  if (!Number.isFinite(value)) throw new GoError(`Cannot create a Decimal from ${formatV(value)}`);
  const [digits, exponent] = value.toExponential().split('e') as [string, string];
  const [whole, fraction = ''] = digits.split('.') as [string, string?];
  return { coefficient: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length };
}

/** The nearest float64. */
export const numberOf = ({ coefficient, exponent }: Decimal): number => Number(`${coefficient}e${exponent}`);

const scaled = (d: Decimal, exponent: number): bigint => d.coefficient * 10n ** BigInt(d.exponent - exponent);

export function add(a: Decimal, b: Decimal): Decimal {
  const exponent = Math.min(a.exponent, b.exponent);
  return { coefficient: scaled(a, exponent) + scaled(b, exponent), exponent };
}

export const subtract = (a: Decimal, b: Decimal): Decimal => add(a, { ...b, coefficient: -b.coefficient });

export const multiply = (a: Decimal, b: Decimal): Decimal => ({
  coefficient: a.coefficient * b.coefficient,
  exponent: a.exponent + b.exponent,
});

/** Rounded half away from zero at the sixteenth place. */
export function divide(a: Decimal, b: Decimal): Decimal {
  if (b.coefficient === 0n) throw new GoError('decimal division by 0');
  const shift = a.exponent - b.exponent + DIVISION_PRECISION;
  const dividend = shift < 0 ? a.coefficient : a.coefficient * 10n ** BigInt(shift);
  const divisor = shift < 0 ? b.coefficient * 10n ** BigInt(-shift) : b.coefficient;
  const quotient = dividend / divisor;
  const rest = dividend % divisor;
  const size = (n: bigint): bigint => (n < 0n ? -n : n);
  const step = size(rest) * 2n < size(divisor) ? 0n : a.coefficient < 0n === b.coefficient < 0n ? 1n : -1n;
  return { coefficient: quotient + step, exponent: -DIVISION_PRECISION };
}
