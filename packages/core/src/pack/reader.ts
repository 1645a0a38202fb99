/** Values of a YAML file that people write, read with what they should be: faults have a place and a suggestion. */
import { type GoMap, newMap } from 'go-template';
import { nearest } from 'go-template/near';

import { ChartError } from '../chart/error.ts';
import type { Warn } from '../warn.ts';
import type { Node } from '../yaml/parser.ts';

export interface Source {
  /** Its name, for errors. */
  readonly file: string;
  readonly text: string;
  /** Hears of unknown fields. */
  readonly warn: Warn;
}

/** Reads a node; `path` is where it lies, as in `dependencies[0].name`. Throws CHART_INVALID. */
export type Read<T> = (node: Node, path: string, source: Source) => T;

type ReadOf<R> = R extends Read<infer T> ? T : never;

export const target = (node: Node): Node => (node.kind === 'alias' ? node.target : node);

export function fault(source: Source, node: Node, message: string, key?: string, hint?: string): ChartError {
  const at = placeOf(source, node, key);
  return new ChartError('CHART_INVALID', `${source.file}:${at.line}:${at.column}: ${message}`, {
    at,
    source: source.text,
    ...(hint !== undefined && { hint }),
  });
}

/** Nodes know their lines; the column is that of the word there. `key`: a key of the line, if it is not the value. */
function placeOf({ file, text }: Source, node: Node, key?: string): { file: string; line: number; column: number } {
  const line = text.split(/\r\n|[\n\r]/)[node.line] ?? '';
  const word = key ?? (node.kind === 'scalar' ? node.value : '');
  const asKey = key === undefined ? -1 : keyIn(line, key);
  const found = asKey >= 0 ? asKey : word === '' ? line.search(/\S/) : line.indexOf(word);
  return { file, line: node.line + 1, column: Math.max(0, found) + 1 };
}

function keyIn(line: string, key: string): number {
  for (let at = line.indexOf(key); at >= 0; at = line.indexOf(key, at + 1)) {
    if (/(?:^|[\s{,?"'-])$/.test(line.slice(0, at)) && /^["']?\s*:/.test(line.slice(at + key.length))) return at;
  }
  return -1;
}

/** Plain scalars of any kind are text: `appVersion: 1.10` is what was written. */
export const text: Read<string> = (node, path, source) => {
  const value = target(node);
  if (value.kind !== 'scalar') throw fault(source, node, `${path} must be text`);
  return value.implicit && /^(?:~|null|Null|NULL)?$/.test(value.value) ? '' : value.value;
};

export const flag: Read<boolean> = (node, path, source) => {
  const value = target(node);
  if (value.kind === 'scalar' && value.implicit && /^(?:true|false)$/i.test(value.value)) {
    return value.value.toLowerCase() === 'true';
  }
  throw fault(source, node, `${path} must be true or false`);
};

export const oneOf =
  <T extends string>(...words: readonly T[]): Read<T> =>
  (node, path, source) => {
    const word = text(node, path, source);
    if ((words as readonly string[]).includes(word)) return word as T;
    const meant = nearest(word, words);
    throw fault(
      source,
      node,
      `${path} must be ${words.join(' or ')}, not ${JSON.stringify(word)}`,
      word,
      hintOf(meant),
    );
  };

const hintOf = (meant: string | undefined): string | undefined =>
  meant === undefined ? undefined : `did you mean ${JSON.stringify(meant)}?`;

export const list =
  <T>(item: Read<T>): Read<T[]> =>
  (node, path, source) => {
    const value = target(node);
    if (value.kind !== 'sequence') throw fault(source, node, `${path} must be a list`, undefined, asList(value));
    return value.children.map((child, i) => item(child, `${path}[${i}]`, source));
  };

const asList = (value: Node): string | undefined =>
  value.kind === 'scalar' && value.value !== '' ? `write [${value.value}]` : undefined;

export const mapOf =
  <T>(item: Read<T>): Read<Record<string, T>> =>
  (node, path, source) => {
    const out = newMap() as Record<string, T>;
    for (const [key, child] of entriesOf(node, path, source)) out[key] = item(child, `${path}.${key}`, source);
    return out;
  };

function* entriesOf(node: Node, path: string, source: Source): Generator<[key: string, child: Node, at: Node]> {
  const value = target(node);
  if (value.kind !== 'mapping') throw fault(source, node, `${path === '' ? 'it' : path} must be a table`);
  const seen = new Set<string>();
  for (let i = 0; i < value.children.length; i += 2) {
    const [key, child] = value.children.slice(i, i + 2) as [Node, Node];
    if (key.kind !== 'scalar') throw fault(source, key, `a key of ${path === '' ? 'the file' : path} is no text`);
    if (seen.has(key.value)) throw fault(source, key, `${JSON.stringify(key.value)} is there twice`, key.value);
    seen.add(key.value);
    yield [key.value, child, key];
  }
}

/**
 * A table: what is not among its fields is warned of, what is required and absent is refused. `elsewhere`: where fields
 * that it has not are.
 */
export const table =
  <F extends Readonly<Record<string, Read<unknown>>>, R extends keyof F & string = never>(
    fields: F,
    required: readonly R[] = [],
    elsewhere: Readonly<Record<string, string>> = {},
  ): Read<{ [K in R]: ReadOf<F[K]> } & { [K in Exclude<keyof F, R>]?: ReadOf<F[K]> }> =>
  (node, path, source) => {
    const out: GoMap = newMap();
    const at = (key: string): string => (path === '' ? key : `${path}.${key}`);
    for (const [key, child, place] of entriesOf(node, path, source)) {
      if (Object.hasOwn(fields, key)) {
        // A key with nothing behind it is as good as absent.
        if (!isNothing(child)) out[key] = (fields[key] as Read<unknown>)(child, at(key), source);
        continue;
      }
      const meant = nearest(key, Object.keys(fields)) ?? elsewhere[key];
      const { line, column } = placeOf(source, place, key);
      source.warn(
        `${source.file}:${line}:${column}: unknown field ${JSON.stringify(at(key))}${meant === undefined ? '' : `: did you mean ${JSON.stringify(meant)}?`}`,
      );
    }
    for (const key of required) {
      if (out[key] === undefined || out[key] === '') throw fault(source, node, `${at(key)} is required`);
    }
    return out as never;
  };

const isNothing = (node: Node): boolean => {
  const value = target(node);
  return value.kind === 'scalar' && value.implicit && /^(?:~|null|Null|NULL)?$/.test(value.value);
};
