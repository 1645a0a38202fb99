import { Complex, Float32, Int, mapEntries } from 'go-template';

/** Sprig's empty: nil, zero, false, and what has no length. Structs and pointers never are. */
export function isEmpty(v: unknown): boolean {
  switch (typeof v) {
    case 'string':
      return v === '';
    case 'number':
      return v === 0;
    case 'bigint':
      return v === 0n;
    case 'boolean':
      return !v;
    case 'undefined':
      return true;
  }
  if (v === null) return true;
  if (Array.isArray(v) || v instanceof Uint8Array) return v.length === 0;
  const entries = mapEntries(v);
  if (entries !== undefined) {
    for (const _ in entries) return false;
    return true;
  }
  if (v instanceof Int || v instanceof Float32) return Number(v.value) === 0;
  return v instanceof Complex && v.re === 0 && v.im === 0;
}
