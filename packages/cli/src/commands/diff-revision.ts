import { diffReleases, getRelease } from '@pack/release';
import { contextOf, runOf } from '../cluster.ts';
import type { Command } from '../command.ts';
import { completeReleases, completeRevisions } from '../completions-release.ts';
import { UsageError } from '../flags/parse.ts';
import { diffFlags, printDiff } from './diff.ts';

export const command: Command = {
  usage: 'diff revision RELEASE REVISION [REVISION] [flags]',
  description: 'Shows what is different between two revisions of a release, the newest if only one is named.',
  args: [2, 3],
  complete: (given, _, io) =>
    given.args.length === 0 ? completeReleases(given, io) : completeRevisions(given.args[0] as string, given, io),
  flags: diffFlags,
  async run(given, io) {
    const [name = '', from = '', to = '0'] = given.args;
    for (const revision of [from, to]) {
      if (!/^\d+$/.test(revision))
        throw new UsageError(`${JSON.stringify(revision)} is no revision: it must be a number`);
    }
    const context = contextOf(given, io);
    const run = runOf(given, io);
    const before = await getRelease({ name, version: Number(from) }, context, run);
    const after = await getRelease({ name, version: Number(to) }, context, run);
    return printDiff(await diffReleases(before, after, context, run), given, io);
  },
};
