import {
  Complex,
  Float32,
  formatFloat,
  GoError,
  type GoMap,
  GoValue,
  Int,
  isNilSlice,
  newMap,
  TypedMap,
} from 'go-template';

/** What JSON has a form for. */
export type JsonShape = string | number | bigint | boolean | null | readonly unknown[] | GoMap;

const NIL = Symbol('nil map');

/** A nil map[string]interface {}: an empty one, but `null` in JSON. */
export function nilMap(): GoMap {
  const map = newMap();
  (map as { [NIL]?: boolean })[NIL] = true;
  return map;
}

/** Whether a map is nil, which one that has got a key no longer is. */
function isNilMap(map: GoMap): boolean {
  if ((map as { [NIL]?: boolean })[NIL] !== true) return false;
  for (const _ in map) return false;
  return true;
}

/**
 * The form that encoding/json gives to a Go value: text of what marshals itself, base64 of bytes, null of a nil slice.
 * The members of a collection are left as they are. Throws GoError for what JSON cannot hold.
 */
export function jsonShape(v: unknown): JsonShape {
  switch (typeof v) {
    case 'string':
    case 'boolean':
    case 'bigint':
      return v;
    case 'number':
      if (!Number.isFinite(v)) throw new GoError(`json: unsupported value: ${formatFloat(v, 'g', -1)}`);
      return v;
    case 'object':
      if (v === null) return null;
      if (Array.isArray(v)) return v.length === 0 && isNilSlice(v) ? null : v;
      if (v instanceof Uint8Array) return base64(v);
      return v instanceof GoValue ? goShape(v) : isNilMap(v as GoMap) ? null : (v as GoMap);
    default:
      return null;
  }
}

function goShape(v: GoValue): JsonShape {
  if (v instanceof TypedMap) return isNilMap(v.entries) ? null : v.entries;
  const text = v.goText?.();
  if (text !== undefined) return text;
  if (v instanceof Int) return v.value;
  // A float32 has fewer digits than the float64 that equals it.
  if (v instanceof Float32)
    return jsonShape(Number.isFinite(v.value) ? Number(formatFloat(v.value, 'g', -1, 32)) : v.value);
  if (v instanceof Complex || v.kind === 'func') throw new GoError(`json: unsupported type: ${v.goType}`);
  return structShape(v);
}

const STRUCT = Symbol('struct');

/** A struct keeps the order of its fields. */
function structShape(v: GoValue): GoMap {
  const map = newMap();
  for (const { name, value, exported, key = name, omitEmpty } of v.goFields?.() ?? []) {
    if (exported && !(omitEmpty && value === '')) map[key] = value;
  }
  (map as { [STRUCT]?: boolean })[STRUCT] = true;
  return map;
}

export const isStruct = (map: GoMap): boolean => (map as { [STRUCT]?: boolean })[STRUCT] === true;

function base64(bytes: Uint8Array): string {
  let binary = '';
  for (let i = 0; i < bytes.length; i += 0x2000) binary += String.fromCharCode(...bytes.subarray(i, i + 0x2000));
  return btoa(binary);
}

/** Go: encoding/json startDetectCyclesAfter. */
const CYCLE_DEPTH = 1000;

/** Watches over a walk through values that may contain themselves. */
export class CycleGuard {
  private readonly open = new Set<object>();

  enter(v: object, depth: number, typeName: string): void {
    if (depth <= CYCLE_DEPTH) return;
    if (this.open.has(v)) throw new GoError(`json: unsupported value: encountered a cycle via ${typeName}`);
    this.open.add(v);
  }

  leave(v: object, depth: number): void {
    if (depth > CYCLE_DEPTH) this.open.delete(v);
  }
}
