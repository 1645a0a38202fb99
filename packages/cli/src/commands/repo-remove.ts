import { unregisterRepositories } from '@pack/repo/node';
import type { Command } from '../command.ts';
import { completeRepositories } from '../completions.ts';
import { pathsOf } from '../settings.ts';

export const command: Command = {
  usage: 'repo remove [REPO1 [REPO2 ...]] [flags]',
  description: 'Takes repositories off the list, and their indexes out of the cache.',
  args: [1, Number.POSITIVE_INFINITY],
  flags: {},
  complete: completeRepositories,
  async run(given, io) {
    const { repositoryConfig, repositoryCache } = pathsOf(given, io.env);
    await unregisterRepositories(given.args, {
      config: repositoryConfig,
      folder: repositoryCache,
      onRemoved: (name) => io.stdout(`${JSON.stringify(name)} has been removed from your repositories\n`),
    });
  },
};
