import type { Command } from '../command.ts';
import { UsageError } from '../flags/parse.ts';
import { completePlugins } from '../plugins/complete.ts';
import { folderDigest } from '../plugins/digest.ts';
import { forEachPlugin } from '../plugins/each.ts';
import { readPins, writePin } from '../plugins/lock.ts';

export const command: Command = {
  usage: 'plugin trust PLUGIN [...]',
  description:
    'Agrees to the code of plugins as it is now: of those that Helm has installed, or that have changed.\n\nLook at it first: a plugin can do all that you can do.',
  args: [0, Number.POSITIVE_INFINITY],
  complete: completePlugins,
  flags: {},
  async run(given, io) {
    if (given.args.length === 0) throw new UsageError('please provide plugin name to trust');
    await forEachPlugin(given.args, 'trust', io, async ({ root, name, version, dir }) => {
      const digest = folderDigest(dir);
      writePin(root, name, { version, digest, source: readPins(root).get(name)?.source ?? '' });
      io.stdout(`Trusted plugin: ${name} (${digest})\n`);
    });
  },
};
