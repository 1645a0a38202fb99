import type { Command } from '../command.ts';
import { bool, text } from '../flags/common.ts';
import { registryFlags } from '../oci.ts';

export const command: Command = {
  usage: 'plugin install SOURCE [flags]',
  description:
    'Installs a plugin from a folder, an archive (a file or an address), a git repository, oci://…, or npm:NAME.\n\nA plugin can do all that you can do. It is asked for, and what is agreed to is written down by its digest in\nplugins.lock; code that is not just that does not run. Archives must be signed, unless --verify=false says otherwise.\nThe folder of plugins is shared with Helm.',
  args: [1, 1],
  flags: {
    ...registryFlags,
    keyring: text('keyring of public keys to verify with'),
    verify: { ...bool('verify the signature of the plugin'), preset: 'true' },
    version: text('version or range of versions'),
    yes: bool('agree to the plugin without being asked'),
  },
  async run(given, io, words) {
    const { installPlugin } = await import('../plugins/install.ts');
    const { name } = await installPlugin(given.args[0] as string, given, io, words);
    io.stdout(`Installed plugin: ${name}\n`);
  },
};
