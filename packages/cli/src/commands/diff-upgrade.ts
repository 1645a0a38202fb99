import { deployedOf, previewChange } from '@pack/release';
import { contextOf, prefixed, runOf } from '../cluster.ts';
import type { Command } from '../command.ts';
import { upgradeChart } from '../deploy.ts';
import { postRenderersOf } from '../plugins/post-render.ts';
import { hidePastSecrets } from '../secrets.ts';
import { diffFlags, printDiff } from './diff.ts';
import { command as upgrade } from './upgrade.ts';

const { 'dry-run': _, install: __, diff: ___, ...flags } = upgrade.flags;

export const command: Command = {
  ...upgrade,
  usage: 'diff upgrade [RELEASE] [CHART] [flags]',
  description:
    'Shows what an upgrade would change: the server is asked for every object, and nothing is changed.\n\nIt takes the flags of upgrade. What is secret is not shown.',
  flags: { ...flags, ...diffFlags },
  async run(given, io) {
    await postRenderersOf(given, io);
    const context = contextOf(given, io);
    try {
      const target = await upgradeChart(given, io, 'server', context);
      const current = await deployedOf(given.args[0] as string, context);
      await hidePastSecrets(current, given, io);
      return printDiff(
        await previewChange(target, current, context, runOf(given, io), {
          forceConflicts: given.bool('force-conflicts'),
        }),
        given,
        io,
      );
    } catch (e) {
      throw prefixed('', e);
    }
  },
};
