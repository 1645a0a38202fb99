import { compareBytes, formatFloat, quoteGo } from 'go-template';

import { resolveScalar } from './construct.ts';
import { yamlError } from './error.ts';
import type { Node } from './parser.ts';
import type { Scalar } from './resolve.ts';

const MAX_NODES = 100_000;
const MAX_DEPTH = 1_000;

/** A decoded node as Go's %#v prints it, which go-yaml does to keys it cannot use: `{{ .x }}` left in a values file. */
export function goSyntax(node: Node): string {
  let nodes = 0;
  const inner = (n: Node, depth: number): string => {
    const target = n.kind === 'alias' ? n.target : n;
    if (++nodes > MAX_NODES || depth > MAX_DEPTH) throw yamlError('document contains excessive aliasing');
    if (target.kind === 'scalar') return scalarSyntax(resolveScalar(target));
    const items = (target.kind === 'sequence' || target.kind === 'mapping' ? target.children : []).map((child) => inner(child, depth + 1));
    if (target.kind === 'sequence') return `[]interface {}{${items.join(', ')}}`;
    const entries = new Map<string, string>();
    for (let i = 0; i < items.length; i += 2) entries.set(items[i] as string, `${items[i]}:${items[i + 1]}`);
    const keys = [...entries.keys()].sort(compareBytes);
    return `map[interface {}]interface {}{${keys.map((key) => entries.get(key)).join(', ')}}`;
  };
  const text = inner(node, 0);
  return text === NIL ? '<nil>' : text;
}

const NIL = 'interface {}(nil)';

/** As {@link goSyntax}, for a scalar inside another value. */
export function scalarSyntax(value: Scalar): string {
  switch (typeof value) {
    case 'string': return quoteGo(value);
    case 'bigint': return value >= 1n << 63n ? `0x${value.toString(16)}` : String(value);
    case 'number': return formatFloat(value, 'g', -1);
    case 'boolean': return String(value);
    default: return NIL;
  }
}
