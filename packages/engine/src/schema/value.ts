/** JSON as a schema and the values it judges have it: numbers are exact decimals, however they were written. */
import { decodeJsonNumbers } from '@pack/core';
import { compareBytes, formatV, GoError, type GoMap, GoValue, Int, isMap, quoteGo } from 'go-template';

/** coefficient × 10^exponent. */
export interface Decimal {
  readonly coefficient: bigint;
  readonly exponent: number;
}

/** A number of a schema, which messages show as it was written. */
export class NumberLiteral extends GoValue {
  readonly goType = 'json.Number';
  readonly kind = 'string';
  readonly text: string;
  readonly decimal: Decimal;
  constructor(text: string) {
    super();
    this.text = text;
    this.decimal = parseDecimal(text);
  }
}

/** Beyond what a float64 or any sensible schema holds; arithmetic stays cheap below. */
const MAX_EXPONENT = 5000;

function parseDecimal(text: string): Decimal {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/.exec(text) ?? [];
  const scale = Number(exponent) - fraction.length;
  if (Math.abs(scale) > MAX_EXPONENT || whole.length + fraction.length > MAX_EXPONENT) {
    throw new GoError(`number ${text.slice(0, 40)} is out of range`);
  }
  return { coefficient: BigInt(sign + whole + fraction), exponent: scale };
}

/** A JSON text in which numbers are {@link NumberLiteral}s. Throws GoError with encoding/json's message. */
export function parseSchemaText(text: string): unknown {
  if (text.trim() === '') throw new GoError('EOF');
  try {
    return decodeJsonNumbers(text, (literal) => new NumberLiteral(literal));
  } catch (e) {
    if (!(e instanceof GoError)) throw e;
    if (e.message.endsWith('after top-level value')) throw new GoError('invalid character after top-level value');
    throw e.message === 'unexpected end of JSON input' ? new GoError('unexpected EOF') : e;
  }
}

export type JsonType = 'null' | 'boolean' | 'number' | 'integer' | 'string' | 'array' | 'object';

/** The types in the order in which messages list them. */
export const JSON_TYPES: readonly JsonType[] = ['null', 'boolean', 'number', 'integer', 'string', 'array', 'object'];

/** Never `integer`; undefined for what JSON does not know. */
export function jsonTypeOf(v: unknown): JsonType | undefined {
  if (v === null) return 'null';
  if (Array.isArray(v)) return 'array';
  switch (typeof v) {
    case 'boolean':
    case 'string':
    case 'number':
      return typeof v as JsonType;
    case 'bigint':
      return 'number';
    case 'object':
      if (v instanceof NumberLiteral || v instanceof Int) return 'number';
      return isMap(v) ? 'object' : undefined;
    default:
      return undefined;
  }
}

/** The exact value of a number of any kind. */
export function decimalOf(v: unknown): Decimal {
  if (v instanceof NumberLiteral) return v.decimal;
  if (typeof v === 'bigint') return { coefficient: v, exponent: 0 };
  return v instanceof Int ? { coefficient: v.value, exponent: 0 } : parseDecimal(String(v));
}

const scaled = (d: Decimal, exponent: number): bigint => d.coefficient * 10n ** BigInt(d.exponent - exponent);

/** Negative, zero or positive. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const exponent = Math.min(a.exponent, b.exponent);
  const difference = scaled(a, exponent) - scaled(b, exponent);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

export const isInteger = (d: Decimal): boolean => d.exponent >= 0 || d.coefficient % 10n ** BigInt(-d.exponent) === 0n;

export function isMultiple(d: Decimal, of: Decimal): boolean {
  const exponent = Math.min(d.exponent, of.exponent);
  const divisor = scaled(of, exponent);
  return divisor !== 0n && scaled(d, exponent) % divisor === 0n;
}

/** The nearest float64. */
export const numberOf = ({ coefficient, exponent }: Decimal): number => Number(`${coefficient}e${exponent}`);

/**
 * Whether two values are equal, as the library sees it: a number also equals a text that reads as that number, though
 * not the other way round.
 */
export function areEqual(a: unknown, b: unknown): boolean {
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => areEqual(item, b[i]));
  }
  if (jsonTypeOf(a) === 'number') {
    const other = typeof b === 'string' ? decimalText(b) : jsonTypeOf(b) === 'number' ? decimalOf(b) : undefined;
    return other !== undefined && compareDecimals(decimalOf(a), other) === 0;
  }
  if (!isMap(a)) return a === b;
  const keys = Object.keys(a);
  return (
    isMap(b) &&
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && areEqual((a as GoMap)[key], b[key]))
  );
}

/** Go: big.Rat.SetString of a decimal. */
function decimalText(text: string): Decimal | undefined {
  const [, sign = '', whole = '', fraction = '', exponent = ''] =
    /^([+-]?)([0-9]*)\.?([0-9]*)([eE][+-]?[0-9]{1,3})?$/.exec(text) ?? [];
  if (whole + fraction === '') return undefined;
  return parseDecimal(`${sign === '-' ? '-' : ''}${whole || '0'}${fraction === '' ? '' : `.${fraction}`}${exponent}`);
}

/** A text that two values share just when they are equal in JSON. */
export function canonicalText(v: unknown): string {
  if (Array.isArray(v)) return `[${v.map(canonicalText).join(',')}]`;
  if (jsonTypeOf(v) === 'number') return canonicalNumber(decimalOf(v));
  if (!isMap(v)) return typeof v === 'string' ? JSON.stringify(v) : String(v);
  const keys = Object.keys(v).sort(compareBytes);
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonicalText((v as GoMap)[key])}`).join(',')}}`;
}

function canonicalNumber({ coefficient, exponent }: Decimal): string {
  if (coefficient === 0n) return '0';
  const digits = coefficient.toString();
  const significant = digits.replace(/0+$/, '');
  return `${significant}e${exponent + digits.length - significant.length}`;
}

/** How messages quote a text: as Go does, in single quotes. */
export const quote = (text: string): string =>
  `'${quoteGo(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;

/** A scalar in a message. */
export function display(v: unknown): string {
  if (typeof v === 'string') return quote(v);
  if (v instanceof NumberLiteral) return v.text;
  return Array.isArray(v) || isMap(v) ? 'value' : formatV(v);
}

/** An integer as English writes it. */
export const englishInteger = (n: number): string => String(n).replace(/\B(?=(?:[0-9]{3})+$)/g, ',');

/** A number as golang.org/x/text prints it with %v in English: `-1,234.5`, `1.5×10⁰⁷`. */
export function englishNumber(n: number): string {
  const [mantissa, exponent] = n.toExponential().split('e') as [string, string];
  const power = Number(exponent);
  if (power < -4 || power >= 6) {
    const digits = String(Math.abs(power))
      .padStart(2, '0')
      .replace(/[0-9]/g, (d) => SUPERSCRIPTS[Number(d)] as string);
    return `${mantissa}×10${power < 0 ? '⁻' : ''}${digits}`;
  }
  const [whole, fraction] = (Math.abs(n) < 1e-6 ? '0' : String(n)).split('.') as [string, string?];
  return (
    englishInteger(Number(whole)).replace(/^0$/, whole === '-0' ? '-0' : '0') +
    (fraction === undefined ? '' : `.${fraction}`)
  );
}

const SUPERSCRIPTS = [...'⁰¹²³⁴⁵⁶⁷⁸⁹'];
