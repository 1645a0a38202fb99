import { PackError } from '@pack/core';
import { searchHub } from '@pack/repo';
import type { Command } from '../command.ts';
import { bool, text, uint } from '../flags/common.ts';
import { fetchOf } from '../oci.ts';
import { encoded, formatOf, outputFlag } from '../output/format.ts';
import { formatTable } from '../output/table.ts';

export const command: Command = {
  usage: 'search hub [KEYWORD] [flags]',
  description: 'Searches Artifact Hub, or another server with its API.',
  args: [0, Number.POSITIVE_INFINITY],
  flags: {
    endpoint: text('server to ask', 'https://hub.helm.sh'),
    'fail-on-no-result': bool('fail when nothing is found'),
    'list-repo-url': bool('show the addresses of repositories too'),
    'max-col-width': uint('widest that a column may be', '50'),
    output: outputFlag,
  },
  async run(given, io) {
    const format = formatOf(given);
    const endpoint = given.string('endpoint') ?? 'https://hub.helm.sh';
    const found = await searchHub(given.args.join(' '), { fetch: fetchOf(given, io), endpoint });
    if (found.length === 0 && given.bool('fail-on-no-result')) throw new PackError('SEARCH_EMPTY', 'no results found');
    if (format !== 'table') {
      const plain = found.map(({ url, version, appVersion, description, repository }) => ({
        url,
        version,
        app_version: appVersion,
        description,
        repository: { url: repository.url, name: repository.name },
      }));
      return io.stdout(encoded(plain, format));
    }
    if (found.length === 0) return io.stdout('No results found\n');
    const lists = given.bool('list-repo-url');
    const head = ['URL', 'CHART VERSION', 'APP VERSION', 'DESCRIPTION', ...(lists ? ['REPO URL'] : [])];
    const rows = found.map(({ url, version, appVersion, description, repository }) => [
      url,
      version,
      appVersion,
      description,
      ...(lists ? [repository.url] : []),
    ]);
    io.stdout(`${formatTable([head, ...rows], { maxColumnWidth: Number(given.string('max-col-width') ?? 50) })}\n`);
  },
};
