/** Schemas of the values of packs: JSON Schema as JSON or YAML, and the short form of Sherpack. */
import { GoError, type GoMap, isMap, newMap, toBytes } from 'go-template';

import { ChartError } from '../chart/error.ts';
import { decodeJsonExact } from '../json/decode.ts';
import { encodeJson } from '../json/encode.ts';
import { decodeYamlMap } from '../yaml/decode.ts';

export interface PackSchema {
  /** The text of a JSON Schema. */
  readonly schema: Uint8Array;
  /** What the schema's defaults make values of. */
  readonly defaults: GoMap;
}

const MAX_DEPTH = 100;

/** Members of the short form by what JSON Schema calls them. */
const KEYWORDS: Readonly<Record<string, string>> = {
  default: 'default',
  description: 'description',
  enum: 'enum',
  enumValues: 'enum',
  max: 'maximum',
  maxItems: 'maxItems',
  maxLength: 'maxLength',
  min: 'minimum',
  minItems: 'minItems',
  minLength: 'minLength',
  pattern: 'pattern',
};

/** `file`: its name, which says whether it is JSON or YAML. Throws CHART_INVALID. */
export function readPackSchema(file: string, text: string): PackSchema {
  let value: GoMap;
  try {
    value = file.endsWith('.json') ? mapOf(decodeJsonExact(text)) : decodeYamlMap(text, { exact: true });
  } catch (e) {
    if (!(e instanceof GoError)) throw e;
    const { line } = e as { readonly line?: number };
    throw new ChartError('CHART_INVALID', `cannot load ${file}: ${e.message}`, {
      at: { file, ...(line !== undefined && { line }) },
      cause: e,
    });
  }
  const schema = isShort(value) ? longForm(value, file, 0) : value;
  return { schema: toBytes(encodeJson(schema)), defaults: defaultsOf(schema, 0) };
}

function mapOf(value: unknown): GoMap {
  if (isMap(value)) return value as GoMap;
  throw new GoError('a schema is a JSON object');
}

/** It says so, or uses what JSON Schema has not. */
function isShort(value: GoMap): boolean {
  if (Object.hasOwn(value, '$schema')) return false;
  if (Object.hasOwn(value, 'schemaVersion')) return true;
  return Object.values(tablesOf(value['properties'])).some((property) => typeof property['required'] === 'boolean');
}

function tablesOf(value: unknown): Readonly<Record<string, GoMap>> {
  if (!isMap(value)) return {};
  return Object.fromEntries(Object.entries(value as GoMap).filter(([, item]) => isMap(item))) as Record<string, GoMap>;
}

function longForm(property: GoMap, file: string, depth: number): GoMap {
  if (depth > MAX_DEPTH)
    throw new ChartError('CHART_INVALID', `${file}: the schema is nested more than ${MAX_DEPTH} deep`);
  const out = newMap();
  const { type, title, properties, items } = property;
  if (depth === 0) out['type'] = 'object';
  else if (typeof type === 'string' && type !== 'any') out['type'] = type;
  if (title !== undefined) out['title'] = title;
  for (const [name, keyword] of Object.entries(KEYWORDS)) {
    if (Object.hasOwn(property, name) && property[name] !== null) out[keyword] = property[name];
  }
  if (isMap(properties)) {
    const own = newMap();
    const tables = tablesOf(properties);
    for (const [name, each] of Object.entries(tables)) own[name] = longForm(each, file, depth + 1);
    out['properties'] = own;
    const required = Object.keys(tables).filter((name) => tables[name]?.['required'] === true);
    if (required.length > 0) out['required'] = required;
  }
  if (isMap(items)) out['items'] = longForm(items as GoMap, file, depth + 1);
  return out;
}

function defaultsOf(schema: GoMap, depth: number): GoMap {
  const out = newMap();
  if (depth > MAX_DEPTH) return out;
  for (const [name, property] of Object.entries(tablesOf(schema['properties']))) {
    if (Object.hasOwn(property, 'default')) out[name] = property['default'];
    else {
      const inner = defaultsOf(property, depth + 1);
      if (Object.keys(inner).length > 0) out[name] = inner;
    }
  }
  return out;
}
