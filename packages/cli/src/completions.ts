/** What completion offers of repositories and charts. Helm: pkg/cmd/search_repo.go compListCharts. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chartsFileName, type Repository } from '@pack/repo';
import { readRepositories } from '@pack/repo/node';
import type { Completions, Io } from './command.ts';
import type { Choice, Given } from './flags/parse.ts';
import { pathsOf } from './settings.ts';

const repositories = (given: Given, io: Io): readonly Repository[] => {
  try {
    return readRepositories(pathsOf(given, io.env).repositoryConfig).repositories;
  } catch {
    // A list that cannot be read completes nothing; the command itself will say what is wrong with it.
    return [];
  }
};

/** Names of repositories that are not on the line yet. */
export const completeRepositories = (given: Given, _word: string, io: Io): Completions => ({
  choices: repositories(given, io)
    .filter(({ name }) => !given.args.includes(name))
    .map(({ name }): Choice => [name]),
});

const PREFIXES: readonly Choice[] = [
  ['oci://', 'Chart OCI prefix'],
  ['https://', 'Chart URL prefix'],
  ['http://', 'Chart URL prefix'],
  ['file://', 'Chart local URL prefix'],
];

const PATHS: readonly Choice[] = [
  ['./', 'Relative path prefix to local chart'],
  ['/', 'Absolute path prefix to local chart'],
];

/** A repository up to its slash, then its charts; addresses and paths by how they begin. */
export function completeCharts(given: Given, word: string, io: Io): Completions {
  const slash = word.indexOf('/');
  if (/^(?:\.|\/)/.test(word)) return { choices: [], files: true };
  if (slash >= 0 && !word.includes('://')) return { choices: chartsOf(word.slice(0, slash), given, io) };
  const names = repositories(given, io).map(({ name }): Choice => [`${name}/`]);
  const files = word === '' ? [] : readdirSync('.').filter((name) => name.startsWith(word));
  return {
    choices: [...names, ...PREFIXES, ...(word === '' ? PATHS : []), ...files.map((name): Choice => [name])],
    open: true,
  };
}

function chartsOf(repository: string, given: Given, io: Io): Choice[] {
  const file = join(pathsOf(given, io.env).repositoryCache, chartsFileName(repository));
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((name) => name !== '')
    .map((name): Choice => [`${repository}/${name}`]);
}
