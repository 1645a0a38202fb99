/** The chart that a command names. Helm: pkg/action LocateChart. */
import { existsSync, statSync } from 'node:fs';
import { type Chart, loadArchive, PackError, type Warn } from '@pack/core';
import { readChart } from '@pack/core/node';
import type { Io } from './command.ts';
import type { Given } from './flags/parse.ts';
import { pathErrorText } from './go-error.ts';
import { warnOn } from './output/warn.ts';

/** What is on this machine comes first, as in Helm; then repositories, addresses and registries. */
export async function locateChart(name: string, given: Given, io: Io): Promise<Chart> {
  const warn = warnOn(io);
  const isRemote = (given.string('repo') ?? '') !== '';
  if (!isRemote && existsSync(name)) {
    if (given.bool('verify')) await verifyLocal(name, given, io);
    return readChart(name, { warn });
  }
  if (!isRemote && /^(\.|\/)/.test(name)) {
    throw new PackError('CHART_NOT_FOUND', `path ${JSON.stringify(name)} not found`);
  }
  const { fetchRemote } = await import('./repositories.ts');
  const { withProgress } = await import('./output/progress.ts');
  const prov = given.bool('verify') ? 'always' : 'never';
  const pulled = await withProgress(`Fetching ${name}`, io, (shown) => fetchRemote(name, given, shown, { prov }));
  // Helm prints this to standard output, where it breaks what scripts read.
  if (pulled.oci !== undefined) {
    const { transferred } = await import('./oci.ts');
    io.stderr(transferred('Pulled', pulled.oci.reference, pulled.oci.manifestDigest));
  }
  if (given.bool('verify')) {
    const { verifyPulled } = await import('./verify-chart.ts');
    await verifyPulled(pulled, given, io);
  }
  return loadArchive(pulled.data, { warn });
}

async function verifyLocal(path: string, given: Given, io: Io): Promise<void> {
  const { keyringOf, verifyChart } = await import('./verify-chart.ts');
  await verifyChart(path, `${path}.prov`, keyringOf(given, io));
}

/** That dependencies are not where they should be; of charts with Helm's words. */
export function missingError({ pack }: Pick<Chart, 'pack'>, missing: readonly string[]): PackError {
  const names = missing.join(', ');
  return pack === undefined
    ? new PackError(
        'CHART_DEPENDENCIES_MISSING',
        `an error occurred while checking for chart dependencies. You may need to run 'helm dependency build' to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: ${names}`,
      )
    : new PackError('CHART_DEPENDENCIES_MISSING', `found in Pack.yaml, but missing in packs/: ${names}`, {
        hint: 'fetch what is missing: pack dependency build PACK',
      });
}

/** Throws CHART_NOT_FOUND with Go's words. */
export function checkThere(path: string): void {
  try {
    statSync(path);
  } catch (e) {
    throw new PackError('CHART_NOT_FOUND', pathErrorText('stat', path, e), { cause: e });
  }
}

/** The chart at a path, where nothing else may be meant. Throws CHART_NOT_FOUND. Helm: loader.Load. */
export async function loadAt(path: string, warn: Warn): Promise<Chart> {
  checkThere(path);
  return readChart(path, { warn });
}
