import { NO_REPOSITORIES } from '@pack/repo';
import { readAllRepositories } from '@pack/repo/node';
import type { Command } from '../command.ts';
import { bool } from '../flags/common.ts';
import { encoded, formatOf, outputFlag } from '../output/format.ts';
import { formatTable } from '../output/table.ts';
import { pathsOf } from '../settings.ts';

export const command: Command = {
  usage: 'repo list [flags]',
  description: 'Lists the repositories.',
  args: [0, 0],
  flags: { 'no-headers': bool('leave the head of the table out'), output: outputFlag },
  async run(given, io) {
    const format = formatOf(given);
    let { repositories } = NO_REPOSITORIES;
    try {
      ({ repositories } = readAllRepositories(pathsOf(given, io.env).repositoryConfig));
    } catch {
      // As Helm: a list that cannot be read shows as an empty one.
    }
    if (format !== 'table')
      return io.stdout(
        encoded(
          repositories.map(({ name, url }) => ({ name, url })),
          format,
        ),
      );
    if (repositories.length === 0) return io.stderr('no repositories to show\n');
    const head = given.bool('no-headers') ? [] : [['NAME', 'URL']];
    io.stdout(`${formatTable([...head, ...repositories.map(({ name, url }) => [name, url])])}\n`);
  },
};
