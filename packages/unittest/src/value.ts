/** Values as YAML gives them: integers are bigints, floats are numbers, the rest as in JSON. */
import { encodeYamlPretty } from '@pack/core';
import { formatV, isMap, newMap } from 'go-template';

/** Go: reflect.DeepEqual; an integer never equals a float. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => isSame(item, b[i]));
  if (!isMap(a) || !isMap(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && isSame(a[key], b[key]));
}

/** Its type as Go prints it; that of null is empty. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return '[]interface {}';
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'bigint':
      return value >= 1n << 63n ? 'uint64' : 'int';
    case 'number':
      return 'float64';
    default:
      return 'map[string]interface {}';
  }
}

/** As YAML, with an indent of 2. Line feeds before a text are left out, as in all snapshots there are. */
export const yamlOf = (value: unknown): string => encodeYamlPretty(withoutLeadingFeeds(value));

function withoutLeadingFeeds(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/^\n+/, '');
  if (Array.isArray(value)) return value.map(withoutLeadingFeeds);
  if (!isMap(value)) return value ?? null;
  const out = newMap();
  for (const key of Object.keys(value)) out[key] = withoutLeadingFeeds(value[key]);
  return out;
}

/** A text without spaces at the ends of lines and line feeds before it, as it is compared. */
export const uniform = (value: unknown): string =>
  (typeof value === 'string' ? value : value === undefined ? '<nil>' : formatV(value))
    .replace(/ +\r?\n/g, '\n')
    .replace(/^\n+/, '');

/** Numbers of values are floats; those of packs keep integers that no float64 holds. */
export function withFloats(value: unknown, keepsLarge: boolean): unknown {
  if (typeof value === 'bigint') {
    const float = Number(value);
    return keepsLarge && !Number.isSafeInteger(float) ? value : float;
  }
  if (Array.isArray(value)) return value.map((item) => withFloats(item, keepsLarge));
  if (!isMap(value)) return value;
  const out = newMap();
  for (const key of Object.keys(value)) out[key] = withFloats(value[key], keepsLarge);
  return out;
}
