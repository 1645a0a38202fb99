import { lastRevisionOf, previewChange, rollback } from '@pack/release';
import { contextOf, prefixed, runOf } from '../cluster.ts';
import type { Command } from '../command.ts';
import { diffFlags, printDiff } from './diff.ts';
import { command as rollbackCommand, rollbackInput } from './rollback.ts';

const { 'dry-run': _, ...flags } = rollbackCommand.flags;

export const command: Command = {
  ...rollbackCommand,
  usage: 'diff rollback <RELEASE> [REVISION] [flags]',
  description: 'Shows what a rollback would change: the server is asked for every object, and nothing is changed.',
  flags: { ...flags, ...diffFlags },
  async run(given, io) {
    const context = contextOf(given, io);
    const run = runOf(given, io);
    try {
      const input = { ...rollbackInput(given, io), dryRun: 'server' as const };
      const target = await rollback(input, context, run);
      const current = await lastRevisionOf(input.name, context);
      return printDiff(
        await previewChange(target, current, context, run, { forceConflicts: given.bool('force-conflicts') }),
        given,
        io,
      );
    } catch (e) {
      throw prefixed('', e);
    }
  },
};
