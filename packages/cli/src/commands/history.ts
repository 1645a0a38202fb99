import { historyOf } from '@pack/release';
import { contextOf, runOf } from '../cluster.ts';
import type { Command } from '../command.ts';
import { completeReleases } from '../completions-release.ts';
import { int } from '../flags/common.ts';
import { formatOf, outputFlag } from '../output/format.ts';
import { formatHistory } from '../output/release.ts';

export const command: Command = {
  usage: 'history RELEASE_NAME [flags]',
  description: 'Shows the revisions of a release.',
  args: [1, 1],
  complete: (given, _, io) => (given.args.length === 0 ? completeReleases(given, io) : { choices: [] }),
  flags: { max: int('revisions to show at most', '256'), output: outputFlag },
  async run(given, io) {
    const format = formatOf(given);
    const input = { name: given.args[0] as string, max: Number(given.string('max') ?? 256) };
    io.stdout(formatHistory(await historyOf(input, contextOf(given, io), runOf(given, io)), format));
  },
};
