import type { Execution } from './execution.ts';
import { misuse } from './fault.ts';
import { Callable, equals, JinjaObject, kindName, type Named, Undefined } from './value.ts';

const MEMBERS = [
  'index',
  'index0',
  'revindex',
  'revindex0',
  'first',
  'last',
  'length',
  'depth',
  'depth0',
  'previtem',
  'nextitem',
  'cycle',
  'changed',
] as const;

/** `loop`: called, it loops over more of the same where the loop is recursive. */
export class LoopState extends Callable {
  readonly name = 'loop';
  index0 = 0;
  private readonly items: readonly unknown[];
  private readonly depth: number;
  private readonly again: ((items: unknown) => string) | undefined;
  private last: readonly unknown[] | undefined;

  constructor(items: readonly unknown[], depth: number, again: ((items: unknown) => string) | undefined) {
    super();
    this.items = items;
    this.depth = depth;
    this.again = again;
  }

  member(name: string): unknown {
    const { index0, items, depth } = this;
    switch (name) {
      case 'index':
        return index0 + 1;
      case 'index0':
        return index0;
      case 'revindex':
        return items.length - index0;
      case 'revindex0':
        return items.length - index0 - 1;
      case 'first':
        return index0 === 0;
      case 'last':
        return index0 === items.length - 1;
      case 'length':
        return items.length;
      case 'depth':
        return depth;
      case 'depth0':
        return depth - 1;
      case 'previtem':
        return this.neighbour('previtem', index0 - 1);
      case 'nextitem':
        return this.neighbour('nextitem', index0 + 1);
      case 'cycle':
        return new LoopMethod('cycle', (args) => {
          if (args.length === 0) throw misuse('loop.cycle takes at least one argument');
          return args[index0 % args.length];
        });
      case 'changed':
        return new LoopMethod('changed', (args) => {
          const before = this.last;
          this.last = args;
          return before === undefined || !equals(before, args);
        });
    }
    return undefined;
  }

  private neighbour(name: string, index: number): unknown {
    return index in this.items ? this.items[index] : new Undefined(`loop.${name}`, undefined);
  }

  members(): readonly string[] {
    return MEMBERS;
  }

  display(): string {
    return `<loop ${this.index0}/${this.items.length}>`;
  }

  call(_: Execution, args: readonly unknown[]): unknown {
    if (this.again === undefined)
      throw misuse('loop is called in a loop that is not recursive', '{% for … recursive %}');
    const [items] = args;
    if (args.length !== 1) throw misuse(`loop takes one argument, not ${args.length}`);
    if (items instanceof JinjaObject) throw misuse(`loop takes a list, not a ${kindName(items)}`);
    return this.again(items);
  }
}

class LoopMethod extends Callable {
  readonly name: string;
  private readonly run: (args: readonly unknown[]) => unknown;
  constructor(name: string, run: (args: readonly unknown[]) => unknown) {
    super();
    this.name = `loop.${name}`;
    this.run = run;
  }
  member(): undefined {
    return undefined;
  }
  members(): readonly string[] {
    return [];
  }
  display(): string {
    return `<${this.name}>`;
  }
  call(_: Execution, args: readonly unknown[], named: Named): unknown {
    if (named.size > 0) throw misuse(`${this.name} takes no arguments by name`);
    return this.run(args);
  }
}
