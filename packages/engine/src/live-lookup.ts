/** What templates ask for that takes time. Helm's ask the cluster and the network in the middle of a template, which waits. */
import { type GoMap, newMap } from 'go-template';

import { RenderError } from './error.ts';
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

/**
 * Renders a chart whose templates ask for things. Templates run without pause: what a pass asked for and was not known is
 * fetched, all at once, and the chart is rendered again, until a pass knows all. Throws RENDER_LIMIT, and what
 * {@link renderChart} throws.
 */
export async function renderLive(
  input: Omit<RenderInput, 'lookup'>,
  { lookup, resolveHost }: LiveSources,
): Promise<Rendered> {
  const lookups = createQuestions(newMap(), lookup ?? (async () => newMap()));
  const hosts = createQuestions<[string], readonly string[]>([''], resolveHost ?? (async () => []));
  const { world = webWorld(), ...rest } = input;
  const asking = resolveHost === undefined ? world : { ...world, resolveHost: (name: string) => hosts.ask(name) };
  const renderer = await createRenderer(input.chart, asking);
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const warnings: Parameters<NonNullable<RenderInput['warn']>>[] = [];
    let outcome: { readonly rendered: Rendered } | { readonly error: unknown };
    try {
      const rendered = renderer.render({
        ...rest,
        warn: (...warning) => warnings.push(warning),
        ...(lookup !== undefined && { lookup: (...question: Parameters<LiveLookup>) => lookups.ask(...question) }),
      });
      outcome = { rendered };
    } catch (error) {
      outcome = { error };
    }
    const isSettled = (await Promise.all([lookups.settle(), hosts.settle()])).every((wasAsked) => !wasAsked);
    if (!isSettled) continue;
    for (const warning of warnings) input.warn?.(...warning);
    if ('error' in outcome) throw outcome.error;
    return outcome.rendered;
  }
  throw new RenderError('RENDER_LIMIT', `the chart looks up ever more, after ${MAX_PASSES} times`);
}
