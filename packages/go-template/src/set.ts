/** Templates that know each other by name. */
import { builtins } from './builtins.ts';
import { type Compiled, compile } from './compile.ts';
import { TemplateError } from './error.ts';
import { Execution, guardStack, type Meter } from './execution.ts';
import { quote } from './fmt/quote.ts';
import { nearest } from './near.ts';
import { isEmptyTree, type ListNode, type Tree } from './node.ts';
import { parse } from './parse.ts';
import type { FuncMap, GoFunc } from './value.ts';

export interface TemplateSetOptions {
  /** The name that errors give the set itself. */
  name?: string;
  /** Functions beside the built-in ones, which they may replace. */
  funcs?: FuncMap;
  /**
   * What a missing key of a map yields: `invalid` prints `<no value>` (Go's default), `zero` the zero value of the
   * map's elements (Helm's choice), `error` stops.
   */
  missingKey?: 'invalid' | 'zero' | 'error';
  /** Bounds loop turns and template calls of one execution. */
  maxSteps?: number;
  leftDelim?: string;
  rightDelim?: string;
  /** Told of each body of `if`, `with`, `range` and `else` that is entered; without it nothing is asked at all. */
  observe?: ((entered: ListNode) => void) | undefined;
}

/** One template. It is compiled when it first runs, and may run in every clone of the set that it was parsed for. */
export class Template {
  readonly tree: Tree;
  private compiled: Compiled | undefined;

  constructor(tree: Tree) {
    this.tree = tree;
  }

  get name(): string {
    return this.tree.name;
  }

  code(set: TemplateSet): Compiled {
    this.compiled ??= compile(this.tree, set);
    return this.compiled;
  }
}

/** Loop turns and template calls; at this many a render has taken seconds, and no chart is known to come near. */
const MAX_STEPS = 20_000_000;

/**
 * Templates by name, with their functions. Parse once, execute as often as needed: an execution changes nothing here.
 * Data are values as value.ts describes them; {@link toGo} makes them from plain JavaScript.
 */
export class TemplateSet {
  readonly name: string;
  readonly missingKey: 'invalid' | 'zero' | 'error';
  readonly maxSteps: number;
  readonly observe: ((entered: ListNode) => void) | undefined;
  private readonly funcs: FuncMap;
  private readonly delims: { leftDelim: string; rightDelim: string };
  private readonly templates = new Map<string, Template>();
  private readonly parent: TemplateSet | undefined;

  constructor(options: TemplateSetOptions = {}, parent?: TemplateSet) {
    this.name = options.name ?? '';
    this.missingKey = options.missingKey ?? 'invalid';
    this.maxSteps = options.maxSteps ?? MAX_STEPS;
    this.funcs = options.funcs ?? {};
    this.observe = options.observe;
    this.delims = { leftDelim: options.leftDelim ?? '', rightDelim: options.rightDelim ?? '' };
    this.parent = parent;
  }

  /** A function by name and whether it is a built-in one. */
  func(name: string): { func: GoFunc; isBuiltin: boolean } | undefined {
    if (Object.hasOwn(this.funcs, name)) return { func: this.funcs[name] as GoFunc, isBuiltin: false };
    return Object.hasOwn(builtins, name) ? { func: builtins[name] as GoFunc, isBuiltin: true } : undefined;
  }

  /** Parses a text without adding it: what it defines, and last the text itself under `name`. */
  read(name: string, text: string): Template[] {
    const trees = guardStack(name, () =>
      parse(name, text, {
        hasFunction: (f) => this.func(f) !== undefined,
        nearFunction: (f) => nearest(f, [...Object.keys(this.funcs), ...Object.keys(builtins)]),
        ...this.delims,
      }),
    );
    return Array.from(trees.values(), (tree) => new Template(tree));
  }

  /** Adds templates. One with no content does not replace an earlier one of its name. */
  add(templates: readonly Template[]): void {
    for (const template of templates) {
      if (this.lookup(template.name) === undefined || !isEmptyTree(template.tree.root)) {
        this.templates.set(template.name, template);
      }
    }
  }

  /**
   * Parses a text and adds it and what it defines. Throws a TemplateError `TEMPLATE_PARSE` with Go's message.
   * Returns the text's own template.
   */
  parse(name: string, text: string): Template {
    const templates = this.read(name, text);
    this.add(templates);
    return templates.find((t) => t.name === name) as Template;
  }

  lookup(name: string): Template | undefined {
    return this.templates.get(name) ?? this.parent?.lookup(name);
  }

  /** The names of all templates that {@link lookup} finds. */
  private names(): string[] {
    return [...this.templates.keys(), ...(this.parent?.names() ?? [])];
  }

  /** A set that sees all of this one's templates; what is added to it stays in it. */
  clone(): TemplateSet {
    const { name, missingKey, maxSteps, funcs, observe } = this;
    return new TemplateSet({ name, missingKey, maxSteps, funcs, observe, ...this.delims }, this);
  }

  /** A meter for {@link execute}, to bound several executions together. */
  meter(): Meter {
    return { steps: 0, maxSteps: this.maxSteps };
  }

  /** Runs the template `name`. Throws a TemplateError with Go's message. */
  execute(name: string, data: unknown, meter: Meter = this.meter()): string {
    return guardStack(name, () => this.nested(name, data, meter));
  }

  /** As {@link execute}, for functions that run inside an execution: each level takes as little stack as can be. */
  nested(name: string, data: unknown, meter: Meter): string {
    const template = this.lookup(name);
    if (template === undefined) {
      const near = nearest(name, this.names());
      throw new TemplateError(
        'TEMPLATE_MISSING',
        `template: no template ${quote(name)} associated with template ${quote(this.name)}`,
        near === undefined ? {} : { hint: `did you mean ${near}?` },
      );
    }
    return this.run(template, data, meter);
  }

  /** Runs a template, added to this set or not, inside an execution. */
  run(template: Template, data: unknown, meter: Meter): string {
    const { body, slots } = template.code(this);
    const s = new Execution(this, template.name, meter);
    s.frame = new Array<unknown>(slots);
    s.frame[0] = data;
    body(s, data);
    return s.out;
  }
}
