import { contextOf, prefixed } from '../cluster.ts';
import type { Command } from '../command.ts';
import { postRenderersOf } from '../plugins/post-render.ts';
import { previewInstall, previewUpgrade } from '../previews.ts';
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
        return await printDiff(await previewInstall(given, io, first, context), given, io);
      }
      const { previews, current } = await previewUpgrade(given, io, context);
      await hidePastSecrets(current, given, io);
      return await printDiff(previews, given, io);
    } catch (e) {
      throw prefixed('', e);
    }
  },
};
