/** What completion offers of repositories and charts. Helm: pkg/cmd/search_repo.go compListCharts. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ZERO_TIME } from '@pack/core';
import { chartsFileName, type IndexReader, type Repository } from '@pack/repo';
import { openIndex, readAllRepositories } from '@pack/repo/node';
import type { Completions, Io } from './command.ts';
import type { Choice, Given } from './flags/parse.ts';
import { pathsOf } from './settings.ts';

const repositories = (given: Given, io: Io): readonly Repository[] => {
  try {
    return readAllRepositories(pathsOf(given, io.env).repositoryConfig).repositories;
  } catch {
    // A list that cannot be read completes nothing; the command itself will say what is wrong with it.
    return [];
  }
};

/** Repositories that are not on the line yet. */
export const completeRepositories = (given: Given, _word: string, io: Io): Completions => ({
  choices: repositories(given, io)
    .filter(({ name }) => !given.args.includes(name))
    .map(({ name, url }): Choice => [name, url]),
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

/** A repository up to its slash, then its charts; addresses by how they begin. `files`: charts on this machine too. */
export function completeCharts(given: Given, word: string, io: Io, { files }: { files: boolean }): Completions {
  const known = repositories(given, io);
  const within = known.find(({ name }) => word.startsWith(`${name}/`));
  if (within !== undefined) return { choices: chartsOf(within.name, given, io), files };
  const names = known.map(({ name, url }): Choice => [`${name}/`, url]);
  const begun = [...names, ...PREFIXES].filter(([choice]) => choice.startsWith(word));
  // Where nothing else fits, the shell itself offers files; without a word they would be too many.
  const near = files && begun.length > 0 && word !== '' ? entriesHere().filter((name) => name.startsWith(word)) : [];
  return {
    choices: [...begun, ...near.map((name): Choice => [name]), ...(files && word === '' ? PATHS : [])],
    files,
    open: begun.length > 0,
  };
}

function entriesHere(): string[] {
  try {
    return readdirSync('.').sort();
  } catch {
    return [];
  }
}

function chartsOf(repository: string, given: Given, io: Io): Choice[] {
  const folder = pathsOf(given, io.env).repositoryCache;
  const file = join(folder, chartsFileName(repository));
  const names = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : namesOf(indexOf(repository, folder));
  return names.filter((name) => name !== '').map((name): Choice => [`${repository}/${name}`]);
}

const namesOf = (index: IndexReader | undefined): string[] => index?.summary.charts.map(({ name }) => name) ?? [];

function indexOf(repository: string, folder: string): IndexReader | undefined {
  try {
    return openIndex(folder, repository);
  } catch {
    return undefined;
  }
}

/** The versions of `repository/chart`, with what else the index says of them. Helm: pkg/cmd/flags.go compVersionFlag. */
export async function completeVersions(reference: string | undefined, given: Given, io: Io): Promise<Completions> {
  const [repository, chart, ...rest] = (reference ?? '').split('/');
  if (!repository || !chart || rest.length > 0) return { choices: [] };
  const index = indexOf(repository, pathsOf(given, io.env).repositoryCache);
  const versions = index?.versions(chart) ?? [];
  const choices = versions.map(async (version, i): Promise<Choice> => {
    const { appVersion, created = ZERO_TIME, deprecated } = (await index?.entry(chart, i)) ?? {};
    const meaning = [
      ...(appVersion ? [`App: ${appVersion},`] : []),
      `Created: ${created.format('January 2, 2006')}`,
      ...(deprecated ? ['(deprecated)'] : []),
    ];
    return [version, meaning.join(' ')];
  });
  return { choices: await Promise.all(choices) };
}
