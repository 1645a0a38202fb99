import type { Command } from '../command.ts';
import { text } from '../flags/common.ts';
import { formatTable } from '../output/table.ts';
import { listPlugins } from '../plugins/folder.ts';
import { provenanceOf } from '../plugins/install.ts';

export const command: Command = {
  usage: 'plugin list [flags]',
  description: 'Lists the plugins that are installed.',
  args: [0, Number.POSITIVE_INFINITY],
  complete: () => ({ choices: [] }),
  flags: { type: text('only plugins of this type: cli/v1, getter/v1, postrenderer/v1 or hooks/v1') },
  async run(given, io) {
    const rows = listPlugins(io, given.string('type')).map((plugin) => [
      plugin.name,
      plugin.version,
      plugin.type,
      plugin.apiVersion,
      provenanceOf(plugin),
      plugin.sourceUrl || 'unknown',
    ]);
    io.stdout(`${formatTable([['NAME', 'VERSION', 'TYPE', 'APIVERSION', 'PROVENANCE', 'SOURCE'], ...rows])}\n`);
  },
};
