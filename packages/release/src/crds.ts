/** Definitions of kinds that a chart brings along in crds/. Helm: pkg/action/install.go installCRDs. */
import { type Chart, crdsOf, processDependencies } from '@pack/core';
import {
  buildObjects,
  createObjects,
  KubeError,
  type KubeObject,
  refOf,
  updateObjects,
  waitReady,
  waitServed,
} from '@pack/kube';
import { fromBytes, type GoMap } from 'go-template';

import { absentFrom, clusterRun, faultWithin, waitRun } from './act.ts';
import { crdRisks } from './crd-risks.ts';
import { ReleaseError } from './error.ts';
import type { DryRun, ReleasePorts, ReleaseRun } from './ports.ts';

/**
 * `apply`: as Helm installs, which on the server also changes those that are there, whatever is lost. `create`: those that
 * are missing. `upgrade`: also those that are there, if nothing that is stored is lost by it. `skip`: none, as Helm upgrades.
 */
export type CrdPolicy = 'apply' | 'create' | 'upgrade' | 'skip';

export interface CrdsInput {
  readonly namespace: string;
  readonly policy: CrdPolicy;
  /** Upgrades them whatever is lost. */
  readonly force?: boolean | undefined;
  readonly dryRun: DryRun;
  readonly serverSide: boolean;
  readonly forceConflicts?: boolean | undefined;
}

/** A file of definitions. */
export interface CrdFile {
  readonly name: string;
  readonly text: string;
}

/** Of the chart and the subcharts that are switched on. */
export const crdFilesOf = (chart: Chart, values: GoMap): CrdFile[] =>
  crdsOf(processDependencies(chart, values)).map(({ file: { name, data } }) => ({ name, text: fromBytes(data) }));

/** Milliseconds until a kind that was just defined must be known. */
const CRD_TIMEOUT = 60_000;

/**
 * In the order of the files, each known to the cluster before anything of its kind is asked for. Throws CRD_UPGRADE_UNSAFE
 * before any of them is changed.
 */
export async function applyCrds(
  files: readonly CrdFile[],
  input: CrdsInput,
  ports: ReleasePorts,
  run: ReleaseRun,
): Promise<void> {
  if (files.length === 0 || input.policy === 'skip') return;
  const { cluster } = ports;
  const applied = input.dryRun === 'none' || input.policy === 'upgrade' ? await applyNow(files, input, ports, run) : [];
  if (input.dryRun !== 'none') {
    const message = 'This chart or one of its subcharts contains CRDs. Rendering may fail or contain inaccuracies.';
    run.onEvent?.({ type: 'warning', level: 'WARN', message });
    return;
  }
  await waitServed(cluster, applied, { signal: run.signal });
}

async function applyNow(
  files: readonly CrdFile[],
  input: CrdsInput,
  ports: ReleasePorts,
  run: ReleaseRun,
): Promise<KubeObject[]> {
  const { cluster } = ports;
  if (input.policy === 'apply') {
    const made: KubeObject[] = [];
    for (const { name, text } of files) {
      try {
        made.push(...(await createFile(text, input, ports, run)));
      } catch (e) {
        // It is there, and stays as it is.
        if (!(e instanceof KubeError && e.code === 'KUBE_ALREADY_EXISTS')) {
          throw faultWithin(`failed to install CRD ${name}: `, e);
        }
      }
    }
    await waitReady(cluster, made, { timeout: CRD_TIMEOUT }, waitRun(run, ports));
    return made;
  }
  const targets: KubeObject[] = [];
  const originals: KubeObject[] = [];
  for (const { name, text } of files) {
    try {
      targets.push(...(await built(text, input, ports, run)));
    } catch (e) {
      throw faultWithin(`failed to install CRD ${name}: `, e);
    }
  }
  for (const target of targets) {
    const current = await cluster.get(refOf(target), { signal: run.signal });
    if (current === undefined) continue;
    originals.push(current);
    if (input.policy === 'upgrade') ensureSafe(current, target, input, run);
  }
  const due = input.policy === 'create' ? absentFrom(originals, targets) : targets;
  if (input.dryRun !== 'none') return [];
  const { serverSide, forceConflicts } = input;
  const options = { serverSide, forceConflicts, upgradeManager: true };
  // Originals that are not due stay: what is not among the targets would be removed.
  const changed = originals.filter((original) => absentFrom(due, [original]).length === 0);
  await updateObjects(cluster, changed, due, options, clusterRun(run));
  await waitReady(cluster, due, { timeout: CRD_TIMEOUT }, waitRun(run, ports));
  return due;
}

async function built(
  text: string,
  { namespace }: CrdsInput,
  { cluster }: ReleasePorts,
  run: ReleaseRun,
): Promise<KubeObject[]> {
  const objects = await buildObjects(cluster, text, namespace, clusterRun(run));
  if (objects.length === 0) throw new KubeError('KUBE_INVALID', 'resources are empty');
  return objects;
}

async function createFile(text: string, input: CrdsInput, ports: ReleasePorts, run: ReleaseRun): Promise<KubeObject[]> {
  const { serverSide, forceConflicts } = input;
  const objects = await built(text, input, ports, run);
  return createObjects(ports.cluster, objects, { serverSide, forceConflicts }, clusterRun(run));
}

/** Throws CRD_UPGRADE_UNSAFE; what is no loss is warned of. */
function ensureSafe(current: KubeObject, target: KubeObject, { force }: CrdsInput, run: ReleaseRun): void {
  const { name } = target.metadata;
  const risks = crdRisks(current, target);
  for (const { path, message } of risks.filter(({ severity }) => severity === 'break' || force === true)) {
    run.onEvent?.({ type: 'warning', level: 'WARN', message: `CRD ${name}: ${message}`, facts: { path } });
  }
  const losses = risks.filter(({ severity }) => severity === 'loss');
  if (losses.length === 0 || force === true) return;
  throw new ReleaseError(
    'CRD_UPGRADE_UNSAFE',
    `CRD ${name} cannot be upgraded without loss:\n${losses.map(({ path, message }) => `- ${path}: ${message}`).join('\n')}`,
    {
      hint: 'move what is stored over first; --force-crds upgrades it all the same, --crds=create leaves it as it is',
    },
  );
}
