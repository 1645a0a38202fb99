import { SemVer, Time } from '@pack/core';
import { Complex, Float32, GoFunc, GoValue, Int, isNilSlice, mapEntries, typeOf } from 'go-template';

/** reflect.DeepEqual: types count, a nil slice is no empty one, NaN is nothing's equal. */
export function deepEqual(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  if (typeOf(a) !== typeOf(b)) return false;
  // Maps and slices are equal to themselves even where they hold a NaN.
  if (a === b) return !(a instanceof Complex || a instanceof Float32 || a instanceof GoFunc);
  if (a instanceof Uint8Array) return isSameBytes(a, b as Uint8Array);
  if (Array.isArray(a)) {
    const items = b as unknown[];
    return (
      a.length === items.length &&
      isNilSlice(a) === isNilSlice(items) &&
      a.every((item, i) => deepEqual(item, items[i]))
    );
  }
  const entries = mapEntries(a);
  if (entries !== undefined) return isSameMap(entries, mapEntries(b) as Record<string, unknown>);
  return a instanceof GoValue && isSameStruct(a, b as GoValue);
}

const isSameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i]);

function isSameMap(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && deepEqual(a[key], b[key]));
}

function isSameStruct(a: GoValue, b: GoValue): boolean {
  if (a instanceof Int) return a.value === (b as Int).value;
  if (a instanceof Float32) return a.value === (b as Float32).value;
  if (a instanceof Complex) return a.re === (b as Complex).re && a.im === (b as Complex).im;
  if (a instanceof SemVer) return String(a) === String(b) && a.original === (b as SemVer).original;
  if (a instanceof Time && b instanceof Time) {
    return a.unix === b.unix && a.nanosecond === b.nanosecond && a.location === b.location;
  }
  return false;
}
