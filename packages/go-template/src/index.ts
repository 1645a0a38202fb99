export { queryEscape } from './builtins.ts';
export {
  byteLength,
  compareBytes,
  fromBytes,
  isAscii,
  isValidUtf8,
  rejoin,
  runes,
  sliceBytes,
  toBytes,
} from './bytes.ts';
export { TemplateError, type TemplateErrorCode, type TemplatePosition } from './error.ts';
export type { Execution, Meter } from './execution.ts';
export { formatFloat, formatNumber } from './fmt/float.ts';
export { formatV, sprint, sprintf, sprintln } from './fmt/print.ts';
export { quote as quoteGo, unquote as unquoteGo } from './fmt/quote.ts';
export * as ast from './node.ts';
export { fitsInt64, fitsUint64, floatToInt64, floatToUint64, parseFloat64, parseInteger } from './number.ts';
export { type ParseOptions, parse } from './parse.ts';
export { Template, TemplateSet, type TemplateSetOptions } from './set.ts';
export { isTrue } from './truth.ts';
export { isPrintable } from './unicode.ts';
export type { FuncMap, GoField, GoMap, IntKind, Kind } from './value.ts';
export {
  Complex,
  elemType,
  executionFunc,
  Float32,
  func,
  GoError,
  GoFunc,
  GoValue,
  Int,
  intValue,
  isIntKind,
  isMap,
  isNilSlice,
  isOwnMap,
  isUnsigned,
  kindOf,
  mapEntries,
  namedSlice,
  newMap,
  nilSlice,
  sliceItems,
  sliceMethod,
  sliceOf,
  sortedKeys,
  TypedMap,
  toGo,
  typeOf,
  wrapInt,
} from './value.ts';
