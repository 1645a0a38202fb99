import { formatFloat, type GoMap, GoError } from 'go-template';

import { type DecodeStructOptions, decodeStruct, fieldOf, isStructShape, type Shape, type StructShape } from '../json/struct.ts';
import { construct, isMerge, JSON_READER, resolveScalar } from './construct.ts';
import { decodeYaml, type DecodeYamlOptions, parseYaml } from './decode.ts';
import { TextError } from './error.ts';
import type { CollectionNode, Node } from './parser.ts';

export interface DecodeYamlStructOptions extends DecodeYamlOptions, DecodeStructOptions {}

/**
 * The first document of a YAML text as one of Helm's structs (sigs.k8s.io/yaml Unmarshal, UnmarshalStrict). Where the
 * struct has a string, a number or boolean is taken as text: `version: 1.10` is "1.1", `appVersion: 20230101` stays as
 * it is. undefined for an empty text. Throws TextError with Go's message.
 */
export function decodeYamlStruct(text: string, shape: StructShape, options: DecodeYamlStructOptions = {}): GoMap | undefined {
  const value = readPlainly(text, shape, options) ?? readExactly(text, shape, options.strict === true);
  try {
    return decodeStruct(value, shape, options);
  } catch (e) {
    throw e instanceof GoError ? new TextError(JSON_READER + e.message) : e;
  }
}

/** The value, unless it fails or holds a number or boolean where the struct has a string; then undefined. */
function readPlainly(text: string, shape: StructShape, options: DecodeYamlOptions): unknown {
  let value: unknown;
  try {
    value = decodeYaml(text, options);
  } catch {
    return undefined;
  }
  return isPlain(value, shape) ? value : undefined;
}

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

/** From the nodes of the text, since what was an integer and what a float is lost in the value. */
function readExactly(text: string, shape: StructShape, strict: boolean): unknown {
  try {
    const root = parseYaml(text);
    return root === undefined ? null : construct(new Coercion().apply(root, shape), strict);
  } catch (e) {
    if (!(e instanceof TextError) || e.message.startsWith(JSON_READER)) throw e;
    throw new TextError(`error converting YAML to JSON: ${e.message}`, e.line);
  }
}

/** Turns the scalars that a struct wants as strings into strings. */
class Coercion {
  /** What became of each node; a node within itself, by alias, stays as it is and fails later. */
  private readonly done = new Map<Shape, Map<Node, Node>>();

  apply(node: Node, shape: Shape): Node {
    if (shape !== 'string' && typeof shape === 'string') return node;
    let seen = this.done.get(shape);
    if (seen === undefined) this.done.set(shape, (seen = new Map()));
    const known = seen.get(node);
    if (known !== undefined) return known;
    seen.set(node, node);
    const result = this.coerced(node, shape);
    seen.set(node, result);
    return result;
  }

  private coerced(node: Node, shape: Exclude<Shape, 'bool' | 'any' | 'time'>): Node {
    switch (node.kind) {
      case 'alias': {
        const target = this.apply(node.target, shape);
        return target === node.target ? node : { ...node, target };
      }
      case 'scalar': {
        if (shape !== 'string') return node;
        const text = scalarText(resolveScalar(node));
        return text === undefined ? node : { ...node, tag: '', implicit: false, value: text };
      }
      case 'sequence':
        if (shape === 'string' || !('list' in shape)) return node;
        return { ...node, children: node.children.map((child) => this.apply(child, shape.list)) };
      case 'mapping':
        return shape === 'string' || 'list' in shape ? node : { ...node, children: this.entries(node, shape) };
    }
  }

  private entries({ children }: CollectionNode, shape: Exclude<Shape, string | { list: Shape }>): Node[] {
    const out: Node[] = [];
    for (let i = 0; i + 1 < children.length; i += 2) {
      const key = children[i] as Node;
      const value = children[i + 1] as Node;
      if (isMerge(key)) out.push(key, value.kind === 'sequence' ? this.apply(value, { list: shape }) : this.apply(value, shape));
      else out.push(key, this.entry(key, value, shape));
    }
    return out;
  }

  private entry(key: Node, value: Node, shape: Exclude<Shape, string | { list: Shape }>): Node {
    const scalar = key.kind === 'alias' ? key.target : key;
    if (!isStructShape(shape)) return this.apply(value, shape.map);
    const below = scalar.kind === 'scalar' ? fieldOf(shape, scalar.value)?.shape : undefined;
    return below === undefined ? value : this.apply(value, below);
  }
}

function scalarText(value: ReturnType<typeof resolveScalar>): string | undefined {
  switch (typeof value) {
    case 'bigint':
    case 'boolean': return String(value);
    case 'number': return formatFloat(Math.fround(value), 'g', -1, 32);
    default: return undefined;
  }
}
