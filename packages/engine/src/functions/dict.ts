/** Sprig's functions on maps. */
import { type FuncMap, func, GoError, type GoMap, isMap, newMap, sliceOf, sortedKeys, typeOf } from 'go-template';

import { deepCopy } from './copy.ts';
import { MergeError, mergeInto } from './merge.ts';
import { toText } from './stringer.ts';

function dict(...pairs: unknown[]): GoMap {
  const map = newMap();
  for (let i = 0; i < pairs.length; i += 2) map[toText(pairs[i])] = i + 1 < pairs.length ? pairs[i + 1] : '';
  return map;
}

/** A parameter for a map may also be nil, which reads as an empty one. */
type NilableMap = GoMap | null;

function set(map: NilableMap, key: string, value: unknown): GoMap {
  if (map === null) throw new GoError('assignment to entry in nil map');
  map[key] = value;
  return map;
}

function unset(map: NilableMap, key: string): GoMap {
  if (map === null) return newMap();
  delete map[key];
  return map;
}

const has = (map: NilableMap, key: string): map is GoMap => map !== null && key in map;

const keysOf = (map: NilableMap): string[] => (map === null ? [] : sortedKeys(map));

function pick(map: NilableMap, ...keys: string[]): GoMap {
  const picked = newMap();
  for (const key of keys) if (has(map, key)) picked[key] = map[key];
  return picked;
}

function omit(map: NilableMap, ...keys: string[]): GoMap {
  const omitted = new Set(keys);
  const kept = newMap();
  for (const key of Object.keys(map ?? {})) if (!omitted.has(key)) kept[key] = (map as GoMap)[key];
  return kept;
}

const badConversion = (v: unknown, wanted: string): GoError =>
  new GoError(`interface conversion: interface {} is ${v === null ? 'nil' : typeOf(v)}, not ${wanted}`);

function asMap(v: unknown): GoMap {
  if (!isMap(v)) throw badConversion(v, 'map[string]interface {}');
  return v;
}

/** `dig "a" "b" default map`. Steps must be plain maps; a key that is missing gives the default, nil is no default. */
function dig(...params: unknown[]): unknown {
  if (params.length < 3) throw new GoError('dig needs at least three arguments');
  let map = asMap(params.at(-1));
  const path = params.slice(0, -2).map((key) => {
    if (typeof key !== 'string') throw badConversion(key, 'string');
    return key;
  });
  for (const [i, key] of path.entries()) {
    if (!(key in map)) return params.at(-2);
    if (i === path.length - 1) return map[key];
    map = asMap(map[key]);
  }
  return null;
}

type Merge = (target: NilableMap, ...sources: NilableMap[]) => GoMap;

const merge =
  (overwrite: boolean): Merge =>
  (target, ...sources) => {
    const merged = target ?? newMap();
    for (const source of sources) if (source !== null) mergeInto(merged, source, overwrite);
    return merged;
  };

/** As `merge`, but an error yields ''. */
const leniently =
  (mergeAll: Merge) =>
  (target: NilableMap, ...sources: NilableMap[]): GoMap | '' => {
    try {
      return mergeAll(target, ...sources);
    } catch (e) {
      if (e instanceof MergeError) return '';
      throw e;
    }
  };

const MAP = 'map[string]interface {}';
const MERGE = `func(${MAP}, ...${MAP}) interface {}`;
const MUST_MERGE = `func(${MAP}, ...${MAP}) (interface {}, error)`;

export const dictFunctions: FuncMap = {
  dict: func(`func(...interface {}) ${MAP}`, dict),
  get: func(`func(${MAP}, string) interface {}`, (map: NilableMap, key: string) => (has(map, key) ? map[key] : '')),
  set: func(`func(${MAP}, string, interface {}) ${MAP}`, set),
  unset: func(`func(${MAP}, string) ${MAP}`, unset),
  hasKey: func(`func(${MAP}, string) bool`, has),
  pluck: func(`func(string, ...${MAP}) []interface {}`, (key: string, ...maps: NilableMap[]) =>
    maps.filter((map) => has(map, key)).map((map) => map[key]),
  ),
  // Go leaves the order open; sorted is what users want of it.
  keys: func(`func(...${MAP}) []string`, (...maps: NilableMap[]) => sliceOf('string', maps.flatMap(keysOf))),
  values: func(`func(${MAP}) []interface {}`, (map: NilableMap) => keysOf(map).map((key) => (map as GoMap)[key])),
  pick: func(`func(${MAP}, ...string) ${MAP}`, pick),
  omit: func(`func(${MAP}, ...string) ${MAP}`, omit),
  merge: func(MERGE, leniently(merge(false))),
  mergeOverwrite: func(MERGE, leniently(merge(true))),
  mustMerge: func(MUST_MERGE, merge(false)),
  mustMergeOverwrite: func(MUST_MERGE, merge(true)),
  deepCopy: func('func(interface {}) interface {}', deepCopy),
  mustDeepCopy: func('func(interface {}) (interface {}, error)', deepCopy),
  dig: func('func(...interface {}) (interface {}, error)', dig),
};
