/** When an object is ready, by conditions of its chart's own in the place of its kind's: the annotations of HIP-0025. */
import type { KubeObject, Status } from '@pack/kube';

import { listOf } from './annotation.ts';
import { ReleaseError } from './error.ts';

const SUCCESS = 'helm.sh/readiness-success';
const FAILURE = 'helm.sh/readiness-failure';

const OPERATORS = {
  '==': (order: number) => order === 0,
  '!=': (order: number) => order !== 0,
  '<': (order: number) => order < 0,
  '<=': (order: number) => order <= 0,
  '>': (order: number) => order > 0,
  '>=': (order: number) => order >= 0,
} as const;

/** A step into a value: a name, a place in a list, all of a list, or those of a list with a field of some value. */
type Step =
  | { readonly name: string }
  | { readonly index: number }
  | { readonly all: true }
  | { readonly where: readonly string[]; readonly is: string };

interface Expression {
  readonly path: readonly Step[];
  readonly operator: keyof typeof OPERATORS;
  readonly value: string;
}

/**
 * How far a live object has come; undefined where it has not both annotations. Lists of `{PATH} OPERATOR VALUE`, with paths
 * from its status: one of failure that is true makes it fail, else one of success makes it ready.
 */
export function readinessOf(object: KubeObject): Status | undefined {
  const readiness = parsed(object);
  if (readiness === undefined) return undefined;
  const status = object.status as { readonly observedGeneration?: unknown } | undefined;
  if (
    status?.observedGeneration !== undefined &&
    Number(status.observedGeneration) < Number(object.metadata.generation)
  ) {
    return { progress: 'InProgress', message: 'its status is of an earlier generation' };
  }
  const isTrue = (text: string): boolean => holds(expressionOf(object, text), status);
  const failure = readiness.failure.find(isTrue);
  if (failure !== undefined) return { progress: 'Failed', message: `${FAILURE}: ${failure}` };
  const success = readiness.success.find(isTrue);
  if (success !== undefined) return { progress: 'Current', message: `${SUCCESS}: ${success}` };
  return { progress: 'InProgress', message: `${SUCCESS}: none of ${readiness.success.join(', ')}` };
}

/** Throws RELEASE_INVALID for what says nothing; tells `warn` of one annotation without the other. */
export function ensureReadable(object: KubeObject, warn: (message: string) => void): void {
  const { success, failure } = listsOf(object);
  for (const text of [...success, ...failure]) expressionOf(object, text);
  if (success.length > 0 === failure.length > 0) return;
  const [one, other] = success.length > 0 ? [SUCCESS, FAILURE] : [FAILURE, SUCCESS];
  const { kind, metadata } = object;
  warn(`${kind} ${metadata.name} has ${one} and no ${other}: its kind says when it is ready`);
}

interface Lists {
  readonly success: readonly string[];
  readonly failure: readonly string[];
}

function listsOf({ kind, metadata }: KubeObject): Lists {
  const list = (name: string): string[] =>
    listOf(metadata.annotations?.[name]?.trim(), `${kind} ${metadata.name}: ${name}`);
  return { success: list(SUCCESS), failure: list(FAILURE) };
}

function parsed(object: KubeObject): Lists | undefined {
  const lists = listsOf(object);
  return lists.success.length > 0 && lists.failure.length > 0 ? lists : undefined;
}

function expressionOf({ kind, metadata }: KubeObject, text: string): Expression {
  const [, inner = '', operator, value = ''] = /^\s*\{(.+)\}\s*(==|!=|<=|>=|<|>)\s*(\S.*?)\s*$/.exec(text) ?? [];
  const path = pathOf(inner);
  if (operator !== undefined && path !== undefined) {
    return { path, operator: operator as Expression['operator'], value: unquoted(value) };
  }
  throw new ReleaseError('RELEASE_INVALID', `${kind} ${metadata.name}: this condition is not understood: ${text}`, {
    hint: '{.PATH} OPERATOR VALUE, with a path from .status and one of ==, !=, <, <=, >, >=',
  });
}

const unquoted = (text: string): string => /^(["'])(.*)\1$/.exec(text)?.[2] ?? text;

/** `.a.b[0]["c.d"][*].e[?(@.type=="Ready")].status`; undefined for what is none. */
function pathOf(text: string): Step[] | undefined {
  const steps: Step[] = [];
  const next =
    /\.([\w-]+)|\[(\d+)\]|\[(\*)\]|\[(?:"([^"\]]*)"|'([^'\]]*)')\]|\[\?\(@\.([\w.-]+)\s*==\s*(?:"([^"]*)"|'([^']*)')\)\]/y;
  while (next.lastIndex < text.length) {
    const match = next.exec(text);
    if (match === null) return undefined;
    const [, name, index, all, double, single, where, ...is] = match;
    if (index !== undefined) steps.push({ index: Number(index) });
    else if (all !== undefined) steps.push({ all: true });
    else if (where !== undefined) steps.push({ where: where.split('.'), is: (is[0] ?? is[1]) as string });
    else steps.push({ name: (name ?? double ?? single) as string });
  }
  return steps.length > 0 ? steps : undefined;
}

/** What is not there is neither equal nor unequal. */
function holds({ path, operator, value }: Expression, status: unknown): boolean {
  const found = path.reduce<unknown[]>((values, step) => values.flatMap((each) => taken(each, step)), [status]);
  return found.some((each) => {
    const order = compared(each, value);
    return order !== undefined && OPERATORS[operator](order);
  });
}

function taken(value: unknown, step: Step): unknown[] {
  if ('name' in step) return member(value, step.name);
  if (!Array.isArray(value)) return [];
  if ('index' in step) return step.index < value.length ? [value[step.index]] : [];
  if ('all' in step) return value;
  return value.filter((item) => {
    const found = step.where.reduce<unknown[]>((values, name) => values.flatMap((each) => member(each, name)), [item]);
    return found.some((each) => String(each) === step.is);
  });
}

const member = (value: unknown, name: string): unknown[] =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? [(value as Readonly<Record<string, unknown>>)[name]]
    : [];

/** Below, at or above zero; undefined where there is no order. */
function compared(found: unknown, wanted: string): number | undefined {
  if (typeof found === 'object') return undefined;
  const [a, b] = [Number(found), Number(wanted)];
  if (typeof found !== 'boolean' && String(found) !== '' && !Number.isNaN(a) && !Number.isNaN(b)) return a - b;
  const text = String(found);
  return text === wanted ? 0 : typeof found === 'string' ? (text < wanted ? -1 : 1) : Number.NaN;
}
