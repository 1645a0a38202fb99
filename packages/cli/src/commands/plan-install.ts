import { contextOf, prefixed, type ReleaseContext } from '../cluster.ts';
import type { Command, Io } from '../command.ts';
import { installChart, nameAndChart, plannedFrom } from '../deploy.ts';
import type { Given } from '../flags/parse.ts';
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
      return await planInstallation(given, io, { serverSide, replace: given.bool('replace') }, context);
    } catch (e) {
      throw prefixed('', e);
    }
  },
};

/** Writes the plan down; the exit code. Of `plan upgrade --install` too. */
export async function planInstallation(
  given: Given,
  io: Io,
  how: { readonly serverSide: boolean; readonly replace: boolean },
  context: ReleaseContext,
): Promise<number> {
  const { source } = nameAndChart(given);
  const target = await installChart(given, io, 'preview', how, context);
  const { from, ...shared } = await plannedFrom(source, 'install', given, io);
  const options = { ...shared.options, createNamespace: given.bool('create-namespace'), replace: how.replace };
  return writePlan({ action: 'install', target, options, from }, given, io, context);
}
