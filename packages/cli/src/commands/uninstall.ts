import { uninstall } from '@pack/release';
import { contextOf, prefixed } from '../cluster.ts';
import type { Command } from '../command.ts';
import { completeReleases } from '../completions-release.ts';
import { bool, text } from '../flags/common.ts';
import { UsageError } from '../flags/parse.ts';
import { timeoutOf, waitFlags, waitOf } from '../flags/release.ts';
import { forgetGenerated } from '../generated.ts';
import { watched } from '../watched.ts';

const CASCADES = ['background', 'orphan', 'foreground'] as const;

export const command: Command = {
  usage: 'uninstall RELEASE_NAME [...] [flags]',
  description: 'Removes the objects of releases, and their records unless --keep-history.',
  args: [1, Number.POSITIVE_INFINITY],
  complete: (given, _, io) => completeReleases(given, io),
  flags: {
    cascade: {
      ...text('what becomes of dependents: background, orphan or foreground', 'background'),
      choices: CASCADES.map((name) => [name]),
    },
    description: text('description of the release'),
    'dry-run': bool('only simulate it'),
    'ignore-not-found': bool('a release that is not there is as good as uninstalled'),
    'keep-history': bool('keep the records'),
    hooks: bool('remove what hooks left behind, too'),
    'no-hooks': bool('run no hooks'),
    timeout: waitFlags.timeout as never,
    wait: waitFlags.wait as never,
  },
  async run(given, io) {
    const cascade = given.string('cascade') ?? 'background';
    if (!(CASCADES as readonly string[]).includes(cascade)) {
      throw new UsageError(`invalid cascade value (${cascade}). Must be "background", "foreground", or "orphan"`);
    }
    const context = contextOf(given, io);
    for (const name of given.args) {
      const input = {
        name,
        cascade: cascade as (typeof CASCADES)[number],
        description: given.string('description'),
        dryRun: given.bool('dry-run'),
        ignoreNotFound: given.bool('ignore-not-found'),
        keepHistory: given.bool('keep-history'),
        noHooks: given.bool('no-hooks'),
        removeHooks: given.bool('hooks'),
        timeout: timeoutOf(given),
        wait: waitOf(given, io),
      };
      try {
        const { kept, release } = await watched(`Uninstalling ${name}`, name, given, io, (run) =>
          uninstall(input, context, run),
        );
        if (release !== undefined && !input.dryRun && !input.keepHistory) {
          await forgetGenerated(release, context.cluster);
        }
        if (kept.length > 0) {
          const lines = kept.map((object) => `[${object.kind}] ${object.name}\n`).join('');
          io.stdout(`These resources were kept due to the resource policy:\n${lines}\n`);
        }
      } catch (e) {
        throw prefixed('', e);
      }
      io.stdout(`release "${name}" uninstalled\n`);
    }
  },
};
