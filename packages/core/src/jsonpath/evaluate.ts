/** kubectl's JSONPath templates, applied. client-go: util/jsonpath/jsonpath.go */
import { formatV, type GoMap, isMap, sortedKeys } from 'go-template';
import { encodeJson } from '../json/encode.ts';
import { JsonPathError, type Path, type PathNode, parseJsonPath } from './parse.ts';

/** Beyond it a value is taken for one that is made to hurt. */
const MAX_RESULTS = 1_000_000;

const fail = (message: string): never => {
  throw new JsonPathError(message);
};

/**
 * What a template makes of a value in Go's shapes. A field that is not there, as any other fault while it runs, is an
 * error JSONPATH_INVALID. Where Go takes a map in any order, here it is that of the keys.
 */
export function printJsonPath(template: string, value: unknown): string {
  const results = new Walk(parseJsonPath(template)).run([value]);
  return results.map((group) => group.map(textOf).join(' ')).join('');
}

const textOf = (value: unknown): string =>
  Array.isArray(value) || isMap(value) ? encodeJson(value) : value === null ? 'null' : formatV(value);

type Control = 'range' | 'end' | undefined;

class Walk {
  private readonly paths: readonly Path[];
  /** Set by an identifier of the path that is being applied. */
  private control: Control;

  constructor(paths: readonly Path[]) {
    this.paths = paths;
  }

  run(values: readonly unknown[]): unknown[][] {
    return this.block(values, 0, 0).results;
  }

  /** From the path `at` to the end of the range of this depth, or of the template. */
  private block(values: readonly unknown[], at: number, depth: number): { results: unknown[][]; end: number } {
    const results: unknown[][] = [];
    for (let i = at; i < this.paths.length; i++) {
      this.control = undefined;
      const found = this.apply(values, this.paths[i] as Path);
      const control = this.control as Control;
      if (control === 'end') {
        if (depth === 0) fail('not in range, nothing to end');
        return { results, end: i };
      }
      if (control !== 'range') {
        results.push(found);
        continue;
      }
      let end = this.paths.length;
      for (const value of found) {
        const turn = this.block([value], i + 1, depth + 1);
        results.push(...turn.results);
        end = turn.end;
      }
      if (found.length === 0) end = this.endOf(i + 1);
      i = end;
    }
    return { results, end: this.paths.length };
  }

  /** The end that belongs to a range whose body begins at `at`. */
  private endOf(at: number): number {
    let open = 1;
    for (let i = at; i < this.paths.length; i++) {
      const [first] = this.paths[i] as Path;
      if (first?.type !== 'identifier') continue;
      if (first.name === 'range') open++;
      else if (first.name === 'end' && --open === 0) return i;
    }
    return this.paths.length;
  }

  private apply(values: readonly unknown[], path: Path): unknown[] {
    let current = [...values];
    for (const node of path) {
      current = this.step(current, node);
      if (current.length > MAX_RESULTS) fail(`more than ${MAX_RESULTS} results`);
    }
    return current;
  }

  private step(values: unknown[], node: PathNode): unknown[] {
    switch (node.type) {
      case 'text':
        return [node.text];
      case 'constant':
        return values.map(() => node.value);
      case 'field':
        return field(values, node.name);
      case 'wildcard':
        return values.flatMap(children);
      case 'recursive':
        return values.flatMap(descendants);
      case 'slice':
        return values.flatMap((value) => slice(value, node));
      case 'union':
        return node.paths.flatMap((path) => this.apply(values, path));
      case 'filter':
        return values.flatMap((value) => this.filter(value, node));
      case 'identifier':
        if (node.name !== 'range' && node.name !== 'end') fail(`unrecognized identifier ${node.name}`);
        this.control = node.name as Control;
        return node.name === 'range' ? values : [];
    }
  }

  private filter(value: unknown, { left, operator, right }: PathNode & { type: 'filter' }): unknown[] {
    if (!Array.isArray(value)) return fail(`${formatV(value)} is not array or slice and cannot be filtered`);
    return value.filter((item) => {
      if (operator === 'exists') return this.exists(item, left);
      const [a, b] = [this.apply([item], left), this.apply([item], right)];
      if (a.length > 1 || b.length > 1) fail('can only compare one element at a time');
      return a.length === 1 && b.length === 1 && compare(a[0], operator, b[0]);
    });
  }

  private exists(item: unknown, path: Path): boolean {
    try {
      return this.apply([item], path).length > 0;
    } catch (e) {
      if (e instanceof JsonPathError) return false;
      throw e;
    }
  }
}

function field(values: readonly unknown[], name: string): unknown[] {
  const found = values.flatMap((value) => (isMap(value) && Object.hasOwn(value, name) ? [value[name]] : []));
  return found.length === 0 && values.length > 0 ? fail(`${name} is not found`) : found;
}

const elements = (map: GoMap): unknown[] => sortedKeys(map).map((key) => map[key]);

const children = (value: unknown): unknown[] => {
  if (isMap(value)) return elements(value);
  return Array.isArray(value) ? value : [];
};

/** A value that has children, and all of them that have. */
function descendants(value: unknown): unknown[] {
  const below = children(value);
  return below.length === 0 ? [] : [value, ...below.flatMap(descendants)];
}

function slice(value: unknown, { from = 0, to, isOne, step = 1 }: PathNode & { type: 'slice' }): unknown[] {
  if (value === null) return [];
  if (!Array.isArray(value)) return fail(`${formatV(value)} is not array or slice`);
  const { length } = value;
  const start = from < 0 ? from + length : from;
  let end = to ?? length;
  if (end < 0 || (end === 0 && isOne)) end += length;
  if (start === end) return [];
  if (start < 0 || start >= length) fail(`array index out of bounds: index ${start}, length ${length}`);
  if (end < 0 || end > length) fail(`array index out of bounds: index ${end - 1}, length ${length}`);
  if (start > end) fail(`starting index ${start} is greater than ending index ${end}`);
  if (step <= 0) fail('step must be > 0');
  return value.slice(start, end).filter((_, i) => i % step === 0);
}

/** Go compares values of one kind only: a whole number of a path is an int, those of a document are floats. */
function compare(a: unknown, operator: string, b: unknown): boolean {
  if (typeof a !== typeof b || a === null || typeof a === 'object') return fail('incompatible types for comparison');
  const ordered = typeof a !== 'boolean' || operator === '==' || operator === '!=';
  if (!ordered) return fail('invalid type for comparison');
  const [x, y] = [a as string, b as string];
  switch (operator) {
    case '==':
      return x === y;
    case '!=':
      return x !== y;
    case '<':
      return x < y;
    case '<=':
      return x <= y;
    case '>':
      return x > y;
    case '>=':
      return x >= y;
    default:
      return fail(`unrecognized filter operator ${operator}`);
  }
}
