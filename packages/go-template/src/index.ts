export { byteLength, compareBytes, fromBytes, isAscii, isValidUtf8, rejoin, runes, sliceBytes, toBytes } from './bytes.ts';
export {
  Complex, elemType, Float32, func, GoError, GoFunc, GoValue, Int, intValue, isIntKind, isMap, isNilSlice, isUnsigned,
  kindOf, mapEntries, newMap, nilSlice, sliceItems, sliceOf, sortedKeys, toGo, TypedMap, typeOf, wrapInt,
} from './value.ts';
export type { FuncMap, GoMap, IntKind, Kind } from './value.ts';
