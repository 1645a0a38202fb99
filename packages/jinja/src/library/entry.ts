/** How filters, tests, functions and methods are declared: one row says all, for calls, errors and the reference. */
import type { Execution } from '../execution.ts';
import { misuse } from '../fault.ts';
import { used } from '../member.ts';
import { meant } from '../near.ts';
import type { Named } from '../value.ts';

/** What is called: arguments as they came. */
export type Run = (execution: Execution, args: readonly unknown[], named: Named) => unknown;

export interface Entry {
  readonly name: string;
  readonly aliases: readonly string[];
  /** `round(value, precision=0, method="common")` */
  readonly signature: string;
  /** One sentence or two, in Markdown. */
  readonly about: string;
  /** A template and what it writes. */
  readonly example: readonly [template: string, output: string] | undefined;
  readonly run: Run;
}

interface More {
  readonly aliases?: readonly string[];
  readonly example?: readonly [string, string];
  /** Takes what is undefined; others fail for it where undefined is an error. */
  readonly undefined?: boolean;
}

interface Param {
  readonly name: string;
  /** JavaScript's undefined where there is none. */
  readonly value: unknown;
  readonly optional: boolean;
}

/**
 * Declares a row. Parameters with `=` or `?` may be left out, `*rest` takes all further ones, `**named` those by name that
 * are no parameter's. `run` gets one argument for each, the rest last and spread; absent ones are JavaScript's undefined.
 */
export function entry(
  signature: string,
  about: string,
  // biome-ignore lint/suspicious/noExplicitAny: the signature says what each argument is
  run: (execution: Execution, ...args: any[]) => unknown,
  more: More = {},
): Entry {
  const [, name, list] = /^(\w+)\((.*)\)$/.exec(signature) as unknown as [string, string, string];
  const parts = list.match(/\*{0,2}\w+(?:="[^"]*"|=[\w.-]+|\?)?/g) ?? [];
  const rest = parts.some((part) => /^\*\w/.test(part));
  const others = parts.some((part) => part.startsWith('**'));
  const params = parts.filter((part) => !part.startsWith('*')).map(param);
  const takesUndefined = more.undefined ?? false;
  const bind: Run = (execution, args, named) => {
    if (!takesUndefined && args.length > 0) used(execution, args[0]);
    if (args.length > params.length && !rest)
      throw misuse(`${name} takes ${count(params.length)}, not ${args.length}`, `it is ${signature}`);
    const bound = params.map((p, i) => (i < args.length ? args[i] : argument(p, named, name, signature)));
    const unknown = [...named].filter(([key]) => !params.some((p) => p.name === key));
    for (const [key] of named) {
      const i = params.findIndex((p) => p.name === key);
      if (i >= 0 && i < args.length) throw misuse(`${name} is given ${key} twice`);
    }
    if (unknown.length > 0 && !others) {
      const [key] = unknown[0] as [string, unknown];
      throw misuse(
        `${name} has no parameter ${key}`,
        meant(
          key,
          params.map((p) => p.name),
        ) ?? `it is ${signature}`,
      );
    }
    if (others) bound.push(new Map(unknown));
    return rest ? run(execution, ...bound, ...args.slice(params.length)) : run(execution, ...bound);
  };
  // What has no names in a call needs no binding.
  const least = params.filter(({ optional }) => !optional).length;
  const defaults = params.map(({ value }) => value);
  const missing = [...params, undefined].map((_, given) => defaults.slice(given));
  const quick: Run = (execution, args, named) => {
    const { length } = args;
    if (named.size > 0 || length < least || (length > params.length && !rest)) return bind(execution, args, named);
    if (!takesUndefined && length > 0) used(execution, args[0]);
    if (length >= params.length) return run(execution, ...args);
    return run(execution, ...args, ...(missing[length] as unknown[]));
  };
  return { name, aliases: more.aliases ?? [], signature, about, example: more.example, run: others ? bind : quick };
}

const count = (n: number): string => (n === 1 ? '1 argument' : `${n} arguments`);

function param(part: string): Param {
  const [name = '', value] = part.split('=');
  if (value !== undefined) return { name, value: value === 'none' ? null : JSON.parse(value), optional: true };
  return { name: name.replace('?', ''), value: undefined, optional: name.endsWith('?') };
}

function argument({ name, value, optional }: Param, named: Named, called: string, signature: string): unknown {
  if (named.has(name)) return named.get(name);
  if (!optional) throw misuse(`${called} is not given ${name}`, `it is ${signature}`);
  return value;
}
