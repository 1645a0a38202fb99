import { compareBytes, formatFloat, quoteGo } from 'go-template';

import { yamlError } from './error.ts';
import { isMerge, mergeable, resolveScalar } from './node.ts';
import type { CollectionNode, Node } from './parser.ts';
import type { Scalar } from './resolve.ts';

const MAX_NODES = 100_000;
const MAX_DEPTH = 1_000;
const NIL = 'interface {}(nil)';

/**
 * A decoded node as Go's %#v prints it, which go-yaml does to keys it cannot use: `{{ .x }}` left in a values file.
 * Faults within the node come before the one that is to be shown.
 */
export function goSyntax(node: Node): string {
  const text = new Printer().node(node, 0);
  return text === NIL ? '<nil>' : text;
}

/** As {@link goSyntax}, for a scalar inside another value. */
export function scalarSyntax(value: Scalar): string {
  switch (typeof value) {
    case 'string':
      return quoteGo(value);
    case 'bigint':
      return value >= 1n << 63n ? `0x${value.toString(16)}` : String(value);
    case 'number':
      return formatFloat(value, 'g', -1);
    case 'boolean':
      return String(value);
    default:
      return NIL;
  }
}

type Entries = Map<string, { key: Scalar; value: string }>;

class Printer {
  private nodes = 0;

  node(node: Node, depth: number): string {
    const target = node.kind === 'alias' ? node.target : node;
    if (++this.nodes > MAX_NODES || depth > MAX_DEPTH) throw yamlError('document contains excessive aliasing');
    switch (target.kind) {
      case 'scalar':
        return scalarSyntax(resolveScalar(target));
      case 'sequence':
        return `[]interface {}{${target.children.map((child) => this.node(child, depth + 1)).join(', ')}}`;
      default: {
        const entries: Entries = new Map();
        this.mapping(target as CollectionNode, entries, depth);
        const sorted = [...entries].sort(([, a], [, b]) => compareScalars(a.key, b.key));
        return `map[interface {}]interface {}{${sorted.map(([key, { value }]) => `${key}:${value}`).join(', ')}}`;
      }
    }
  }

  private mapping({ children }: CollectionNode, entries: Entries, depth: number): void {
    for (let i = 0; i < children.length; i += 2) {
      const key = children[i] as Node;
      const value = children[i + 1] as Node;
      if (isMerge(key)) {
        for (const merged of value.kind === 'sequence' ? value.children.toReversed() : [value]) {
          const source = mergeable(merged);
          if (++this.nodes > MAX_NODES || depth > MAX_DEPTH) throw yamlError('document contains excessive aliasing');
          this.mapping((source.kind === 'alias' ? source.target : source) as CollectionNode, entries, depth + 1);
        }
        continue;
      }
      const target = key.kind === 'alias' ? key.target : key;
      if (target.kind !== 'scalar')
        throw yamlError(`invalid map key: ${this.node(target, depth + 1)}`, 0, key.line + 1);
      const scalar = resolveScalar(target);
      entries.set(scalarSyntax(scalar), { key: scalar, value: this.node(value, depth + 1) });
    }
  }
}

/** The order in which fmt prints map keys: by value within a type; that of types is Go's memory, and none. */
function compareScalars(a: Scalar, b: Scalar): number {
  if (typeof a !== typeof b) return a === null ? -1 : b === null ? 1 : typeof a > typeof b ? -1 : 1;
  if (typeof a === 'string') return compareBytes(a, b as string);
  return a === b ? 0 : (a as number) < (b as number) ? -1 : 1;
}
