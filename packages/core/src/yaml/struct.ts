import { GoError, type GoMap, isMap } from 'go-template';

import {
  type DecodeStructOptions,
  decodeStruct,
  fieldOf,
  isStructShape,
  type Shape,
  type StructShape,
} from '../json/struct.ts';
import { JSON_READER, type TextTree } from './construct.ts';
import { decodeYaml } from './decode.ts';
import { TextError } from './error.ts';
import type { KeyTree } from './ordinary.ts';

export interface DecodeYamlStructOptions extends DecodeStructOptions {
  /** Whether to pass over what the struct has no field for, which is quicker; it must still be YAML. */
  partial?: boolean;
}

/**
 * The first document of a YAML text as one of Helm's structs (sigs.k8s.io/yaml Unmarshal, UnmarshalStrict). Where the
 * struct has a string, a number or boolean is taken as text: `version: 1.10` is "1.1", `appVersion: 20230101` stays as
 * it is. undefined for an empty text. Throws TextError with Go's message.
 */
export function decodeYamlStruct(
  text: string,
  shape: StructShape,
  options: DecodeYamlStructOptions = {},
): GoMap | undefined {
  const strict = options.strict === true;
  const value = readValue(text, shape, strict, options.partial === true && !strict);
  try {
    return decodeStruct(value, shape, options);
  } catch (e) {
    throw e instanceof GoError ? new TextError(JSON_READER + e.message) : e;
  }
}

function readValue(text: string, shape: StructShape, strict: boolean, partial: boolean): unknown {
  const select = partial ? keysOf(shape, text) : undefined;
  let value: unknown;
  try {
    value = decodeYaml(text, { strict, ...(select && { select }) });
  } catch (e) {
    // A number that JSON cannot have may yet be a text.
    if (!(e instanceof TextError)) throw e;
    value = decodeYaml(text, { strict, texts: textsBelow(shape, []) as TextTree });
  }
  return isPlain(value, shape) ? value : decodeYaml(text, { strict, texts: textsBelow(shape, [value]) as TextTree });
}

/** Whether a value has strings, or nothing, wherever the struct has strings. */
function isPlain(value: unknown, shape: Shape): boolean {
  if (shape === 'string') return typeof value !== 'number' && typeof value !== 'boolean';
  if (typeof shape === 'string' || typeof value !== 'object' || value === null) return true;
  if ('list' in shape) return !Array.isArray(value) || value.every((item) => isPlain(item, shape.list));
  if (Array.isArray(value)) return true;
  return Object.entries(value).every(([key, item]) => {
    const below = 'map' in shape ? shape.map : fieldOf(shape, key)?.shape;
    return below === undefined || isPlain(item, below);
  });
}

/** Where a struct has strings; `values` show in which case the keys of its fields are written. */
function textsBelow(shape: Shape, values: readonly unknown[]): true | TextTree {
  if (typeof shape === 'string') return shape === 'string' ? true : {};
  if ('list' in shape) {
    return {
      '[]': textsBelow(
        shape.list,
        values.flatMap((v) => (Array.isArray(v) ? v : [])),
      ),
    };
  }
  if ('map' in shape) return { '*': textsBelow(shape.map, []) };
  const maps = values.filter(isMap);
  const keys = new Set([...Object.keys(shape.fields), ...maps.flatMap(Object.keys)]);
  const texts: Record<string, true | TextTree> = {};
  for (const key of keys) {
    const field = fieldOf(shape, key);
    if (field !== undefined)
      texts[key] = textsBelow(
        field.shape,
        maps.map((map) => map[key]),
      );
  }
  return texts;
}

/** What to read of a text for a struct. */
interface Selection {
  readonly keys: KeyTree;
  readonly names: ReadonlySet<string>;
  /** Finds the names in any case where they may be keys. */
  readonly anyCase: RegExp;
}

const selections = new WeakMap<StructShape, Selection>();

/** The keys to read; undefined when the text seems to spell one in another case, which encoding/json overlooks. */
function keysOf(shape: StructShape, text: string): KeyTree | undefined {
  let selection = selections.get(shape);
  if (selection === undefined) {
    selection = selectionOf(shape);
    selections.set(shape, selection);
  }
  for (const [, name] of text.matchAll(selection.anyCase)) if (!selection.names.has(name as string)) return undefined;
  return selection.keys;
}

function selectionOf(shape: StructShape): Selection {
  const names = new Set<string>();
  const below = (struct: StructShape): KeyTree =>
    Object.fromEntries(
      Object.entries(struct.fields).map(([key, field]) => {
        names.add(key);
        return [key, isStructShape(field) ? below(field) : (true as const)];
      }),
    );
  const keys = below(shape);
  return { keys, names, anyCase: new RegExp(`\\b(${[...names].join('|')})["']?\\s*:`, 'gi') };
}
