/** What can be said of a template without running it: what is wrong, and where Jinja would do otherwise. */
import type { Position } from '@pack/core';
import { sprigFunctions } from '@pack/engine/functions';

import { compileTemplate } from './compile.ts';
import { errorOf, JinjaError } from './error.ts';
import { Library } from './library/library.ts';
import type { TemplateText } from './place.ts';
import type { Tree } from './tree.ts';

export interface TemplateFinding {
  /** `error` is what no render gets past, `departure` where this engine differs from Jinja. */
  readonly kind: 'error' | 'departure';
  readonly message: string;
  readonly at: Required<Position>;
  readonly hint?: string;
}

/** Sprig's functions by name; lint calls none. */
const library = new Library(
  sprigFunctions({ now: () => new Date(0), random: (n) => new Uint8Array(n), timeZone: 'UTC' }),
);

/** Looks at a template alone: what it includes and imports is not looked for. */
export function lintTemplate(source: string, path = 'template'): TemplateFinding[] {
  const text: TemplateText = { path, text: source };
  try {
    return departures(compileTemplate(text, { library }).tree, text);
  } catch (e) {
    const faults = e instanceof AggregateError ? e.errors : [e];
    return faults.map((fault: unknown) => {
      const error = errorOf(fault, undefined);
      if (!(error instanceof JinjaError)) throw error;
      const { reason: message, hint, at } = error;
      return {
        kind: 'error' as const,
        message,
        at: { file: path, line: at?.line ?? 1, column: at?.column ?? 1 },
        ...(hint !== undefined && { hint }),
      };
    });
  }
}

function departures(tree: Tree, { path }: TemplateText): TemplateFinding[] {
  const found: TemplateFinding[] = [];
  for (const node of nodesOf(tree)) {
    const departure = departureOf(node);
    if (departure !== undefined)
      found.push({
        kind: 'departure',
        at: { file: path, line: node.lineno + 1, column: node.colno + 1 },
        ...departure,
      });
  }
  return found;
}

function departureOf(node: Tree): Pick<TemplateFinding, 'message' | 'hint'> | undefined {
  switch (node.typename) {
    case 'Dict': {
      const keys = node.children.map((pair) => (pair.typename === 'Pair' ? pair.key : undefined));
      if (
        keys.some((key) => key?.typename === 'Number' || (key?.typename === 'Literal' && typeof key.value !== 'string'))
      )
        return {
          message: 'keys of dicts are texts: a number, true, false or none becomes one',
          hint: 'put it in quotes',
        };
      const names = keys.map((key) => (key?.typename === 'Literal' ? String(key.value) : ''));
      return isReordered(names)
        ? {
            message: 'keys that are integers are looped over first, in ascending order',
            hint: 'use a list of pairs where the order matters',
          }
        : undefined;
    }
    case 'Autoescape':
      return { message: 'nothing is escaped in packs: autoescape does nothing', hint: 'use the filter escape' };
    case 'Filter':
      return node.name.value === 'safe' ? { message: 'nothing is escaped in packs: safe does nothing' } : undefined;
    case 'Test':
      return node.name === 'safe' || node.name === 'escaped'
        ? { message: `nothing is escaped in packs: ${node.name} is never true` }
        : undefined;
  }
  return undefined;
}

/** Whether JavaScript would order these keys otherwise. */
function isReordered(names: readonly string[]): boolean {
  const map = Object.fromEntries(names.map((name) => [name, true]));
  return Object.keys(map).some((name, i) => name !== [...new Set(names)][i]);
}

/** A tree's nodes, each before what is in it. */
function* nodesOf(node: unknown): Generator<Tree> {
  if (typeof node !== 'object' || node === null) return;
  if (Array.isArray(node)) {
    for (const item of node) yield* nodesOf(item);
    return;
  }
  if ('typename' in node) yield node as Tree;
  for (const child of Object.values(node)) yield* nodesOf(child);
}
