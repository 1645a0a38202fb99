/** What `install` and `upgrade` have in common. */
import { type Chart, copyTable, defaultLayers, missingDependencies, PackError } from '@pack/core';
import { expandName } from '@pack/engine';
import { systemWorld } from '@pack/engine/node';
import {
  deployedOf,
  type InstallInput,
  install,
  layersBefore,
  type Release,
  type UpgradeInput,
  upgrade,
  upgradeValues,
} from '@pack/release';

import { locateChart, missingError } from './chart-source.ts';
import { contextOf, prefixed, type ReleaseContext } from './cluster.ts';
import type { Io } from './command.ts';
import { type Given, UsageError } from './flags/parse.ts';
import {
  crdsOf,
  type DryRun,
  historyMaxOf,
  labelsOf,
  readinessTimeoutOf,
  serverSideOf,
  timeoutOf,
  waitOf,
} from './flags/release.ts';
import { kindOf, valuesOf } from './flags/values.ts';
import { warnOn } from './output/warn.ts';
import { watched } from './watched.ts';

/** The chart, with what is missing in charts/ fetched if it is asked for. Throws CHART_DEPENDENCIES_MISSING. */
export async function completeChart(source: string, given: Given, io: Io): Promise<Chart> {
  let chart = await locateChart(source, given, io);
  if (given.bool('dependency-update') && missingDependencies(chart).length > 0) {
    const { updateDependencies } = await import('./dependencies.ts');
    await updateDependencies(source, given, io);
    chart = await locateChart(source, given, io);
  }
  const missing = missingDependencies(chart);
  if (missing.length > 0) throw missingError(chart, missing);
  return chart;
}

/** Throws CHART_NOT_INSTALLABLE. */
export function ensureInstallable({ metadata: { type } }: Chart): void {
  if (type === undefined || type === '' || type === 'application') return;
  throw new PackError('CHART_NOT_INSTALLABLE', `${type} charts are not installable`);
}

/** Helm: NameAndChart. */
export function nameAndChart(given: Given): { name: string; source: string } {
  const [first = '', second, ...more] = given.args;
  if (more.length > 0) {
    throw new UsageError(`expected at most two arguments, unexpected arguments: ${more.join(', ')}`);
  }
  const pattern = given.string('name-template') ?? '';
  const generates = given.bool('generate-name');
  if (second !== undefined) {
    if (generates || pattern !== '') {
      throw new UsageError(`cannot set --${generates ? 'generate-name' : 'name-template'} and also specify a name`);
    }
    return { name: first, source: second };
  }
  if (pattern !== '') return { name: expandName(pattern, systemWorld({})), source: first };
  if (!generates) throw new UsageError('must either provide a name or specify --generate-name');
  const base = (first.replace(/\/+$/, '').split('/').at(-1) ?? '').replace(/\.tgz$/, '');
  const plain = first === '.' || first === '' ? 'chart' : base.includes('.') ? base.replace(/-?\d+\..*$/, '') : base;
  return { name: `${plain || 'chart'}-${Math.floor(Date.now() / 1000)}`, source: first };
}

/** What both read alike. */
export function sharedInput(given: Given, io: Io) {
  return {
    description: given.string('description'),
    forceConflicts: given.bool('force-conflicts'),
    forceReplace: given.bool('force-replace') || given.bool('force'),
    labels: labelsOf(given),
    noHooks: given.bool('no-hooks'),
    rollbackOnFailure: given.bool('rollback-on-failure') || given.bool('atomic'),
    skipSchemaValidation: given.bool('skip-schema-validation'),
    subNotes: given.bool('render-subchart-notes'),
    takeOwnership: given.bool('take-ownership'),
    readinessTimeout: readinessTimeoutOf(given),
    timeout: timeoutOf(given),
    wait: waitOf(given, io),
    waitForJobs: given.bool('wait-for-jobs'),
  };
}

/** What becomes of definitions of kinds: as flags say, or else as a pack says of itself. */
export function crdChoice(
  { pack }: Chart,
  action: 'install' | 'upgrade',
  given: Given,
): Pick<InstallInput, 'crds' | 'forceCrds'> {
  const stated = crdsOf(given);
  const force = given.bool('force-crds');
  if (stated !== undefined || pack === undefined) return { crds: stated, forceCrds: force };
  const { install: isMade = true, upgrade: { enabled = true, strategy = 'safe' } = {} } = pack.crds ?? {};
  const isChanged = enabled && strategy !== 'skip';
  if (action === 'install' && !isMade) return { crds: 'skip' };
  if (!isChanged) return { crds: action === 'install' ? 'create' : 'skip' };
  return { crds: 'upgrade', forceCrds: force || strategy === 'force' };
}

/** What an installation and an upgrade are planned from, and what both do alike. */
export async function plannedFrom(source: string, action: 'install' | 'upgrade', given: Given, io: Io) {
  const chart = await completeChart(source, given, io);
  return {
    from: { source, chart, values: (await valuesOf(given, io)).of(kindOf(chart)) },
    options: { ...sharedInput(given, io), ...crdChoice(chart, action, given) },
  };
}

/** A preview is a dry run on the server of all there is: Secrets that `--hide-secret` leaves out would count as removed. */
type Extent = DryRun | 'preview';

const extentOf = (extent: Extent, given: Given): { readonly dryRun: DryRun; readonly hideSecret: boolean } =>
  extent === 'preview'
    ? { dryRun: 'server', hideSecret: false }
    : { dryRun: extent, hideSecret: given.bool('hide-secret') };

/** Helm: runInstall. `more` is what `upgrade --install` says. */
export async function installChart(
  given: Given,
  io: Io,
  extent: Extent,
  more: Partial<InstallInput> = {},
  context: ReleaseContext = contextOf(given, io),
): Promise<Release> {
  const { name, source } = nameAndChart(given);
  const values = await valuesOf(given, io);
  const chart = await completeChart(source, given, io);
  ensureInstallable(chart);
  if (chart.metadata.deprecated) warnOn(io)('this chart is deprecated');
  const input: InstallInput = {
    ...sharedInput(given, io),
    ...crdChoice(chart, 'install', given),
    name,
    namespace: context.namespace,
    chart,
    values: values.of(kindOf(chart)),
    ...extentOf(extent, given),
    createNamespace: given.bool('create-namespace'),
    replace: given.bool('replace'),
    serverSide: true,
    ...more,
  };
  if (given.bool('explain-values')) {
    const { explainChart } = await import('./explain-values.ts');
    io.stderr(explainChart(chart, copyTable(input.values), [...defaultLayers(chart), ...values.layers()]));
  }
  return watched(`Installing ${name}`, name, given, io, (run) => install(input, context, run));
}

/** The release with another chart or other values. `failure` goes before faults of the upgrade, not of the chart. */
export async function upgradeChart(
  given: Given,
  io: Io,
  extent: Extent,
  context: ReleaseContext,
  failure = '',
): Promise<Release> {
  const [name = '', source = ''] = given.args;
  const chart = await completeChart(source, given, io);
  // Helm upgrades to a library, which removes all that there is.
  if (chart.pack !== undefined) ensureInstallable(chart);
  if (chart.metadata.deprecated) warnOn(io)('this chart is deprecated');
  const values = await valuesOf(given, io);
  const input: UpgradeInput = {
    ...sharedInput(given, io),
    ...crdChoice(chart, 'upgrade', given),
    name,
    chart,
    values: values.of(kindOf(chart)),
    ...extentOf(extent, given),
    cleanupOnFail: given.bool('cleanup-on-fail'),
    historyMax: historyMaxOf(given, io),
    reuse: reuseOf(given),
    serverSide: serverSideOf(given),
  };
  try {
    if (given.bool('explain-values')) {
      const { explainChart } = await import('./explain-values.ts');
      const current = await deployedOf(name, context);
      const copy = { ...input, values: copyTable(input.values) };
      const layers = [...layersBefore(copy, current), ...values.layers()];
      const rendered = upgradeValues(copy, current);
      io.stderr(explainChart(rendered.chart, rendered.values, layers));
    }
    return await watched(`Upgrading ${name}`, name, given, io, (run) => upgrade(input, context, run));
  } catch (e) {
    throw prefixed(failure, e);
  }
}

function reuseOf(given: Given): UpgradeInput['reuse'] {
  if (given.bool('reset-values')) return 'reset';
  if (given.bool('reuse-values')) return 'reuse';
  return given.bool('reset-then-reuse-values') ? 'reset-then-reuse' : undefined;
}
