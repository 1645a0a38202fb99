import { outdated } from '@pack/resolver';
import type { Command } from '../command.ts';
import { dependencyFlags, openFolder, refresh } from '../dependencies.ts';
import { encoded, formatOf, outputFlag } from '../output/format.ts';
import { formatTable } from '../output/table.ts';

export const command: Command = {
  usage: 'dependency outdated CHART [flags]',
  description: 'Lists the dependencies that have newer versions: within their range, and at all.',
  args: [0, 1],
  flags: { ...dependencyFlags, output: outputFlag },
  async run(given, io) {
    const format = formatOf(given);
    const folder = await openFolder(given, io);
    await refresh(folder, given, { ...io, stdout: () => undefined });
    const rows = await outdated(folder.wanted, folder.lock, folder.source);
    if (format !== 'table') return io.stdout(encoded(rows, format));
    if (rows.length === 0) return io.stdout('All dependencies are up to date\n');
    const lines = rows.map(({ name, current, range, wanted, latest }) => [name, current, range, wanted, latest]);
    io.stdout(`${formatTable([['NAME', 'CURRENT', 'RANGE', 'WANTED', 'LATEST'], ...lines])}\n`);
  },
};
