/** Numbers from text as Go's strconv reads them. */

const MAX_INT64 = (1n << 63n) - 1n;
const MAX_UINT64 = (1n << 64n) - 1n;

/** Digits may be grouped by single underscores, and one may follow a base prefix. */
const UNDERSCORES = /^[+-]?(?:0[xX]_?[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*|0[bBoO]_?[0-9]+(?:_[0-9]+)*|[0-9]+(?:_[0-9]+)*)$/;

/**
 * The integer of `text`, unbounded; undefined where Go says "invalid syntax". Base 0 takes the base from the prefix
 * (0x, 0o, 0b, or a leading 0 for octal) and allows underscores.
 */
export function parseInteger(text: string, base: 0 | 2 | 8 | 10 | 16): bigint | undefined {
  const sign = text[0] === '-' ? -1n : 1n;
  let digits = text[0] === '-' || text[0] === '+' ? text.slice(1) : text;
  let radix: number = base;
  if (base === 0) {
    radix = 10;
    if (digits.includes('_')) {
      if (!UNDERSCORES.test(digits)) return undefined;
      digits = digits.replaceAll('_', '');
    }
    if (digits[0] === '0' && digits.length > 1) {
      const prefix = (digits[1] as string).toLowerCase();
      radix = prefix === 'x' ? 16 : prefix === 'b' ? 2 : 8;
      digits = digits.slice(prefix === 'x' || prefix === 'b' || prefix === 'o' ? 2 : 1);
    }
  }
  const valid = radix === 10 ? /^[0-9]+$/ : radix === 16 ? /^[0-9a-fA-F]+$/ : radix === 8 ? /^[0-7]+$/ : /^[01]+$/;
  if (!valid.test(digits)) return undefined;
  return sign * BigInt(radix === 10 ? digits : `${radix === 16 ? '0x' : radix === 8 ? '0o' : '0b'}${digits}`);
}

export const fitsInt64 = (n: bigint): boolean => n >= -MAX_INT64 - 1n && n <= MAX_INT64;
export const fitsUint64 = (n: bigint): boolean => n >= 0n && n <= MAX_UINT64;

const DECIMAL = /^[+-]?(?:[0-9_]+\.?[0-9_]*|\.[0-9_]+)(?:[eE][+-]?[0-9_]+)?$/;
const HEX = /^([+-]?)0[xX]([0-9a-fA-F_]*)\.?([0-9a-fA-F_]*)[pP]([+-]?[0-9_]+)$/;
const SPECIAL = /^([+-]?)(inf|infinity|nan)$/i;

const badUnderscores = (text: string): boolean =>
  text.includes('_') &&
  (!/[0-9a-fA-F]_?/.test(text) || /__|_(?![0-9a-fA-F])|(?<![0-9a-fA-FxX])_/.test(text) || text.startsWith('_'));

/** strconv.ParseFloat(text, 64): undefined for bad syntax; out of range yields an infinity. */
export function parseFloat64(text: string): number | undefined {
  const special = SPECIAL.exec(text);
  if (special !== null) {
    if ((special[2] as string).toLowerCase() === 'nan') return special[1] === '' ? Number.NaN : undefined;
    return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  if (badUnderscores(text)) return undefined;
  if (DECIMAL.test(text)) return Number(text.replaceAll('_', ''));
  const hex = HEX.exec(text.replaceAll('_', ''));
  if (hex === null || (hex[2] === '' && hex[3] === '')) return undefined;
  const [, sign, whole, fraction, exponent] = hex as unknown as [string, string, string, string, string];
  const value = scale(BigInt(`0x${whole}${fraction}`), Number(exponent) - 4 * fraction.length);
  return sign === '-' ? -value : value;
}

/** mantissa × 2^exponent, rounded once to the nearest float64. */
function scale(mantissa: bigint, exponent: number): number {
  if (mantissa === 0n) return 0;
  const bits = mantissa.toString(2).length;
  const top = bits + exponent;
  if (top > 1024) return Number.POSITIVE_INFINITY;
  if (top < -1075) return 0;
  // Keep as many bits as the result can hold (fewer for subnormals), so that Number() below is exact.
  const keep = Math.max(0, Math.min(53, top + 1074));
  const drop = bits - keep;
  let kept = mantissa;
  let shift = exponent;
  if (drop > 0) {
    kept = mantissa >> BigInt(drop);
    const rest = mantissa - (kept << BigInt(drop));
    const half = 1n << BigInt(drop - 1);
    if (rest > half || (rest === half && (kept & 1n) === 1n)) kept++;
    shift += drop;
  }
  const value = Number(kept);
  // 2**shift may underflow by itself although the product does not.
  return shift < -1000 ? value * 2 ** -1000 * 2 ** (shift + 1000) : value * 2 ** shift;
}

/** What Go on amd64 makes of int64(f): the indefinite value when `f` does not fit. */
export function floatToInt64(f: number): bigint {
  if (!(f >= -9223372036854775808 && f < 9223372036854775808)) return -(1n << 63n);
  return BigInt(Math.trunc(f));
}

/** What Go on amd64 makes of uint64(f). */
export function floatToUint64(f: number): bigint {
  if (f >= 9223372036854775808) return f < 18446744073709551616 ? BigInt(Math.trunc(f)) : 1n << 63n;
  return BigInt.asUintN(64, floatToInt64(f));
}
