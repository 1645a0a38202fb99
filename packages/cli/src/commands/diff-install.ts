import { ensureNameFree } from '@pack/release';
import { contextOf, prefixed, runOf } from '../cluster.ts';
import type { Command } from '../command.ts';
import { nameAndChart } from '../deploy.ts';
import { postRenderersOf } from '../plugins/post-render.ts';
import { previewInstall } from '../previews.ts';
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
      const { name } = nameAndChart(given);
      await ensureNameFree({ name, replace: given.bool('replace') }, context, runOf(given, io));
      return await printDiff(await previewInstall(given, io, { serverSide }, context), given, io);
    } catch (e) {
      throw prefixed('', e);
    }
  },
};
