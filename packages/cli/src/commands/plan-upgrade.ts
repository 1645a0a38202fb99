import { contextOf, prefixed } from '../cluster.ts';
import type { Command } from '../command.ts';
import { plannedFrom, upgradeChart } from '../deploy.ts';
import { historyMaxOf } from '../flags/release.ts';
import { KEY_HELP, planFlags, writePlan } from '../plans.ts';
import { postRenderersOf } from '../plugins/post-render.ts';
import { planInstallation } from './plan-install.ts';
import { firstInstall, command as upgrade } from './upgrade.ts';

const { 'dry-run': _, diff: __, output: ___, ...flags } = upgrade.flags;

export const command: Command = {
  ...upgrade,
  usage: 'plan upgrade [RELEASE] [CHART] -o FILE [flags]',
  description: `Shows what an upgrade would change and writes it down, so that apply does that and nothing else.\n\n${KEY_HELP}`,
  flags: { ...flags, ...planFlags },
  async run(given, io) {
    await postRenderersOf(given, io);
    const context = contextOf(given, io);
    const [name = '', source = ''] = given.args;
    try {
      const first = given.bool('install') ? await firstInstall(name, given, context) : undefined;
      if (first !== undefined) return await planInstallation(given, io, first, context);
      const target = await upgradeChart(given, io, 'preview', context);
      const { from, ...shared } = await plannedFrom(source, 'upgrade', given, io);
      const options = {
        ...shared.options,
        cleanupOnFail: given.bool('cleanup-on-fail'),
        historyMax: historyMaxOf(given, io),
      };
      return await writePlan({ action: 'upgrade', target, options, from }, given, io, context);
    } catch (e) {
      throw prefixed('', e);
    }
  },
};
