import { ensureNameFree, previewChange } from '@pack/release';
import { contextOf, prefixed, runOf } from '../cluster.ts';
import type { Command } from '../command.ts';
import { installChart, nameAndChart } from '../deploy.ts';
import { postRenderersOf } from '../plugins/post-render.ts';
import { diffFlags, printDiff } from './diff.ts';
import { command as install } from './install.ts';

const { 'dry-run': _, ...flags } = install.flags;

export const command: Command = {
  ...install,
  usage: 'diff install [NAME] [CHART] [flags]',
  description: 'Shows what an installation would make: the server is asked for every object, and nothing is changed.',
  flags: { ...flags, ...diffFlags },
  async run(given, io) {
    await postRenderersOf(given, io);
    const context = contextOf(given, io);
    try {
      const serverSide = !given.has('server-side') || given.bool('server-side');
      const run = runOf(given, io);
      const { name } = nameAndChart(given);
      await ensureNameFree({ name, replace: given.bool('replace') }, context, run);
      const target = await installChart(given, io, 'preview', { serverSide }, context);
      return await printDiff(await previewChange(target, undefined, context, run), given, io);
    } catch (e) {
      throw prefixed('', e);
    }
  },
};
