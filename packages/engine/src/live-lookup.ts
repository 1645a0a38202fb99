/** What templates ask for that takes time. Helm's ask the cluster and the network in the middle of a template, which waits. */
import { decodeJsonNumbers, encodeJson, ignoreWarnings, type Warn } from '@pack/core';
import { type GoMap, newMap } from 'go-template';

import { RenderError } from './error.ts';
import type { World } from './functions/world.ts';
import { createRenderer, type Rendered, type RenderInput } from './render.ts';
import { webWorld } from './world.ts';

/**
 * Asks a cluster for an object, or for a list of them when `name` is empty. What is not there is an empty map; what it
 * throws becomes the error of the template that asked.
 */
export type LiveLookup = (apiVersion: string, kind: string, namespace: string, name: string) => Promise<GoMap>;

/** The addresses of a host; none for one that is not known. */
export type LiveResolve = (name: string) => Promise<readonly string[]>;

/** A function of a plugin. Its arguments come, and its result goes, as JSON. */
export type LiveFunction = (args: string) => Promise<string>;

export interface LiveSources {
  /** Without it `lookup` finds nothing. */
  readonly lookup?: LiveLookup | undefined;
  /** Without it `getHostByName` is ''. */
  readonly resolveHost?: LiveResolve | undefined;
  /** Functions beside those that Helm has. */
  readonly functions?: Readonly<Record<string, LiveFunction>> | undefined;
}

/** What a chart asks for may depend on what it asked for before, but not without end. */
const MAX_PASSES = 100;

type Answer<T> = { readonly value: T } | { readonly error: unknown };

/** Questions whose answers take time: those of a pass that are new are answered after it. */
function createQuestions<Q extends readonly string[], T>(unknown: T, answer: (...question: Q) => Promise<T>) {
  const known = new Map<string, Answer<T>>();
  const asked = new Map<string, Q>();
  return {
    ask(...question: Q): T {
      const key = JSON.stringify(question);
      const found = known.get(key);
      if (found === undefined) {
        asked.set(key, question);
        return unknown;
      }
      if ('error' in found) throw found.error;
      return found.value;
    },
    /** Whether there were any. */
    async settle(): Promise<boolean> {
      const due = [...asked];
      asked.clear();
      await Promise.all(
        due.map(async ([key, question]) => {
          const found = await answer(...question).then(
            (value) => ({ value }),
            (error: unknown) => ({ error }),
          );
          known.set(key, found);
        }),
      );
      return due.length > 0;
    },
  };
}

/** What a pass asks with. */
export interface Asking {
  readonly lookup?: NonNullable<RenderInput['lookup']>;
  readonly resolveHost?: NonNullable<World['resolveHost']>;
  readonly call?: (name: string, args: string) => string;
}

/**
 * What comes of a pass, or of the last of several: templates run without pause, so what a pass asked for and was not known
 * is fetched, all at once, and all is done again, until a pass knows all. Throws RENDER_LIMIT, and what the last pass does.
 */
export async function untilAnswered<T>(
  { lookup, resolveHost, functions }: LiveSources,
  pass: (asking: Asking) => T | Promise<T>,
): Promise<T> {
  const lookups = createQuestions(newMap(), lookup ?? (async () => newMap()));
  const hosts = createQuestions<[string], readonly string[]>([''], resolveHost ?? (async () => []));
  const calls = createQuestions<[string, string], string>('""', async (name, args) => {
    const run = functions?.[name];
    return run === undefined ? 'null' : run(args);
  });
  const asking: Asking = {
    ...(lookup !== undefined && { lookup: (...question) => lookups.ask(...question) }),
    ...(resolveHost !== undefined && { resolveHost: (name) => hosts.ask(name) }),
    ...(functions !== undefined && { call: (name, args) => calls.ask(name, args) }),
  };
  for (let count = 0; count < MAX_PASSES; count++) {
    let outcome: { readonly value: T } | { readonly error: unknown };
    try {
      outcome = { value: await pass(asking) };
    } catch (error) {
      outcome = { error };
    }
    const wereAsked = await Promise.all([lookups.settle(), hosts.settle(), calls.settle()]);
    if (wereAsked.includes(true)) continue;
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  }
  throw new RenderError('RENDER_LIMIT', `the chart looks up ever more, after ${MAX_PASSES} times`);
}

/** JSON as Go values; whole numbers are int64. */
const fromJsonValue = (text: string): unknown =>
  decodeJsonNumbers(text, (literal) => (/^-?\d{1,18}$/.test(literal) ? BigInt(literal) : Number(literal)));

/** The functions of the sources, as templates call them in a pass. */
export function functionsIn({ functions }: LiveSources, callOf: () => Asking['call']): Pick<World, 'functions'> {
  if (functions === undefined) return {};
  const entries = Object.keys(functions).map((name) => {
    const run = (...args: unknown[]): unknown => fromJsonValue(callOf()?.(name, encodeJson(args)) ?? 'null');
    return [name, run] as const;
  });
  return { functions: Object.fromEntries(entries) };
}

/**
 * Renders a chart whose templates ask for things. Throws RENDER_LIMIT, and what {@link renderChart} throws. `makeRenderer` is
 * that of another engine, as for packs.
 */
export async function renderLive(
  input: Omit<RenderInput, 'lookup'>,
  sources: LiveSources,
  makeRenderer: typeof createRenderer = createRenderer,
): Promise<Rendered> {
  const { world = webWorld(), warn = ignoreWarnings, ...rest } = input;
  let resolveHost: Asking['resolveHost'];
  let call: Asking['call'];
  const functions = functionsIn(sources, () => call);
  const renderer = await makeRenderer(input.chart, {
    ...world,
    ...(sources.resolveHost !== undefined && { resolveHost: (name: string) => resolveHost?.(name) ?? [] }),
    ...functions,
  });
  let warnings: Parameters<Warn>[] = [];
  try {
    return await untilAnswered(sources, (asking) => {
      warnings = [];
      resolveHost = asking.resolveHost;
      call = asking.call;
      const { lookup } = asking;
      const heard: Warn = (...warning) => warnings.push(warning);
      return renderer.render({ ...rest, warn: heard, ...(lookup !== undefined && { lookup }) });
    });
  } finally {
    for (const warning of warnings) warn(...warning);
  }
}
