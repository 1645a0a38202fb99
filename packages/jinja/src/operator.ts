/** Jinja's operators: integers stay exact, `/` gives floats, `//` and `%` are Euclid's as in MiniJinja. */
import type { Execution } from './execution.ts';
import { misuse } from './fault.ts';
import { used } from './member.ts';
import {
  asFloat,
  asInteger,
  asNumber,
  compare,
  display,
  entriesOf,
  equals,
  Float,
  float,
  integer,
  JinjaObject,
  kindName,
  quoted,
  Undefined,
} from './value.ts';

/** Integers have 128 bits. */
const MAX = 1n << 127n;

type Whole = number | bigint;

function whole(symbol: string, a: Whole, b: Whole, exact: bigint): Whole {
  if (exact >= MAX || exact < -MAX) throw misuse(`${a} ${symbol} ${b} is larger than any integer`);
  return integer(exact);
}

const asWhole = (v: unknown): Whole | undefined => (typeof v === 'boolean' ? (v ? 1 : 0) : asInteger(v));

function unsupported(symbol: string, a: unknown, b: unknown): never {
  const hint = symbol === '+' && [a, b].some((v) => typeof v === 'string') ? 'join text with ~' : undefined;
  throw misuse(`${symbol} does not take a ${kindName(a)} and a ${kindName(b)}`, hint);
}

function arithmetic(
  symbol: string,
  small: (a: number, b: number) => number,
  exact: (a: bigint, b: bigint) => bigint,
): (execution: Execution, a: unknown, b: unknown) => unknown {
  return (execution, a, b) => {
    if (Number.isSafeInteger(a) && Number.isSafeInteger(b)) {
      const result = small(a as number, b as number);
      if (Number.isSafeInteger(result)) return result;
    }
    used(execution, a);
    used(execution, b);
    const [m, n] = [asWhole(a), asWhole(b)];
    if (m !== undefined && n !== undefined) return whole(symbol, m, n, exact(BigInt(m), BigInt(n)));
    const [x, y] = [asNumber(a), asNumber(b)];
    if (x === undefined || y === undefined) return unsupported(symbol, a, b);
    return float(small(x, y));
  };
}

const addNumbers = arithmetic(
  '+',
  (a, b) => a + b,
  (a, b) => a + b,
);

export function add(execution: Execution, a: unknown, b: unknown): unknown {
  if (typeof a === 'string' && typeof b === 'string') return joinTexts(execution, a, b);
  if (Array.isArray(a) && Array.isArray(b)) {
    execution.budget.step(a.length + b.length);
    return [...a, ...b];
  }
  return addNumbers(execution, a, b);
}

export const subtract = arithmetic(
  '-',
  (a, b) => a - b,
  (a, b) => a - b,
);

const multiplyNumbers = arithmetic(
  '*',
  (a, b) => a * b,
  (a, b) => a * b,
);

export function multiply(execution: Execution, a: unknown, b: unknown): unknown {
  if (typeof a === 'string' || Array.isArray(a)) return repeat(execution, a, b);
  if (typeof b === 'string' || Array.isArray(b)) return repeat(execution, b, a);
  return multiplyNumbers(execution, a, b);
}

export function repeat(execution: Execution, v: string | readonly unknown[], times: unknown): unknown {
  const count = asWhole(times) ?? (times instanceof Float ? times.value : undefined);
  if (count === undefined || count < 0) throw misuse(`a ${kindName(v)} is multiplied with integers from 0 alone`);
  const n = Number(count);
  execution.budget.text(v.length * n);
  if (typeof v === 'string') return v.repeat(n);
  execution.budget.step(v.length * n);
  return Array.from({ length: n }, () => v).flat();
}

export function divide(execution: Execution, a: unknown, b: unknown): unknown {
  const [x, y] = [asNumber(used(execution, a)), asNumber(used(execution, b))];
  if (x === undefined || y === undefined) return unsupported('/', a, b);
  return float(x / y);
}

const floorQuotient = (a: bigint, b: bigint): bigint => {
  const rest = euclid(a, b);
  return (a - rest) / b;
};
const euclid = (a: bigint, b: bigint): bigint => {
  const rest = a % b;
  return rest < 0n ? rest + (b < 0n ? -b : b) : rest;
};

function divides(
  symbol: string,
  exact: (a: bigint, b: bigint) => bigint,
  inexact: (a: number, b: number) => number,
): (execution: Execution, a: unknown, b: unknown) => unknown {
  return (execution, a, b) => {
    const [m, n] = [asWhole(used(execution, a)), asWhole(used(execution, b))];
    if (m !== undefined && n !== undefined) {
      if (BigInt(n) === 0n) throw misuse(`${m} ${symbol} 0: division by zero`);
      return whole(symbol, m, n, exact(BigInt(m), BigInt(n)));
    }
    const [x, y] = [asNumber(a), asNumber(b)];
    if (x === undefined || y === undefined) return unsupported(symbol, a, b);
    return float(inexact(x, y));
  };
}

export const floorDivide = divides('//', floorQuotient, (a, b) => {
  const quotient = Math.trunc(a / b);
  if (a % b >= 0) return quotient;
  return b > 0 ? quotient - 1 : quotient + 1;
});
export const remainder = divides('%', euclid, (a, b) => a % b);

export function power(execution: Execution, a: unknown, b: unknown): unknown {
  const [m, n] = [asWhole(used(execution, a)), asWhole(used(execution, b))];
  if (m === undefined || n === undefined) {
    const [x, y] = [asNumber(a), asNumber(b)];
    if (x === undefined || y === undefined) return unsupported('**', a, b);
    return float(x ** y);
  }
  if (n < 0) throw misuse(`${m} ** ${n} is no integer`, `${m}.0 ** ${n} is a float`);
  const base = BigInt(m);
  if (n > 128 && base !== 0n && base !== 1n && base !== -1n) throw misuse(`${m} ** ${n} is larger than any integer`);
  return whole('**', m, n, base ** (n > 128 ? 128n + (BigInt(n) % 2n) : BigInt(n)));
}

export function negate(execution: Execution, v: unknown): unknown {
  const n = asInteger(used(execution, v));
  if (n !== undefined) return integer(-BigInt(n));
  const x = asFloat(v);
  if (x === undefined) throw misuse(`- does not take a ${kindName(v)}`);
  return float(-x);
}

export function positive(execution: Execution, v: unknown): unknown {
  if (asInteger(used(execution, v)) === undefined && asFloat(v) === undefined)
    throw misuse(`+ does not take a ${kindName(v)}`);
  return v;
}

function joinTexts(execution: Execution, a: string, b: string): string {
  if (a.length + b.length > 4096) execution.budget.text(a.length + b.length);
  return a + b;
}

/** `~` */
export const concatenate = (execution: Execution, a: unknown, b: unknown): string =>
  joinTexts(execution, display(used(execution, a)), display(used(execution, b)));

export function contains(execution: Execution, container: unknown, v: unknown): boolean {
  used(execution, container);
  if (container instanceof Undefined) return false;
  if (typeof container === 'string') return container.includes(display(used(execution, v)));
  if (Array.isArray(container)) {
    execution.budget.step(container.length);
    return container.some((item) => equals(item, v));
  }
  const entries = entriesOf(container);
  if (entries !== undefined) return v !== null && typeof v !== 'object' && Object.hasOwn(entries, display(v));
  if (container instanceof JinjaObject && typeof v === 'string') return container.members().includes(v);
  throw misuse(
    `a ${kindName(container)} contains nothing`,
    typeof v === 'string' ? `is ${quoted(v)} looked for in the right value?` : undefined,
  );
}

/** `type` is one of the operators that compare. */
export function compares(execution: Execution, type: string, a: unknown, b: unknown): boolean {
  switch (type) {
    case '==':
      return equals(a, b);
    case '!=':
      return !equals(a, b);
    case 'in':
      return contains(execution, b, a);
    case 'not in':
      return !contains(execution, b, a);
  }
  const order = compare(used(execution, a), used(execution, b));
  if (Number.isNaN(asNumber(a)) || Number.isNaN(asNumber(b))) return false;
  if (type === '<') return order < 0;
  if (type === '<=') return order <= 0;
  return type === '>' ? order > 0 : order >= 0;
}
