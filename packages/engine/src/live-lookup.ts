/** What templates ask for that takes time. Helm's ask the cluster and the network in the middle of a template, which waits. */
import { ignoreWarnings, type Warn } from '@pack/core';
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

export interface LiveSources {
  /** Without it `lookup` finds nothing. */
  readonly lookup?: LiveLookup | undefined;
  /** Without it `getHostByName` is ''. */
  readonly resolveHost?: LiveResolve | undefined;
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
}

/**
 * What comes of a pass, or of the last of several: templates run without pause, so what a pass asked for and was not known
 * is fetched, all at once, and all is done again, until a pass knows all. Throws RENDER_LIMIT, and what the last pass does.
 */
export async function untilAnswered<T>(
  { lookup, resolveHost }: LiveSources,
  pass: (asking: Asking) => T | Promise<T>,
): Promise<T> {
  const lookups = createQuestions(newMap(), lookup ?? (async () => newMap()));
  const hosts = createQuestions<[string], readonly string[]>([''], resolveHost ?? (async () => []));
  const asking: Asking = {
    ...(lookup !== undefined && { lookup: (...question) => lookups.ask(...question) }),
    ...(resolveHost !== undefined && { resolveHost: (name) => hosts.ask(name) }),
  };
  for (let count = 0; count < MAX_PASSES; count++) {
    let outcome: { readonly value: T } | { readonly error: unknown };
    try {
      outcome = { value: await pass(asking) };
    } catch (error) {
      outcome = { error };
    }
    const wereAsked = await Promise.all([lookups.settle(), hosts.settle()]);
    if (wereAsked.includes(true)) continue;
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  }
  throw new RenderError('RENDER_LIMIT', `the chart looks up ever more, after ${MAX_PASSES} times`);
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
  const renderer = await makeRenderer(input.chart, {
    ...world,
    ...(sources.resolveHost !== undefined && { resolveHost: (name: string) => resolveHost?.(name) ?? [] }),
  });
  let warnings: Parameters<Warn>[] = [];
  try {
    return await untilAnswered(sources, (asking) => {
      warnings = [];
      resolveHost = asking.resolveHost;
      const { lookup } = asking;
      const heard: Warn = (...warning) => warnings.push(warning);
      return renderer.render({ ...rest, warn: heard, ...(lookup !== undefined && { lookup }) });
    });
  } finally {
    for (const warning of warnings) warn(...warning);
  }
}
