import type { Command } from '../command.ts';
import { bool, text } from '../flags/common.ts';
import { UsageError } from '../flags/parse.ts';
import { registryFlags } from '../oci.ts';
import { completePlugins } from '../plugins/complete.ts';
import { forEachPlugin } from '../plugins/each.ts';

export const command: Command = {
  usage: 'plugin update PLUGIN [...]',
  description:
    'Brings plugins up to date: checkouts of git by git, others from where they came.\n\nCode that is not what was agreed to is asked for again.',
  args: [0, Number.POSITIVE_INFINITY],
  complete: completePlugins,
  flags: {
    ...registryFlags,
    keyring: text('keyring of public keys to verify with'),
    verify: { ...bool('verify the signature of the plugin'), preset: 'true' },
    yes: bool('agree to what has changed without being asked'),
  },
  async run(given, io) {
    if (given.args.length === 0) throw new UsageError('please provide plugin name to update');
    const { updatePlugin } = await import('../plugins/update.ts');
    await forEachPlugin(given.args, 'update', io, async (plugin) => {
      await updatePlugin(plugin, given, io);
      io.stdout(`Updated plugin: ${plugin.name}\n`);
    });
  },
};
