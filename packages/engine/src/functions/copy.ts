import { SemVer } from '@pack/core';
import { elemType, GoError, type GoMap, isMap, isNilSlice, newMap, nilSlice, sliceOf, TypedMap } from 'go-template';

/** A copy that shares nothing (mitchellh/copystructure 1.2). Throws GoError for nil. */
export function deepCopy(v: unknown): unknown {
  if (v === null) throw new GoError('reflect: call of reflect.Value.Type on zero Value');
  return copy(v);
}

function copy(v: unknown): unknown {
  if (Array.isArray(v)) return isNilSlice(v) ? nilSlice(elemType(v)) : copyItems(v);
  if (v instanceof Uint8Array) return v.slice();
  if (v instanceof TypedMap) return new TypedMap(v.goType, v.elem, copyEntries(v.entries));
  if (isMap(v)) return copyEntries(v);
  // Its fields are private, which the library leaves at zero.
  if (v instanceof SemVer)
    return new SemVer({ major: 0n, minor: 0n, patch: 0n, prerelease: '', metadata: '' }, '', v.kind);
  return v;
}

function copyItems(items: unknown[]): unknown[] {
  const elem = elemType(items);
  return elem === 'interface {}' ? items.map(copy) : sliceOf(elem, items.map(copy));
}

function copyEntries(entries: GoMap): GoMap {
  const out = newMap();
  for (const key of Object.keys(entries)) out[key] = copy(entries[key]);
  return out;
}
