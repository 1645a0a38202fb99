/** Hooks of one event, those of equal weight at once; Helm runs them one after the other. */
import type { HookEvent } from '@pack/core';

import { type HooksInput, type HooksOutcome, startHooks } from './hooks.ts';
import type { ReleasePorts, ReleaseRun } from './ports.ts';
import type { Release, ReleaseHook } from './record.ts';

/**
 * As `startHooks`, with up to `parallel` at a time. One that fails lets those beside it end, and none of a higher weight begin;
 * its fault is the outcome's. The record is left to the caller.
 */
export async function startHooksAtOnce(
  before: Release,
  event: HookEvent,
  parallel: number,
  input: HooksInput,
  ports: ReleasePorts,
  run: ReleaseRun,
): Promise<HooksOutcome> {
  const due = before.hooks.filter(({ events }) => events.includes(event));
  const weights = [...new Set(due.map(({ weight }) => weight))].sort((a, b) => a - b);
  const finishes: HooksOutcome['finish'][] = [];
  const finish = async (): Promise<void> => {
    for (const each of finishes.reverse()) await each();
  };
  let release = before;
  for (const weight of weights) {
    const hooks = due.filter((hook) => hook.weight === weight);
    const outcomes = await atOnce(hooks, parallel, (hook) =>
      startHooks({ ...before, hooks: [hook] }, event, input, withoutUpdates(ports), run),
    );
    const ended = new Map(hooks.map((hook, i) => [hook, outcomes[i]?.release.hooks[0] as ReleaseHook]));
    release = { ...release, hooks: release.hooks.map((hook) => ended.get(hook) ?? hook) };
    finishes.push(...outcomes.map((outcome) => outcome.finish));
    const failed = outcomes.find(({ fault }) => fault !== undefined);
    if (failed !== undefined) return { release, fault: failed.fault, finish };
  }
  return { release, finish };
}

/** Each has a release of its own, so that what one writes would undo what another has written. */
const withoutUpdates = (ports: ReleasePorts): ReleasePorts => ({
  ...ports,
  records: Object.create(ports.records, { update: { value: async () => undefined } }) as ReleasePorts['records'],
});

/** In the order of `items`, when all have ended; then what the first of them threw is thrown. */
async function atOnce<T, R>(items: readonly T[], limit: number, act: (item: T) => Promise<R>): Promise<R[]> {
  const results: PromiseSettledResult<R>[] = [];
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [i, item] of queue) {
      [results[i]] = (await Promise.allSettled([act(item)])) as [PromiseSettledResult<R>];
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}
