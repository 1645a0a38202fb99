import { formatFloat, type GoMap, newMap, sortedKeys } from 'go-template';

import { TextError, yamlError } from './error.ts';
import { goSyntax, scalarSyntax } from './go-syntax.ts';
import { isMerge, keyText, mergeable, resolveScalar } from './node.ts';
import type { AliasNode, CollectionNode, Node, ScalarNode } from './parser.ts';
import { resolvePlain, resolveValue, type Scalar } from './resolve.ts';

const MAX_JSON_DEPTH = 10_000;

/** What sigs.k8s.io/yaml puts before the faults that only JSON's reader finds, and before all others. */
export const JSON_READER = 'error unmarshaling JSON: while decoding JSON: ';

/** A collection being filled. */
interface Frame {
  readonly node: CollectionNode;
  readonly out: GoMap | unknown[];
  next: number;
  /** Of a mapping: what the child being read goes under. */
  key: string;
  /** The alias through which the collection was reached. */
  readonly via: AliasNode | undefined;
  /** Whether `out` is the map of another frame, filled through `<<`. */
  readonly merged: boolean;
  /** Mappings still to be merged, the last first. */
  merges: Node[];
  /** In strict mode, the keys that `out` has, with their types. */
  readonly keys: Set<string> | undefined;
  /** The fault of the key being read; it counts once its value has been read. */
  duplicate: string;
  readonly texts: TextTree | undefined;
}

/**
 * Where a Go struct wants a string: numbers and booleans there become text. `*` stands for every key, `[]` for the
 * items of a list.
 */
export interface TextTree {
  readonly [key: string]: true | TextTree;
}

interface BadKey {
  readonly type: string;
  readonly key: string;
  readonly value: Node;
  readonly line: number;
}

/**
 * The value of a document, as go-yaml decodes it and sigs.k8s.io/yaml then takes it through JSON: keys are strings,
 * numbers are float64, `<<` merges where it stands. With `strict`, a key set twice is an error. Errors come in Go's
 * order: those of decoding first, then keys that JSON cannot have, then numbers it cannot have. With `exact`, integers
 * that no float64 holds are bigints.
 */
export function construct(
  root: Node,
  { strict, exact, texts }: { readonly strict: boolean; readonly exact: boolean; readonly texts: TextTree | undefined },
): unknown {
  return new Constructor(strict, exact ? 'large' : 'none').document(root, texts);
}

/**
 * The value of a document as go-yaml 3 decodes it: integers are bigints, `yes`, `no`, `on` and `off` are text, and JSON
 * has no say in it. A key set twice is an error.
 */
export const constructExact = (root: Node): unknown => new Constructor(true, 'all').document(root, undefined);

/** Which integers are bigints; with `all`, JSON has no say. */
type Exactness = 'none' | 'large' | 'all';

class Constructor {
  private readonly strict: boolean;
  private readonly exact: Exactness;
  private readonly frames: Frame[] = [];
  private readonly aliases = new Set<AliasNode>();
  private readonly duplicates: string[] = [];
  private decodeCount = 1; // the document itself
  private aliasCount = 0;
  private aliasDepth = 0;
  private depth = 0;
  private tooDeep = '';
  /** Keys that JSON cannot have, by the map that has them: a later value may yet take that map's place. */
  private readonly badKeys = new Map<object, BadKey>();
  private nonFinite = false;
  private result: unknown = null;

  constructor(strict: boolean, exact: Exactness) {
    this.strict = strict;
    this.exact = exact;
  }

  document(root: Node, texts: TextTree | undefined): unknown {
    this.enter(root, undefined, texts);
    for (let frame = this.frames.at(-1); frame !== undefined; frame = this.frames.at(-1)) this.advance(frame);
    if (this.duplicates.length > 0) throw yamlError(`unmarshal errors:\n  ${this.duplicates.join('\n  ')}`);
    if (this.exact === 'all') return this.result;
    if (this.badKeys.size > 0) {
      for (const v of contents(this.result)) {
        const bad = this.badKeys.get(v as object);
        if (bad === undefined) continue;
        const { type, key, value, line } = bad;
        throw new TextError(`unsupported map key of type: ${type}, key: ${key}, value: ${goSyntax(value)}`, line);
      }
    }
    if (this.nonFinite) {
      for (const v of contents(this.result)) {
        if (typeof v === 'number' && !Number.isFinite(v))
          throw new TextError(`json: unsupported value: ${formatFloat(v, 'g', -1)}`);
      }
    }
    if (this.tooDeep !== '') throw new TextError(this.tooDeep);
    return this.result;
  }

  /** Go-yaml's guard against documents whose aliases multiply. */
  private count(): void {
    this.decodeCount++;
    if (this.aliasDepth > 0) this.aliasCount++;
    if (
      this.aliasCount > 100 &&
      this.decodeCount > 1000 &&
      this.aliasCount / this.decodeCount > allowedAliasRatio(this.decodeCount)
    ) {
      throw yamlError('document contains excessive aliasing');
    }
  }

  /** Begins a node; one that is a scalar is also done. `into` is the map to merge it in. */
  private enter(node: Node, into: Frame | undefined, texts: true | TextTree | undefined): void {
    this.count();
    let via: AliasNode | undefined;
    let target = node;
    if (node.kind === 'alias') {
      if (this.aliases.has(node)) throw yamlError(`anchor '${node.name}' value contains itself`, 0, node.line + 1);
      via = node;
      this.aliases.add(node);
      this.aliasDepth++;
      target = node.target;
      this.count();
    }
    if (target.kind === 'mapping' || target.kind === 'sequence') {
      const out = into === undefined ? (target.kind === 'mapping' ? newMap() : []) : into.out;
      const keys = this.strict ? (into?.keys ?? new Set<string>()) : undefined;
      this.frames.push({
        node: target,
        out,
        next: 0,
        key: '',
        via,
        merged: into !== undefined,
        merges: [],
        keys,
        duplicate: '',
        texts: texts === true ? undefined : texts,
      });
      if (into === undefined && ++this.depth > MAX_JSON_DEPTH && this.tooDeep === '') {
        this.tooDeep = `${JSON_READER}invalid character '${target.kind === 'mapping' ? '{' : '['}' exceeded max depth`;
      }
      return;
    }
    const scalar = target as ScalarNode;
    this.deliver(texts === true ? textOf(resolveScalar(scalar)) : this.scalar(scalar));
    if (via !== undefined) this.leaveAlias(via);
  }

  private leaveAlias(via: AliasNode): void {
    this.aliasDepth--;
    this.aliases.delete(via);
  }

  /** Gives a finished value to the collection it belongs to. */
  private deliver(value: unknown): void {
    const parent = this.frames.at(-1);
    if (parent === undefined) this.result = value;
    else if (Array.isArray(parent.out)) parent.out.push(value);
    else parent.out[parent.key] = value;
  }

  private leave(frame: Frame): void {
    this.frames.pop();
    if (frame.via !== undefined) this.leaveAlias(frame.via);
    if (frame.merged) return;
    this.depth--;
    this.deliver(frame.out);
  }

  private advance(frame: Frame): void {
    if (frame.duplicate !== '') {
      this.duplicates.push(frame.duplicate);
      frame.duplicate = '';
    }
    const merge = frame.merges.pop();
    if (merge !== undefined) {
      this.enter(mergeable(merge), frame, frame.texts);
      return;
    }
    const { children } = frame.node;
    if (frame.next >= children.length) {
      this.leave(frame);
      return;
    }
    const child = children[frame.next++] as Node;
    if (frame.node.kind === 'sequence') {
      this.enter(child, undefined, frame.texts?.['[]']);
      return;
    }
    const value = children[frame.next++] as Node;
    if (isMerge(child)) {
      frame.merges = value.kind === 'sequence' ? [...value.children] : [mergeable(value)];
      return;
    }
    this.readKey(frame, child, value);
    this.enter(value, undefined, textsBelow(frame.texts, frame.key));
  }

  /** Sets the key of the next value. */
  private readKey(frame: Frame, node: Node, value: Node): void {
    this.count();
    let target = node;
    if (node.kind === 'alias') {
      target = node.target;
      this.aliasDepth++;
      this.count();
      this.aliasDepth--;
    }
    if (target.kind !== 'scalar') throw yamlError(`invalid map key: ${goSyntax(target)}`, 0, node.line + 1);
    const key = this.exact === 'all' ? exactly(target) : resolveScalar(target);
    frame.key = keyText(key);
    if (key === null) {
      this.badKeys.set(frame.out, { type: '%!s(<nil>)', key: '<nil>', value, line: node.line + 1 });
    } else if (typeof key === 'bigint' && key >= 1n << 63n) {
      this.badKeys.set(frame.out, { type: 'uint64', key: scalarSyntax(key), value, line: node.line + 1 });
    }
    if (frame.keys === undefined) return;
    const typed = `${typeof key} ${String(key)}`;
    if (frame.keys.has(typed))
      frame.duplicate = `line ${value.line + 1}: key ${key === null ? '<nil>' : scalarSyntax(key)} already set in map`;
    else frame.keys.add(typed);
  }

  private scalar(node: ScalarNode): unknown {
    if (this.exact === 'all') return exactly(node);
    if (node.tag === '') {
      if (!node.implicit) return node.value;
      const value = this.exact === 'large' ? this.float(resolvePlain(node.value)) : resolveValue(node.value);
      if (typeof value === 'number' && !Number.isFinite(value)) this.nonFinite = true;
      return value;
    }
    const value = resolveScalar(node);
    if (typeof value === 'number' && !Number.isFinite(value)) this.nonFinite = true;
    return this.float(value);
  }

  private float(value: Scalar): Scalar {
    if (typeof value !== 'bigint') return value;
    const float = Number(value);
    return this.exact === 'large' && !Number.isSafeInteger(float) ? value : float;
  }
}

/** Of the words of YAML 1.1 for booleans, go-yaml 3 knows two. */
function exactly(node: ScalarNode): Scalar {
  const value = resolveScalar(node);
  return typeof value === 'boolean' && node.tag === '' && !/^[tf]/i.test(node.value) ? node.value : value;
}

function textsBelow(texts: TextTree | undefined, key: string): true | TextTree | undefined {
  if (texts === undefined) return undefined;
  return Object.hasOwn(texts, key) ? texts[key] : texts['*'];
}

/** sigs.k8s.io/yaml: convertToJSONableObject for a string; floats lose digits beyond a float32's. */
function textOf(value: Scalar): string | null {
  if (typeof value === 'number') return formatFloat(Math.fround(value), 'g', -1, 32);
  return value === null ? null : String(value);
}

function allowedAliasRatio(decodeCount: number): number {
  if (decodeCount <= 400_000) return 0.99;
  if (decodeCount >= 4_000_000) return 0.1;
  return 0.99 - 0.89 * ((decodeCount - 400_000) / 3_600_000);
}

/** All values within a value and itself, in the order in which JSON would write them. */
function* contents(root: unknown): Generator<unknown> {
  const stack: unknown[] = [root];
  while (stack.length > 0) {
    const v = stack.pop();
    yield v;
    if (Array.isArray(v)) {
      for (let i = v.length - 1; i >= 0; i--) stack.push(v[i]);
    } else if (typeof v === 'object' && v !== null) {
      for (const key of sortedKeys(v as GoMap).reverse()) stack.push((v as GoMap)[key]);
    }
  }
}
