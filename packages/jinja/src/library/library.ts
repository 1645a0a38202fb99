/** All filters, tests, functions and methods by name, with Sprig's and Helm's behind them. */
import { decodeJsonExact, decodeYaml } from '@pack/core';
import { type FuncMap, GoError } from 'go-template';

import type { Execution } from '../execution.ts';
import { misuse } from '../fault.ts';
import { GoCallable, goFault, toGo } from '../go.ts';
import { used } from '../member.ts';
import { asInteger, type Callable, Float, NONE } from '../value.ts';
import type { Entry, Run } from './entry.ts';
import { FunctionValue, functions, methodsOf } from './function.ts';
import { listFilters } from './list.ts';
import { sherpackFilters } from './sherpack.ts';
import { tests } from './tests.ts';
import { textFilters } from './text.ts';
import { valueFilters } from './value.ts';

const filters: readonly Entry[] = [...valueFilters, ...textFilters, ...listFilters, ...sherpackFilters];

const byName = (entries: readonly Entry[]): ReadonlyMap<string, Entry> =>
  new Map(entries.flatMap((entry) => [entry.name, ...entry.aliases].map((name) => [name, entry] as const)));

const FILTERS = byName(filters);
const TESTS = byName(tests);
const FUNCTIONS = byName(functions);

/** Encoders take numbers as they are: integers and whole floats look alike in what they write. */
const ENCODERS = new Set([
  'toYaml',
  'toJson',
  'toPrettyJson',
  'toRawJson',
  'toYamlPretty',
  'mustToYaml',
  'mustToJson',
  'mustToPrettyJson',
]);

/** Functions that say what a value is: numbers of files are floats to Go. */
const KINDS = new Set(['kindIs', 'kindOf', 'typeIs', 'typeIsLike', 'typeOf']);
const asFile = (v: unknown): unknown => (typeof v === 'number' ? new Float(v) : v);

/** Functions that change a dict in place. */
const MUTATING = new Set(['set', 'unset', 'merge', 'mustMerge', 'mergeOverwrite', 'mustMergeOverwrite']);

/** Functions that take much time, in steps. */
const EXPENSIVE: ReadonlyMap<string, number> = new Map(
  [
    'bcrypt',
    'htpasswd',
    'derivePassword',
    'genPrivateKey',
    'genCA',
    'genCAWithKey',
    'genSelfSignedCert',
    'genSelfSignedCertWithKey',
    'genSignedCert',
    'genSignedCertWithKey',
    'buildCustomCert',
  ].map((name) => [name, 100_000]),
);

export class Library {
  private readonly go: FuncMap;
  private readonly values = new Map<string, Callable | undefined>();
  private readonly runs = new Map<string, Run>();

  /** `go` are Sprig's and Helm's functions. */
  constructor(go: FuncMap) {
    this.go = go;
  }

  /** A filter: one of Jinja's or Sherpack's, else a function of Sprig's that takes the value last. */
  filter(name: string): Run | undefined {
    const entry = FILTERS.get(name);
    if (entry !== undefined) return entry.run;
    if (!Object.hasOwn(this.go, name)) return undefined;
    const run = this.sprig(name);
    return (execution, [value, ...args], named) => {
      if (named.size > 0) throw misuse(`${name} takes no arguments by name`);
      return run(execution, usedAll(execution, name, [...args, value]));
    };
  }

  test(name: string): Run | undefined {
    return TESTS.get(name)?.run;
  }

  /** A function as a value; JavaScript's undefined where there is none of that name. */
  function(name: string): Callable | undefined {
    if (this.values.has(name)) return this.values.get(name);
    const entry = FUNCTIONS.get(name);
    let value: Callable | undefined;
    if (entry !== undefined) value = new FunctionValue(name, entry.run);
    else if (Object.hasOwn(this.go, name)) value = new FunctionValue(name, goRun(name, this.sprig(name)));
    this.values.set(name, value);
    return value;
  }

  /** A function of Sprig's or Helm's. */
  sprig(name: string): (execution: Execution, args: readonly unknown[]) => unknown {
    const known = this.runs.get(name);
    if (known !== undefined) return (execution, args) => known(execution, args, NONE);
    const fn = this.go[name];
    if (fn === undefined) throw new TypeError(`Sprig has no ${name}`);
    let run: Run;
    if (ENCODERS.has(name)) {
      const encode = fn.call as (v: unknown) => string;
      run = (execution, [value]) => {
        let out: string | undefined;
        try {
          const data = toGo(value);
          // What is not taken as it is has something in it that may change: a namespace.
          const isPlain = data === value && typeof data === 'object' && data !== null;
          const known = isPlain ? execution.encoded?.of(name) : undefined;
          out = known?.get(data as object);
          if (out === undefined) {
            out = encode(data);
            known?.set(data as object, out);
          }
        } catch (e) {
          throw goFault(name, e);
        }
        execution.budget.text(out.length);
        return out;
      };
    } else {
      const callable = new GoCallable(name, fn);
      const cost = EXPENSIVE.get(name) ?? 0;
      const [isRandom, isRepeat] = [/^rand/.test(name), name === 'repeat'];
      const given: (execution: Execution, args: readonly unknown[]) => readonly unknown[] = MUTATING.has(name)
        ? (execution, args) => this.copied(execution, args)
        : KINDS.has(name)
          ? (_, args) => args.map(asFile)
          : (_, args) => args;
      run = (execution, args, named) => {
        execution.budget.step(cost);
        if (isRandom) execution.budget.text(Number(asInteger(args[0]) ?? 0));
        if (isRepeat) execution.budget.text(Number(asInteger(args[0]) ?? 0) * String(args[1]).length);
        return callable.call(execution, given(execution, args), named);
      };
    }
    this.runs.set(name, run);
    return (execution, args) => run(execution, args, NONE);
  }

  /** Arguments for what changes its first one: values stay as they are. */
  private copied(execution: Execution, [first, ...rest]: readonly unknown[]): readonly unknown[] {
    return [this.sprig('deepCopy')(execution, [first]), ...rest];
  }

  decodeYaml(text: string): unknown {
    try {
      return decodeYaml(text, { exact: true });
    } catch (e) {
      throw e instanceof GoError ? misuse(`fromyaml: ${e.message}`) : e;
    }
  }

  decodeJson(text: string): unknown {
    try {
      return decodeJsonExact(text);
    } catch (e) {
      throw e instanceof GoError ? misuse(`fromjson: ${e.message}`) : e;
    }
  }

  /** A method of a value, bound to it. */
  method(v: unknown, name: string): Callable | undefined {
    const method = methodsOf(v).get(name);
    if (method === undefined) return undefined;
    return new FunctionValue(name, (execution, args, named) => {
      if (named.size > 0) throw misuse(`${name} takes no arguments by name`);
      return method(execution, v as never, ...args);
    });
  }

  methodNames(v: unknown): Iterable<string> {
    return methodsOf(v).keys();
  }
  filterNames(): string[] {
    return [...FILTERS.keys(), ...Object.keys(this.go)];
  }
  testNames(): Iterable<string> {
    return TESTS.keys();
  }
  functionNames(): string[] {
    return [...FUNCTIONS.keys(), ...Object.keys(this.go)];
  }
}

/** Functions of Sprig's that are there for what may not be. */
const TOLERANT = new Set(['all', 'any', 'default', 'empty', 'kindIs', 'kindOf', 'typeIs', 'typeOf']);

function usedAll(execution: Execution, name: string, args: readonly unknown[]): readonly unknown[] {
  if (!TOLERANT.has(name)) for (const arg of args) used(execution, arg);
  return args;
}

const goRun =
  (name: string, run: (execution: Execution, args: readonly unknown[]) => unknown): Run =>
  (execution, args, named) => {
    if (named.size > 0) throw misuse(`${name} takes no arguments by name`);
    return run(execution, usedAll(execution, name, args));
  };

/** One row of the reference. */
export type ReferenceEntry = Pick<Entry, 'name' | 'aliases' | 'signature' | 'about' | 'example'>;

/** What there is, for a reference; the functions of Sprig come on top. */
export const reference: Readonly<Record<'filters' | 'tests' | 'functions', readonly ReferenceEntry[]>> = {
  filters,
  tests,
  functions,
};
