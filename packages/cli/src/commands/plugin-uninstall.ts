import { PackError } from '@pack/core';
import type { Command } from '../command.ts';
import { UsageError } from '../flags/parse.ts';
import { completePlugins } from '../plugins/complete.ts';
import { forEachPlugin } from '../plugins/each.ts';
import { removePlugin } from '../plugins/install.ts';
import { distrust } from '../plugins/trust.ts';

export const command: Command = {
  usage: 'plugin uninstall PLUGIN [...]',
  description: 'Removes plugins.',
  args: [0, Number.POSITIVE_INFINITY],
  complete: completePlugins,
  flags: {},
  async run(given, io) {
    if (given.args.length === 0) throw new UsageError('please provide plugin name to uninstall');
    await forEachPlugin(given.args, 'uninstall', io, async (plugin) => {
      let mayRun = Object.keys(plugin.hooks).length === 0;
      try {
        mayRun ||= distrust(plugin) === undefined;
      } catch (e) {
        if (!(e instanceof PackError)) throw e;
      }
      await removePlugin(plugin, mayRun, io);
      io.stdout(`Uninstalled plugin: ${plugin.name}\n`);
    });
  },
};
