import { fitsInt64, fitsUint64, parseFloat64, parseInteger } from 'go-template';

import { parseTime } from '../time/parse.ts';
import { UTC } from '../time/zone.ts';

/** What a plain scalar of YAML 1.1 stands for; a bigint is an integer (int64 or uint64), a number a float. */
export type Scalar = string | boolean | null | number | bigint;

const WORDS = new Map<string, Scalar>();
for (const [value, words] of [
  [true, 'y Y yes Yes YES true True TRUE on On ON'],
  [false, 'n N no No NO false False FALSE off Off OFF'],
  [null, '~ null Null NULL'],
  [Number.NaN, '.nan .NaN .NAN'],
  [Number.POSITIVE_INFINITY, '.inf .Inf .INF +.inf +.Inf +.INF'],
  [Number.NEGATIVE_INFINITY, '-.inf -.Inf -.INF'],
] as const) {
  for (const word of words.split(' ')) WORDS.set(word, value);
}

const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;

/** Go-yaml: resolve.go resolve, for a scalar without a tag. Timestamps stay the strings they are. */
export function resolvePlain(text: string): Scalar {
  if (text === '') return null;
  switch (text.charCodeAt(0)) {
    case 0x79:
    case 0x59:
    case 0x6e:
    case 0x4e:
    case 0x74:
    case 0x54:
    case 0x66:
    case 0x46:
    case 0x6f:
    case 0x4f:
    case 0x7e: {
      // yYnNtTfFoO~
      if (text.length > 5) return text;
      const word = WORDS.get(text);
      return word === undefined ? text : word;
    }
    case 0x2e: {
      // .
      const word = WORDS.get(text);
      if (word !== undefined) return word;
      const float = parseFloat64(text);
      return float === undefined || !Number.isFinite(float) ? text : float;
    }
    case 0x2b:
    case 0x2d: // + -
    case 0x30:
    case 0x31:
    case 0x32:
    case 0x33:
    case 0x34:
    case 0x35:
    case 0x36:
    case 0x37:
    case 0x38:
    case 0x39:
      return resolveNumber(text);
    default:
      return text;
  }
}

/** As {@link resolvePlain}, for who needs no difference between integers and floats: every number of JSON is a float64. */
export function resolveValue(text: string): string | boolean | null | number {
  const small = smallInteger(text);
  if (small !== undefined) return small;
  const value = resolvePlain(text);
  return typeof value === 'bigint' ? Number(value) : value;
}

/** The number of up to 15 decimal digits without a leading zero: what most numbers are. */
function smallInteger(text: string): number | undefined {
  const { length } = text;
  if (length === 0 || length > 15) return undefined;
  let n = text.charCodeAt(0) - 0x30;
  if (n < 0 || n > 9 || (n === 0 && length > 1)) return undefined;
  for (let i = 1; i < length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    n = n * 10 + digit;
  }
  return n;
}

function resolveNumber(text: string): Scalar {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  const plain = text.includes('_') ? text.replaceAll('_', '') : text;
  const integer = parseInteger(plain, 0);
  if (integer !== undefined && (fitsInt64(integer) || (fitsUint64(integer) && plain[0] !== '+'))) return integer;
  if (FLOAT.test(plain)) {
    const float = Number(plain);
    if (Number.isFinite(float)) return float;
  }
  // A sign may stand behind the prefix here.
  const binary = plain.startsWith('0b') ? plain.slice(2) : plain.startsWith('-0b') ? `-${plain.slice(3)}` : '';
  const bits = parseInteger(binary, 2);
  return bits !== undefined && (fitsInt64(bits) || (fitsUint64(bits) && binary[0] !== '+')) ? bits : text;
}

/** The tag of what {@link resolvePlain} makes of a text, in its short form. */
export function tagOf(value: Scalar, text: string): string {
  switch (typeof value) {
    case 'boolean':
      return '!!bool';
    case 'bigint':
      return '!!int';
    case 'number':
      return '!!float';
    case 'object':
      return '!!null';
    default:
      return isTimestamp(text) ? '!!timestamp' : '!!str';
  }
}

const TIMESTAMPS = [
  '2006-1-2T15:4:5.999999999Z07:00',
  '2006-1-2t15:4:5.999999999Z07:00',
  '2006-1-2 15:4:5.999999999',
  '2006-1-2',
] as const;

/** Go-yaml: resolve.go parseTimestamp. */
export function isTimestamp(text: string): boolean {
  if (!/^[0-9]{4}-/.test(text)) return false;
  return TIMESTAMPS.some((layout) => {
    try {
      parseTime(layout, text, UTC);
      return true;
    } catch {
      return false;
    }
  });
}
