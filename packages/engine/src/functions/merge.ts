/** Merging maps in place as mergo 1.0.1 does for Sprig. */
import { SemVer } from '@pack/core';
import { GoError, type GoMap, GoValue, kindOf, mapEntries, sliceItems, TypedMap } from 'go-template';

/** mergo's notion of emptiness: a pointer is as empty as what it points to, which for versions it never is. */
function isBlank(v: unknown): boolean {
  if (v === null || v === undefined || v === '' || v === false || v === 0 || v === 0n) return true;
  const entries = mapEntries(v);
  if (entries !== undefined) return Object.keys(entries).length === 0;
  const items = sliceItems(v);
  if (items !== undefined) return items.length === 0;
  return v instanceof GoValue && 'value' in v && Number(v.value) === 0;
}

/** What mergo returns as an error, where everything else is a panic. */
export class MergeError extends GoError {}

/**
 * Merges `source` into `target`, both maps of any type: what is blank there is filled, or, with `overwrite`, everything
 * taken, but an empty map does not replace a full one. Maps on both sides merge, lists replace; nested maps are shared
 * with the source. Throws MergeError where mergo fails, having merged part of it.
 */
export function mergeInto(target: GoMap | TypedMap, source: GoMap | TypedMap, overwrite: boolean): void {
  const into = mapEntries(target) as GoMap;
  const from = mapEntries(source) as GoMap;
  for (const key of Object.keys(from)) {
    const item = from[key];
    const present = into[key];
    if (item === null) {
      if (overwrite) assign(into, key, item, target, source);
      continue;
    }
    const areMaps = mapEntries(item) !== undefined && mapEntries(present) !== undefined;
    if (areMaps) mergeInto(present as GoMap, item as GoMap, overwrite);
    else checkPointer(item, present, overwrite);
    const isFull = !isBlank(into[key]);
    if (isFull && areMaps) continue;
    if (overwrite || !isFull) assign(into, key, item, target, source);
  }
}

/** A map of strings takes nothing from a map of anything, not even a string. */
function assign(into: GoMap, key: string, item: unknown, target: GoMap | TypedMap, source: GoMap | TypedMap): void {
  const wanted = elementType(target);
  const given = elementType(source);
  if (wanted !== 'interface {}' && wanted !== given) {
    throw new GoError(`reflect.Value.SetMapIndex: value of type ${given} is not assignable to type ${wanted}`);
  }
  into[key] = item;
}

const elementType = (map: GoMap | TypedMap): string => (map instanceof TypedMap ? map.elem : 'interface {}');

/** Where the target holds a pointer (a version), mergo wants the same from the source. */
function checkPointer(item: unknown, present: unknown, overwrite: boolean): void {
  const kind = kindOf(item);
  if (present instanceof SemVer && !overwrite && (kind === 'struct' || kind === 'map')) {
    throw new MergeError('src and dst must be of same type');
  }
}
