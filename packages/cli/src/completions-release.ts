/** Names and revisions of releases, as completion offers them. */
import { historyOf, listReleases } from '@pack/release';
import { contextOf } from './cluster.ts';
import type { Completions, Io } from './command.ts';
import type { Given } from './flags/parse.ts';

/** Completion must not keep a person waiting, ms. */
const PATIENCE = 3000;

async function offered(list: (signal: AbortSignal) => Promise<Completions['choices']>): Promise<Completions> {
  try {
    return { choices: await list(AbortSignal.timeout(PATIENCE)) };
  } catch {
    // No cluster, no offers.
    return { choices: [] };
  }
}

export const completeReleases = (given: Given, io: Io): Promise<Completions> =>
  offered(async (signal) => {
    const releases = await listReleases({}, contextOf(given, io), { signal });
    return releases
      .filter(({ name }) => !given.args.includes(name))
      .map(({ name, chart, info }) => [
        name,
        `${chart?.metadata.name ?? ''}-${chart?.metadata.version ?? ''} -> ${info.status}`,
      ]);
  });

export const completeRevisions = (name: string, given: Given, io: Io): Promise<Completions> =>
  offered(async (signal) => {
    const releases = await historyOf({ name, max: 256 }, contextOf(given, io), { signal });
    return releases.map(({ version, chart }) => [
      String(version),
      `App: ${chart?.metadata.appVersion ?? ''}, Chart: ${chart?.metadata.name ?? ''}-${chart?.metadata.version ?? ''}`,
    ]);
  });
