import type { Command } from '../command.ts';
import { credentialsOf } from '../oci.ts';

export const command: Command = {
  usage: 'registry logout [host] [flags]',
  description: 'Forgets the user name and password for a registry.',
  args: [1, 1],
  flags: {},
  complete: () => ({ choices: [] }),
  async run(given, io) {
    const [host] = given.args as [string];
    await credentialsOf(given, io).erase(host);
    io.stdout(`Removing login credentials for ${host}\n`);
  },
};
