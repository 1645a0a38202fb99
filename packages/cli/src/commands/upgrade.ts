import { headsOf } from '@pack/release';
import { contextOf, prefixed, type ReleaseContext } from '../cluster.ts';
import type { Command, Io } from '../command.ts';
import { completeReleases } from '../completions-release.ts';
import { installChart, upgradeChart } from '../deploy.ts';
import { bool, chartFlags, text, valueFlags } from '../flags/common.ts';
import type { Given } from '../flags/parse.ts';
import {
  crdFlags,
  deployFlags,
  dryRunFlag,
  dryRunOf,
  EXCLUSIVE,
  explainFlag,
  historyMaxFlag,
  notesFlags,
} from '../flags/release.ts';
import { colorsOf } from '../output/color.ts';
import { formatDiff } from '../output/diff.ts';
import { formatOf, outputFlag } from '../output/format.ts';
import { printedRelease } from '../output/release.ts';
import { withoutSecrets } from '../output/secret-changes.ts';
import { postRenderersOf } from '../plugins/post-render.ts';
import { hidePastSecrets } from '../secrets.ts';

export const command: Command = {
  usage: 'upgrade [RELEASE] [CHART] [flags]',
  description:
    'Gives a release another version of its chart, or other values.\n\nWithout values the old ones stay; --reset-values, --reuse-values and --reset-then-reuse-values say otherwise.',
  args: [2, 2],
  exclusive: EXCLUSIVE,
  complete: async (given, word, io) => {
    if (given.args.length === 0) return completeReleases(given, io);
    return given.args.length === 1
      ? (await import('../completions.ts')).completeCharts(given, word, io, { files: true })
      : { choices: [] };
  },
  completeFlag: {
    version: async (given, io) => (await import('../completions.ts')).completeVersions(given.args.at(-1), given, io),
  },
  flags: {
    ...chartFlags,
    ...valueFlags,
    ...deployFlags,
    ...crdFlags,
    ...notesFlags,
    diff: bool('show what will change, before it does'),
    'cleanup-on-fail': bool('remove what the upgrade made if it fails'),
    'dry-run': dryRunFlag,
    'explain-values': explainFlag,
    'history-max': historyMaxFlag,
    install: bool('install it if there is no such release', 'i'),
    output: outputFlag,
    'reset-then-reuse-values': bool("take the chart's values, and the release's own over them"),
    'reset-values': bool("take the chart's values"),
    'reuse-values': bool("take the release's values, and what is set over them"),
    'server-side': { ...text('apply on the server: true, false, or auto, as the release before', 'auto') },
  },
  async run(given, io) {
    const format = formatOf(given);
    await postRenderersOf(given, io);
    const dryRun = dryRunOf(given, io);
    const options = {
      colors: colorsOf(given, io),
      debug: given.bool('debug'),
      hideNotes: given.bool('hide-notes'),
    };
    const [name = ''] = given.args;
    if (given.bool('install')) {
      const first = await firstInstall(name, given, contextOf(given, io));
      if (first !== undefined) {
        if (format === 'table') io.stdout(`Release ${JSON.stringify(name)} does not exist. Installing it now.\n`);
        if (given.bool('diff')) {
          const { previewInstall } = await import('../previews.ts');
          const previews = await previewInstall(given, io, first, contextOf(given, io));
          io.stderr(formatDiff(await withoutSecrets(previews, io), 'table', options.colors));
        }
        const release = await installChart(given, io, dryRun, first);
        return io.stdout(printedRelease(release, format, options));
      }
    }
    const context = connected(given, io);
    if (given.bool('diff')) {
      const { previewUpgrade } = await import('../previews.ts');
      const { previews, current } = await previewUpgrade(given, io, context, FAILURE);
      await hidePastSecrets(current, given, io);
      io.stderr(formatDiff(await withoutSecrets(previews, io), 'table', options.colors));
    }
    const release = await upgradeChart(given, io, dryRun, context, FAILURE);
    if (format === 'table') io.stdout(`Release ${JSON.stringify(name)} has been upgraded. Happy Helming!\n`);
    io.stdout(printedRelease(release, format, options));
  },
};

const FAILURE = 'UPGRADE FAILED: ';

function connected(given: Given, io: Io): ReleaseContext {
  try {
    return contextOf(given, io);
  } catch (e) {
    throw prefixed(FAILURE, e);
  }
}

/** How `--install` makes a release that there is not, or in the place of one that was uninstalled; undefined if there is one. */
export async function firstInstall(
  name: string,
  given: Given,
  { records }: ReleaseContext,
): Promise<{ readonly serverSide: boolean; readonly replace: boolean } | undefined> {
  const serverSide = given.string('server-side') !== 'false';
  try {
    const heads = await headsOf(records, name);
    return heads.at(-1)?.status === 'uninstalled' ? { serverSide, replace: true } : undefined;
  } catch (e) {
    if ((e as { code?: unknown }).code === 'RELEASE_NOT_FOUND') return { serverSide, replace: false };
    throw e;
  }
}
