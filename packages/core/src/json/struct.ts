/** JSON values into the structs of Helm's files, with encoding/json's rules and complaints. */
import { GoError, type GoMap, isMap, newMap, quoteGo, sortedKeys } from 'go-template';

import { parseTime } from '../time/parse.ts';
import type { Time } from '../time/time.ts';
import { UTC } from '../time/zone.ts';

/** What Go declares a value to be. */
export type Shape = 'string' | 'bool' | 'any' | 'time' | ListShape | MapShape | StructShape;

export interface ListShape {
  readonly list: Shape;
}

/** A map[string]T. */
export interface MapShape {
  readonly map: Shape;
}

export interface StructShape {
  /** reflect.Type.Name(), empty for a type without one. */
  readonly name: string;
  /** reflect.Type.String(): `v2.Metadata`. */
  readonly type: string;
  readonly fields: Readonly<Record<string, Shape>>;
  /** Whether a list of it holds pointers, so that null stays null in it. */
  readonly pointer?: boolean;
}

export interface DecodeStructOptions {
  /** Whether a field that the struct has not is an error (json.Decoder.DisallowUnknownFields). */
  strict?: boolean;
  /** What is decoded over: what the value does not mention stays. It is not changed. */
  into?: GoMap | undefined;
}

export const isStructShape = (shape: Shape): shape is StructShape => typeof shape === 'object' && 'fields' in shape;

/** The shape of the field that encoding/json decodes a key into; it overlooks case where no name is equal. */
export function fieldOf(shape: StructShape, key: string): { name: string; shape: Shape } | undefined {
  if (Object.hasOwn(shape.fields, key)) return { name: key, shape: shape.fields[key] as Shape };
  const wanted = folded(key);
  for (const name of Object.keys(shape.fields)) {
    if (folded(name) === wanted) return { name, shape: shape.fields[name] as Shape };
  }
  return undefined;
}

const folded = (name: string): string => name.toLowerCase().toUpperCase();

/**
 * A decoded JSON value as the struct that `shape` describes: an object with the fields that the value sets. undefined
 * for null. Throws GoError with the first complaint of encoding/json, whose reader goes through keys in sorted order.
 */
export function decodeStruct(value: unknown, shape: StructShape, options: DecodeStructOptions = {}): GoMap | undefined {
  if (value === null) return options.into;
  const decoder = new Decoder(options.strict === true);
  const out = decoder.decode(value, shape, options.into);
  if (decoder.complaint !== undefined) throw new GoError(decoder.complaint);
  return out as GoMap;
}

class Decoder {
  complaint: string | undefined;
  private readonly strict: boolean;
  private readonly path: string[] = [];
  private struct = '';

  constructor(strict: boolean) {
    this.strict = strict;
  }

  decode(value: unknown, shape: Shape, old: unknown): unknown {
    if (shape === 'any') return value;
    if (shape === 'time') return parseJsonTime(value, old);
    if (value === null) return shape === 'string' || shape === 'bool' ? old : isStructShape(shape) ? null : undefined;
    if (shape === 'string' || shape === 'bool') {
      return typeof value === (shape === 'bool' ? 'boolean' : shape) ? value : this.mismatch(value, shape, old);
    }
    if ('list' in shape) {
      if (!Array.isArray(value)) return this.mismatch(value, shape, old);
      return value.map(
        (item, i) => this.decode(item, shape.list, Array.isArray(old) ? old[i] : undefined) ?? zeroOf(shape.list),
      );
    }
    if (!isMap(value)) return this.mismatch(value, shape, old);
    return 'map' in shape ? this.map(value, shape, old) : this.fields(value, shape, old);
  }

  private map(value: GoMap, shape: MapShape, old: unknown): GoMap {
    const out = copyOf(old);
    for (const key of sortedKeys(value)) {
      const item = this.decode(value[key], shape.map, undefined);
      out[key] = item ?? zeroOf(shape.map);
    }
    return out;
  }

  private fields(value: GoMap, shape: StructShape, old: unknown): GoMap {
    const out = copyOf(old);
    const outer = this.struct;
    for (const key of sortedKeys(value)) {
      const field = fieldOf(shape, key);
      if (field === undefined) {
        if (this.strict) this.complaint ??= `json: unknown field ${quoteGo(key)}`;
        continue;
      }
      this.struct = shape.name;
      this.path.push(field.name);
      const item = this.decode(value[key], field.shape, out[field.name]);
      if (item === undefined) delete out[field.name];
      else out[field.name] = item;
      this.path.pop();
      this.struct = outer;
    }
    return out;
  }

  private mismatch(value: unknown, shape: Shape, old: unknown): unknown {
    const place = this.path.length === 0 ? 'Go value' : `Go struct field ${this.struct}.${this.path.join('.')}`;
    this.complaint ??= `json: cannot unmarshal ${kindName(value)} into ${place} of type ${typeName(shape, true)}`;
    return old;
  }
}

/** What a collection holds where null stands. */
const zeroOf = (shape: Shape): unknown => (shape === 'string' ? '' : shape === 'bool' ? false : null);

function copyOf(old: unknown): GoMap {
  const out = newMap();
  return isMap(old) ? Object.assign(out, old) : out;
}

function kindName(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

function typeName(shape: Shape, pointed = false): string {
  if (typeof shape === 'string') return shape === 'any' ? 'interface {}' : shape;
  if ('list' in shape) return `[]${typeName(shape.list)}`;
  if ('map' in shape) return `map[string]${typeName(shape.map)}`;
  return shape.pointer === true && !pointed ? `*${shape.type}` : shape.type;
}

const RFC3339 = '2006-01-02T15:04:05Z07:00';

/** Go: time.Time.UnmarshalJSON. */
function parseJsonTime(value: unknown, old: unknown): Time | undefined {
  if (value === null) return old as Time | undefined;
  if (typeof value !== 'string') throw new GoError('Time.UnmarshalJSON: input is not a JSON string');
  return parseTime(RFC3339, value, UTC);
}
