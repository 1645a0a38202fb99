/** One running template and the values of its variables. */
import { execError, TemplateError } from './error.ts';
import type { Node } from './node.ts';
import type { TemplateSet } from './set.ts';

/**
 * What an execution has used up, shared by a template and all that it includes. Functions that want an Execution find
 * it there: extend it to hand them what belongs to one execution.
 */
export interface Meter {
  /** Loop turns and template calls so far. */
  steps: number;
  readonly maxSteps: number;
}

export class Execution {
  readonly set: TemplateSet;
  readonly meter: Meter;
  /** The template whose name errors give. */
  name: string;
  out = '';
  /** Where evaluation last stood; errors point there. Set wherever Go's exec.go calls s.at. */
  node: Node | undefined = undefined;
  /** Variables by slot; slot 0 is `$`. */
  frame: unknown[] = [];
  /** How many `{{template}}` deep. */
  depth = 0;
  /** Whether dot came out of a slot of type interface {}: errors then name that type and not the value's own. */
  dotIsInterface = false;

  constructor(set: TemplateSet, name: string, meter: Meter) {
    this.set = set;
    this.name = name;
    this.meter = meter;
  }

  fail(message: string, cause?: unknown, hint?: string): never {
    throw execError(this.name, this.node, message, cause, hint);
  }

  /** Counts one loop turn or call, or what takes as long as `cost` of them. */
  step(cost = 1): void {
    this.meter.steps += cost;
    if (this.meter.steps > this.meter.maxSteps) {
      throw new TemplateError(
        'TEMPLATE_STEPS',
        `template: ${this.name}: gave up after ${this.meter.maxSteps} loop turns and template calls`,
        {
          hint: 'look for a loop or an include that multiplies itself',
        },
      );
    }
  }
}

const isStackOverflow = (e: unknown): boolean => e instanceof RangeError && e.message.includes('call stack');

/** What a function threw, as the error of calling it at `node`. Faults of the JavaScript machine pass through. */
export function callFailed(s: Execution, e: unknown, node: Node, name: string): unknown {
  if (!(e instanceof Error) || isStackOverflow(e) || e instanceof TypeError || e instanceof ReferenceError) return e;
  if (e instanceof TemplateError && (e.code === 'TEMPLATE_STACK' || e.code === 'TEMPLATE_STEPS')) return e;
  s.node = node;
  return execError(s.name, node, `error calling ${name}: ${e.message}`, e);
}

/** Turns an overflow of JavaScript's stack, which is far smaller than Go's, into an error with a code. */
export function guardStack<T>(name: string, run: () => T): T {
  try {
    return run();
  } catch (e) {
    if (!isStackOverflow(e)) throw e;
    throw new TemplateError(
      'TEMPLATE_STACK',
      `template: ${name}: templates are nested too deeply for the stack of this process`,
      {
        hint: 'look for a template that includes itself; otherwise run with a larger stack',
        cause: e,
      },
    );
  }
}
