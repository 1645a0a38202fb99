import { PackError } from '@pack/core';
import { listContent, verifyContent } from '@pack/repo/node';
import type { Command } from '../command.ts';
import { bool } from '../flags/common.ts';
import { pathsOf } from '../settings.ts';
import { total } from './cache.ts';

export const command: Command = {
  usage: 'cache verify [flags]',
  description: 'Holds every chart in the cache to its digest, and removes those that are not what they should be.',
  args: [0, 0],
  flags: { keep: bool('leave what is not what it should be') },
  async run(given, io) {
    const folder = pathsOf(given, io.env).contentCache;
    const all = listContent(folder);
    const corrupt = await verifyContent(folder, { keep: given.bool('keep') });
    for (const { digest, path } of corrupt) io.stdout(`${digest} is not what lies at ${path}\n`);
    if (corrupt.length > 0) {
      throw new PackError(
        'CONTENT_CORRUPT',
        `${corrupt.length} of ${all.length} files in the cache are not what they should be`,
      );
    }
    io.stdout(`${total(all)}: all as they should be\n`);
  },
};
