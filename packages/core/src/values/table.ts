/** Values as charts and users give them: maps, lists and scalars. A map is called a table, as in Helm. */
import { GoError, type GoMap, isMap, newMap, quoteGo } from 'go-template';

/** Far more than people nest, far less than recursion can bear. */
const MAX_DEPTH = 2000;

/** A copy that shares nothing with its source that can be changed. Throws GoError when nested too deeply. */
export function copyTable(table: GoMap, depth = 0): GoMap {
  const out = newMap();
  for (const key of Object.keys(table)) out[key] = copyValue(table[key], depth + 1);
  return out;
}

function copyValue(value: unknown, depth: number): unknown {
  if (depth > MAX_DEPTH) throw new GoError(`values are nested more than ${MAX_DEPTH} deep`);
  if (isMap(value)) return copyTable(value, depth);
  return Array.isArray(value) ? value.map((item) => copyValue(item, depth + 1)) : value;
}

export const has = (table: GoMap, key: string): boolean => Object.hasOwn(table, key);

/** The table at a path of keys joined by dots. Throws GoError `"x" is not a table`. Helm: Values.Table. */
export function tableAt(values: GoMap, path: string): GoMap {
  let table = values;
  for (const key of path.split('.')) {
    const next = has(table, key) ? table[key] : undefined;
    if (!isMap(next)) throw new GoError(`${quoteGo(key)} is not a table`);
    table = next;
  }
  return table;
}

/** The value at a path of keys joined by dots; undefined when there is none, or a table. Helm: Values.PathValue. */
export function valueAt(values: GoMap, path: string): unknown {
  let at: unknown = values;
  for (const key of path.split('.')) {
    if (!isMap(at) || !has(at, key)) return undefined;
    at = at[key];
  }
  return isMap(at) ? undefined : at;
}
