/** Numbers of whatever comes, junk being 0, as spf13/cast 1.7 makes them for Sprig. */
import { Float32, floatToInt64, Int, parseFloat64, parseInteger, wrapInt } from 'go-template';

const MAX_INT64 = (1n << 63n) - 1n;

/** Of the named integer types, only months and weekdays count as integers. */
const isPlainInt = (v: Int): boolean => v.goType === v.kind || v.goType === 'time.Month' || v.goType === 'time.Weekday';

/** `1.0` and `10.00` lose their zeros behind the point; `1.5` stays, and then is no integer. */
const trimZeroDecimal = (text: string): string => text.replace(/\.0+$/, '');

/** strconv.ParseInt(text, 0, 64), or undefined for every error. */
function parseInt64(text: string): bigint | undefined {
  const n = parseInteger(text, 0);
  return n === undefined || n > MAX_INT64 || n < -MAX_INT64 - 1n ? undefined : n;
}

export function toInt64(v: unknown): bigint {
  switch (typeof v) {
    case 'bigint':
      return v;
    case 'number':
      return floatToInt64(v);
    case 'string':
      return parseInt64(trimZeroDecimal(v)) ?? 0n;
    case 'boolean':
      return v ? 1n : 0n;
  }
  if (v instanceof Int) return isPlainInt(v) ? wrapInt('int64', v.value) : 0n;
  return v instanceof Float32 ? floatToInt64(v.value) : 0n;
}

export function toFloat64(v: unknown): number {
  switch (typeof v) {
    case 'number':
      return v;
    case 'bigint':
      return Number(v);
    case 'string': {
      const n = parseFloat64(v) ?? 0;
      // Out of range is an error; only the word says infinity.
      return Number.isFinite(n) || /inf|nan/i.test(v) ? n : 0;
    }
    case 'boolean':
      return v ? 1 : 0;
  }
  if (v instanceof Int) return isPlainInt(v) ? Number(v.value) : 0;
  return v instanceof Float32 ? v.value : 0;
}
