import { listContent } from '@pack/repo/node';
import type { Command } from '../command.ts';
import { encoded, formatOf, outputFlag } from '../output/format.ts';
import { sizeOf } from '../output/size.ts';
import { formatTable } from '../output/table.ts';
import { pathsOf } from '../settings.ts';

export const command: Command = {
  usage: 'cache list [flags]',
  description: 'Lists the charts and provenance files that the cache holds.',
  args: [0, 0],
  flags: { output: outputFlag },
  async run(given, io) {
    const format = formatOf(given);
    const contents = listContent(pathsOf(given, io.env).contentCache);
    if (format !== 'table') {
      const plain = contents.map(({ digest, kind, size, modified }) => ({
        digest,
        kind,
        size,
        modified: modified.toISOString(),
      }));
      return io.stdout(encoded(plain, format));
    }
    const rows = contents.map(({ digest, kind, size, modified }) => [
      digest,
      kind,
      sizeOf(size),
      modified.toISOString(),
    ]);
    io.stdout(`${formatTable([['DIGEST', 'KIND', 'SIZE', 'MODIFIED'], ...rows])}\n`);
  },
};
