import { driftOf, getRelease, objectsOf, tablesOf } from '@pack/release';
import { contextOf, runOf } from '../cluster.ts';
import type { Command } from '../command.ts';
import { completeReleases, completeRevisions } from '../completions-release.ts';
import { bool, int } from '../flags/common.ts';
import { colorsOf } from '../output/color.ts';
import { formatOf, outputFlag } from '../output/format.ts';
import { encodedRelease, formatStatus } from '../output/release.ts';
import { diffFlags, printDiff } from './diff.ts';

export const command: Command = {
  usage: 'status RELEASE_NAME [flags]',
  description: 'Shows the state of a release, its objects in the cluster, its tests and its notes.',
  args: [1, 1],
  complete: (given, _, io) => (given.args.length === 0 ? completeReleases(given, io) : { choices: [] }),
  completeFlag: {
    revision: (given, io) =>
      given.args.length === 1 ? completeRevisions(given.args[0] as string, given, io) : { choices: [] },
  },
  flags: {
    ...diffFlags,
    drift: bool('show what in the cluster departs from the release'),
    output: outputFlag,
    revision: int('revision to show; 0 is the newest', '0'),
  },
  async run(given, io) {
    const format = formatOf(given);
    const context = contextOf(given, io);
    const run = runOf(given, io);
    const release = await getRelease(
      { name: given.args[0] as string, version: Number(given.string('revision') ?? 0) },
      context,
      run,
    );
    if (given.bool('drift')) {
      return printDiff(await driftOf(release, context, run), given, io);
    }
    const shown = { ...release, chart: undefined };
    io.stdout(
      format === 'table'
        ? formatStatus(shown, { colors: colorsOf(given, io), tables: await tablesOf(release, context, run) })
        : encodedRelease(shown, format, await objectsOf(release, context, run)),
    );
  },
};
