import { lastRevisionOf, rollback } from '@pack/release';
import { contextOf, prefixed, runOf } from '../cluster.ts';
import type { Command } from '../command.ts';
import { KEY_HELP, planFlags, writePlan } from '../plans.ts';
import { command as rollbackCommand, rollbackInput } from './rollback.ts';

const { 'dry-run': _, ...flags } = rollbackCommand.flags;

export const command: Command = {
  ...rollbackCommand,
  usage: 'plan rollback <RELEASE> [REVISION] -o FILE [flags]',
  description: `Shows what a rollback would change and writes it down, so that apply does that and nothing else.\n\n${KEY_HELP}`,
  flags: { ...flags, ...planFlags },
  async run(given, io) {
    const context = contextOf(given, io);
    try {
      const { name, version, dryRun: _dryRun, serverSide: _serverSide, ...options } = rollbackInput(given, io);
      const revision = version === 0 ? (await lastRevisionOf(name, context)).version - 1 : version;
      const input = { ...rollbackInput(given, io), version: revision, dryRun: 'server' as const };
      const target = await rollback(input, context, runOf(given, io));
      return await writePlan({ action: 'rollback', target, options, revision }, given, io, context);
    } catch (e) {
      throw prefixed('', e);
    }
  },
};
