import { type Recovered, recover } from '@pack/release';
import { contextOf, prefixed } from '../cluster.ts';
import type { Command } from '../command.ts';
import { completeReleases } from '../completions-release.ts';
import { bool } from '../flags/common.ts';
import { readinessTimeoutOf, timeoutOf, waitFlags, waitOf } from '../flags/release.ts';
import { watched } from '../watched.ts';

export const command: Command = {
  usage: 'recover RELEASE_NAME [flags]',
  description:
    'Sees to a release that a killed command left pending. What was deployed before comes back; a first installation is ' +
    'removed; with --forward what was begun is brought to its end. An uninstallation is always brought to its end. ' +
    'Does nothing to a release of which nothing is pending.',
  args: [1, 1],
  complete: (given, _, io) => (given.args.length === 0 ? completeReleases(given, io) : { choices: [] }),
  flags: {
    ...waitFlags,
    force: bool('the command is known to be gone: for one that left no Lease, such as one of Helm'),
    forward: bool('bring to its end what was begun'),
    'keep-history': bool('of an uninstallation, keep the records'),
    'no-hooks': bool('run no hooks'),
  },
  async run(given, io) {
    const [name = ''] = given.args;
    const context = contextOf(given, io);
    const input = {
      name,
      force: given.bool('force'),
      forward: given.bool('forward'),
      keepHistory: given.bool('keep-history'),
      noHooks: given.bool('no-hooks'),
      readinessTimeout: readinessTimeoutOf(given),
      timeout: timeoutOf(given),
      wait: waitOf(given, io),
      waitForJobs: given.bool('wait-for-jobs'),
    };
    let recovered: Recovered;
    try {
      recovered = await watched(`Recovering ${name}`, name, given, io, (run) => recover(input, context, run));
    } catch (e) {
      throw prefixed('', e);
    }
    io.stdout(`release "${name}" ${told(recovered)}\n`);
  },
};

function told({ outcome, release, revision }: Recovered): string {
  switch (outcome) {
    case 'none':
      return `needs no recovery: revision ${revision} is ${release?.info.status}`;
    case 'returned':
      return `is what revision ${revision} was, as revision ${release?.version}`;
    case 'removed':
      return 'was never installed before, and is removed';
    case 'completed':
      return release?.info.status === 'deployed'
        ? `is what revision ${revision} was to be, as revision ${release.version}`
        : 'uninstalled';
  }
}
