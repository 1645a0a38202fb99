/** Trees into closures: what runs is our own code alone, so that no template becomes JavaScript. */

import { newMap } from 'go-template';
import type { Execution } from './execution.ts';
import { Fault, misuse } from './fault.ts';
import type { Whitespace } from './lexer.ts';
import type { Library } from './library/library.ts';
import { LoopState } from './loop.ts';
import { blockStatement, CallerMacro, Macro, SelfObject } from './macro.ts';
import { member, read, slice, undefinedFault, used } from './member.ts';
import { Namespace } from './namespace.ts';
import { meant } from './near.ts';
import {
  add,
  compares,
  concatenate,
  divide,
  floorDivide,
  multiply,
  negate,
  positive,
  power,
  remainder,
  subtract,
} from './operator.ts';
import { parseTemplate } from './parser.ts';
import type { Place, TemplateText } from './place.ts';
import { Scope } from './scope.ts';
import type { ListTree, MacroTree, Tree, TreeOf } from './tree.ts';
import {
  Callable,
  display,
  entriesOf,
  isTrue,
  itemsOf,
  JinjaObject,
  kindName,
  type Named,
  NONE,
  Undefined,
} from './value.ts';

export type Expression = (execution: Execution, scope: Scope) => unknown;

/** What a statement leaves a loop with: undefined when all goes on. */
type Jump = 'break' | 'continue' | undefined;
export type Statement = (execution: Execution, scope: Scope) => Jump;

export interface CompiledTemplate {
  /** As templates name it. */
  readonly name: string;
  readonly text: TemplateText;
  readonly write: (execution: Execution, scope: Scope) => void;
  readonly tree: Tree;
}

/** A body that a template may enter or not. */
export interface Branch {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly kind: 'if' | 'for' | 'else';
}

/** Hears of each branch when its template is compiled; what it returns is called whenever the branch is entered. */
export type BranchObserver = (branch: Branch) => () => void;

export interface CompileOptions extends Whitespace {
  readonly library: Library;
  readonly branches?: BranchObserver | undefined;
  /** As templates name it; the path if absent. */
  readonly name?: string;
}

/** A template that can be run. Throws all faults that show before it runs, as one AggregateError of Faults. */
export function compileTemplate(text: TemplateText, options: CompileOptions): CompiledTemplate {
  const tree = parseTemplate(text, options);
  const compiler = new Compiler(text, options);
  const write = compiler.root(tree as TreeOf<'Root'>);
  if (compiler.faults.length > 0) throw new AggregateError(compiler.faults);
  return { name: options.name ?? text.path, text, write, tree };
}

type Binary = (execution: Execution, a: unknown, b: unknown) => unknown;

const BINARY: Readonly<Record<string, Binary>> = {
  Add: add,
  Sub: subtract,
  Mul: multiply,
  Div: divide,
  FloorDiv: floorDivide,
  Mod: remainder,
  Pow: power,
  Concat: concatenate,
};

class Compiler {
  /** What is wrong though it could be parsed. */
  readonly faults: Fault[] = [];
  private readonly text: TemplateText;
  private readonly library: Library;
  private readonly branches: BranchObserver | undefined;
  private readonly blocks = new Map<string, Statement>();
  private extends = false;
  /** Whether what is being compiled may ask for `loop` or `caller`, itself or in what sees what is around it. */
  private asks = false;
  /** Those of the two that it could ask for, for hints. */
  private around: readonly string[] = [];

  constructor(text: TemplateText, { library, branches }: CompileOptions) {
    this.text = text;
    this.library = library;
    this.branches = branches;
  }

  root(tree: TreeOf<'Root'>): (execution: Execution, scope: Scope) => void {
    const body = this.list(tree.children);
    const { blocks } = this;
    const run = (execution: Execution, scope: Scope): void => {
      if (blocks.size > 0) {
        for (const [name, write] of blocks) {
          const chain = execution.blocks.get(name);
          if (chain === undefined) execution.blocks.set(name, [{ write }]);
          else chain.push({ write });
        }
        scope.set('self', new SelfObject(execution.blocks, scope));
      }
      body(execution, scope);
    };
    if (!this.extends) return run;
    return (execution, scope) => {
      const [text, parent] = execution.extending(() => run(execution, scope));
      if (parent === undefined) execution.write(text);
      else enterTemplate(execution, parent, () => parent.write(execution, scope));
    };
  }

  private place({ lineno, colno }: Pick<Tree, 'lineno' | 'colno'>): Place {
    return { template: this.text, line: lineno + 1, column: colno + 1 };
  }

  private fault(at: Pick<Tree, 'lineno' | 'colno'>, message: string, hint?: string): void {
    this.faults.push(new Fault('PACK_TEMPLATE_SYNTAX', message, { at: this.place(at), hint }));
  }

  // Statements

  private list(children: readonly Tree[]): Statement {
    const statements = children.map((child) => this.statement(child));
    if (statements.length === 1) return statements[0] as Statement;
    return (execution, scope) => {
      for (const statement of statements) {
        const jump = statement(execution, scope);
        if (jump !== undefined) return jump;
      }
      return undefined;
    };
  }

  private statement(tree: Tree): Statement {
    switch (tree.typename) {
      case 'NodeList':
        return this.list(tree.children);
      case 'Output':
        return this.list(tree.children.map((child) => child));
      case 'TemplateData': {
        const text = tree.value;
        return (execution) => {
          execution.write(text);
          return undefined;
        };
      }
      case 'If':
        return this.if_(tree);
      case 'Loop':
        return this.loop(tree);
      case 'Assign':
        return this.assign(tree);
      case 'With':
        return this.with_(tree);
      case 'MacroDefinition': {
        const macro = this.macro(tree);
        return (execution, scope) => {
          scope.set(tree.name, macro(execution, scope));
          return undefined;
        };
      }
      case 'CallBlock':
        return this.callBlock(tree);
      case 'FilterBlock': {
        const body = this.statement(tree.body);
        const filter = this.bodyFilter(tree.filter);
        return (execution, scope) => {
          const inner = new Scope(scope);
          const text = execution.capture(() => body(execution, inner));
          writeValue(execution, filter(execution, inner, text));
          return undefined;
        };
      }
      case 'Block':
        return this.block(tree);
      case 'Autoescape':
        return this.statement(tree.body);
      case 'Extends': {
        this.extends = true;
        const template = this.expression(tree.template);
        const place = this.place(tree);
        return (execution, scope) => {
          const name = template(execution, scope);
          execution.at = place;
          if (execution.parent !== undefined) throw misuse('a template extends another only once');
          execution.parent = load(execution, name);
          return undefined;
        };
      }
      case 'IncludeTemplate':
        return this.include(tree);
      case 'ImportAll': {
        const load_ = this.module(tree);
        return (execution, scope) => {
          scope.set(tree.target, new Namespace('module', load_(execution, scope)));
          return undefined;
        };
      }
      case 'ImportNames':
        return this.importNames(tree);
      case 'Do': {
        const value = this.expression(tree.value);
        return (execution, scope) => {
          value(execution, scope);
          return undefined;
        };
      }
      case 'Jump': {
        const { kind } = tree;
        return () => kind;
      }
      default:
        return this.output(tree);
    }
  }

  private output(tree: Tree): Statement {
    const value = this.expression(tree);
    const place = this.place(tree);
    return (execution, scope) => {
      const v = value(execution, scope);
      if (typeof v === 'string') {
        execution.write(v);
        return undefined;
      }
      execution.at = place;
      writeValue(execution, v);
      return undefined;
    };
  }

  private if_(tree: TreeOf<'If'>): Statement {
    const cond = this.expression(tree.cond);
    const body = this.branch('if', tree, tree.body);
    const otherwise = this.otherwise(tree.else_);
    return (execution, scope) =>
      isTrue(cond(execution, scope)) ? body(execution, scope) : otherwise?.(execution, scope);
  }

  private branch(kind: Branch['kind'], at: Tree, tree: Tree): Statement {
    const body = this.statement(tree);
    if (this.branches === undefined) return body;
    const { line, column } = this.place(at);
    const enter = this.branches({ path: this.text.path, line, column, kind });
    return (execution, scope) => {
      enter();
      return body(execution, scope);
    };
  }

  /** An `elif` is a condition of its own. */
  private otherwise(tree: Tree | null | undefined): Statement | undefined {
    if (!tree) return undefined;
    return tree.typename === 'If' ? this.statement(tree) : this.branch('else', tree, tree);
  }

  private loop(tree: TreeOf<'Loop'>): Statement {
    const { recursive } = tree;
    const items = this.expression(tree.items);
    const place = this.place(tree.items);
    const condition = tree.condition ? this.expression(tree.condition) : undefined;
    const assign = this.target(tree.target);
    const { made: body, asks } = this.within('loop', () => this.branch('for', tree, tree.body));
    const otherwise = this.otherwise(tree.else_);
    const run = (execution: Execution, outer: Scope, iterated: unknown, depth: number): void => {
      execution.at = place;
      let all = itemsToLoop(execution, iterated);
      if (condition !== undefined) {
        all = all.filter((item) => {
          const inner = new Scope(outer);
          execution.budget.step();
          assign(execution, inner, item);
          return isTrue(condition(execution, inner));
        });
      }
      if (all.length === 0) {
        otherwise?.(execution, outer);
        return;
      }
      const again = recursive
        ? (more: unknown) =>
            execution.deeper('a recursive', 'loop', () =>
              execution.capture(() => run(execution, outer, more, depth + 1)),
            )
        : undefined;
      // Most bodies ask for no `loop`, and a variable of each iteration costs as much as what they write.
      const state = asks ? new LoopState(all, depth, again) : undefined;
      for (let i = 0; i < all.length; i++) {
        execution.budget.step();
        const inner = new Scope(outer);
        if (state !== undefined) {
          state.index0 = i;
          inner.set('loop', state);
        }
        assign(execution, inner, all[i]);
        if (body(execution, inner) === 'break') return;
      }
    };
    return (execution, scope) => {
      const iterated = items(execution, scope);
      run(execution, scope, iterated, 1);
      return undefined;
    };
  }

  /** Assigns a value to a name, to several, or to a member of a namespace. */
  private target(tree: Tree): (execution: Execution, scope: Scope, v: unknown) => void {
    const place = this.place(tree);
    if (tree.typename === 'Symbol') {
      const name = tree.value;
      return (_, scope, v) => scope.set(name, v);
    }
    if (tree.typename === 'LookupVal') {
      const object = this.expression(tree.target);
      const key = tree.val as TreeOf<'Literal'>;
      return (execution, scope, v) => {
        const namespace = object(execution, scope);
        execution.at = place;
        if (!(namespace instanceof Namespace) || namespace.kind !== 'namespace')
          throw misuse(
            `only members of a namespace can be set, not of a ${kindName(namespace)}`,
            'make one: {% set ns = namespace(x=1) %}',
          );
        namespace.entries.set(key.value as string, v);
      };
    }
    const targets = (tree as TreeOf<'Tuple'>).children.map((child) => this.target(child));
    return (execution, scope, v) => {
      execution.at = place;
      const items = v instanceof Undefined ? undefined : itemsOf(v);
      if (items === undefined || v === null || typeof v === 'string')
        throw misuse(
          `${targets.length} names take a list, not a ${kindName(v)}`,
          'loop over keys and values with |items',
        );
      if (items.length !== targets.length)
        throw misuse(`${targets.length} names take a list of as many items, not of ${items.length}`);
      for (const [i, target] of targets.entries()) target(execution, scope, items[i]);
    };
  }

  private assign(tree: TreeOf<'Assign'>): Statement {
    const target = this.target(tree.target);
    if (tree.value) {
      const value = this.expression(tree.value);
      return (execution, scope) => {
        target(execution, scope, value(execution, scope));
        return undefined;
      };
    }
    const body = this.statement(tree.body as Tree);
    const filter = this.bodyFilter(tree.filter as Tree);
    return (execution, scope) => {
      const inner = new Scope(scope);
      const text = execution.capture(() => body(execution, inner));
      target(execution, scope, filter(execution, scope, text));
      return undefined;
    };
  }

  /** The filters of a block, as a function of its text. */
  private bodyFilter(tree: Tree): (execution: Execution, scope: Scope, text: string) => unknown {
    if (tree.typename === 'BodyText') return (_, __, text) => text;
    const filter = this.expression(tree);
    return (execution, scope, text) => {
      const inner = new Scope(scope);
      inner.set(BODY_TEXT, text);
      return filter(execution, inner);
    };
  }

  private with_(tree: TreeOf<'With'>): Statement {
    const pairs = tree.pairs.map(({ key, value }) => [this.target(key), this.expression(value)] as const);
    const body = this.statement(tree.body);
    return (execution, scope) => {
      const inner = new Scope(scope);
      for (const [target, value] of pairs) target(execution, inner, value(execution, inner));
      return body(execution, inner);
    };
  }

  private macro(tree: MacroTree): (execution: Execution, scope: Scope) => Macro {
    const { made, asks } = this.within('caller', () => {
      const params = tree.params.map(({ name, value }) => ({ name, value: value && this.expression(value) }));
      return { name: tree.name, params, body: this.statement(tree.body) };
    });
    const place = this.place(tree);
    const definition = { ...made, asksForCaller: asks, place };
    return (_, scope) => new Macro(definition, scope);
  }

  /** What `make` makes where there is one of the two, and whether it may ask for it. */
  private within<T>(name: 'loop' | 'caller', make: () => T): { readonly made: T; readonly asks: boolean } {
    const { asks: before, around } = this;
    this.asks = false;
    this.around = [...around, name];
    const made = make();
    const { asks } = this;
    this.asks = before || asks;
    this.around = around;
    return { made, asks };
  }

  private callBlock(tree: TreeOf<'CallBlock'>): Statement {
    const caller = this.macro(tree.caller);
    const place = this.place(tree);
    const call = this.call(tree.call, (execution, scope, named) =>
      new Map(named).set('caller', new CallerMacro(caller(execution, scope))),
    );
    return (execution, scope) => {
      const v = call(execution, scope);
      execution.at = place;
      writeValue(execution, v);
      return undefined;
    };
  }

  private block(tree: TreeOf<'Block'>): Statement {
    const name = tree.name.value;
    if (this.blocks.has(name)) this.fault(tree, `block ${name} stands twice`);
    this.blocks.set(name, () => undefined);
    // Another template may define it.
    this.asks = true;
    this.blocks.set(name, this.statement(tree.body));
    const write = blockStatement(name);
    // What a template extends says where its blocks stand.
    return (execution, scope) => (execution.parent === undefined ? write(execution, scope) : undefined);
  }

  private include(tree: TreeOf<'IncludeTemplate'>): Statement {
    const template = this.expression(tree.template);
    const place = this.place(tree.template);
    const { ignoreMissing, isolated } = tree;
    if (!isolated) this.asks = true;
    return (execution, scope) => {
      const name = template(execution, scope);
      execution.at = place;
      const found = load(execution, name, ignoreMissing);
      if (found === undefined) return undefined;
      const { blocks } = execution;
      execution.blocks = new Map();
      try {
        enterTemplate(execution, found, () => found.write(execution, new Scope(isolated ? undefined : scope)));
      } finally {
        execution.blocks = blocks;
      }
      return undefined;
    };
  }

  /** What a template defines at its top. */
  private module(
    tree: TreeOf<'ImportAll' | 'ImportNames'>,
  ): (execution: Execution, scope: Scope) => Map<string, unknown> {
    const template = this.expression(tree.template);
    const place = this.place(tree.template);
    const { isolated } = tree;
    if (!isolated) this.asks = true;
    return (execution, scope) => {
      const name = template(execution, scope);
      execution.at = place;
      const found = load(execution, name) as CompiledTemplate;
      const inner = new Scope(isolated ? undefined : scope);
      const { blocks } = execution;
      execution.blocks = new Map();
      try {
        enterTemplate(execution, found, () => execution.capture(() => found.write(execution, inner)));
      } finally {
        execution.blocks = blocks;
      }
      return new Map(inner.entries());
    };
  }

  private importNames(tree: TreeOf<'ImportNames'>): Statement {
    const module = this.module(tree);
    const template = this.expression(tree.template);
    const names = tree.names.map(({ name, alias, at }) => ({ name, alias, place: this.place(at) }));
    return (execution, scope) => {
      const found = module(execution, scope);
      for (const { name, alias, place } of names) {
        const value = found.get(name);
        if (value === undefined) {
          execution.at = place;
          throw new Fault('PACK_TEMPLATE_MISSING', `${display(template(execution, scope))} defines no ${name}`, {
            hint: meant(name, found.keys()),
          });
        }
        scope.set(alias, value);
      }
      return undefined;
    };
  }

  // Expressions

  expression(tree: Tree): Expression {
    switch (tree.typename) {
      case 'Literal':
      case 'Number': {
        const { value } = tree;
        return () => value;
      }
      case 'Symbol':
        return this.symbol(tree);
      case 'BodyText':
        return (_, scope) => scope.get(BODY_TEXT);
      case 'LookupVal':
        return this.lookup(tree);
      case 'FunCall':
        return this.call(tree);
      case 'Filter':
        return this.filter(tree);
      case 'Test':
        return this.test(tree);
      case 'Array':
      case 'Tuple':
        return this.items(tree.children);
      case 'Dict':
        return this.dict(tree);
      case 'Or': {
        const [left, right] = [this.expression(tree.left), this.expression(tree.right)];
        return (execution, scope) => {
          const v = left(execution, scope);
          return isTrue(v) ? v : right(execution, scope);
        };
      }
      case 'And': {
        const [left, right] = [this.expression(tree.left), this.expression(tree.right)];
        return (execution, scope) => {
          const v = left(execution, scope);
          return isTrue(v) ? right(execution, scope) : v;
        };
      }
      case 'Not': {
        const target = this.expression(tree.target);
        return (execution, scope) => !isTrue(target(execution, scope));
      }
      case 'Neg':
      case 'Pos': {
        const target = this.expression(tree.target);
        const place = this.place(tree);
        const operate = tree.typename === 'Neg' ? negate : positive;
        return (execution, scope) => {
          const v = target(execution, scope);
          execution.at = place;
          return operate(execution, v);
        };
      }
      case 'Compare':
        return this.comparison(tree);
      case 'InlineIf': {
        const [cond, body] = [this.expression(tree.cond), this.expression(tree.body)];
        const otherwise = tree.else_ ? this.expression(tree.else_) : undefined;
        return (execution, scope) => {
          if (isTrue(cond(execution, scope))) return body(execution, scope);
          return otherwise === undefined ? NOTHING : otherwise(execution, scope);
        };
      }
    }
    const operate = BINARY[tree.typename];
    if (operate === undefined) throw new TypeError(`no expression: ${tree.typename}`);
    const { left: l, right: r } = tree as TreeOf<'Add'>;
    const [left, right, place] = [this.expression(l), this.expression(r), this.place(tree)];
    return (execution, scope) => {
      const a = left(execution, scope);
      const b = right(execution, scope);
      execution.at = place;
      return operate(execution, a, b);
    };
  }

  private symbol(tree: TreeOf<'Symbol'>): Expression {
    const name = tree.value;
    const place = this.place(tree);
    const { library, around } = this;
    if (name === 'loop' || name === 'caller') this.asks = true;
    return (execution, scope) => {
      let value = scope.get(name);
      if (value === undefined) value = execution.globals.get(name);
      if (value === undefined) value = library.function(name);
      if (value !== undefined) return value;
      return new Undefined(name, place, () => [
        ...scope.names(),
        ...around,
        ...execution.globals.keys(),
        ...library.functionNames(),
      ]);
    };
  }

  private lookup(tree: TreeOf<'LookupVal'>): Expression {
    const target = this.expression(tree.target);
    const place = this.place(tree.val);
    const spelling = spell(tree);
    if (tree.val.typename === 'Slice') {
      const { start, stop, step } = tree.val;
      const bounds = [start, stop, step].map((part) => (part ? this.expression(part) : undefined));
      return (execution, scope) => {
        const v = target(execution, scope);
        const [from, to, by] = bounds.map((bound) => bound?.(execution, scope));
        execution.at = place;
        return slice(execution, v, from, to, by);
      };
    }
    const key = this.expression(tree.val);
    return (execution, scope) => {
      const v = target(execution, scope);
      const k = key(execution, scope);
      execution.at = place;
      return read(execution, v, k, spelling);
    };
  }

  private items(children: readonly Tree[]): Expression {
    const items = children.map((child) => this.expression(child));
    return (execution, scope) => items.map((item) => item(execution, scope));
  }

  private dict(tree: TreeOf<'Dict'>): Expression {
    const pairs = (tree.children as TreeOf<'Pair'>[]).map(
      ({ key, value }) => [this.expression(key), this.expression(value), this.place(key)] as const,
    );
    return (execution, scope) => {
      const map = newMap();
      for (const [key, value, place] of pairs) {
        const k = key(execution, scope);
        execution.at = place;
        if (typeof k === 'object' && k !== null && !(used(execution, k) instanceof Undefined))
          throw misuse(`a ${kindName(k)} cannot be the key of a dict`);
        map[display(k)] = value(execution, scope);
      }
      return map;
    };
  }

  private comparison(tree: TreeOf<'Compare'>): Expression {
    const first = this.expression(tree.expr);
    const rest = tree.ops.map(({ expr, type }) => [type, this.expression(expr)] as const);
    const place = this.place(tree);
    return (execution, scope) => {
      let left = first(execution, scope);
      for (const [type, operand] of rest) {
        const right = operand(execution, scope);
        execution.at = place;
        if (!compares(execution, type, left, right)) return false;
        left = right;
      }
      return true;
    };
  }

  private filter(tree: TreeOf<'Filter'>): Expression {
    const name = tree.name.value;
    const run = this.library.filter(name);
    if (run === undefined) {
      this.fault(tree, `unknown filter ${name}`, meant(name, this.library.filterNames()));
      return () => null;
    }
    const args = this.args(tree.args);
    const place = this.place(tree);
    return (execution, scope) => {
      const positional = args.positional(execution, scope);
      const named = args.named(execution, scope);
      execution.at = place;
      execution.budget.step();
      return run(execution, positional, named);
    };
  }

  private test(tree: TreeOf<'Test'>): Expression {
    const { name } = tree;
    const run = this.library.test(name);
    if (run === undefined) {
      this.fault(tree, `unknown test ${name}`, meant(name, this.library.testNames()));
      return () => null;
    }
    const target = this.expression(tree.target);
    const args = this.args(tree.args);
    const place = this.place(tree);
    return (execution, scope) => {
      const v = target(execution, scope);
      const positional = args.positional(execution, scope);
      const named = args.named(execution, scope);
      execution.at = place;
      return run(execution, [v, ...positional], named);
    };
  }

  private args(tree: ListTree): Arguments {
    const positional: { readonly value: Expression; readonly spread: boolean }[] = [];
    const pairs: { readonly name: string | undefined; readonly value: Expression }[] = [];
    for (const child of tree.children) {
      if (child.typename === 'KeywordArgs') {
        for (const pair of child.children as (TreeOf<'Pair'> | TreeOf<'Spread'>)[]) {
          const name = pair.typename === 'Pair' ? (pair.key as TreeOf<'Symbol'>).value : undefined;
          if (name !== undefined && pairs.some((other) => other.name === name))
            this.fault(pair, `argument ${name} stands twice`);
          pairs.push({ name, value: this.expression(pair.value) });
        }
      } else if (child.typename === 'Spread') positional.push({ value: this.expression(child.value), spread: true });
      else positional.push({ value: this.expression(child), spread: false });
    }
    const values = positional.map(({ value }) => value);
    return {
      positional: positional.some(({ spread }) => spread)
        ? (execution, scope) =>
            positional.flatMap(({ value, spread }) =>
              spread ? itemsToLoop(execution, value(execution, scope)) : [value(execution, scope)],
            )
        : inOrder(values),
      named: pairs.length === 0 ? () => NONE : namedArguments(pairs),
    };
  }

  private call(
    tree: TreeOf<'FunCall'>,
    withCaller?: (execution: Execution, scope: Scope, named: Named) => Named,
  ): Expression {
    const args = this.args(tree.args);
    const callee = this.callee(tree.name);
    const place = this.place(tree.name.typename === 'LookupVal' ? tree.name.val : tree.name);
    return (execution, scope) => {
      const called = callee(execution, scope);
      const positional = args.positional(execution, scope);
      const given = args.named(execution, scope);
      const named = withCaller === undefined ? given : withCaller(execution, scope, given);
      execution.at = place;
      execution.budget.step();
      if (called instanceof Callable) return called.call(execution, positional, named);
      if (called instanceof Undefined)
        throw new Fault('PACK_TEMPLATE_UNDEFINED', `${called.name} is no function`, {
          hint: meant(called.name, called.near()),
        });
      throw misuse(`a ${kindName(called)} cannot be called`);
    };
  }

  /** What is called: of a member that a value does not have, a method of its kind. */
  private callee(tree: Tree): Expression {
    if (tree.typename !== 'LookupVal' || tree.val.typename !== 'Literal') return this.expression(tree);
    const target = this.expression(tree.target);
    const name = String(tree.val.value);
    const place = this.place(tree.val);
    const spelling = spell(tree);
    const { library } = this;
    return (execution, scope) => {
      const v = target(execution, scope);
      execution.at = place;
      const found = member(execution, v, name, spelling);
      if (!(found instanceof Undefined)) return found;
      if (v instanceof Undefined) throw undefinedFault(v);
      const method = library.method(v, name);
      if (method !== undefined) return method;
      throw new Fault('PACK_TEMPLATE_UNDEFINED', `a ${kindName(v)} has no method ${name}`, {
        hint: meant(name, library.methodNames(v)),
      });
    };
  }
}

interface Arguments {
  readonly positional: (execution: Execution, scope: Scope) => unknown[];
  readonly named: (execution: Execution, scope: Scope) => Named;
}

/** Most calls have few arguments, and a template makes many calls. */
function inOrder(values: readonly Expression[]): Arguments['positional'] {
  const [a, b] = values;
  if (a === undefined) return () => [];
  if (b === undefined) return (execution, scope) => [a(execution, scope)];
  if (values.length === 2) return (execution, scope) => [a(execution, scope), b(execution, scope)];
  return (execution, scope) => values.map((value) => value(execution, scope));
}

const namedArguments =
  (pairs: readonly { readonly name: string | undefined; readonly value: Expression }[]): Arguments['named'] =>
  (execution, scope) => {
    const named = new Map<string, unknown>();
    for (const { name, value } of pairs) {
      const v = value(execution, scope);
      if (name !== undefined) named.set(name, v);
      else for (const [key, item] of Object.entries(entriesOf(v) ?? {})) named.set(key, item);
    }
    return named;
  };

const NOTHING = new Undefined('the value', undefined, undefined, true);

/** No name of a template's can be this. */
const BODY_TEXT = ' body';

function spell(tree: Tree): string | undefined {
  if (tree.typename === 'Symbol') return tree.value;
  if (tree.typename !== 'LookupVal') return undefined;
  const target = spell(tree.target) ?? '…';
  const { val } = tree;
  if (val.typename === 'Literal' && typeof val.value === 'string')
    return /^[\p{ID_Start}_][\p{ID_Continue}]*$/u.test(val.value)
      ? `${target}.${val.value}`
      : `${target}[${JSON.stringify(val.value)}]`;
  return `${target}[${val.typename === 'Number' ? display(val.value) : (spell(val) ?? '…')}]`;
}

function itemsToLoop(execution: Execution, v: unknown): readonly unknown[] {
  const value = used(execution, v);
  if (value instanceof Undefined) return [];
  const items = itemsOf(value);
  if (items === undefined)
    throw misuse(
      `a ${kindName(value)} cannot be looped over`,
      value instanceof JinjaObject ? undefined : 'it takes a list, dict or string',
    );
  return items;
}

function writeValue(execution: Execution, v: unknown): void {
  execution.write(display(used(execution, v)));
}

function load(execution: Execution, name: unknown, ignoreMissing?: boolean): CompiledTemplate | undefined {
  const names = Array.isArray(name) ? name : [name];
  for (const one of names) {
    used(execution, one);
    if (typeof one !== 'string') throw misuse(`templates have names, not a ${kindName(one)}`);
    const found = execution.loader.find(one, execution.running.at(-1) ?? '');
    if (found !== undefined) return found;
  }
  if (ignoreMissing) return undefined;
  const [first = ''] = names as string[];
  throw new Fault(
    'PACK_TEMPLATE_MISSING',
    `there is no template ${names.map((one) => JSON.stringify(one)).join(', ')}`,
    {
      hint: meant(first, execution.loader.names()),
    },
  );
}

function enterTemplate<R>(execution: Execution, template: CompiledTemplate, run: () => R): R {
  if (execution.running.includes(template.text.path)) {
    const circle = [...execution.running.slice(execution.running.indexOf(template.text.path)), template.text.path];
    // A template may include itself for a tree of data, but not to define macros without end.
    if (circle.length > execution.budget.limits.depth || execution.depth >= execution.budget.limits.depth)
      throw new Fault(
        'PACK_TEMPLATE_LIMIT',
        `templates include each other without end: ${[...new Set(circle)].join(' → ')}`,
      );
  }
  execution.running.push(template.text.path);
  const { parent } = execution;
  execution.parent = undefined;
  try {
    return execution.deeper('template', template.name, run);
  } finally {
    execution.parent = parent;
    execution.running.pop();
  }
}
