import { PackError } from '@pack/core';
import {
  compilePattern,
  findRepository,
  hasIndex,
  isOciReference,
  type Repository,
  type SearchSource,
  searchCharts,
  searchFuzzy,
} from '@pack/repo';
import { openIndex, readAllRepositories } from '@pack/repo/node';
import type { Command, Io } from '../command.ts';
import { accessFlags, bool, text, uint } from '../flags/common.ts';
import type { Given } from '../flags/parse.ts';
import { encoded, formatOf, outputFlag } from '../output/format.ts';
import { withProgress } from '../output/progress.ts';
import { formatTable } from '../output/table.ts';
import { warnOn } from '../output/warn.ts';
import { pathsOf } from '../settings.ts';

export const command: Command = {
  usage: 'search repo [oci://REGISTRY[/NAMESPACE]] [keyword] [flags]',
  description:
    'Searches the charts of the repositories on the list, in the indexes as they were last fetched.\n\nWith --fuzzy the best come first, and a letter or two may be wrong. With oci://… or NAME/… of a\nregistry on the list its charts are searched, if it lists what it has.',
  args: [0, Number.POSITIVE_INFINITY],
  flags: {
    ...accessFlags,
    devel: bool('development versions too'),
    'fail-on-no-result': bool('fail when nothing is found'),
    fuzzy: bool('rank what is found, and forgive typing errors'),
    'max-col-width': uint('widest that a column may be', '50'),
    output: outputFlag,
    regexp: bool('the keyword is a regular expression', 'r'),
    version: text('range of versions'),
    versions: bool('all versions of a chart', 'l'),
  },
  async run(given, io) {
    const format = formatOf(given);
    const version = given.string('version') ?? '';
    const options = {
      versions: given.bool('versions'),
      devel: given.bool('devel'),
      ...(version !== '' && { version }),
    };
    const [first = '', ...others] = given.args;
    const named = namedRegistry(first, given, io);
    const address = first.startsWith('oci://') ? first : named?.url;
    // Of `NAME/WORD` the word is looked for.
    const rest = named === undefined ? '' : first.slice(named.name.length + 1);
    const words = address === undefined ? given.args : rest === '' ? others : [rest, ...others];
    const sources = address === undefined ? sourcesOf(given, io) : [await sourceAt(address, named?.name, given, io)];
    const wanted = words.join(' ');
    const term = given.bool('regexp') && words.length > 0 ? await compilePattern(wanted) : wanted;
    const found = given.bool('fuzzy')
      ? searchFuzzy(sources, wanted, options)
      : searchCharts(sources, { ...options, ...(words.length > 0 && { term }) });
    // So that it can be given to pull.
    const hits =
      address === undefined || named !== undefined
        ? found
        : found.map((hit) => ({ ...hit, name: `oci://${hit.name}` }));
    if (hits.length === 0 && given.bool('fail-on-no-result')) throw new PackError('SEARCH_EMPTY', 'no results found');
    if (format !== 'table') {
      const plain = hits.map(({ name, version: v, appVersion, description }) => ({
        name,
        version: v,
        app_version: appVersion,
        description,
      }));
      return io.stdout(encoded(plain, format));
    }
    if (hits.length === 0) return io.stdout('No results found\n');
    const rows = hits.map(({ name, version: v, appVersion, description }) => [name, v, appVersion, description]);
    const maxColumnWidth = Number(given.string('max-col-width') ?? 50);
    io.stdout(
      `${formatTable([['NAME', 'CHART VERSION', 'APP VERSION', 'DESCRIPTION'], ...rows], { maxColumnWidth })}\n`,
    );
  },
};

/** The registry on the list that a word begins with. */
function namedRegistry(word: string, given: Given, io: Io): Repository | undefined {
  if (!word.includes('/')) return undefined;
  const found = findRepository(
    readAllRepositories(pathsOf(given, io.env).repositoryConfig),
    word.split('/', 1)[0] ?? '',
  );
  return found !== undefined && isOciReference(found.url) ? found : undefined;
}

async function sourceAt(address: string, name: string | undefined, given: Given, io: Io): Promise<SearchSource> {
  const { registrySource } = await import('../registry-search.ts');
  const every = given.bool('versions') || given.bool('devel') || (given.string('version') ?? '') !== '';
  const source = await withProgress(`Asking ${address}`, io, (shown) =>
    registrySource(address, { every }, given, shown),
  );
  return name === undefined ? source : { ...source, repository: name };
}

function sourcesOf(given: Given, io: Io): SearchSource[] {
  const { repositoryConfig, repositoryCache } = pathsOf(given, io.env);
  const repositories = readAllRepositories(repositoryConfig).repositories.filter(({ url }) => hasIndex(url));
  if (repositories.length === 0) throw new PackError('REPOSITORY_NOT_FOUND', 'no repositories configured');
  return repositories.flatMap(({ name }) => {
    try {
      return [{ repository: name, summary: openIndex(repositoryCache, name, warnOn(io)).summary }];
    } catch (e) {
      warnOn(io)('repo is corrupt or missing', { repo: name, error: (e as Error).message });
      return [];
    }
  });
}
