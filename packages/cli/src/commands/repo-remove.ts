import { findRepository } from '@pack/repo';
import { readRepositories, registriesFile, unregisterRepositories } from '@pack/repo/node';
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
    const onRemoved = (name: string): void =>
      io.stdout(`${JSON.stringify(name)} has been removed from your repositories\n`);
    const registries = registriesFile(repositoryConfig);
    const [registered, listed] = [readRepositories(registries), readRepositories(repositoryConfig)];
    const isBeside = (name: string): boolean =>
      findRepository(registered, name) !== undefined && findRepository(listed, name) === undefined;
    const beside = new Set(given.args.filter(isBeside));
    const others = given.args.filter((name) => !beside.has(name));
    for (const [config, names] of [[registries, [...beside]] as const, [repositoryConfig, others] as const]) {
      await unregisterRepositories(names, { config, folder: repositoryCache, onRemoved });
    }
  },
};
