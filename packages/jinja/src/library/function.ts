/** The functions that every template has. */
import { isCodedError } from '@pack/core';
import { GoError, newMap, queryEscape, sprintf } from 'go-template';

import type { Execution } from '../execution.ts';
import { Fault, misuse } from '../fault.ts';
import { fromGo, toGo } from '../go.ts';
import { member, used } from '../member.ts';
import { Namespace } from '../namespace.ts';
import type { Place } from '../place.ts';
import { Scope } from '../scope.ts';
import {
  Callable,
  display,
  entriesOf,
  equals,
  float,
  isTrue,
  JinjaObject,
  type Named,
  NONE,
  repr,
  Undefined,
} from '../value.ts';
import { dict, int, text } from './argument.ts';
import { type Entry, entry, type Run } from './entry.ts';
import { trimmed } from './text.ts';
import { toFloat, toInteger } from './value.ts';

function range(execution: Execution, first: unknown, second: unknown, third: unknown): number[] {
  const [from, to] = second === undefined ? [0, int(first, 'stop')] : [int(first, 'start'), int(second, 'stop')];
  const step = int(third, 'step');
  if (step === 0) throw misuse('range cannot have a step of 0');
  const length = Math.max(0, Math.ceil((to - from) / step));
  const most = execution.budget.limits.range;
  if (length > most) throw new Fault('PACK_TEMPLATE_LIMIT', `a range has more than ${most} items`);
  execution.budget.step(length);
  return Array.from({ length }, (_, i) => from + i * step);
}

/** A dict of pairs, of another dict, and of names; Sprig's `dict "a" 1` too. */
function makeDict(execution: Execution, named: Named, args: readonly unknown[]): Record<string, unknown> {
  const out = newMap();
  const [first] = args;
  if (args.length === 1 && entriesOf(first) !== undefined) Object.assign(out, dict(execution, first, 'dict'));
  else if (args.length === 1 && Array.isArray(first)) {
    for (const pair of first) {
      const [key, v] = (Array.isArray(pair) && pair.length === 2 ? pair : [undefined, undefined]) as unknown[];
      if (key === undefined) throw misuse('dict takes pairs of keys and values');
      out[text(execution, key)] = v;
    }
  } else {
    if (args.length % 2 !== 0) throw misuse('dict takes keys and values in turn, or names with =');
    for (let i = 0; i < args.length; i += 2) out[text(execution, args[i])] = args[i + 1];
  }
  for (const [key, v] of named) out[key] = v;
  return out;
}

function withKey(execution: Execution, value: unknown, key: unknown, v: unknown): Record<string, unknown> {
  const out = Object.assign(newMap(), dict(execution, value, 'set'));
  out[text(execution, key)] = v;
  return out;
}

function withoutKey(execution: Execution, value: unknown, key: unknown): Record<string, unknown> {
  const out = Object.assign(newMap(), dict(execution, value, 'unset'));
  delete out[text(execution, key)];
  return out;
}

/** Sherpack's order has the dict first, Sprig's last. */
function dig(execution: Execution, args: readonly unknown[]): unknown {
  if (args.length < 2) throw misuse('dig takes a dict, keys and a default', 'dig(values, "a", "b", "default")');
  const dictFirst = entriesOf(args[0]) !== undefined || args[0] instanceof Undefined;
  const start = dictFirst ? args[0] : args.at(-1);
  const keys = dictFirst ? args.slice(1, -1) : args.slice(0, -2);
  const otherwise = dictFirst ? args.at(-1) : args.at(-2);
  let at: unknown = start;
  for (const key of keys) {
    if (at instanceof Undefined || at === null) return otherwise;
    at = member(execution, at, key);
  }
  return at instanceof Undefined ? otherwise : at;
}

function renderText(execution: Execution, template: unknown, context: unknown, what: string): string {
  const source = text(execution, template);
  if (!/\{[{%#]/.test(source)) return source;
  execution.budget.step(500);
  const scope = new Scope();
  if (context !== undefined)
    for (const [key, v] of Object.entries(dict(execution, context, what))) scope.set(key, fromGo(v));
  const { blocks, at } = execution;
  execution.blocks = new Map();
  try {
    const compiled = execution.host.compile(source, `text of ${what}`);
    return execution.deeper('a text of', what, () => execution.capture(() => compiled.write(execution, scope)));
  } catch (e) {
    throw calledFrom(e, at, source);
  } finally {
    execution.blocks = blocks;
  }
}

/** What is wrong with a text is told with where the text was given to be rendered. */
function calledFrom(e: unknown, at: Place | undefined, source: string): unknown {
  if (!(e instanceof Fault)) return e;
  if (e.at === undefined || at === undefined) return new Fault(e.code, e.message, { hint: e.hint, at });
  if (e.at.template.text !== source) return e;
  const from = `it is the text that ${at.template.path}:${at.line}:${at.column} renders`;
  const fault = new Fault(e.code, e.message, { at: e.at, hint: e.hint === undefined ? from : `${e.hint}; ${from}` });
  fault.calls.push(...e.calls);
  return fault;
}

function fail(execution: Execution, message: unknown): string {
  const why = text(execution, message);
  if (!execution.host.lint) throw misuse(why);
  execution.host.warn(why);
  return '';
}

const CHARSETS: Record<string, string> = {
  alphanumeric: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  alpha: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
  numeric: '0123456789',
  hex: '0123456789abcdef',
  lowercase: 'abcdefghijklmnopqrstuvwxyz0123456789',
  uppercase: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789',
  base64: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
  urlsafe: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
};

function generateSecret(execution: Execution, name: unknown, length: unknown, charset: unknown): string {
  const count = int(length, 'length');
  if (count < 1 || count > 4096) throw misuse('length must be from 1 to 4096');
  const spelled = text(execution, charset);
  const characters = Object.hasOwn(CHARSETS, spelled) ? (CHARSETS[spelled] as string) : spelled;
  if (characters.length < 2 || characters.length > 256)
    throw misuse(`charset must be one of ${Object.keys(CHARSETS).join(', ')}, or 2 to 256 characters`);
  const { generateSecret: keep, world } = execution.host;
  const id = text(execution, name);
  if (keep !== undefined) return keep(id, count, characters);
  const out: string[] = [];
  const most = 256 - (256 % characters.length);
  while (out.length < count)
    for (const byte of world.random(count))
      if (byte < most && out.length < count) out.push(characters[byte % characters.length] as string);
  return out.join('');
}

/** `cycler`, whose `next` gives one value after the other. */
class Cycler extends JinjaObject {
  private readonly values: readonly unknown[];
  private index = 0;
  constructor(values: readonly unknown[]) {
    super();
    this.values = values;
  }
  member(name: string): unknown {
    switch (name) {
      case 'current':
        return this.values[this.index];
      case 'next':
        return new FunctionValue('cycler.next', () => {
          const v = this.values[this.index];
          this.index = (this.index + 1) % this.values.length;
          return v;
        });
      case 'reset':
        return new FunctionValue('cycler.reset', () => {
          this.index = 0;
          return '';
        });
    }
    return undefined;
  }
  members(): readonly string[] {
    return ['current', 'next', 'reset'];
  }
  display(): string {
    return '<cycler>';
  }
}

/** A function as a value. */
export class FunctionValue extends Callable {
  readonly name: string;
  private readonly run: Run;
  constructor(name: string, run: Run) {
    super();
    this.name = name;
    this.run = run;
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
  call(execution: Execution, args: readonly unknown[], named: Named): unknown {
    return this.run(execution, args, named);
  }
}

/** What a template hands on as the dot; undefined where it gives none. */
const dataOf = (context: unknown): unknown => (context === undefined ? undefined : toGo(context, true));

function goText(execution: Execution, name: string, render: () => string): string {
  try {
    const out = render();
    execution.budget.text(out.length);
    return out;
  } catch (e) {
    if (e instanceof GoError || isCodedError(e)) throw misuse(`${name}: ${e.message}`);
    throw e;
  }
}

/** Go fills up to a million characters for each directive. */
const widthOf = (format: string): number =>
  [...format.matchAll(/%[-+ #0]*(\d+|\*)/g)].reduce((sum, [, width]) => sum + (width === '*' ? 1e6 : Number(width)), 0);

/** The letters of what a format prints, in order; none where some are told by number. */
const verbsOf = (format: string): readonly (string | undefined)[] =>
  /\[|\*/.test(format)
    ? []
    : [...format.matchAll(/%[-+ #0]*\d*(?:\.\d*)?([A-Za-z%])/g)].map(([, verb]) => verb).filter((verb) => verb !== '%');

/** Whether a format may ask for floats: most ask for texts and integers, and their verbs need not be told apart. */
const FLOATS = /[eEfFgG]/;

/** Lists and dicts are printed as templates show them, and numbers as floats where floats are asked for. */
const printed = (v: unknown, verb: string | undefined): unknown =>
  typeof v === 'number' && verb !== undefined && FLOATS.test(verb)
    ? v
    : Array.isArray(v) || entriesOf(v) !== undefined || v instanceof JinjaObject
      ? display(v)
      : toGo(v, true);

export const functions: readonly Entry[] = [
  entry('range(start, stop?, step=1)', 'Integers from `start`, or 0, to before `stop`.', range, {
    example: ['{{ range(3) }} {{ range(1, 6, 2) }}', '[0, 1, 2] [1, 3, 5]'],
  }),
  entry(
    'dict(**named, *args)',
    'A dict of names, of another dict, or of keys and values in turn.',
    (execution, named, ...args) => makeDict(execution, named, args),
    {
      example: ['{{ dict(a=1) }} {{ dict("a", 1) }}', '{"a": 1} {"a": 1}'],
    },
  ),
  entry('list(*items)', 'A list of its arguments.', (_, ...items) => items, {
    example: ['{{ list(1, "a") }}', '[1, "a"]'],
    undefined: true,
  }),
  entry(
    'namespace(**named, *args)',
    'An object whose members `set` can change, also from within a loop.',
    (execution, named, ...args) =>
      new Namespace('namespace', new Map(Object.entries(makeDict(execution, named, args)))),
    {
      example: [
        '{% set ns = namespace(n=0) %}{% for i in [1, 2] %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}',
        '3',
      ],
    },
  ),
  entry(
    'cycler(*items)',
    'An object whose `next()` gives its items again and again.',
    (_, ...items) => {
      if (items.length === 0) throw misuse('cycler takes at least one argument');
      return new Cycler(items);
    },
    { example: ['{% set c = cycler("a", "b") %}{{ c.next() }}{{ c.next() }}{{ c.next() }}', 'aba'] },
  ),
  entry(
    'joiner(sep=", ")',
    'A function that gives nothing the first time and `sep` from then on.',
    (_, separator) => {
      let called = false;
      return new FunctionValue('joiner', () => {
        const v = called ? separator : '';
        called = true;
        return v;
      });
    },
    { example: ['{% set j = joiner() %}{{ j() }}a{{ j() }}b', 'a, b'] },
  ),
  entry(
    'debug(*items)',
    'Its arguments, or the names that there are, for people.',
    (execution, ...items) =>
      items.length > 0 ? items.map((v) => repr(v)).join(' ') : [...execution.globals.keys()].join(', '),
    { undefined: true },
  ),
  entry('fail(message)', 'Ends the render with an error.', fail),
  entry(
    'required(message, value)',
    'The value; an error with the message if there is none, or an empty text.',
    (execution, message, value) => (execution.library.filter('required') as Run)(execution, [value, message], NONE),
    { undefined: true, example: ['{{ required("a name is needed", "a") }}', 'a'] },
  ),
  entry(
    'get(dict, key, default="")',
    'An entry of a dict, or `default`.',
    (execution, value, key, otherwise) => {
      if (value instanceof Undefined || value === null) return otherwise;
      const found = member(execution, value, key);
      return found instanceof Undefined ? otherwise : found;
    },
    { undefined: true, example: ['{{ get({"a": 1}, "b", 2) }}', '2'] },
  ),
  entry('set(dict, key, value)', 'A dict with an entry more; the other stays as it is.', withKey, {
    example: ['{{ set({"a": 1}, "b", 2) }}', '{"a": 1, "b": 2}'],
  }),
  entry('unset(dict, key)', 'A dict with an entry less; the other stays as it is.', withoutKey, {
    example: ['{{ unset({"a": 1, "b": 2}, "a") }}', '{"b": 2}'],
  }),
  entry(
    'dig(*path)',
    'What lies at the end of keys, or the default: `dig(dict, key, …, default)`.',
    (execution, ...path) => dig(execution, path),
    {
      undefined: true,
      example: ['{{ dig({"a": {"b": 1}}, "a", "c", 2) }}', '2'],
    },
  ),
  entry(
    'coalesce(*items)',
    'The first of its arguments that is not empty.',
    (_, ...items) => items.find((v) => isTrue(v)) ?? null,
    {
      undefined: true,
      example: ['{{ coalesce("", none, "a") }}', 'a'],
    },
  ),
  entry(
    'ternary(yes, no, condition)',
    'One value or the other.',
    (_, yes, no, condition) => (isTrue(condition) ? yes : no),
    {
      undefined: true,
      example: ['{{ ternary("a", "b", true) }}', 'a'],
    },
  ),
  entry('uuidv4()', 'A new random UUID.', (execution) => execution.library.sprig('uuidv4')(execution, [])),
  entry('tostring(value)', 'Any value as text.', (execution, value) => text(execution, value), {
    example: ['{{ tostring(1) }}', '1'],
  }),
  entry(
    'toint(value)',
    'An integer; an error where the value is none.',
    (_, value) => {
      const n = toInteger(value);
      if (n === undefined) throw misuse(`${repr(value)} is no integer`);
      return n;
    },
    { example: ['{{ toint("4") + 1 }}', '5'] },
  ),
  entry(
    'tofloat(value)',
    'A float; an error where the value is none.',
    (_, value) => {
      const n = toFloat(value);
      if (n === undefined) throw misuse(`${repr(value)} is no number`);
      return float(n);
    },
    { example: ['{{ tofloat("1.5") }}', '1.5'] },
  ),
  entry('now()', 'The present moment as `2006-01-02T15:04:05Z`.', (execution) =>
    execution.host.world
      .now()
      .toISOString()
      .replace(/\.\d+Z$/, 'Z'),
  ),
  entry(
    'printf(format, *args)',
    "Go's formatting: `%s`, `%d`, `%05.2f`, `%v`, `%q`.",
    (execution, format, ...args) => {
      const spelled = text(execution, format);
      if (/%[-+ #0]*[\d*]/.test(spelled)) execution.budget.text(spelled.length + widthOf(spelled));
      const verbs = FLOATS.test(spelled) ? verbsOf(spelled) : [];
      const out = sprintf(spelled, ...args.map((v, i) => printed(used(execution, v), verbs[i])));
      execution.budget.text(out.length);
      return out;
    },
    { example: ['{{ printf("%s-%03d %.1f", "a", 7, 2) }}', 'a-007 2.0'] },
  ),
  entry(
    'tpl(template, context?)',
    'A text rendered as a template, with the variables of a dict besides `values` and the rest.',
    (execution, template, context) => renderText(execution, template, context, 'tpl'),
    { example: ['{{ tpl("{{ a }}!", {"a": 1}) }}', '1!'] },
  ),
  entry(
    'tpl_ctx(template)',
    'A text rendered as a template, which sees `values` and the rest.',
    (execution, template) => renderText(execution, template, undefined, 'tpl_ctx'),
  ),
  entry(
    'urlquery(value)',
    "A text as it stands in the query of an address, as Go's `urlquery` writes it.",
    (execution, value) => queryEscape(text(execution, value)),
    { example: ['{{ urlquery("a b&c") }}', 'a+b%26c'] },
  ),
  entry(
    'tpl_go(template, context?)',
    'A text rendered as a Go template, with `.Values` and the rest, or with another context: for packs that were charts, whose users write such texts.',
    (execution, template, context) =>
      goText(execution, 'tpl_go', () => execution.host.tplGo(text(execution, template), dataOf(context))),
  ),
  entry(
    'include_go(name, context?)',
    'What a Go template of the pack renders, by the name that it is defined with: for packs that were charts.',
    (execution, name, context) =>
      goText(execution, 'include_go', () => execution.host.includeGo(text(execution, name), dataOf(context))),
  ),
  entry(
    'lookup(api_version, kind, namespace="", name="")',
    'An object of the cluster, or a list of them without a name; an empty dict where there is none, or no cluster.',
    (execution, apiVersion, kind, namespace, name) => {
      try {
        return execution.host.lookup(
          text(execution, apiVersion),
          text(execution, kind),
          text(execution, namespace),
          text(execution, name),
        );
      } catch (e) {
        throw e instanceof GoError ? misuse(`lookup: ${e.message}`) : e;
      }
    },
  ),
  entry(
    'fromjson(text)',
    'The value that a text of JSON spells.',
    (execution, value) => execution.library.decodeJson(text(execution, value)),
    {
      example: ["{{ fromjson('[1]') }}", '[1]'],
    },
  ),
  entry(
    'fromyaml(text)',
    'The value that a text of YAML spells.',
    (execution, value) => execution.library.decodeYaml(text(execution, value)),
    {
      example: ['{{ fromyaml("[1, 2]") }}', '[1, 2]'],
    },
  ),
  entry(
    'generate_secret(name, length=32, charset="alphanumeric")',
    `A secret that stays the same over upgrades. \`charset\` is ${Object.keys(CHARSETS).join(', ')}, or the characters themselves.`,
    generateSecret,
  ),
];

/** A method by the kind of value that has it: those of Python's that templates call most. */
const method = (name: string, run: (execution: Execution, v: never, ...args: unknown[]) => unknown) =>
  [name, run] as const;

type Method = (execution: Execution, v: never, ...args: unknown[]) => unknown;

const filterMethod = (name: string, filter = name) =>
  method(name, (execution, v, ...args) => (execution.library.filter(filter) as Run)(execution, [v, ...args], NONE));

const STRING_METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([
  ...['upper', 'lower', 'title', 'capitalize', 'replace', 'split', 'center'].map((name) => filterMethod(name)),
  filterMethod('strip', 'trim'),
  filterMethod('splitlines', 'lines'),
  filterMethod('format'),
  filterMethod('removeprefix', 'trimprefix'),
  filterMethod('removesuffix', 'trimsuffix'),
  method('lstrip', (e, v: string, chars) => stripEnd(v, chars === undefined ? undefined : text(e, chars), true)),
  method('rstrip', (e, v: string, chars) => stripEnd(v, chars === undefined ? undefined : text(e, chars), false)),
  method('startswith', (e, v: string, part) => v.startsWith(text(e, part))),
  method('endswith', (e, v: string, part) => v.endsWith(text(e, part))),
  method('find', (e, v: string, part) => v.indexOf(text(e, part))),
  method('count', (e, v: string, part) => v.split(text(e, part)).length - 1),
  method('isdigit', (_, v: string) => /^\p{Nd}+$/u.test(v)),
  method('isalpha', (_, v: string) => /^\p{L}+$/u.test(v)),
  method('isalnum', (_, v: string) => /^[\p{L}\p{N}]+$/u.test(v)),
  method('join', (e, v: string, list) => (e.library.filter('join') as Run)(e, [list, v], new Map())),
]);

function stripEnd(v: string, chars: string | undefined, start: boolean): string {
  if (chars === undefined) return start ? v.trimStart() : v.trimEnd();
  const mark = '\0';
  // Only one end is trimmed: the other is kept by what is not to be trimmed there.
  return chars.includes(mark)
    ? trimmed(v, chars)
    : start
      ? trimmed(v + mark, chars).slice(0, -1)
      : trimmed(mark + v, chars).slice(1);
}

const DICT_METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([
  ...['items', 'keys', 'values'].map((name) => filterMethod(name)),
  method('get', (e, v, key, otherwise) => {
    const found = member(e, v, key);
    return found instanceof Undefined ? (otherwise ?? null) : found;
  }),
]);

const LIST_METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([
  method('count', (_, v: unknown[], item) => v.filter((other) => equals(other, item)).length),
  method('has', (_, v: unknown[], item) => v.some((other) => equals(other, item))),
  method('index', (_, v: unknown[], item) => {
    const at = v.findIndex((other) => equals(other, item));
    if (at < 0) throw misuse(`${repr(item)} is not in the list`);
    return at;
  }),
]);

export const methodsOf = (v: unknown): ReadonlyMap<string, Method> => {
  if (typeof v === 'string') return STRING_METHODS;
  if (Array.isArray(v)) return LIST_METHODS;
  return entriesOf(v) === undefined ? NO_METHODS : DICT_METHODS;
};

const NO_METHODS: ReadonlyMap<string, Method> = new Map();
