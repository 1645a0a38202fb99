/** Which values fit which Go types, and how they cross the border to functions written in JavaScript. */
import type { TypeName } from './signature.ts';
import { Complex, elemType, Float32, Int, type IntKind, isIntKind, isMap, TypedMap, typeOf, wrapInt } from './value.ts';

/** Whether nil is a value of the type: interfaces, maps, pointers, slices, functions. */
export const canBeNil = (type: TypeName): boolean =>
  type === 'interface {}' ||
  type === 'reflect.Value' ||
  type === 'error' ||
  type.startsWith('[]') ||
  type.startsWith('map[') ||
  type.startsWith('*') ||
  type.startsWith('func(');

/** reflect's AssignableTo, for values that are not nil. */
export function isAssignable(v: unknown, type: TypeName): boolean {
  switch (type) {
    case 'interface {}':
    case 'reflect.Value':
      return true;
    case 'string':
      return typeof v === 'string';
    case 'float64':
      return typeof v === 'number';
    case 'int64':
      return typeof v === 'bigint';
    case 'bool':
      return typeof v === 'boolean';
    case '[]interface {}':
      return Array.isArray(v) && elemType(v) === 'interface {}';
    // A named map type is assignable to the unnamed one that it is made of.
    case 'map[string]interface {}':
      return v instanceof TypedMap ? v.elem === 'interface {}' : isMap(v);
    default:
      return typeOf(v) === type || (Array.isArray(v) && `[]${elemType(v)}` === type);
  }
}

/** The nil of a type, as functions get it. */
export function zeroOf(type: TypeName): unknown {
  return type === 'reflect.Value' ? undefined : null;
}

/** A value that fits `type`, as a JavaScript function wants it: see GoFunc. */
export function toNative(v: unknown, type: TypeName): unknown {
  if (v instanceof Int && isIntKind(type)) return type === 'uint64' || type === 'uintptr' ? v.value : Number(v.value);
  if (v instanceof TypedMap && type === 'map[string]interface {}') return v.entries;
  if (v instanceof Float32 && type === 'float32') return v.value;
  return v;
}

/** What a JavaScript function returned, as a Go value of the result type. */
export function fromNative(v: unknown, type: TypeName): unknown {
  if (isIntKind(type)) {
    if (typeof v !== 'number' && typeof v !== 'bigint') return v;
    return type === 'int64' ? wrapInt('int64', BigInt(v)) : Int.of(type, v);
  }
  return v;
}

/** The functions that do nothing to their result need no call of {@link fromNative}. */
export const needsConversion = (type: TypeName): boolean => isIntKind(type);

/** The value of a number literal as `type`; undefined where it has no exact form of that kind. */
export function literalAs(
  n: {
    readonly int?: bigint;
    readonly uint?: bigint;
    readonly float?: number;
    readonly complex?: { re: number; im: number };
  },
  type: TypeName,
): unknown {
  if (isIntKind(type)) {
    const value = type.startsWith('uint') ? n.uint : n.int;
    if (value === undefined) return undefined;
    return type === 'int64' ? value : Int.of(type as IntKind, value);
  }
  if (type === 'float64') return n.float;
  if (type === 'float32') return n.float === undefined ? undefined : new Float32(n.float);
  return n.complex === undefined ? undefined : new Complex(n.complex.re, n.complex.im);
}
