/**
 * Paths of assertions: the JSONPath of YAML that helm-unittest has (vmware-labs/yaml-jsonpath), with `$` in front or
 * not: `spec.containers[0].image`, `metadata.annotations["a/b"]`, `spec.containers[?(@.name == "web")]`, `..image`.
 */
import { compareBytes, isMap } from 'go-template';

import { UnittestError } from './error.ts';
import { isFound } from './regexp.ts';

/** From a value, within a root, to what is found below it. */
type Step = (value: unknown, root: unknown) => unknown[];
type Test = (value: unknown, root: unknown) => boolean;
type Term = (value: unknown, root: unknown) => unknown[];

const MAX_COMPILED = 2000;
const MAX_FOUND = 1_000_000;
const MAX_DEPTH = 100;

const compiled = new Map<string, readonly Step[]>();

/** What of a document a path finds; nothing is no fault. Throws PATH_INVALID. */
export function find(document: unknown, path: string): unknown[] {
  let steps = compiled.get(path);
  if (steps === undefined) {
    steps = new Parser(path).whole();
    if (compiled.size >= MAX_COMPILED) compiled.clear();
    compiled.set(path, steps);
  }
  return walk(steps, document, document);
}

function walk(steps: readonly Step[], value: unknown, root: unknown): unknown[] {
  let found = [value];
  for (const step of steps) {
    found = found.flatMap((one) => step(one, root));
    if (found.length > MAX_FOUND) throw new UnittestError('PATH_INVALID', 'a path finds too much');
  }
  return found;
}

const childrenOf = (value: unknown): unknown[] =>
  Array.isArray(value)
    ? value
    : isMap(value)
      ? Object.keys(value)
          .sort(compareBytes)
          .map((key) => value[key])
      : [];

const child =
  (names: readonly string[]): Step =>
  (value) =>
    isMap(value) ? names.filter((name) => Object.hasOwn(value, name)).map((name) => value[name]) : [];

const nameOf =
  (names: readonly string[]): Step =>
  (value) =>
    isMap(value) ? names.filter((name) => Object.hasOwn(value, name)) : [];

/** All below and the value itself, the innermost first. */
function descendants(value: unknown): unknown[] {
  return [...childrenOf(value).flatMap(descendants), value];
}

const filter =
  (test: Test): Step =>
  (value, root) =>
    (Array.isArray(value) ? value : [value]).filter((item) => test(item, root));

function indices(spec: string, length: number): number[] {
  const [from, to, step] = spec.split(':').map((part) => (part.trim() === '' ? undefined : Number(part)));
  const fromEnd = (n: number): number => (n < 0 ? n + length : n);
  if (!spec.includes(':')) return [fromEnd(from as number)];
  const stride = step ?? 1;
  const start = Math.min(from === undefined ? (stride > 0 ? 0 : length - 1) : fromEnd(from), length);
  const end = to === undefined ? (stride > 0 ? length : -1) : Math.min(Math.max(fromEnd(to), -1), length);
  const out: number[] = [];
  for (let i = stride > 0 ? Math.max(start, 0) : start; stride > 0 ? i < end : i > end; i += stride) out.push(i);
  return out;
}

const subscript =
  (specs: readonly string[]): Step =>
  (value) =>
    Array.isArray(value)
      ? specs.flatMap((spec) => indices(spec, value.length)).flatMap((i) => (i in value ? [value[i]] : []))
      : [];

class Parser {
  private readonly text: string;
  private at = 0;
  private depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  whole(): Step[] {
    if (this.text.startsWith('$')) this.at = 1;
    const steps = this.steps(false, this.at === 0);
    if (this.at < this.text.length) throw this.fault(`unexpected ${JSON.stringify(this.text[this.at])}`);
    return steps;
  }

  private fault(message: string): UnittestError {
    return new UnittestError(
      'PATH_INVALID',
      `invalid path ${JSON.stringify(this.text)}: ${message} at position ${this.at}`,
    );
  }

  private skip(token: string): boolean {
    if (!this.text.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  private spaces(): void {
    while (/\s/.test(this.text[this.at] ?? '')) this.at++;
  }

  /** Within a filter, names end at operators too. */
  private steps(isFilter: boolean, undotted = false): Step[] {
    const steps: Step[] = [];
    if (undotted && this.at < this.text.length && !/[.[]/.test(this.text[this.at] as string)) {
      steps.push(this.named(this.name(isFilter)));
    }
    for (;;) {
      if (this.skip('..')) {
        steps.push(descendants);
        if (this.text[this.at] !== '[') steps.push(this.named(this.name(isFilter)));
      } else if (this.skip('.')) {
        steps.push(this.named(this.name(isFilter)));
      } else if (this.text[this.at] === '[') {
        this.at++;
        steps.push(this.bracket());
      } else return steps;
    }
  }

  private named(name: string): Step {
    if (name === '*') return childrenOf;
    return this.skip('~') ? nameOf([name]) : child([name]);
  }

  private name(isFilter: boolean): string {
    let name = '';
    const ends = isFilter ? /[.[\]()\s&|=!<>~]/ : /[.[\]~]/;
    for (; this.at < this.text.length; this.at++) {
      const c = this.text[this.at] as string;
      if (c === '\\' && this.at + 1 < this.text.length) name += this.text[++this.at];
      else if (ends.test(c)) break;
      else name += c;
    }
    if (name === '') throw this.fault('child name missing');
    return name;
  }

  private bracket(): Step {
    this.spaces();
    if (this.skip('?(')) {
      const test = this.or();
      this.spaces();
      if (!this.skip(')')) throw this.fault('missing end of filter');
      this.close();
      return filter(test);
    }
    if (/['"]/.test(this.text[this.at] ?? '')) {
      const names = [this.quoted()];
      for (this.spaces(); this.skip(','); this.spaces()) {
        this.spaces();
        names.push(this.quoted());
      }
      this.close();
      return this.skip('~') ? nameOf(names) : child(names);
    }
    const end = this.text.indexOf(']', this.at);
    if (end < 0) throw this.fault('unmatched [');
    const inner = this.text.slice(this.at, end).trim();
    this.at = end + 1;
    if (inner === '*') return childrenOf;
    const specs = inner.split(',').map((spec) => spec.trim());
    for (const spec of specs) {
      if (!/^-?\d{1,9}$|^(?:-?\d{1,9})?\s*:\s*(?:-?\d{1,9})?(?:\s*:\s*(?:-?\d{1,9})?)?$/.test(spec)) {
        throw this.fault(`invalid array index [${inner}] before`);
      }
      if (/:\s*-?0+$/.test(spec) && spec.split(':').length === 3)
        throw this.fault('array index step value must be non-zero');
    }
    return subscript(specs);
  }

  private close(): void {
    this.spaces();
    if (!this.skip(']')) throw this.fault('missing ]');
  }

  private quoted(): string {
    const quote = this.text[this.at] as string;
    if (quote !== "'" && quote !== '"') throw this.fault('a quoted name is missing');
    let out = '';
    for (this.at++; this.at < this.text.length; this.at++) {
      const c = this.text[this.at] as string;
      if (c === quote) {
        this.at++;
        return out;
      }
      out += c === '\\' && this.at + 1 < this.text.length ? this.text[++this.at] : c;
    }
    throw this.fault(`unmatched ${quote}`);
  }

  private or(): Test {
    if (++this.depth > MAX_DEPTH) throw this.fault('filters are nested too deeply');
    const tests = [this.and()];
    for (this.spaces(); this.skip('||'); this.spaces()) tests.push(this.and());
    this.depth--;
    return (value, root) => tests.some((test) => test(value, root));
  }

  private and(): Test {
    const tests = [this.basic()];
    for (this.spaces(); this.skip('&&'); this.spaces()) tests.push(this.basic());
    return (value, root) => tests.every((test) => test(value, root));
  }

  private basic(): Test {
    this.spaces();
    if (this.text[this.at] === '!' && this.text[this.at + 1] !== '=') {
      this.at++;
      if (++this.depth > MAX_DEPTH) throw this.fault('filters are nested too deeply');
      const test = this.basic();
      this.depth--;
      return (value, root) => !test(value, root);
    }
    if (this.skip('(')) {
      const test = this.or();
      this.spaces();
      if (!this.skip(')')) throw this.fault('missing )');
      return test;
    }
    const left = this.term();
    this.spaces();
    if (this.skip('=~')) return this.matches(left);
    const operator = ['==', '!=', '>=', '<=', '>', '<'].find((token) => this.skip(token));
    if (operator === undefined) return (value, root) => left(value, root).length > 0;
    const right = this.term();
    return (value, root) => everyPair(left(value, root), right(value, root), (a, b) => compares(operator, a, b));
  }

  private matches(left: Term): Test {
    this.spaces();
    if (!this.skip('/')) throw this.fault('a regular expression is missing');
    let pattern = '';
    for (; this.text[this.at] !== '/'; this.at++) {
      if (this.at >= this.text.length) throw this.fault('unmatched /');
      if (this.text.startsWith('\\/', this.at)) this.at++;
      pattern += this.text[this.at];
    }
    this.at++;
    isFound(pattern, '');
    return (value, root) =>
      everyPair(left(value, root), [pattern], (text) => typeof text === 'string' && isFound(pattern, text));
  }

  private term(): Term {
    this.spaces();
    const isCurrent = this.text[this.at] === '@';
    if (isCurrent || this.text[this.at] === '$') {
      this.at++;
      const steps = this.steps(true);
      return (value, root) => walk(steps, isCurrent ? value : root, root);
    }
    if (/['"]/.test(this.text[this.at] ?? '')) {
      const text = this.quoted();
      return () => [text];
    }
    const [word] = /^(?:true|false|null|[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)/.exec(this.text.slice(this.at)) ?? [];
    if (word === undefined) throw this.fault('a value is missing in the filter');
    this.at += word.length;
    const literal = word === 'null' ? null : word === 'true' ? true : word === 'false' ? false : Number(word);
    return () => [literal];
  }
}

/** Of no pairs, none is. */
function everyPair(left: unknown[], right: unknown[], test: (a: unknown, b: unknown) => boolean): boolean {
  return left.length > 0 && right.length > 0 && left.every((a) => right.every((b) => test(a, b)));
}

const isNumber = (value: unknown): boolean => typeof value === 'number' || typeof value === 'bigint';

function compares(operator: string, a: unknown, b: unknown): boolean {
  const order = orderOf(a, b);
  switch (operator) {
    case '==':
      return order === 0;
    case '!=':
      return order !== 0;
    case '>=':
      return order !== undefined && order >= 0;
    case '<=':
      return order !== undefined && order <= 0;
    case '>':
      return order !== undefined && order > 0;
    default:
      return order !== undefined && order < 0;
  }
}

/** Undefined where the two cannot be compared. */
function orderOf(a: unknown, b: unknown): number | undefined {
  if (isNumber(a) && isNumber(b)) return Number(a) - Number(b);
  if (typeof a === 'string' && typeof b === 'string') return compareBytes(a, b);
  if (typeof a === 'boolean' && typeof b === 'boolean') return a === b ? 0 : undefined;
  return a === null && b === null ? 0 : undefined;
}
