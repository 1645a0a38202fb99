/** What counts as true. */
import { Complex, Float32, GoValue, Int, TypedMap } from './value.ts';

/**
 * Go's truth: false are nil, false, zero, and what is empty; structs are always true. Anything that a GoValue does not
 * know better is true.
 */
export function isTrue(v: unknown): boolean {
  switch (typeof v) {
    case 'boolean':
      return v;
    case 'string':
      return v !== '';
    case 'number':
      return v !== 0;
    case 'bigint':
      return v !== 0n;
    case 'undefined':
      return false;
  }
  if (v === null) return false;
  if (Array.isArray(v)) return v.length > 0;
  if (v instanceof GoValue) {
    if (v instanceof Int) return v.value !== 0n;
    if (v instanceof TypedMap) return hasKeys(v.entries);
    if (v instanceof Float32) return v.value !== 0;
    if (v instanceof Complex) return v.re !== 0 || v.im !== 0;
    return true;
  }
  return v instanceof Uint8Array ? v.length > 0 : hasKeys(v as object);
}

function hasKeys(map: object): boolean {
  for (const _ in map) return true;
  return false;
}
