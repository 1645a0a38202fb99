import { diffReleases, getRelease } from '@pack/release';
import { contextOf, runOf } from '../cluster.ts';
import type { Command } from '../command.ts';
import { completeReleases } from '../completions-release.ts';
import { diffFlags, printDiff } from './diff.ts';

export const command: Command = {
  usage: 'diff release RELEASE RELEASE [flags]',
  description: 'Shows what is different between the newest revisions of two releases of a namespace.',
  args: [2, 2],
  complete: (given, _, io) => completeReleases(given, io),
  flags: diffFlags,
  async run(given, io) {
    const [first = '', second = ''] = given.args;
    const context = contextOf(given, io);
    const run = runOf(given, io);
    const before = await getRelease({ name: first }, context, run);
    const after = await getRelease({ name: second }, context, run);
    return printDiff(await diffReleases(before, after, context, run), given, io);
  },
};
