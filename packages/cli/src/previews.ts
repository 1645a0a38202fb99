/** What an action would change, of which definitions of kinds come first, as they do when it is done. */
import { crdFilesOf, deployedOf, type Preview, previewChange, previewCrds, type Release } from '@pack/release';
import { type ReleaseContext, runOf } from './cluster.ts';
import type { Io } from './command.ts';
import { completeChart, crdChoice, installChart, nameAndChart, upgradeChart } from './deploy.ts';
import type { Given } from './flags/parse.ts';
import { kindOf, valuesOf } from './flags/values.ts';

export async function previewInstall(
  given: Given,
  io: Io,
  how: Parameters<typeof installChart>[3],
  context: ReleaseContext,
): Promise<Preview[]> {
  const target = await installChart(given, io, 'preview', how, context);
  const { source } = nameAndChart(given);
  const definitions = await definitionsIn(source, 'install', target, given, io, context);
  return [...definitions, ...(await previewChange(target, undefined, context, runOf(given, io)))];
}

/** `failure` goes before faults of the upgrade, not of the chart. */
export async function previewUpgrade(
  given: Given,
  io: Io,
  context: ReleaseContext,
  failure?: string,
): Promise<{ readonly previews: readonly Preview[]; readonly current: Release }> {
  const [name = '', source = ''] = given.args;
  const target = await upgradeChart(given, io, 'preview', context, failure);
  const current = await deployedOf(name, context);
  const definitions = await definitionsIn(source, 'upgrade', target, given, io, context);
  const forceConflicts = given.bool('force-conflicts');
  const changes = await previewChange(target, current, context, runOf(given, io), { forceConflicts });
  return { previews: [...definitions, ...changes], current };
}

async function definitionsIn(
  source: string,
  action: 'install' | 'upgrade',
  { namespace, applyMethod }: Release,
  given: Given,
  io: Io,
  context: ReleaseContext,
): Promise<Preview[]> {
  const chart = await completeChart(source, given, io);
  const { crds: policy = action === 'install' ? 'apply' : 'skip' } = crdChoice(chart, action, given);
  if (policy === 'skip') return [];
  const files = crdFilesOf(chart, (await valuesOf(given, io)).of(kindOf(chart)));
  const how = { namespace, policy, serverSide: applyMethod !== 'csa', forceConflicts: given.bool('force-conflicts') };
  return previewCrds(files, how, context, runOf(given, io));
}
