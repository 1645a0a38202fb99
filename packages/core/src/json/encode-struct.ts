/** JSON of Helm's structs as Go writes it: members in the order of their declaration, empty ones left out. */
import { type GoMap, isMap, newMap, sortedKeys } from 'go-template';

import { encodeJson } from './encode.ts';
import type { Shape } from './struct.ts';

/** Chart.yaml, or an entry of an index, without what Go's omitempty leaves out. */
export function withoutEmpty(entry: object): GoMap {
  const out = newMap();
  for (const [key, value] of Object.entries(entry)) {
    if (key === 'maintainers') out[key] = (value as object[]).map(withoutEmpty);
    else if (key === 'dependencies') out[key] = (value as object[]).map(dependencyWithoutEmpty);
    else if (!isEmpty(value)) out[key] = value;
    if (Array.isArray(out[key]) && (out[key] as unknown[]).length === 0) delete out[key];
  }
  return out;
}

const dependencyWithoutEmpty = (dependency: object): GoMap =>
  Object.assign(newMap(), { name: '', repository: '' }, withoutEmpty(dependency));

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  value === false ||
  (isMap(value) && Object.keys(value).length === 0);

/** The text of a value with the members of structs in order; on one line without `indent`. */
export const encodeStruct = (value: unknown, shape: Shape, options: { readonly indent?: string } = {}): string =>
  encode(value, shape, options.indent === undefined ? '' : '\n', options.indent ?? '');

function encode(value: unknown, shape: Shape | undefined, newline: string, indent: string): string {
  const inner = newline === '' ? '' : newline + indent;
  if (Array.isArray(value) && value.length > 0) {
    const below = typeof shape === 'object' && 'list' in shape ? shape.list : undefined;
    return `[${inner}${value.map((item) => encode(item, below, inner, indent)).join(`,${inner}`)}${newline}]`;
  }
  if (!isMap(value) || Object.keys(value).length === 0) return encodeJson(value);
  const fields = typeof shape === 'object' && 'fields' in shape ? shape.fields : undefined;
  const every = typeof shape === 'object' && 'map' in shape ? shape.map : undefined;
  const keys = fields === undefined ? sortedKeys(value) : Object.keys(fields).filter((key) => key in value);
  const colon = newline === '' ? ':' : ': ';
  const members = keys.map(
    (key) => `${encodeJson(key)}${colon}${encode(value[key], fields?.[key] ?? every, inner, indent)}`,
  );
  return `{${inner}${members.join(`,${inner}`)}${newline}}`;
}
