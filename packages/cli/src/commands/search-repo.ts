import { PackError } from '@pack/core';
import { compilePattern, hasIndex, type SearchSource, searchCharts, searchFuzzy } from '@pack/repo';
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
    'Searches the charts of the repositories on the list, in the indexes as they were last fetched.\n\nWith --fuzzy the best come first, and a letter or two may be wrong. With oci:// the charts below that\naddress are searched, if the registry lists what it has.',
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
    const address = given.args[0]?.startsWith('oci://') ? given.args[0] : undefined;
    const words = address === undefined ? given.args : given.args.slice(1);
    const sources = address === undefined ? sourcesOf(given, io) : [await sourceAt(address, given, io)];
    const wanted = words.join(' ');
    const term = given.bool('regexp') && words.length > 0 ? await compilePattern(wanted) : wanted;
    const found = given.bool('fuzzy')
      ? searchFuzzy(sources, wanted, options)
      : searchCharts(sources, { ...options, ...(words.length > 0 && { term }) });
    // So that it can be given to pull.
    const hits = address === undefined ? found : found.map((hit) => ({ ...hit, name: `oci://${hit.name}` }));
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

async function sourceAt(address: string, given: Given, io: Io): Promise<SearchSource> {
  const { registrySource } = await import('../registry-search.ts');
  const every = given.bool('versions') || given.bool('devel') || (given.string('version') ?? '') !== '';
  return withProgress(`Asking ${address}`, io, (shown) => registrySource(address, { every }, given, shown));
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
