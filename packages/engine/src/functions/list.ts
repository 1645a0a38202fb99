/** Sprig's functions on lists. */
import {
  compareBytes,
  elemType,
  type FuncMap,
  func,
  GoError,
  type GoFunc,
  kindOf,
  nilSlice,
  sliceItems,
  sliceOf,
} from 'go-template';

import { toInt64 } from './cast.ts';
import { isEmpty } from './emptiness.ts';
import { deepEqual } from './equal.ts';
import { toStrings } from './string.ts';
import { toText } from './stringer.ts';

/** The items of a list, or the panic or error that the function has for anything else. */
function itemsOf(v: unknown, complaint: string): readonly unknown[] {
  const items = sliceItems(v);
  if (items !== undefined) return items;
  if (v === null) throw new GoError('runtime error: invalid memory address or nil pointer dereference');
  throw new GoError(complaint + kindOf(v));
}

const makeslice = (): GoError => new GoError('runtime error: makeslice: len out of range');

function chunk(size: number, list: unknown): unknown[][] {
  const items = itemsOf(list, 'Cannot chunk type ');
  const count = Math.floor((items.length - 1) / size) + 1;
  if (!(count >= 0 && Number.isFinite(count))) throw makeslice();
  const chunks: unknown[][] = [];
  for (let i = 0; i < count; i++) {
    const length = i === count - 1 ? items.length % size || size : size;
    // Sizes below one get here with few items.
    if (length < 0) throw makeslice();
    chunks.push(items.slice(i * size, i * size + length));
  }
  return sliceOf('[]interface {}', chunks);
}

function sortAlpha(list: unknown): string[] {
  if (sliceItems(list) === undefined) return sliceOf('string', [toText(list)]);
  // A []string is sorted where it stands.
  return toStrings(list).sort(compareBytes);
}

function unique(list: unknown): unknown[] {
  const kept: unknown[] = [];
  const simple = new Set<unknown>();
  for (const item of itemsOf(list, 'Cannot find uniq on type ')) {
    if (typeof item === 'string' || typeof item === 'boolean' || typeof item === 'bigint') {
      if (simple.has(item)) continue;
      simple.add(item);
    } else if (kept.some((other) => deepEqual(item, other))) continue;
    kept.push(item);
  }
  return kept;
}

function slice(list: unknown, ...indices: unknown[]): unknown {
  const items = itemsOf(list, 'list should be type of slice or array but ');
  if (items.length === 0) return null;
  const start = indices.length > 0 ? Number(toInt64(indices[0])) : 0;
  const end = indices.length > 1 ? Number(toInt64(indices[1])) : items.length;
  if (start < 0 || end < start || end > items.length)
    throw new GoError('reflect.Value.Slice: slice index out of bounds');
  if (list instanceof Uint8Array) return list.subarray(start, end);
  const elem = elemType(list as unknown[]);
  return elem === 'interface {}' ? items.slice(start, end) : sliceOf(elem, items.slice(start, end));
}

function concat(...lists: unknown[]): unknown[] {
  const all: unknown[] = [];
  for (const list of lists) {
    if (list !== null && sliceItems(list) === undefined)
      throw new GoError(`Cannot concat type ${kindOf(list)} as list`);
    for (const item of itemsOf(list, '')) all.push(item);
  }
  return all.length === 0 ? nilSlice() : all;
}

function has(needle: unknown, haystack: unknown): boolean {
  return haystack !== null && itemsOf(haystack, 'Cannot find has on type ').some((item) => deepEqual(needle, item));
}

/** A function and its twin, which differ in Go by panicking or returning the error: a template cannot tell. */
const twins = (name: string, signature: string, call: (...args: never[]) => unknown): Record<string, GoFunc> => ({
  [name]: func(signature, call),
  [`must${name[0]?.toUpperCase()}${name.slice(1)}`]: func(signature, call),
});

const LIST_TO_ITEM = 'func(interface {}) interface {}';
const LIST_TO_LIST = 'func(interface {}) []interface {}';
const LIST_AND_ITEM = 'func(interface {}, interface {}) []interface {}';

const list = func('func(...interface {}) []interface {}', (...items: unknown[]) => items);

const push = (v: unknown, item: unknown): unknown[] => [...itemsOf(v, 'Cannot push on type '), item];

export const listFunctions: FuncMap = {
  list,
  tuple: list,
  ...twins('append', LIST_AND_ITEM, push),
  ...twins('push', LIST_AND_ITEM, push),
  ...twins('prepend', LIST_AND_ITEM, (v: unknown, item: unknown) => [item, ...itemsOf(v, 'Cannot prepend on type ')]),
  ...twins('first', LIST_TO_ITEM, (v: unknown) => itemsOf(v, 'Cannot find first on type ')[0] ?? null),
  ...twins('last', LIST_TO_ITEM, (v: unknown) => itemsOf(v, 'Cannot find last on type ').at(-1) ?? null),
  ...twins('rest', LIST_TO_LIST, (v: unknown) => {
    const items = itemsOf(v, 'Cannot find rest on type ');
    return items.length === 0 ? nilSlice() : items.slice(1);
  }),
  ...twins('initial', LIST_TO_LIST, (v: unknown) => {
    const items = itemsOf(v, 'Cannot find initial on type ');
    return items.length === 0 ? nilSlice() : items.slice(0, -1);
  }),
  ...twins('reverse', LIST_TO_LIST, (v: unknown) => itemsOf(v, 'Cannot find reverse on type ').toReversed()),
  ...twins('uniq', LIST_TO_LIST, unique),
  ...twins('without', 'func(interface {}, ...interface {}) []interface {}', (v: unknown, ...omitted: unknown[]) =>
    itemsOf(v, 'Cannot find without on type ').filter((item) => !omitted.some((other) => deepEqual(item, other))),
  ),
  ...twins('has', 'func(interface {}, interface {}) bool', has),
  ...twins('compact', LIST_TO_LIST, (v: unknown) =>
    itemsOf(v, 'Cannot compact on type ').filter((item) => !isEmpty(item)),
  ),
  ...twins('slice', 'func(interface {}, ...interface {}) interface {}', slice),
  ...twins('chunk', 'func(int, interface {}) [][]interface {}', chunk),
  concat: func('func(...interface {}) interface {}', concat),
  sortAlpha: func('func(interface {}) []string', sortAlpha),
};
