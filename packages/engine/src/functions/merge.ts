/** Merging maps in place as mergo 1.0.1 does for Sprig. */
import { SemVer } from '@pack/core';
import { GoError, type GoMap, GoValue, kindOf, mapEntries, sliceItems } from 'go-template';

/** mergo's notion of emptiness: a pointer is as empty as what it points to, which for versions it never is. */
function isBlank(v: unknown): boolean {
  if (v === null || v === undefined || v === '' || v === false || v === 0 || v === 0n) return true;
  const entries = mapEntries(v);
  if (entries !== undefined) return Object.keys(entries).length === 0;
  const items = sliceItems(v);
  if (items !== undefined) return items.length === 0;
  return v instanceof GoValue && 'value' in v && Number(v.value) === 0;
}

/**
 * Merges `source` into `target`: what is blank there is filled, or, with `overwrite`, everything taken, but an empty
 * map does not replace a full one. Maps on both sides merge, lists replace; nested maps are shared with the source.
 * Throws GoError where mergo fails, having merged part of it.
 */
export function mergeInto(target: GoMap, source: GoMap, overwrite: boolean): void {
  for (const key of Object.keys(source)) {
    const item = source[key];
    const present = target[key];
    if (item === null) {
      if (overwrite) target[key] = null;
      continue;
    }
    const itemMap = mapEntries(item);
    const presentMap = mapEntries(present);
    if (itemMap !== undefined && presentMap !== undefined) mergeInto(presentMap, itemMap, overwrite);
    else checkPointer(item, present, overwrite);
    const isFull = !isBlank(target[key]);
    if (isFull && itemMap !== undefined && presentMap !== undefined) continue;
    if (overwrite || !isFull) target[key] = item;
  }
}

/** Where the target holds a pointer (a version), mergo wants the same from the source. */
function checkPointer(item: unknown, present: unknown, overwrite: boolean): void {
  const kind = kindOf(item);
  if (present instanceof SemVer && !overwrite && (kind === 'struct' || kind === 'map')) {
    throw new GoError('src and dst must be of same type');
  }
}
