/** Look-ups: the only way from one value to another, which reaches data alone. */
import { GoFunc, GoValue, Int, isOwnMap, sliceMethod } from 'go-template';

import type { Execution } from './execution.ts';
import { Fault, misuse } from './fault.ts';
import { fromGo, GoCallable } from './go.ts';
import { Group } from './group.ts';
import { nearest } from './near.ts';
import { asInteger, display, entriesOf, JinjaObject, kindName, NONE, quoted, Undefined } from './value.ts';

/** `target.key` or `target[key]`: an own entry of a dict, an item, a character, a member of an object; nothing else. */
export function member(execution: Execution, target: unknown, key: unknown, spelling?: string): unknown {
  if (typeof key === 'string') {
    // A map of newMap() inherits nothing, so that what it has of a name is its own.
    const found =
      typeof target === 'object' && target !== null && isOwnMap(target) ? fromGo(target[key]) : named(target, key);
    if (found !== undefined) return found;
  } else {
    const found = indexed(target, key);
    if (found !== undefined) return found;
  }
  return missing(execution, target, key, spelling);
}

/** As {@link member}, where nothing is called: a method of Go's that takes nothing is what it returns, as in Go's templates. */
export function read(execution: Execution, target: unknown, key: unknown, spelling?: string): unknown {
  const found = member(execution, target, key, spelling);
  return found instanceof GoCallable && found.takesNothing ? found.call(execution, [], NONE) : found;
}

function named(target: unknown, key: string): unknown {
  if (target instanceof JinjaObject) return target.member(key);
  if (target instanceof Group) return target.named(key);
  if (Array.isArray(target)) return fromGo(sliceMethod(target, key));
  const entries = entriesOf(target);
  if (entries !== undefined && Object.hasOwn(entries, key)) return fromGo(entries[key]);
  if (!(target instanceof GoValue) || target instanceof Int) return undefined;
  const field = target.goField?.(key);
  if (field !== undefined) return fromGo(field);
  const method = target.goMethod?.(key);
  return method instanceof GoFunc ? fromGo(method) : undefined;
}

function indexed(target: unknown, key: unknown): unknown {
  const index = asInteger(key) ?? (key !== null && typeof key === 'object' ? wholeFloat(key) : undefined);
  if (index !== undefined) {
    if (Array.isArray(target)) return fromGo(target.at(Number(index)));
    if (typeof target === 'string') {
      const characters = Array.from(target);
      return characters.at(Number(index));
    }
  }
  const entries = entriesOf(target);
  if (entries === undefined || index === undefined) return undefined;
  const name = display(key);
  return Object.hasOwn(entries, name) ? fromGo(entries[name]) : undefined;
}

const wholeFloat = (v: object): number | undefined =>
  'value' in v && typeof v.value === 'number' && Number.isInteger(v.value) ? v.value : undefined;

/** Of a chain the first link that is missing is what matters. */
function missing(execution: Execution, target: unknown, key: unknown, spelling: string | undefined): Undefined {
  if (target instanceof Undefined) {
    if (execution.mode === 'lenient') throw undefinedFault(target);
    return target;
  }
  return execution.undefinedAt(spelling ?? `the member ${suffix(key)}`, () => membersOf(target));
}

const suffix = (key: unknown): string =>
  typeof key === 'string' && /^[\p{ID_Start}_][\p{ID_Continue}]*$/u.test(key)
    ? `.${key}`
    : `[${typeof key === 'string' ? quoted(key) : display(key)}]`;

export const membersOf = (v: unknown): readonly string[] =>
  v instanceof JinjaObject ? v.members() : Object.keys(entriesOf(v) ?? {});

export function undefinedFault(v: Undefined): Fault {
  const name = v.name.replace(/^.*[.]/, '').replace(/^.*\["?|"?\]$/g, '');
  const near = nearest(name, v.near());
  const others = v.near();
  const hint =
    near !== undefined
      ? `did you mean ${quoted(near)}?`
      : others.length > 0 && others.length <= 12
        ? `there are ${others.map(quoted).join(', ')}`
        : undefined;
  return new Fault('PACK_TEMPLATE_UNDEFINED', `${v.name} is undefined`, { at: v.at, hint });
}

/** A value that is used: undefined where that is an error. */
export function used(execution: Execution, v: unknown): unknown {
  if (v instanceof Undefined && execution.mode === 'strict' && !v.silent) throw undefinedFault(v);
  return v;
}

/** `target[start:stop:step]`, as Python slices. */
export function slice(execution: Execution, target: unknown, start: unknown, stop: unknown, step: unknown): unknown {
  used(execution, target);
  if (target === null || target instanceof Undefined) return [];
  const items = typeof target === 'string' ? Array.from(target) : target;
  if (!Array.isArray(items)) throw misuse(`a ${kindName(target)} cannot be sliced`);
  const by = bound(step) ?? 1;
  if (by === 0) throw misuse('a slice cannot have a step of 0');
  const { length } = items;
  const [low, high] = by > 0 ? [0, length] : [-1, length - 1];
  const clamp = (n: number | undefined, otherwise: number): number =>
    n === undefined ? otherwise : Math.min(Math.max(n < 0 ? n + length : n, low), high);
  const from = clamp(bound(start), by > 0 ? 0 : length - 1);
  const to = clamp(bound(stop), by > 0 ? length : -1);
  const out: unknown[] = [];
  for (let i = from; by > 0 ? i < to : i > to; i += by) out.push(items[i]);
  execution.budget.step(out.length);
  return typeof target === 'string' ? out.join('') : out;
}

function bound(v: unknown): number | undefined {
  if (v === null || v === undefined) return undefined;
  const n = asInteger(v);
  if (n === undefined) throw misuse(`a slice takes integers, not a ${kindName(v)}`);
  return Number(n);
}
