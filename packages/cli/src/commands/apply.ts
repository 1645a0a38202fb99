import { existsSync, readFileSync } from 'node:fs';
import { applyPlan, openPlan, ReleaseError, type SealedPlan } from '@pack/release';
import { locateChart } from '../chart-source.ts';
import { contextOf, prefixed } from '../cluster.ts';
import type { Command, Io } from '../command.ts';
import { type Given, UsageError } from '../flags/parse.ts';
import { notesFlags } from '../flags/release.ts';
import { colorsOf } from '../output/color.ts';
import { formatOf, outputFlag } from '../output/format.ts';
import { printedRelease } from '../output/release.ts';
import { chartDigest, KEY_HELP, planKeyOf } from '../plans.ts';
import { watched } from '../watched.ts';

const { 'hide-notes': hideNotes } = notesFlags;

export const command: Command = {
  usage: 'apply FILE [flags]',
  description: `Does what a plan says, or refuses when the release, the chart or the cluster moved since it was made.\n\n${KEY_HELP}`,
  args: [1, 1],
  flags: { ...(hideNotes !== undefined && { 'hide-notes': hideNotes }), output: outputFlag },
  async run(given, io) {
    const format = formatOf(given);
    const [file = ''] = given.args;
    try {
      const sealed = await openPlan(readPlan(file), planKeyOf(given, io, { create: false }));
      await ensureChart(sealed, given, io);
      const { plan } = sealed;
      const { name, namespace } = plan.target;
      const context = contextOf(given, io, { namespace });
      if (sealed.generated !== undefined) await context.secrets.adopt(plan.target, sealed.generated);
      const release = await watched(`Applying ${file}`, name, given, io, (run) => applyPlan(plan, context, run));
      io.stdout(
        printedRelease(release, format, {
          colors: colorsOf(given, io),
          debug: given.bool('debug'),
          hideNotes: given.bool('hide-notes'),
        }),
      );
    } catch (e) {
      throw prefixed('', e);
    }
  },
};

function readPlan(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (e) {
    throw new UsageError(`cannot read the plan: ${(e as Error).message}`, 'pack plan … -o FILE writes one');
  }
}

/** Throws RELEASE_PLAN_STALE when the chart that was planned with lies there still, and is another. */
async function ensureChart({ source }: SealedPlan, given: Given, io: Io): Promise<void> {
  if (source === undefined || !existsSync(source.path)) return;
  if (chartDigest(await locateChart(source.path, given, io)) === source.digest) return;
  throw new ReleaseError(
    'RELEASE_PLAN_STALE',
    `the plan is of no use any more: the chart in ${source.path} was changed`,
    {
      hint: 'make the plan again',
    },
  );
}
