/**
 * Trees into closures. Go's interpreter (text/template/exec.go) walks the tree on each execution; here the walk is done
 * once, and what it decides from the tree alone (types of literals, slots of variables, functions and their argument
 * types) is decided then. What it decides from values happens in the closures, in Go's order, because errors show it.
 */
import { callValue, mapElement } from './builtins.ts';
import { canBeNil, fromNative, isAssignable, literalAs, needsConversion, toNative, zeroOf } from './convert.ts';
import { callFailed, type Execution } from './execution.ts';
import { formatNumber } from './fmt/float.ts';
import { formatV } from './fmt/print.ts';
import { quote } from './fmt/quote.ts';
import { idealType } from './literal.ts';
import { nearest } from './near.ts';
import {
  type ActionNode,
  type BranchNode,
  type ChainNode,
  type CommandNode,
  type FieldNode,
  type IdentifierNode,
  type ListNode,
  type Node,
  type NumberNode,
  type Operand,
  type PipeNode,
  printNode,
  type TemplateNode,
  type Tree,
  type VariableNode,
} from './node.ts';
import type { TemplateSet } from './set.ts';
import { parseSignature, type Signature, type TypeName } from './signature.ts';
import { isTrue } from './truth.ts';
import {
  Complex,
  elemType,
  GoFunc,
  GoValue,
  Int,
  isMap,
  isOwnMap,
  sliceMethod,
  sortedKeys,
  TypedMap,
  typeOf,
} from './value.ts';

/** How a statement ended. */
type Jump = 0 | 1 | 2;
const NEXT = 0;
const BREAK = 1;
const CONTINUE = 2;

type Statement = (s: Execution, dot: unknown) => Jump;
type Evaluation = (s: Execution, dot: unknown) => unknown;
/** `final` is the value piped in, or {@link NONE}. */
type Command = (s: Execution, dot: unknown, final: unknown) => unknown;

const NONE = Symbol('no piped value');

/** `{{template}}` nests no deeper, in Go either. */
const MAX_TEMPLATE_DEPTH = 100_000;

export interface Compiled {
  readonly body: Statement;
  /** How many variables a frame holds. */
  readonly slots: number;
}

const UNDECLARED = -1;

interface Variable {
  readonly name: string;
  readonly slot: number;
  /** Of a loop variable: the slot that says whether its value came out of an interface {}. */
  readonly interfaceSlot: number | undefined;
}

export function compile(tree: Tree, set: TemplateSet): Compiled {
  const compiler = new Compiler(set);
  const body = compiler.list(tree.root);
  return { body, slots: compiler.slots };
}

class Compiler {
  slots = 1;
  private readonly set: TemplateSet;
  private readonly scope: Variable[] = [{ name: '$', slot: 0, interfaceSlot: undefined }];

  constructor(set: TemplateSet) {
    this.set = set;
  }

  list(list: ListNode): Statement {
    const statements = list.nodes.filter((n) => n.type !== 'comment').map((n) => this.statement(n));
    switch (statements.length) {
      case 0:
        return () => NEXT;
      case 1:
        return statements[0] as Statement;
    }
    return (s, dot) => {
      for (let i = 0; i < statements.length; i++) {
        const jump = (statements[i] as Statement)(s, dot);
        if (jump !== NEXT) return jump;
      }
      return NEXT;
    };
  }

  private statement(node: Node): Statement {
    switch (node.type) {
      case 'text': {
        const { text } = node;
        return (s) => {
          s.out += text;
          return NEXT;
        };
      }
      case 'action':
        return this.action(node);
      case 'if':
      case 'with':
        return this.ifOrWith(node);
      case 'range':
        return this.range(node);
      case 'template':
        return this.template(node);
      case 'break':
        return () => BREAK;
      case 'continue':
        return () => CONTINUE;
      default:
        throw new TypeError(`no statement: ${node.type}`);
    }
  }

  private action(node: ActionNode): Statement {
    const value = this.pipeline(node.pipe);
    if (node.pipe.decl.length > 0) {
      return (s, dot) => {
        value(s, dot);
        return NEXT;
      };
    }
    return (s, dot) => {
      const v = value(s, dot);
      if (typeof v === 'string') s.out += v;
      else if (typeof v === 'number') s.out += formatNumber(v);
      else if (v === undefined) s.out += '<no value>';
      else if (v instanceof GoFunc) {
        s.node = node;
        s.fail(`can't print ${printNode(node)} of type ${typeOf(v)}`);
      } else if (v instanceof GoValue && v.goPointerString !== undefined) s.out += v.goPointerString();
      else s.out += formatV(v);
      return NEXT;
    };
  }

  private ifOrWith(node: BranchNode): Statement {
    const outer = this.scope.length;
    const condition = this.pipeline(node.pipe);
    const [list, elseList] = this.branches(node);
    this.scope.length = outer;
    if (node.type === 'if') {
      return (s, dot) => {
        if (isTrue(condition(s, dot))) return list(s, dot);
        return elseList === undefined ? NEXT : elseList(s, dot);
      };
    }
    return (s, dot) => {
      const v = condition(s, dot);
      if (!isTrue(v)) return elseList === undefined ? NEXT : elseList(s, dot);
      const outerIsInterface = s.dotIsInterface;
      s.dotIsInterface = false;
      const jump = list(s, v);
      s.dotIsInterface = outerIsInterface;
      return jump;
    };
  }

  private range(node: BranchNode): Statement {
    const { pipe } = node;
    const outer = this.scope.length;
    const value = this.pipeline(pipe, true);
    const targets = pipe.decl.map((v) => this.variable(v.ident[0] as string));
    const [list, elseList] = this.branches(node);
    this.scope.length = outer;

    const elemTarget = targets.at(-1);
    const indexTarget = targets.length > 1 ? targets[0] : undefined;
    /** One turn; whether the loop goes on. */
    const turn = (s: Execution, index: unknown, elem: unknown, isInterface: boolean): boolean => {
      s.step();
      if (elemTarget !== undefined) assign(s, elemTarget, elem, isInterface);
      if (indexTarget !== undefined) assign(s, indexTarget, index, false);
      s.dotIsInterface = isInterface;
      return list(s, elem) !== BREAK;
    };

    return (s, dot) => {
      const v = value(s, dot);
      const outerIsInterface = s.dotIsInterface;
      const ran = iterate(s, v, targets.length, turn);
      s.dotIsInterface = outerIsInterface;
      return ran || elseList === undefined ? NEXT : elseList(s, dot);
    };
  }

  /** What one branch declares, the other does not have, though the parser lets it name it. */
  private branches(node: BranchNode): [Statement, Statement | undefined] {
    const condition = this.scope.length;
    const list = this.observed(node.list);
    this.scope.length = condition;
    return [list, node.elseList === undefined ? undefined : this.observed(node.elseList)];
  }

  private observed(list: ListNode): Statement {
    const body = this.list(list);
    const { observe } = this.set;
    if (observe === undefined) return body;
    return (s, dot) => {
      observe(list);
      return body(s, dot);
    };
  }

  private template(node: TemplateNode): Statement {
    const argument = node.pipe === undefined ? undefined : this.pipeline(node.pipe);
    return (s, dot) => {
      s.node = node;
      const template = s.set.lookup(node.name);
      if (template === undefined) return s.fail(`template ${quote(node.name)} not defined`);
      if (s.depth === MAX_TEMPLATE_DEPTH) s.fail(`exceeded maximum template depth (${MAX_TEMPLATE_DEPTH})`);
      s.step();
      const argumentValue = argument?.(s, dot);
      const { body, slots } = template.code(s.set);
      const { frame, name, node: at, dotIsInterface } = s;
      s.frame = new Array<unknown>(slots);
      s.frame[0] = argumentValue;
      s.name = node.name;
      s.dotIsInterface = false;
      s.depth++;
      body(s, argumentValue);
      s.depth--;
      s.frame = frame;
      s.name = name;
      s.node = at;
      s.dotIsInterface = dotIsInterface;
      return NEXT;
    };
  }

  /** A variable that the parser knew may be missing here: see {@link branches}. */
  private variable(name: string): Variable {
    return this.scope.findLast((v) => v.name === name) ?? { name, slot: UNDECLARED, interfaceSlot: undefined };
  }

  private declare(name: string, isLoop: boolean): Variable {
    const variable = { name, slot: this.slots++, interfaceSlot: isLoop ? this.slots++ : undefined };
    this.scope.push(variable);
    return variable;
  }

  /** nil never leaves a pipeline as an interface: it is no value at all. */
  private pipeline(pipe: PipeNode, isLoop = false): Evaluation {
    const first = this.command(pipe.cmds[0] as CommandNode, pipe);
    const rest = pipe.cmds.slice(1).map((cmd) => this.command(cmd, undefined));
    const targets = pipe.decl.map((v) =>
      pipe.isAssign ? this.variable(v.ident[0] as string) : this.declare(v.ident[0] as string, isLoop),
    );
    if (rest.length === 0 && targets.length === 0) return (s, dot) => first(s, dot, NONE) ?? undefined;
    return (s, dot) => {
      let v = first(s, dot, NONE) ?? undefined;
      for (let i = 0; i < rest.length; i++) v = (rest[i] as Command)(s, dot, v) ?? undefined;
      for (let i = 0; i < targets.length; i++) assign(s, targets[i] as Variable, v, false);
      return v;
    };
  }

  /** `pipe` is the pipeline that the command begins, undefined for later stages. */
  private command(cmd: CommandNode, pipe: PipeNode | undefined): Command {
    const [head, ...args] = cmd.args as [Operand, ...Operand[]];
    switch (head.type) {
      case 'field':
        return this.field(head, args);
      case 'chain':
        return this.chain(head, args);
      case 'identifier':
        return this.call(head, cmd, args, pipe === undefined);
      case 'variable':
        return this.variableChain(head, args);
      case 'pipe': {
        const value = this.pipeline(head);
        return (s, dot, final) => {
          if (pipe !== undefined) s.node = pipe;
          notAFunction(s, head, args, final);
          return value(s, dot);
        };
      }
    }
    const value = this.constantCommand(head);
    return (s, dot, final) => {
      s.node = head;
      notAFunction(s, head, args, final);
      return value(s, dot);
    };
  }

  private constantCommand(head: Operand): Evaluation {
    switch (head.type) {
      case 'bool': {
        const { value } = head;
        return () => value;
      }
      case 'string': {
        const { text } = head;
        return () => text;
      }
      case 'dot':
        return (_s, dot) => dot;
      case 'number':
        return ideal(head);
      default:
        return (s) => s.fail('nil is not a command');
    }
  }

  private field(node: FieldNode, args: readonly Operand[]): Command {
    const { ident } = node;
    const link = this.links(node, ident, args);
    if (ident.length === 1 && args.length === 0) {
      // The commonest expression by far, with the commonest dot.
      const name = ident[0] as string;
      return (s, dot, final) => {
        s.node = node;
        if (final === NONE && typeof dot === 'object' && dot !== null && isOwnMap(dot)) {
          const v = dot[name];
          if (v !== undefined) return v;
        }
        return link(s, dot, dot, s.dotIsInterface, final);
      };
    }
    return (s, dot, final) => {
      s.node = node;
      return link(s, dot, dot, s.dotIsInterface, final);
    };
  }

  private chain(node: ChainNode, args: readonly Operand[]): Command {
    if (node.node.type === 'nil') {
      return (s) => {
        s.node = node;
        return s.fail(`indirection through explicit nil in ${printNode(node)}`);
      };
    }
    const receiver = this.chainReceiver(node.node);
    const isInterface = node.node.type === 'identifier' && this.resultType(node.node) === 'interface {}';
    const link = this.links(node, node.fields, args);
    return (s, dot, final) => {
      s.node = node;
      return link(s, dot, receiver(s, dot), isInterface, final);
    };
  }

  private resultType(node: IdentifierNode): TypeName | undefined {
    const found = this.set.func(node.name);
    return found === undefined ? undefined : parseSignature(found.func.signature).result;
  }

  private chainReceiver(node: Operand): Evaluation {
    if (node.type === 'identifier') {
      const call = this.call(node, node, [], false);
      return (s, dot) => call(s, dot, NONE);
    }
    // Only a parenthesized pipeline is left: the parser folds the rest into fields and variables.
    const value = this.pipeline(node as PipeNode);
    return (s, dot) => {
      s.node = node;
      return value(s, dot);
    };
  }

  private variableChain(node: VariableNode, args: readonly Operand[]): Command {
    const { slot, interfaceSlot } = this.variable(node.ident[0] as string);
    if (node.ident.length === 1) {
      return (s, _dot, final) => {
        s.node = node;
        if (slot === UNDECLARED) undeclared(s, node);
        notAFunction(s, node, args, final);
        return s.frame[slot];
      };
    }
    const link = this.links(node, node.ident.slice(1), args);
    return (s, dot, final) => {
      s.node = node;
      if (slot === UNDECLARED) undeclared(s, node);
      return link(s, dot, s.frame[slot], interfaceSlot !== undefined && s.frame[interfaceSlot] === true, final);
    };
  }

  /** Follows the names of a chain; only the last may have arguments. */
  private links(
    node: Node,
    names: readonly string[],
    args: readonly Operand[],
  ): (s: Execution, dot: unknown, receiver: unknown, isInterface: boolean, final: unknown) => unknown {
    const last = names.length - 1;
    const methods = new MethodCalls(this, node, args);
    const bare = new MethodCalls(this, node, []);
    return (s, dot, receiver, isInterface, final) => {
      let at = receiver;
      let fromInterface = isInterface;
      for (let i = 0; i < last; i++) {
        const next = link(s, dot, at, fromInterface, names[i] as string, bare, NONE);
        if (next === null) nilPointer(s, at, names[i] as string, names[i + 1] as string);
        fromInterface = yieldsInterface(at);
        at = next;
      }
      return link(s, dot, at, fromInterface, names[last] as string, methods, final);
    };
  }

  /** A function by name. `node` is where its own errors point. */
  private call(head: IdentifierNode, node: Node, args: readonly Operand[], piped: boolean): Command {
    const found = this.set.func(head.name);
    if (found === undefined) {
      return (s) => {
        s.node = head;
        return s.fail(`${quote(head.name)} is not a defined function`);
      };
    }
    const { func, isBuiltin } = found;
    const signature = parseSignature(func.signature);
    const { name } = head;
    const miscount = countError(name, signature, args.length, piped);
    if (miscount !== undefined) {
      return (s) => {
        s.node = head;
        return s.fail(miscount);
      };
    }
    if (isBuiltin && (name === 'and' || name === 'or')) return this.andOr(head, args, name === 'or');
    if (isBuiltin && name === 'call') return this.callCall(head, node, args);
    return this.invocation(head, node, name, func, signature, args, piped);
  }

  private invocation(
    head: Node,
    node: Node,
    name: string,
    func: GoFunc,
    signature: Signature,
    args: readonly Operand[],
    piped: boolean,
  ): Command {
    const { params, result } = signature;
    const type = (i: number): TypeName => params[Math.min(i, params.length - 1)] as TypeName;
    const values = args.map((arg, i) => this.argument(arg)(type(i)));
    const check = piped ? validator(type(args.length)) : undefined;
    const call = func.call as (...args: unknown[]) => unknown;
    const convert = needsConversion(result);
    const finish = (v: unknown): unknown => (convert ? fromNative(v, result) : v);
    const [first, second] = values;

    if (func.wantsExecution || values.length + (piped ? 1 : 0) > 2) {
      return (s, dot, final) => {
        s.node = head;
        const natives: unknown[] = func.wantsExecution ? [s] : [];
        for (let i = 0; i < values.length; i++) natives.push((values[i] as Evaluation)(s, dot));
        if (check !== undefined) natives.push(check(s, final));
        try {
          return finish(call(...natives));
        } catch (e) {
          throw callFailed(s, e, node, name);
        }
      };
    }
    // One and two arguments need no array.
    if (values.length + (piped ? 1 : 0) === 2) {
      return (s, dot, final) => {
        s.node = head;
        const a = (first as Evaluation)(s, dot);
        const b = check === undefined ? (second as Evaluation)(s, dot) : check(s, final);
        try {
          return finish(call(a, b));
        } catch (e) {
          throw callFailed(s, e, node, name);
        }
      };
    }
    if (values.length === 1 || piped) {
      return (s, dot, final) => {
        s.node = head;
        const a = check === undefined ? (first as Evaluation)(s, dot) : check(s, final);
        try {
          return finish(call(a));
        } catch (e) {
          throw callFailed(s, e, node, name);
        }
      };
    }
    return (s) => {
      s.node = head;
      try {
        return finish(call());
      } catch (e) {
        throw callFailed(s, e, node, name);
      }
    };
  }

  /** Lazy: the first operand that decides is the result. */
  private andOr(head: Node, args: readonly Operand[], stopsAt: boolean): Command {
    const values = args.map((arg) => this.argument(arg)('reflect.Value'));
    return (s, dot, final) => {
      s.node = head;
      let v: unknown;
      for (let i = 0; i < values.length; i++) {
        v = (values[i] as Evaluation)(s, dot);
        if (isTrue(v) === stopsAt) return v;
      }
      return final === NONE ? v : final;
    };
  }

  private callCall(head: Node, node: Node, args: readonly Operand[]): Command {
    const values = args.map((arg) => this.argument(arg)('reflect.Value'));
    return (s, dot, final) => {
      s.node = head;
      const natives = values.map((value) => value(s, dot));
      if (final !== NONE) natives.push(final);
      try {
        return callValue(args[0] === undefined ? formatV(final) : printNode(args[0]), natives[0], ...natives.slice(1));
      } catch (e) {
        throw callFailed(s, e, node, 'call');
      }
    };
  }

  /**
   * An operand as an argument. Its variables are bound here; the type may come later, when a method is known, and
   * yields what hands the function a value of that type.
   */
  argument(node: Operand): (type: TypeName) => Evaluation {
    switch (node.type) {
      case 'field':
        return checked(this.field(node, []));
      case 'variable':
        return checked(this.variableChain(node, []));
      case 'chain':
        return checked(this.chain(node, []));
      case 'identifier':
        return checked(this.call(node, node, [], false));
      case 'pipe': {
        const value = this.pipeline(node);
        return checked((s, dot) => {
          s.node = node;
          return value(s, dot);
        });
      }
      case 'dot':
        return checked((s, dot) => {
          s.node = node;
          return dot;
        });
      default:
        return (type) => literal(node, type);
    }
  }
}

/** The calls of methods with the arguments of one place, by signature: the method is known only when the value is. */
class MethodCalls {
  readonly hasArgs: boolean;
  private readonly node: Node;
  private readonly args: readonly ((type: TypeName) => Evaluation)[];
  private readonly bySignature = new Map<
    string,
    { values: Evaluation[]; check: ((s: Execution, v: unknown) => unknown) | undefined }
  >();

  constructor(compiler: Compiler, node: Node, args: readonly Operand[]) {
    this.node = node;
    this.hasArgs = args.length > 0;
    this.args = args.map((arg) => compiler.argument(arg));
  }

  call(s: Execution, dot: unknown, method: GoFunc, name: string, final: unknown): unknown {
    const piped = final !== NONE;
    const signature = parseSignature(method.signature);
    const miscount = countError(name, signature, this.args.length, piped);
    if (miscount !== undefined) s.fail(miscount);
    const { values, check } = this.typed(method.signature, signature, piped);
    const natives = values.map((value) => value(s, dot));
    if (check !== undefined) natives.push(check(s, final));
    try {
      return fromNative(method.call(...(natives as never[])), signature.result);
    } catch (e) {
      throw callFailed(s, e, this.node, name);
    }
  }

  private typed(text: string, { params }: Signature, piped: boolean) {
    const key = `${text}${piped}`;
    let found = this.bySignature.get(key);
    if (found === undefined) {
      const type = (i: number): TypeName => params[Math.min(i, params.length - 1)] as TypeName;
      found = {
        values: this.args.map((arg, i) => arg(type(i))),
        check: piped ? validator(type(this.args.length)) : undefined,
      };
      this.bySignature.set(key, found);
    }
    return found;
  }
}

function countError(name: string, signature: Signature, args: number, piped: boolean): string | undefined {
  const given = args + (piped ? 1 : 0);
  const fixed = signature.params.length - (signature.variadic ? 1 : 0);
  if (signature.variadic) {
    return given < fixed ? `wrong number of args for ${name}: want at least ${fixed} got ${args}` : undefined;
  }
  return given === fixed ? undefined : `wrong number of args for ${name}: want ${fixed} got ${given}`;
}

const undeclared = (s: Execution, node: VariableNode): never => s.fail(`undefined variable: ${node.ident[0]}`);

function assign(s: Execution, target: Variable, v: unknown, isInterface: boolean): void {
  if (target.slot === UNDECLARED) s.fail(`undefined variable: ${target.name}`);
  s.frame[target.slot] = v;
  if (target.interfaceSlot !== undefined) s.frame[target.interfaceSlot] = isInterface;
}

function notAFunction(s: Execution, head: Operand, args: readonly Operand[], final: unknown): void {
  if (args.length > 0 || final !== NONE) {
    s.fail(`can't give argument to non-function ${printNode(head)}`);
  }
}

/** Runs `turn` for each element; whether there was any. */
function iterate(
  s: Execution,
  v: unknown,
  variables: number,
  turn: (s: Execution, index: unknown, elem: unknown, isInterface: boolean) => boolean,
): boolean {
  if (Array.isArray(v)) {
    const isInterface = elemType(v) === 'interface {}';
    for (let i = 0; i < v.length; i++)
      if (!turn(s, variables > 1 ? Int.of('int', i) : undefined, v[i], isInterface)) break;
    return v.length > 0;
  }
  if (v === undefined) return false;
  if (isMap(v) || v instanceof TypedMap) {
    const entries = v instanceof TypedMap ? v.entries : v;
    const isInterface = yieldsInterface(v);
    const keys = sortedKeys(entries);
    for (const key of keys) if (!turn(s, key, entries[key], isInterface)) break;
    return keys.length > 0;
  }
  const count = typeof v === 'bigint' ? v : v instanceof Int ? v.value : undefined;
  if (count !== undefined) {
    if (variables > 1) s.fail(`can't use ${formatV(v)} to iterate over more than one variable`);
    for (let n = 0n; n < count; n++) if (!turn(s, undefined, v instanceof Int ? Int.of(v.kind, n) : n, false)) break;
    return count > 0n;
  }
  if (v instanceof Uint8Array) {
    for (let i = 0; i < v.length; i++) if (!turn(s, Int.of('int', i), Int.of('uint8', v[i] as number), false)) break;
    return v.length > 0;
  }
  return s.fail(`range can't iterate over ${formatV(v)}`);
}

/** Whether the elements of `container` are of type interface {}. */
const yieldsInterface = (container: unknown): boolean =>
  container instanceof TypedMap ? container.elem === 'interface {}' : isMap(container);

/** One name of a chain. Go: exec.go evalField. */
function link(
  s: Execution,
  dot: unknown,
  receiver: unknown,
  isInterface: boolean,
  name: string,
  methods: MethodCalls,
  final: unknown,
): unknown {
  if (receiver === undefined) {
    if (s.set.missingKey === 'error') s.fail(`nil data; no entry for key ${quote(name)}`);
    return undefined;
  }
  if (receiver === null) s.fail(`nil pointer evaluating interface {}.${name}`);
  if (receiver instanceof GoValue) {
    const method = receiver.goMethod?.(name);
    if (method !== undefined) return methods.call(s, dot, method, name, final);
  }
  if (Array.isArray(receiver)) {
    const method = sliceMethod(receiver, name);
    if (method !== undefined) return methods.call(s, dot, method, name, final);
  }
  const hasArgs = methods.hasArgs || final !== NONE;
  if (receiver instanceof TypedMap || isMap(receiver)) {
    if (hasArgs) s.fail(`${name} is not a method but has arguments`);
    const entries = receiver instanceof TypedMap ? receiver.entries : receiver;
    const v = isOwnMap(entries) || Object.hasOwn(entries, name) ? entries[name] : undefined;
    if (v !== undefined) return v;
    if (s.set.missingKey === 'zero') return mapElement(receiver, name);
    if (s.set.missingKey === 'error') s.fail(`map has no entry for key ${quote(name)}`);
    return undefined;
  }
  if (receiver instanceof GoValue) {
    const v = receiver.goField?.(name);
    if (v !== undefined) {
      if (hasArgs) s.fail(`${name} has arguments but cannot be invoked as function`);
      return v;
    }
    if (receiver.goFields?.().some((field) => field.name === name && !field.exported)) {
      s.fail(`${name} is an unexported field of struct type ${typeOf(receiver)}`);
    }
  }
  const fields = receiver instanceof GoValue ? (receiver.goFields?.() ?? []).filter(({ exported }) => exported) : [];
  return s.fail(
    `can't evaluate field ${name} in type ${isInterface ? 'interface {}' : typeOf(receiver)}`,
    undefined,
    fields.length === 0
      ? undefined
      : `there is no ${name}${meant(
          name,
          fields.map((field) => field.name),
        )}`,
  );
}

/** A chain went on after a key that has no value. */
function nilPointer(s: Execution, container: unknown, key: string, next: string): never {
  return s.fail(`nil pointer evaluating interface {}.${next}`, undefined, missingKeyHint(container, key));
}

function missingKeyHint(container: unknown, key: string): string | undefined {
  const entries = container instanceof TypedMap ? container.entries : container;
  if (!isMap(entries)) return undefined;
  if (Object.hasOwn(entries, key)) return `${key} is null`;
  return `there is no ${key}${meant(key, Object.keys(entries))}`;
}

/** Which of the known names was meant, or what they are if they are few. */
function meant(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  if (near !== undefined) return `; did you mean ${near}?`;
  return known.length === 0 || known.length > NAMES_SHOWN ? '' : `; there are ${[...known].sort().join(', ')}`;
}

const NAMES_SHOWN = 12;

/** Checks a value against a type and hands it over as functions want it. Go: exec.go validateType. */
function validator(type: TypeName): (s: Execution, v: unknown) => unknown {
  switch (type) {
    case 'reflect.Value':
      return (_s, v) => v;
    case 'interface {}':
      return (_s, v) => (v === undefined ? null : v);
    case 'string':
      return (s, v) => (typeof v === 'string' ? v : mismatch(s, v, type));
  }
  return (s, v) => {
    if (v !== undefined && v !== null && isAssignable(v, type)) return toNative(v, type);
    if (v === undefined && canBeNil(type)) return zeroOf(type);
    return mismatch(s, v, type);
  };
}

function mismatch(s: Execution, v: unknown, type: TypeName): never {
  if (v === undefined) s.fail(`invalid value; expected ${type}`);
  return s.fail(`wrong type for value; expected ${type}; got ${v === null ? 'interface {}' : typeOf(v)}`);
}

const checked =
  (value: Command) =>
  (type: TypeName): Evaluation => {
    const check = validator(type);
    return (s, dot) => check(s, value(s, dot, NONE));
  };

/** A literal as an argument: it takes the type of the parameter. */
function literal(node: Operand, type: TypeName): Evaluation {
  const constant =
    (v: unknown): Evaluation =>
    (s) => {
      s.node = node;
      return v;
    };
  const failing =
    (message: string): Evaluation =>
    (s) => {
      s.node = node;
      return s.fail(message);
    };
  if (node.type === 'nil') return canBeNil(type) ? constant(zeroOf(type)) : failing(`cannot assign nil to ${type}`);
  switch (type) {
    case 'interface {}':
    case 'reflect.Value':
      if (node.type === 'number') return ideal(node);
      return constant(node.type === 'string' ? node.text : node.type === 'bool' ? node.value : undefined);
    case 'bool':
      return node.type === 'bool' ? constant(node.value) : failing(`expected bool; found ${printNode(node)}`);
    case 'string':
      return node.type === 'string' ? constant(node.text) : failing(`expected string; found ${printNode(node)}`);
  }
  const noun = numberNoun(type);
  if (noun === undefined) return failing(`can't handle ${printNode(node)} for arg of type ${type}`);
  const value = node.type === 'number' ? literalAs(node, type) : undefined;
  return value === undefined ? failing(`expected ${noun}; found ${printNode(node)}`) : constant(toNative(value, type));
}

function numberNoun(type: TypeName): string | undefined {
  if (/^u?int(?:8|16|32|64|ptr)?$/.test(type)) return type.startsWith('u') ? 'unsigned integer' : 'integer';
  if (type.startsWith('float')) return 'float';
  return type.startsWith('complex') ? 'complex' : undefined;
}

/** A number literal where nothing gives it a type. */
function ideal(node: NumberNode): Evaluation {
  const value = idealValue(node);
  return (s) => {
    s.node = node;
    return value === undefined ? s.fail(`${node.text} overflows int`) : value;
  };
}

function idealValue(node: NumberNode): unknown {
  switch (idealType(node)) {
    case 'complex':
      return new Complex((node.complex as { re: number }).re, (node.complex as { im: number }).im);
    case 'float':
      return node.float;
    case 'int':
      return Int.of('int', node.int as bigint);
    default:
      return undefined;
  }
}
