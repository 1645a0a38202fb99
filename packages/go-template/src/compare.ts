/** The comparison functions, with Go's typing. */

import { compareBytes } from './bytes.ts';
import { formatV, sprintf } from './fmt/print.ts';
import { Complex, Float32, GoError, GoValue, Int, isNilSlice, isUnsigned, type Kind, kindOf, typeOf } from './value.ts';

type Basic = 'bool' | 'complex' | 'int' | 'float' | 'string' | 'uint' | 'none';

function basicKind(v: unknown): Basic {
  switch (typeof v) {
    case 'string':
      return 'string';
    case 'number':
      return 'float';
    case 'bigint':
      return 'int';
    case 'boolean':
      return 'bool';
  }
  if (v instanceof Int) return isUnsigned(v.kind) ? 'uint' : 'int';
  if (v instanceof Float32) return 'float';
  if (v instanceof Complex) return 'complex';
  return 'none';
}

const real = (v: unknown): number => (typeof v === 'number' ? v : (v as Float32).value);
const integer = (v: unknown): bigint => (typeof v === 'bigint' ? v : (v as Int).value);
const isInteger = (k: Basic): boolean => k === 'int' || k === 'uint';
const isNil = (v: unknown): boolean => v === null || v === undefined || (Array.isArray(v) && isNilSlice(v));
const incomparable = (kind: Kind): boolean => kind === 'map' || kind === 'slice' || kind === 'func';

function equal(a: unknown, b: unknown): boolean {
  const ka = basicKind(a);
  const kb = basicKind(b);
  if (ka !== kb) {
    if (isInteger(ka) && isInteger(kb)) return integer(a) === integer(b);
    const nothing = (v: unknown): boolean => v === null || v === undefined;
    if (nothing(a) || nothing(b)) return false;
    throw new GoError(`incompatible types for comparison: ${typeOf(a)} and ${typeOf(b)}`);
  }
  switch (ka) {
    case 'int':
    case 'uint':
      return integer(a) === integer(b);
    case 'float':
      return real(a) === real(b);
    case 'complex':
      return (a as Complex).re === (b as Complex).re && (a as Complex).im === (b as Complex).im;
    case 'none':
      return equalOther(a, b);
    default:
      return a === b;
  }
}

function equalOther(a: unknown, b: unknown): boolean {
  const ka = kindOf(a);
  const kb = kindOf(b);
  if (ka !== kb && ka !== 'invalid' && kb !== 'invalid') {
    throw new GoError(sprintf('non-comparable types %s: %v, %s: %v', a, typeOf(a), typeOf(b), b));
  }
  if (isNil(a) || isNil(b)) return isNil(a) === isNil(b);
  if (incomparable(kb)) throw new GoError(sprintf('non-comparable type %s: %v', b, typeOf(b)));
  if (a === b) return true;
  // Structs compare field by field; those that templates meet print all that tells them apart.
  return (
    a instanceof GoValue &&
    b instanceof GoValue &&
    kb === 'struct' &&
    typeOf(a) === typeOf(b) &&
    formatV(a) === formatV(b)
  );
}

/** eq: whether the first equals any other. */
export function eq(first: unknown, ...others: readonly unknown[]): boolean {
  if (others.length === 0) throw new GoError('missing argument for comparison');
  for (const other of others) if (equal(first, other)) return true;
  return false;
}

export const ne = (a: unknown, b: unknown): boolean => !equal(a, b);

export function lt(a: unknown, b: unknown): boolean {
  const ka = basicKind(a);
  const kb = basicKind(b);
  if (ka === 'none' || kb === 'none') throw new GoError('invalid type for comparison');
  if (ka !== kb && !(isInteger(ka) && isInteger(kb))) {
    throw new GoError(`incompatible types for comparison: ${typeOf(a)} and ${typeOf(b)}`);
  }
  if (isInteger(ka)) return integer(a) < integer(b);
  if (ka === 'float') return real(a) < real(b);
  if (ka === 'string') return compareBytes(a as string, b as string) < 0;
  throw new GoError('invalid type for comparison');
}

export const le = (a: unknown, b: unknown): boolean => lt(a, b) || equal(a, b);
export const gt = (a: unknown, b: unknown): boolean => !le(a, b);
export const ge = (a: unknown, b: unknown): boolean => !lt(a, b);
