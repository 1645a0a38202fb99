import { normalize } from 'node:path';
import { listDependencies } from '@pack/resolver/node';
import { quoteGo } from 'go-template';
import { checkThere } from '../chart-source.ts';
import type { Command, Io } from '../command.ts';
import { uint } from '../flags/common.ts';
import { type Given, UsageError } from '../flags/parse.ts';
import { formatTable } from '../output/table.ts';
import { warnOn } from '../output/warn.ts';

export const command: Command = {
  usage: 'dependency list CHART [flags]',
  description:
    'Lists the dependencies of a chart, and whether they are in its charts/ folder.\n\nCharts in that folder that Chart.yaml does not name are warned of.',
  args: [0, 1],
  flags: { 'max-col-width': uint('widest that a column may be', '80') },
  run: list,
};

async function list(given: Given, io: Io): Promise<void> {
  const maxColumnWidth = widthOf(given.string('max-col-width') ?? '80');
  const path = withoutSlash(normalize(given.args[0] ?? '.'));
  checkThere(path);
  const { dependencies, warnings } = await listDependencies(path, { warn: warnOn(io) });
  if (dependencies !== undefined) {
    const rows = dependencies.map(({ name, version, repository, status }) => [name, version, repository, status]);
    io.stdout(`${formatTable([['NAME', 'VERSION', 'REPOSITORY', 'STATUS'], ...rows], { maxColumnWidth })}\n\n`);
  }
  for (const line of warnings) io.stdout(`${line}\n`);
}

const withoutSlash = (path: string): string => (path.length > 1 ? path.replace(/\/$/, '') : path);

/** Go: strconv.ParseUint with the base in the text. */
function widthOf(text: string): number {
  const n = /^(0[xX][\da-fA-F]+|0[oO][0-7]+|0[bB][01]+|\d+)$/.test(text)
    ? Number(/^0[0-7]+$/.test(text) ? `0o${text}` : text)
    : undefined;
  if (n !== undefined) return n;
  const quoted = quoteGo(text);
  throw new UsageError(
    `invalid argument ${quoted} for "--max-col-width" flag: strconv.ParseUint: parsing ${quoted}: invalid syntax`,
  );
}
