/** Values on their way to Go's functions and back. */
import { Float32, func, GoError, GoFunc, GoValue, Int, isMap, newMap, TemplateError, TemplateSet } from 'go-template';

import type { Execution } from './execution.ts';
import { Fault, limit, misuse } from './fault.ts';
import { Callable, Float, integer, JinjaObject, type Named, Undefined } from './value.ts';

/** What a map or function of Go's yields, as templates see it. Maps and lists are converted as they are read. */
export function fromGo(v: unknown): unknown {
  if (typeof v !== 'object' || v === null) return typeof v === 'bigint' ? integer(v) : v;
  if (v instanceof Int && v.goType === v.kind) return integer(v.value);
  if (v instanceof Float32) return v.value;
  if (v instanceof GoFunc) return new GoCallable('method', v);
  return v;
}

const MAX_DEPTH = 1000;

/** Values in a value: more are not handed to functions, which would walk through all of them. */
const MAX_NODES = 2_000_000;

/**
 * Lists and dicts that encoders take as they are, and how many values are in each. They never change, since no template can
 * change one. One may stand within another twice, that in a third twice, and so on: each time counts.
 */
const plain = new WeakMap<object, number>();

let nodes = 0;

/**
 * A value as Go's functions take it. `ints` makes an int of each integer, as literals of Go's templates are; encoders, which
 * write integers and whole floats alike, are given numbers as they are.
 */
export function toGo(v: unknown, ints = false): unknown {
  nodes = 0;
  return convert(v, ints, 0);
}

function convert(v: unknown, ints: boolean, depth: number): unknown {
  if (typeof v === 'number') return ints && Number.isSafeInteger(v) ? Int.of('int', v) : v;
  if (typeof v !== 'object' || v === null) return v;
  if (v instanceof Float) return v.value;
  if (v instanceof Undefined) return null;
  if (v instanceof GoValue || v instanceof Uint8Array) return v;
  if (depth > MAX_DEPTH) throw misuse(`a value is nested more than ${MAX_DEPTH} deep`);
  if (v instanceof Callable) throw misuse(`${v.display()} is no data`);
  if (!ints) {
    const known = plain.get(v);
    if (known !== undefined) {
      count(known);
      return v;
    }
  }
  const before = nodes;
  const source = v instanceof JinjaObject ? asMap(v) : v;
  const out = Array.isArray(source)
    ? (convertedList(source, ints, depth) ?? source)
    : isMap(source)
      ? (convertedMap(source, ints, depth) ?? source)
      : source;
  if (!ints && out === v) plain.set(v, nodes - before);
  return out;
}

function count(n: number): void {
  nodes += n;
  if (nodes > MAX_NODES) throw limit(`a value has more than ${MAX_NODES} values in it`);
}

function asMap(v: JinjaObject): Record<string, unknown> {
  const map = newMap();
  for (const name of v.members()) map[name] = v.member(name);
  return map;
}

/** Undefined when nothing in it needs conversion. */
function convertedList(items: readonly unknown[], ints: boolean, depth: number): unknown[] | undefined {
  let out: unknown[] | undefined;
  count(items.length);
  for (let i = 0; i < items.length; i++) {
    const item = items[i];
    const other = convert(item, ints, depth + 1);
    if (other !== item) (out ??= [...items])[i] = other;
  }
  return out;
}

function convertedMap(map: Record<string, unknown>, ints: boolean, depth: number): Record<string, unknown> | undefined {
  let out: Record<string, unknown> | undefined;
  const keys = Object.keys(map);
  count(keys.length);
  for (const key of keys) {
    const item = map[key];
    const other = convert(item, ints, depth + 1);
    if (other !== item) (out ??= Object.assign(newMap(), map))[key] = other;
  }
  return out;
}

let kept: unknown;
const keep = func('func(interface {}) string', (v: unknown) => {
  kept = v;
  return '';
});

/** A parameter of a Go function: its argument as the function wants it, or undefined where Go would have to convert it. */
type Take = (v: unknown) => unknown;

const TAKE: Readonly<Record<string, Take>> = {
  string: (v) => (typeof v === 'string' ? v : undefined),
  bool: (v) => (typeof v === 'boolean' ? v : undefined),
  int: (v) => (Number.isSafeInteger(v) ? v : undefined),
  'interface {}': (v) => toGo(v, true),
};

/** Results that need no conversion. */
const PLAIN =
  /^\(?(?:string|bool|interface \{\}|\[\]string|\[\]interface \{\}|map\[string\]interface \{\})(?:, error\))?$/;

interface Direct {
  readonly params: readonly Take[];
  readonly rest: Take | undefined;
}

/** How a function is called without a template of Go's; undefined where its types need one. */
function directOf({ signature, wantsExecution }: GoFunc): Direct | undefined {
  const [, list = '', result = ''] = /^func\((.*?)\) (.*)$/.exec(signature) ?? [];
  if (wantsExecution || !PLAIN.test(result)) return undefined;
  const types = list === '' ? [] : list.split(', ');
  const rest = types.at(-1)?.startsWith('...') ? (types.pop() as string).slice(3) : undefined;
  const take = (type: string): Take | undefined => (Object.hasOwn(TAKE, type) ? TAKE[type] : undefined);
  const params = types.map(take);
  if (params.includes(undefined) || (rest !== undefined && take(rest) === undefined)) return undefined;
  return { params: params as Take[], rest: rest === undefined ? undefined : take(rest) };
}

/** A function of Sprig's or a method of a Go value. */
export class GoCallable extends Callable {
  readonly name: string;
  private readonly fn: GoFunc;
  private readonly direct: Direct | undefined;
  private set: TemplateSet | undefined;
  /** Calls that there is a template for. */
  private readonly known = new Set<string>();

  constructor(name: string, fn: GoFunc) {
    super();
    this.name = name;
    this.fn = fn;
    this.direct = directOf(fn);
  }

  call(execution: Execution, args: readonly unknown[], named: Named): unknown {
    if (named.size > 0) throw misuse(`${this.name} takes no arguments by name`);
    execution.budget.step(sizeOf(args));
    const taken = this.taken(args);
    let result: unknown;
    try {
      result = taken === undefined ? this.callInTemplate(args) : this.fn.call(...(taken as never[]));
    } catch (e) {
      throw goFault(this.name, e);
    }
    if (typeof result === 'string') execution.budget.text(result.length);
    return fromGo(result);
  }

  /** Arguments that need no conversion; undefined when one does, or is wrong. */
  private taken(args: readonly unknown[]): unknown[] | undefined {
    const { direct } = this;
    if (direct === undefined || args.length < direct.params.length) return undefined;
    if (args.length > direct.params.length && direct.rest === undefined) return undefined;
    const out: unknown[] = [];
    for (let i = 0; i < args.length; i++) {
      const v = (direct.params[i] ?? (direct.rest as Take))(args[i]);
      if (v === undefined) return undefined;
      out.push(v);
    }
    return out;
  }

  /** A template of Go's makes the call: it checks and converts arguments as Helm's templates have it. */
  private callInTemplate(args: readonly unknown[]): unknown {
    this.set ??= new TemplateSet({ name: 'call', funcs: { fn: this.fn, keep } });
    const dot = newMap();
    args.forEach((arg, i) => {
      dot[`a${i}`] = toGo(arg, true);
    });
    // Go takes a nil that is written for a list or a dict, and none that a value has.
    const list = args.map((_, i) => (dot[`a${i}`] === null && this.takesNil(i) ? ' nil' : ` .a${i}`)).join('');
    if (!this.known.has(list)) {
      this.set.parse(list, `{{ keep (fn${list}) }}`);
      this.known.add(list);
    }
    this.set.execute(list, dot);
    const result = kept;
    kept = undefined;
    return result;
  }

  get takesNothing(): boolean {
    return this.fn.signature.startsWith('func() ');
  }

  private takesNil(i: number): boolean {
    const [, list = ''] = /^func\((.*?)\) /.exec(this.fn.signature) ?? [];
    return /^(?:\[\]|map\[)/.test(list.split(', ')[i] ?? '');
  }

  member(): undefined {
    return undefined;
  }
  members(): readonly string[] {
    return [];
  }
  display(): string {
    return `<function ${this.name}>`;
  }
}

const sizeOf = (args: readonly unknown[]): number => {
  let size = 1;
  for (const arg of args) size += Array.isArray(arg) ? arg.length : typeof arg === 'string' ? arg.length >>> 6 : 0;
  return size;
};

/** The error of a function without what a template of Go's says around it. */
export function goFault(name: string, e: unknown): unknown {
  if (e instanceof TemplateError) {
    if (e.code === 'TEMPLATE_STACK' || e.code === 'TEMPLATE_STEPS')
      return new Fault('PACK_TEMPLATE_LIMIT', `${name}: ${e.message}`, { cause: e });
    let inner: unknown = e;
    while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
    const { message } = inner as Error;
    return new Fault(
      'PACK_TEMPLATE_EXEC',
      `${name}: ${inner === e ? message.replace(/^template: .*?>: /s, '') : message}`,
      {
        cause: e,
      },
    );
  }
  return e instanceof GoError ? new Fault('PACK_TEMPLATE_EXEC', `${name}: ${e.message}`, { cause: e }) : e;
}
