import type { Command } from '../command.ts';
import { parseFlags } from '../flags/parse.ts';
import { releaseNamespace } from '../namespace.ts';
import { settingsOf } from '../settings.ts';

export const command: Command = {
  usage: 'env [NAME] [flags]',
  description:
    'Prints the settings that pack works with, or one of them.\n\nThey are those of Helm, and so are their names; where a variable PACK_X is set, it wins over HELM_X.',
  args: [0, 1],
  flags: {},
  complete: (_, __, io) => ({
    choices: Object.keys(settingsOf(parseFlags([], {}), io.env))
      .sort()
      .map((name) => [name]),
  }),
  async run(given, io) {
    const settings: Record<string, string> = {
      ...settingsOf(given, io.env),
      HELM_NAMESPACE: await releaseNamespace(given, io),
    };
    const [name] = given.args;
    if (name !== undefined) return io.stdout(`${settings[name] ?? ''}\n`);
    for (const key of Object.keys(settings).sort()) io.stdout(`${key}="${settings[key]}"\n`);
  },
};
