/** Arguments as functions want them. */
import type { Execution } from '../execution.ts';
import { misuse } from '../fault.ts';
import { used } from '../member.ts';
import { asFloat, asInteger, asNumber, display, entriesOf, Float, itemsOf, kindName, Undefined } from '../value.ts';

/** Any value as text. */
export const text = (execution: Execution, v: unknown): string =>
  typeof v === 'string' ? v : display(used(execution, v));

/** An integer within what arrays and strings may have; `what` names the argument. */
export function int(v: unknown, what: string): number {
  const n = asInteger(v) ?? (v instanceof Float ? v.value : undefined);
  if (n === undefined || !Number.isSafeInteger(Number(n)))
    throw misuse(`${what} must be an integer, not ${v instanceof Undefined ? 'undefined' : a(v)}`);
  return Number(n);
}

export function positive(v: unknown, what: string): number {
  const n = int(v, what);
  if (n <= 0) throw misuse(`${what} must be more than 0`);
  return n;
}

export function number(v: unknown, what: string): number {
  const n = asInteger(v) ?? asFloat(v) ?? asNumber(v);
  if (n === undefined) throw misuse(`${what} takes a number, not ${a(v)}`);
  return Number(n);
}

/** The items of a list, dict (its keys) or string. */
export function items(execution: Execution, v: unknown, what: string): readonly unknown[] {
  used(execution, v);
  if (v instanceof Undefined) return [];
  const found = itemsOf(v);
  if (found === undefined) throw misuse(`${what} takes a list, not ${a(v)}`);
  execution.budget.step(found.length);
  return found;
}

export function dict(execution: Execution, v: unknown, what: string): Record<string, unknown> {
  used(execution, v);
  const entries = entriesOf(v);
  if (entries === undefined) throw misuse(`${what} takes a dict, not ${a(v)}`);
  execution.budget.step(Object.keys(entries).length);
  return entries;
}

/** `a string`, `an integer`, with no article where it would be odd. */
const a = (v: unknown): string => {
  const kind = kindName(v);
  return kind === 'none' || kind === 'undefined' ? kind : `a ${kind}`;
};
