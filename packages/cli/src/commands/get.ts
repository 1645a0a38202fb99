/** What the commands of `get` share: one revision of a release. */
import { getRelease, type Release } from '@pack/release';
import { contextOf, runOf } from '../cluster.ts';
import type { Command, Io } from '../command.ts';
import { completeReleases, completeRevisions } from '../completions-release.ts';
import { int } from '../flags/common.ts';
import type { Flags, Given } from '../flags/parse.ts';

export const getCommand = (
  name: string,
  description: string,
  flags: Flags,
  print: (release: Release, given: Given, io: Io) => void | Promise<void>,
): Command => ({
  usage: `get ${name} RELEASE_NAME [flags]`,
  description,
  args: [1, 1],
  complete: (given, _, io) => (given.args.length === 0 ? completeReleases(given, io) : { choices: [] }),
  completeFlag: {
    revision: (given, io) =>
      given.args.length === 1 ? completeRevisions(given.args[0] as string, given, io) : { choices: [] },
  },
  flags: { ...flags, revision: int('revision to get; 0 is the newest', '0') },
  async run(given, io) {
    const version = Number(given.string('revision') ?? 0);
    const release = await getRelease(
      { name: given.args[0] as string, version },
      contextOf(given, io),
      runOf(given, io),
    );
    await print(release, given, io);
  },
});
