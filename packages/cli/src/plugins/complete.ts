import type { Completions, Io } from '../command.ts';
import type { Given } from '../flags/parse.ts';
import { listPlugins } from './folder.ts';

/** Names of plugins that are not given yet. */
export const completePlugins = (given: Given, _word: string, io: Io): Completions => ({
  choices: listPlugins(io)
    .filter(({ name }) => !given.args.includes(name))
    .map(({ name, shortHelp }) => [name, shortHelp]),
});
