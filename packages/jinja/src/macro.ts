/** Macros, the bodies of `call`, and blocks as `self` and `super` call them. */
import type { Expression, Statement } from './compile.ts';
import type { BlockDefinition, Execution } from './execution.ts';
import { Fault, misuse } from './fault.ts';
import { meant } from './near.ts';
import type { Place } from './place.ts';
import { Scope } from './scope.ts';
import { Callable, JinjaObject, type Named, Undefined } from './value.ts';

export interface MacroParam {
  readonly name: string;
  readonly value: Expression | undefined;
}

export interface MacroDefinition {
  readonly name: string;
  readonly params: readonly MacroParam[];
  readonly body: Statement;
  /** Whether the body may ask for `caller`. */
  readonly asksForCaller: boolean;
  readonly place: Place;
}

export class Macro extends Callable {
  readonly name: string;
  private readonly params: readonly MacroParam[];
  private readonly body: Statement;
  private readonly asksForCaller: boolean;
  /** Where it is defined, whose variables it sees. */
  private readonly scope: Scope;
  private readonly noCaller: Undefined;
  private readonly absent: readonly Undefined[];

  constructor({ name, params, body, asksForCaller, place }: MacroDefinition, scope: Scope) {
    super();
    this.name = name;
    this.params = params;
    this.body = body;
    this.asksForCaller = asksForCaller;
    this.scope = scope;
    this.noCaller = new Undefined('caller', place);
    this.absent = params.map((param) => new Undefined(param.name, place));
  }

  member(name: string): unknown {
    if (name === 'name') return this.name;
    return name === 'arguments' ? this.params.map((param) => param.name) : undefined;
  }
  members(): readonly string[] {
    return ['name', 'arguments'];
  }
  display(): string {
    return `<macro ${this.name}>`;
  }

  call(execution: Execution, args: readonly unknown[], named: Named): unknown {
    const { out, at } = execution;
    execution.enter('macro', this.name);
    execution.out = '';
    try {
      this.run(execution, args, named);
      execution.at = at;
      return execution.out;
    } catch (e) {
      if (e instanceof Fault && at !== undefined) {
        e.at ??= execution.at;
        if (e.at !== at) e.calls.push(at);
      }
      throw e;
    } finally {
      execution.out = out;
      execution.depth--;
    }
  }

  private run(execution: Execution, args: readonly unknown[], named: Named): void {
    const { params } = this;
    if (args.length > params.length)
      throw misuse(`${this.name} takes ${params.length} arguments, not ${args.length}`, this.signature());
    for (const name of named.keys()) {
      const i = params.findIndex((param) => param.name === name);
      if (i >= 0 && i < args.length) throw misuse(`${this.name} is given ${name} twice`);
      if (i < 0 && name !== 'caller')
        throw misuse(
          `${this.name} has no parameter ${name}`,
          meant(
            name,
            params.map((param) => param.name),
          ) ?? this.signature(),
        );
    }
    const scope = new Scope(this.scope);
    // Its own, not that of a macro around it.
    if (this.asksForCaller) scope.set('caller', named.get('caller') ?? this.noCaller);
    for (let i = 0; i < params.length; i++) {
      const { name, value } = params[i] as MacroParam;
      const given = i < args.length ? args[i] : named.get(name);
      if (given !== undefined && !(given instanceof Undefined && value !== undefined)) scope.set(name, given);
      else scope.set(name, value === undefined ? this.absent[i] : value(execution, scope));
    }
    this.body(execution, scope);
  }

  private signature(): string {
    const params = this.params.map(({ name, value }) => (value === undefined ? name : `${name}=…`));
    return `it is ${this.name}(${params.join(', ')})`;
  }
}

/** The body of `call`, which may be given more than it names. */
export class CallerMacro extends Callable {
  readonly name = 'caller';
  private readonly macro: Macro;
  constructor(macro: Macro) {
    super();
    this.macro = macro;
  }
  member(name: string): unknown {
    return this.macro.member(name);
  }
  members(): readonly string[] {
    return this.macro.members();
  }
  display(): string {
    return '<macro caller>';
  }
  call(execution: Execution, args: readonly unknown[], named: Named): unknown {
    return this.macro.call(execution, args, named);
  }
}

/** Writes a block as the template that extends furthest defines it. */
export const blockStatement =
  (name: string): Statement =>
  (execution, scope) => {
    writeBlock(execution, name, 0, scope);
    return undefined;
  };

function writeBlock(execution: Execution, name: string, index: number, outer: Scope): void {
  const chain = execution.blocks.get(name) as readonly BlockDefinition[];
  const scope = new Scope(outer);
  scope.set('super', new BlockCall('super', name, index + 1, outer));
  execution.deeper('block', name, () => (chain[index] as BlockDefinition).write(execution, scope));
}

class BlockCall extends Callable {
  readonly name: string;
  private readonly block: string;
  private readonly index: number;
  private readonly scope: Scope;
  constructor(name: string, block: string, index: number, scope: Scope) {
    super();
    this.name = name;
    this.block = block;
    this.index = index;
    this.scope = scope;
  }
  member(): undefined {
    return undefined;
  }
  members(): readonly string[] {
    return [];
  }
  display(): string {
    return `<block ${this.block}>`;
  }
  call(execution: Execution): unknown {
    const chain = execution.blocks.get(this.block);
    if (chain?.[this.index] === undefined) throw misuse(`there is no block ${this.block} above this one`);
    return execution.capture(() => writeBlock(execution, this.block, this.index, this.scope));
  }
}

/** `self`: the blocks of the template by name. */
export class SelfObject extends JinjaObject {
  private readonly blocks: ReadonlyMap<string, unknown>;
  private readonly scope: Scope;
  constructor(blocks: ReadonlyMap<string, unknown>, scope: Scope) {
    super();
    this.blocks = blocks;
    this.scope = scope;
  }
  member(name: string): unknown {
    return this.blocks.has(name) ? new BlockCall(name, name, 0, this.scope) : undefined;
  }
  members(): readonly string[] {
    return [...this.blocks.keys()];
  }
  display(): string {
    return '<self>';
  }
}
