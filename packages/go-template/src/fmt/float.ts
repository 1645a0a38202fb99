/** Floating-point numbers as Go prints them: strconv.FormatFloat. */

/** 0.d1d2d3… × 10^point; zero has no digits. */
interface Decimal {
  digits: string;
  point: number;
}

/** The fewest digits that read back as the same number. */
function shortest(v: number, bits: 32 | 64): Decimal {
  if (v === 0) return { digits: '', point: 0 };
  let text = v.toExponential();
  if (bits === 32) {
    for (let precision = 1; precision <= 9; precision++) {
      text = v.toExponential(precision - 1);
      if (Math.fround(Number(text)) === v) break;
    }
  }
  const [mantissa, exponent] = text.split('e') as [string, string];
  return { digits: mantissa.replace('.', '').replace(/0+$/, ''), point: Number(exponent) + 1 };
}

const view = new DataView(new ArrayBuffer(8));

/** v = mantissa × 2^exponent, v positive and finite. */
function decompose(v: number): { mantissa: bigint; exponent: number } {
  view.setFloat64(0, v);
  const bits = view.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  return biased === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | (1n << 52n), exponent: biased - 1075 };
}

/** Every digit of the exact binary value. */
function exact(v: number): Decimal {
  if (v === 0) return { digits: '', point: 0 };
  const { mantissa, exponent } = decompose(v);
  const scaled = exponent >= 0 ? mantissa << BigInt(exponent) : mantissa * 5n ** BigInt(-exponent);
  const text = scaled.toString();
  return { digits: text.replace(/0+$/, ''), point: text.length + Math.min(exponent, 0) };
}

/** Rounds to `count` digits, half to even. */
function round(d: Decimal, count: number): Decimal {
  if (count < 0) return { digits: '', point: 0 };
  if (count >= d.digits.length) return d;
  const next = d.digits.charCodeAt(count) - 48;
  const half = next === 5 && count + 1 === d.digits.length;
  const odd = count > 0 && d.digits.charCodeAt(count - 1) % 2 === 1;
  const kept = d.digits.slice(0, count);
  if (next < 5 || (half && !odd)) {
    const digits = kept.replace(/0+$/, '');
    return { digits, point: digits === '' ? 0 : d.point };
  }
  const up = kept.replace(/9+$/, '');
  if (up === '') return { digits: '1', point: d.point + 1 };
  return { digits: up.slice(0, -1) + String.fromCharCode(up.charCodeAt(up.length - 1) + 1), point: d.point };
}

/**
 * strconv.FormatFloat: `format` is e, E, f, g, G, b, x or X; `precision` -1 asks for the shortest text that reads back
 * as the same number.
 */
export function formatFloat(v: number, format: string, precision: number, bits: 32 | 64 = 64): string {
  if (Number.isNaN(v)) return 'NaN';
  const sign = v < 0 || Object.is(v, -0) ? '-' : '';
  if (!Number.isFinite(v)) return sign === '' ? '+Inf' : '-Inf';
  const abs = Math.abs(v);
  switch (format) {
    case 'e':
    case 'E': {
      const d = precision < 0 ? shortest(abs, bits) : round(exact(abs), precision + 1);
      return sign + exponential(d, precision < 0 ? Math.max(d.digits.length - 1, 0) : precision, format);
    }
    case 'f': {
      const all = precision < 0 ? shortest(abs, bits) : exact(abs);
      const d = precision < 0 ? all : round(all, all.point + precision);
      return sign + positional(d, precision < 0 ? Math.max(d.digits.length - d.point, 0) : precision);
    }
    case 'g':
    case 'G':
      return sign + general(abs, format, precision, bits);
    case 'b': {
      const { mantissa, exponent } = decompose32(abs, bits);
      return `${sign}${mantissa}p${exponent >= 0 ? '+' : ''}${exponent}`;
    }
    default:
      return sign + hexadecimal(abs, format, precision);
  }
}

function decompose32(v: number, bits: 32 | 64): { mantissa: bigint; exponent: number } {
  const d = decompose(v);
  return bits === 64 ? d : { mantissa: d.mantissa >> 29n, exponent: d.exponent + 29 };
}

function general(abs: number, format: string, precision: number, bits: 32 | 64): string {
  const wanted = precision === 0 ? 1 : precision;
  const d = precision < 0 ? shortest(abs, bits) : round(exact(abs), wanted);
  let threshold = precision < 0 ? 6 : wanted;
  if (precision >= 0 && threshold > d.digits.length && d.digits.length >= d.point) threshold = d.digits.length;
  const exponent = d.point - 1;
  if (d.digits !== '' && (exponent < -4 || exponent >= threshold)) {
    return exponential(
      d,
      Math.max(Math.min(d.digits.length, precision < 0 ? d.digits.length : wanted) - 1, 0),
      format === 'g' ? 'e' : 'E',
    );
  }
  return positional(d, Math.max(d.digits.length - d.point, 0));
}

function exponential(d: Decimal, fraction: number, letter: string): string {
  const digits = d.digits.padEnd(fraction + 1, '0');
  const exponent = d.digits === '' ? 0 : d.point - 1;
  const tail = `${letter}${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  return `${digits[0] ?? '0'}${fraction > 0 ? `.${digits.slice(1, fraction + 1)}` : ''}${tail}`;
}

function positional(d: Decimal, fraction: number): string {
  const whole = d.point > 0 ? d.digits.slice(0, d.point).padEnd(d.point, '0') : '0';
  if (fraction === 0) return whole;
  const rest = d.point > 0 ? d.digits.slice(d.point) : '0'.repeat(-d.point) + d.digits;
  return `${whole}.${rest.padEnd(fraction, '0').slice(0, fraction)}`;
}

/** `0x1.8p+01`: one bit before the point. */
function hexadecimal(abs: number, format: string, precision: number): string {
  let mantissa = 0n;
  let exponent = 0;
  if (abs !== 0) {
    const d = decompose(abs);
    const shift = 53 - d.mantissa.toString(2).length;
    mantissa = d.mantissa << BigInt(shift + 8); // 1 bit + 60 bits of fraction
    exponent = d.exponent - shift + 52;
  }
  if (precision >= 0 && precision < 15) {
    const drop = BigInt(60 - precision * 4);
    const rest = mantissa & ((1n << drop) - 1n);
    mantissa >>= drop;
    const half = 1n << (drop - 1n);
    if (rest > half || (rest === half && (mantissa & 1n) === 1n)) mantissa++;
    mantissa <<= drop;
    if (mantissa >> 61n !== 0n) {
      mantissa >>= 1n;
      exponent++;
    }
  }
  let fraction = (mantissa & ((1n << 60n) - 1n)).toString(16).padStart(15, '0');
  fraction = precision < 0 ? fraction.replace(/0+$/, '') : fraction.padEnd(precision, '0').slice(0, precision);
  const text = `0x${mantissa >> 60n}${fraction === '' ? '' : `.${fraction}`}p${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  return format === 'X' ? text.toUpperCase() : text;
}

/** %v of a float64. The common case, a small whole number, needs no digit work. */
export function formatNumber(v: number): string {
  if (Number.isInteger(v) && v < 1e6 && v > -1e6 && !Object.is(v, -0)) return String(v);
  return formatFloat(v, 'g', -1);
}
