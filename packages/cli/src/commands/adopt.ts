import { readFileSync } from 'node:fs';
import { PackError } from '@pack/core';
import { type Adoption, adoptManifests, adoptRelease, ReleaseError, releaseToHelm } from '@pack/release';
import { fromBytes } from 'go-template';
import { contextOf, prefixed } from '../cluster.ts';
import type { Command, Io } from '../command.ts';
import { completeReleases } from '../completions-release.ts';
import { bool } from '../flags/common.ts';
import { type Given, UsageError } from '../flags/parse.ts';
import { timeoutOf, waitFlags } from '../flags/release.ts';
import { pathErrorText } from '../go-error.ts';
import { colorsOf } from '../output/color.ts';
import { formatDiff } from '../output/diff.ts';
import { watched } from '../watched.ts';

export const command: Command = {
  usage: 'adopt RELEASE --from-helm|--from-manifests FILE|--to-helm [flags]',
  description:
    'Takes over what is in a cluster already, without a change of what runs. Before anything is done the server is asked ' +
    'what would change; if there is something, it is shown, and nothing is done.\n\n' +
    'With --from-helm, a release that Helm made: its records stay where they are, and Helm still reads them. With ' +
    '--from-manifests, objects that nobody manages: they get the label and the annotations of a release, and there is a ' +
    'record of it. With --to-helm, a release is given back.',
  args: [1, 1],
  complete: (given, _, io) => (given.args.length === 0 ? completeReleases(given, io) : { choices: [] }),
  flags: {
    'dry-run': bool('only show what would change'),
    force: bool('take over also what departs from its record or manifest'),
    'from-helm': bool('a release that Helm made'),
    'from-manifests': { type: 'list', usage: 'a file of the objects, `-` for standard input; may be repeated' },
    timeout: waitFlags.timeout as never,
    'to-helm': bool('give the release back to Helm'),
  },
  exclusive: [['from-helm', 'from-manifests', 'to-helm']],
  async run(given, io) {
    const [name = ''] = given.args;
    const options = {
      name,
      dryRun: given.bool('dry-run'),
      force: given.bool('force'),
      timeout: timeoutOf(given),
    };
    const isFromHelm = given.bool('from-helm');
    if (!isFromHelm && !given.bool('to-helm') && !given.has('from-manifests')) {
      throw new UsageError('say what is taken over', 'give --from-helm or --from-manifests FILE');
    }
    const manifests = given.has('from-manifests') ? await textsOf(given, io) : '';
    const context = contextOf(given, io);
    try {
      if (given.bool('to-helm')) {
        const count = await releaseToHelm(options, context);
        const done = options.dryRun ? 'would be given' : 'is given';
        return io.stdout(
          count === 0 ? `release "${name}" is Helm's already\n` : `release "${name}" ${done} back to Helm\n`,
        );
      }
      const adoption = await watched(`Adopting ${name}`, name, given, io, (run) =>
        isFromHelm
          ? adoptRelease(options, context, run)
          : adoptManifests({ ...options, namespace: context.namespace, manifests }, context, run),
      );
      return report(adoption, given, io);
    } catch (e) {
      throw prefixed('', e);
    }
  },
};

function report({ outcome, release: { name, version }, changes }: Adoption, given: Given, io: Io): void {
  if (changes.length > 0 || outcome === 'planned') io.stdout(formatDiff(changes, 'table', colorsOf(given, io)));
  switch (outcome) {
    case 'refused':
      throw new ReleaseError(
        'RELEASE_WOULD_CHANGE',
        `release ${name} would change what is in the cluster: nothing was done`,
        {
          hint: 'make both the same, or take it over as it is with --force',
        },
      );
    case 'planned':
      return io.stdout(`release "${name}" would be adopted\n`);
    case 'already':
      return io.stdout(`release "${name}" is adopted already\n`);
    case 'adopted':
      return io.stdout(`release "${name}" is adopted, revision ${version}\n`);
  }
}

async function textsOf(given: Given, io: Io): Promise<string> {
  const texts: string[] = [];
  for (const path of given.list('from-manifests')) {
    try {
      texts.push(path === '-' ? await io.stdin() : fromBytes(readFileSync(path)));
    } catch (e) {
      throw new PackError('MANIFEST_UNREADABLE', pathErrorText('open', path, e), { cause: e });
    }
  }
  return texts.join('\n---\n');
}
