import { pruneContent } from '@pack/repo/node';
import type { Command } from '../command.ts';
import { bool, text } from '../flags/common.ts';
import { durationOf } from '../flags/duration.ts';
import { pathsOf } from '../settings.ts';
import { total } from './cache.ts';

export const command: Command = {
  usage: 'cache prune [flags]',
  description: 'Empties the cache, or removes what is older than --older-than.',
  args: [0, 0],
  flags: {
    'dry-run': bool('say what would go, and leave it'),
    'older-than': { ...text('remove only what was written longer ago: 720h'), kind: 'duration' },
  },
  async run(given, io) {
    const now = new Date();
    const dryRun = given.bool('dry-run');
    const gone = pruneContent(pathsOf(given, io.env).contentCache, {
      now,
      dryRun,
      ...(given.has('older-than') && { before: new Date(now.getTime() - durationOf(given, 'older-than', 0)) }),
    });
    io.stdout(`${dryRun ? 'Would remove' : 'Removed'} ${total(gone)}\n`);
  },
};
