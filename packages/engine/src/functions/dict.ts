/** Sprig's functions on maps. */
import { func, GoError, type FuncMap, type GoMap, isMap, newMap, sliceOf, sortedKeys, typeOf } from 'go-template';

import { deepCopy } from './copy.ts';
import { mergeInto } from './merge.ts';
import { toText } from './stringer.ts';

function dict(...pairs: unknown[]): GoMap {
  const map = newMap();
  for (let i = 0; i < pairs.length; i += 2) map[toText(pairs[i])] = i + 1 < pairs.length ? pairs[i + 1] : '';
  return map;
}

function set(map: GoMap, key: string, value: unknown): GoMap {
  map[key] = value;
  return map;
}

function unset(map: GoMap, key: string): GoMap {
  delete map[key];
  return map;
}

function pick(map: GoMap, ...keys: string[]): GoMap {
  const picked = newMap();
  for (const key of keys) if (key in map) picked[key] = map[key];
  return picked;
}

function omit(map: GoMap, ...keys: string[]): GoMap {
  const omitted = new Set(keys);
  const kept = newMap();
  for (const key of Object.keys(map)) if (!omitted.has(key)) kept[key] = map[key];
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

const merge =
  (overwrite: boolean) =>
  (target: GoMap, ...sources: GoMap[]): GoMap => {
    for (const source of sources) mergeInto(target, source, overwrite);
    return target;
  };

/** As `merge`, but an error yields ''. */
const leniently =
  (mergeAll: (target: GoMap, ...sources: GoMap[]) => GoMap) =>
  (target: GoMap, ...sources: GoMap[]): GoMap | '' => {
    try {
      return mergeAll(target, ...sources);
    } catch (e) {
      if (e instanceof GoError) return '';
      throw e;
    }
  };

const MAP = 'map[string]interface {}';
const MERGE = `func(${MAP}, ...${MAP}) interface {}`;
const MUST_MERGE = `func(${MAP}, ...${MAP}) (interface {}, error)`;

export const dictFunctions: FuncMap = {
  dict: func(`func(...interface {}) ${MAP}`, dict),
  get: func(`func(${MAP}, string) interface {}`, (map: GoMap, key: string) => (key in map ? map[key] : '')),
  set: func(`func(${MAP}, string, interface {}) ${MAP}`, set),
  unset: func(`func(${MAP}, string) ${MAP}`, unset),
  hasKey: func(`func(${MAP}, string) bool`, (map: GoMap, key: string) => key in map),
  pluck: func(`func(string, ...${MAP}) []interface {}`, (key: string, ...maps: GoMap[]) =>
    maps.filter((map) => key in map).map((map) => map[key]),
  ),
  // Go leaves the order open; sorted is what users want of it.
  keys: func(`func(...${MAP}) []string`, (...maps: GoMap[]) => sliceOf('string', maps.flatMap(sortedKeys))),
  values: func(`func(${MAP}) []interface {}`, (map: GoMap) => sortedKeys(map).map((key) => map[key])),
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
