import { previewChange } from '@pack/release';
import { contextOf, prefixed, runOf } from '../cluster.ts';
import type { Command } from '../command.ts';
import { installChart } from '../deploy.ts';
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
      const target = await installChart(given, io, 'server', { serverSide }, context);
      return printDiff(await previewChange(target, undefined, context, runOf(given, io)), given, io);
    } catch (e) {
      throw prefixed('', e);
    }
  },
};
