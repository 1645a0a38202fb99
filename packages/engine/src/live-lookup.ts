/** `lookup` of what takes time to ask for. Helm's asks the cluster in the middle of a template, which waits. */
import { type GoMap, newMap } from 'go-template';

import { RenderError } from './error.ts';
import { createRenderer, type Rendered, type RenderInput } from './render.ts';

/**
 * Asks a cluster for an object, or for a list of them when `name` is empty. What is not there is an empty map; what it
 * throws becomes the error of the template that asked.
 */
export type LiveLookup = (apiVersion: string, kind: string, namespace: string, name: string) => Promise<GoMap>;

/** What a chart looks up may depend on what it looked up before, but not without end. */
const MAX_PASSES = 100;

type Answer = { readonly value: GoMap } | { readonly error: unknown };

/**
 * Renders a chart whose templates look things up. Templates run without pause: what a pass asked for and was not known is
 * fetched, all at once, and the chart is rendered again, until a pass knows all. Throws RENDER_LIMIT, and what
 * {@link renderChart} throws.
 */
export async function renderLive(input: Omit<RenderInput, 'lookup'>, lookup: LiveLookup): Promise<Rendered> {
  const renderer = await createRenderer(input.chart, input.world);
  const known = new Map<string, Answer>();
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const asked = new Map<string, Parameters<LiveLookup>>();
    const warnings: Parameters<NonNullable<RenderInput['warn']>>[] = [];
    let outcome: { readonly rendered: Rendered } | { readonly error: unknown };
    try {
      const rendered = renderer.render({
        ...input,
        warn: (...warning) => warnings.push(warning),
        lookup(...question) {
          const key = JSON.stringify(question);
          const answer = known.get(key);
          if (answer === undefined) {
            asked.set(key, question);
            return newMap();
          }
          if ('error' in answer) throw answer.error;
          return answer.value;
        },
      });
      outcome = { rendered };
    } catch (error) {
      outcome = { error };
    }
    if (asked.size === 0) {
      for (const warning of warnings) input.warn?.(...warning);
      if ('error' in outcome) throw outcome.error;
      return outcome.rendered;
    }
    await Promise.all(
      [...asked].map(async ([key, question]) => {
        known.set(key, await answerTo(question, lookup));
      }),
    );
  }
  throw new RenderError('RENDER_LIMIT', `the chart looks up ever more, after ${MAX_PASSES} times`);
}

async function answerTo(question: Parameters<LiveLookup>, lookup: LiveLookup): Promise<Answer> {
  try {
    return { value: await lookup(...question) };
  } catch (error) {
    return { error };
  }
}
