import { type RollbackInput, rollback } from '@pack/release';
import { contextOf, prefixed } from '../cluster.ts';
import type { Command, Io } from '../command.ts';
import { completeReleases, completeRevisions } from '../completions-release.ts';
import { bool, text } from '../flags/common.ts';
import { type Given, UsageError } from '../flags/parse.ts';
import {
  applyFlags,
  dryRunFlag,
  dryRunOf,
  EXCLUSIVE,
  historyMaxFlag,
  historyMaxOf,
  readinessTimeoutOf,
  serverSideOf,
  timeoutOf,
  waitFlags,
  waitOf,
} from '../flags/release.ts';
import { watched } from '../watched.ts';

export const command: Command = {
  usage: 'rollback <RELEASE> [REVISION] [flags]',
  description: 'Makes a release what it was at an earlier revision: the one before, or that which is named.',
  args: [1, Number.POSITIVE_INFINITY],
  exclusive: EXCLUSIVE,
  complete: (given, _, io) =>
    given.args.length === 0
      ? completeReleases(given, io)
      : given.args.length === 1
        ? completeRevisions(given.args[0] as string, given, io)
        : { choices: [] },
  flags: {
    ...applyFlags,
    ...waitFlags,
    'cleanup-on-fail': bool('remove what the rollback made if it fails'),
    'dry-run': dryRunFlag,
    'history-max': historyMaxFlag,
    'server-side': { ...text('apply on the server: true, false, or auto, as the revision did', 'auto') },
  },
  async run(given, io) {
    const input = rollbackInput(given, io);
    const { name } = input;
    const context = contextOf(given, io);
    try {
      await watched(`Rolling back ${name}`, name, given, io, (run) => rollback(input, context, run));
    } catch (e) {
      throw prefixed('', e);
    }
    io.stdout('Rollback was a success! Happy Helming!\n');
  },
};

/** Throws USAGE for a revision that is no number. */
export function rollbackInput(given: Given, io: Io): RollbackInput {
  const [name = '', revision = '0'] = given.args;
  if (!/^[-+]?\d+$/.test(revision)) {
    throw new UsageError(
      `could not convert revision to a number: strconv.Atoi: parsing ${JSON.stringify(revision)}: invalid syntax`,
    );
  }
  return {
    name,
    version: Number(revision),
    dryRun: dryRunOf(given, io),
    cleanupOnFail: given.bool('cleanup-on-fail'),
    forceConflicts: given.bool('force-conflicts'),
    forceReplace: given.bool('force-replace') || given.bool('force'),
    historyMax: historyMaxOf(given, io),
    noHooks: given.bool('no-hooks'),
    serverSide: serverSideOf(given),
    readinessTimeout: readinessTimeoutOf(given),
    timeout: timeoutOf(given),
    wait: waitOf(given, io),
    waitForJobs: given.bool('wait-for-jobs'),
  };
}
