import { deployedOf, previewChange } from '@pack/release';
import { contextOf, prefixed, runOf } from '../cluster.ts';
import type { Command } from '../command.ts';
import { installChart, upgradeChart } from '../deploy.ts';
import { postRenderersOf } from '../plugins/post-render.ts';
import { hidePastSecrets } from '../secrets.ts';
import { diffFlags, printDiff } from './diff.ts';
import { firstInstall, command as upgrade } from './upgrade.ts';

const { 'dry-run': _, diff: __, ...flags } = upgrade.flags;

export const command: Command = {
  ...upgrade,
  usage: 'diff upgrade [RELEASE] [CHART] [flags]',
  description:
    'Shows what an upgrade would change: the server is asked for every object, and nothing is changed.\n\nIt takes the flags of upgrade. What is secret is not shown.',
  flags: { ...flags, ...diffFlags },
  async run(given, io) {
    await postRenderersOf(given, io);
    const context = contextOf(given, io);
    const [name = ''] = given.args;
    try {
      const first = given.bool('install') ? await firstInstall(name, given, context) : undefined;
      if (first !== undefined) {
        const made = await installChart(given, io, 'preview', first, context);
        return await printDiff(await previewChange(made, undefined, context, runOf(given, io)), given, io);
      }
      const target = await upgradeChart(given, io, 'preview', context);
      const current = await deployedOf(name, context);
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
