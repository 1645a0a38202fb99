import { type GoMap, isMap, newMap } from 'go-template';

/**
 * Values in the order of the pack's own: Helm's rules for merging put what the user sets first, and templates of packs loop
 * over dicts in their order.
 */
export function inOrderOf(values: GoMap, defaults: GoMap): GoMap {
  const keys = Object.keys(values);
  const own = Object.keys(defaults).filter((key) => Object.hasOwn(values, key));
  const ordered = [...own, ...keys.filter((key) => !Object.hasOwn(defaults, key))];
  let changed = ordered.some((key, i) => key !== keys[i]);
  const out = newMap();
  for (const key of ordered) {
    const [v, standard] = [values[key], Object.hasOwn(defaults, key) ? defaults[key] : undefined];
    out[key] = isMap(v) && isMap(standard) ? inOrderOf(v, standard) : v;
    changed ||= out[key] !== v;
  }
  return changed ? out : values;
}
