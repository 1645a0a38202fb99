import { prefixed } from '../cluster.ts';
import type { Command } from '../command.ts';
import { installChart } from '../deploy.ts';
import { bool, chartFlags, text, valueFlags } from '../flags/common.ts';
import { crdFlags, deployFlags, dryRunFlag, dryRunOf, EXCLUSIVE, explainFlag, notesFlags } from '../flags/release.ts';
import { colorsOf } from '../output/color.ts';
import { formatOf, outputFlag } from '../output/format.ts';
import { printedRelease } from '../output/release.ts';
import { postRenderersOf } from '../plugins/post-render.ts';

export const command: Command = {
  usage: 'install [NAME] [CHART] [flags]',
  description:
    'Renders a chart, applies what came out to the cluster, and keeps a record of it there.\n\nThe chart is a folder, an archive, repo/chart, an address, or oci://… .',
  args: [1, Number.POSITIVE_INFINITY],
  exclusive: EXCLUSIVE,
  complete: async (given, word, io) =>
    given.args.length === (given.bool('generate-name') ? 0 : 1)
      ? (await import('../completions.ts')).completeCharts(given, word, io, { files: true })
      : { choices: [] },
  completeFlag: {
    version: async (given, io) => (await import('../completions.ts')).completeVersions(given.args.at(-1), given, io),
  },
  flags: {
    ...chartFlags,
    ...valueFlags,
    ...deployFlags,
    ...crdFlags,
    ...notesFlags,
    'dry-run': dryRunFlag,
    'explain-values': explainFlag,
    'generate-name': bool('generate the name', 'g'),
    'name-template': text('template of the name of the release'),
    output: outputFlag,
    replace: bool('take the name of a release that was uninstalled with its history kept, or that failed'),
    'server-side': { ...bool('apply on the server'), preset: 'true' },
  },
  async run(given, io) {
    const format = formatOf(given);
    await postRenderersOf(given, io);
    const dryRun = dryRunOf(given, io);
    try {
      const serverSide = !given.has('server-side') || given.bool('server-side');
      const release = await installChart(given, io, dryRun, { serverSide });
      io.stdout(
        printedRelease(release, format, {
          colors: colorsOf(given, io),
          debug: given.bool('debug'),
          hideNotes: given.bool('hide-notes'),
        }),
      );
    } catch (e) {
      throw prefixed('INSTALLATION FAILED: ', e);
    }
  },
};
