import { contextOf, prefixed } from '../cluster.ts';
import type { Command } from '../command.ts';
import { completeChart, crdChoice, installChart, nameAndChart, sharedInput } from '../deploy.ts';
import { kindOf, valuesOf } from '../flags/values.ts';
import { KEY_HELP, planFlags, writePlan } from '../plans.ts';
import { postRenderersOf } from '../plugins/post-render.ts';
import { command as install } from './install.ts';

const { 'dry-run': _, output: __, ...flags } = install.flags;

export const command: Command = {
  ...install,
  usage: 'plan install [NAME] [CHART] -o FILE [flags]',
  description: `Shows what an installation would make and writes it down, so that apply does that and nothing else.\n\n${KEY_HELP}`,
  flags: { ...flags, ...planFlags },
  async run(given, io) {
    await postRenderersOf(given, io);
    const context = contextOf(given, io);
    try {
      const serverSide = !given.has('server-side') || given.bool('server-side');
      const { source } = nameAndChart(given);
      const target = await installChart(given, io, 'server', { serverSide }, context);
      const chart = await completeChart(source, given, io);
      const from = { source, chart, values: (await valuesOf(given, io)).of(kindOf(chart)) };
      const options = {
        ...sharedInput(given, io),
        ...crdChoice(chart, 'install', given),
        createNamespace: given.bool('create-namespace'),
        replace: given.bool('replace'),
      };
      return await writePlan({ action: 'install', target, options, from }, given, io, context);
    } catch (e) {
      throw prefixed('', e);
    }
  },
};
