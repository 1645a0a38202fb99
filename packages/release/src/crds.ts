/** Definitions of kinds that a chart brings along in crds/. Helm: pkg/action/install.go installCRDs. */
import { type Chart, crdsOf, isCodedError, type Pack, parseDuration, parsePack, processDependencies } from '@pack/core';
import {
  buildObjects,
  createObjects,
  KubeError,
  type KubeObject,
  refOf,
  resourcePolicy,
  updateObjects,
  waitReady,
  waitServed,
} from '@pack/kube';
import { fromBytes, type GoMap } from 'go-template';

import { absentFrom, clusterRun, faultWithin, waitRun } from './act.ts';
import { fromBase64 } from './bytes.ts';
import { crdRisks } from './crd-risks.ts';
import { ReleaseError } from './error.ts';
import type { DryRun, ReleasePorts, ReleaseRun } from './ports.ts';
import type { Release } from './record.ts';

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
  /** Milliseconds until its kinds must be known, as the pack says; 0: nobody waits for them. */
  readonly timeout?: number;
}

/** Of the chart and the subcharts that are switched on. */
export function crdFilesOf(chart: Chart, values: GoMap): CrdFile[] {
  const timeout = timeoutOf(chart.pack);
  return crdsOf(processDependencies(chart, values)).map(({ file: { name, data } }) => ({
    name,
    text: fromBytes(data),
    ...(timeout !== undefined && { timeout }),
  }));
}

function timeoutOf({
  crds: { waitReady: waits = true, waitTimeout = '' } = {},
}: Partial<Pack> = {}): number | undefined {
  if (!waits) return 0;
  return waitTimeout === '' ? undefined : Math.max(1, Number(parseDuration(waitTimeout) / 1_000_000n));
}

/** Milliseconds until a kind that was just defined must be known. */
const CRD_TIMEOUT = 60_000;

/**
 * Whose a definition is. `managed`: the release's, as it is without it; `shared`: also that of others, so that no release
 * removes it; `external`: somebody else's, so that nobody here makes or changes it. Sherpack: crates/sherpack-kube crd/policy.
 */
const POLICY = 'sherpack.io/crd-policy';

function policyOf({ metadata: { name, annotations = {} } }: KubeObject): 'managed' | 'shared' | 'external' {
  const policy = annotations[POLICY] ?? 'managed';
  if (policy === 'managed' || policy === 'shared' || policy === 'external') return policy;
  throw new ReleaseError('RELEASE_INVALID', `CRD ${name}: ${POLICY} is managed, shared or external, and not ${policy}`);
}

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
  if (waitOf(files) > 0) await waitServed(cluster, applied, { signal: run.signal });
}

/** All are of one chart, or of those within it. */
const waitOf = ([first]: readonly CrdFile[]): number => first?.timeout ?? CRD_TIMEOUT;

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
    await waitKnown(made, files, ports, run);
    return made;
  }
  const targets = await definitionsOf(files, input, ports, run);
  const originals: KubeObject[] = [];
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
  await waitKnown(due, files, ports, run);
  return due;
}

async function waitKnown(
  objects: readonly KubeObject[],
  files: readonly CrdFile[],
  ports: ReleasePorts,
  run: ReleaseRun,
): Promise<void> {
  const timeout = waitOf(files);
  if (timeout > 0) await waitReady(ports.cluster, objects, { timeout }, waitRun(run, ports));
}

/** What files define, less what is somebody else's. */
export async function definitionsOf(
  files: readonly CrdFile[],
  input: Pick<CrdsInput, 'namespace'>,
  ports: Pick<ReleasePorts, 'cluster'>,
  run: ReleaseRun,
): Promise<KubeObject[]> {
  const definitions: KubeObject[] = [];
  for (const { name, text } of files) {
    try {
      definitions.push(...(await built(text, input, ports, run)));
    } catch (e) {
      throw faultWithin(`failed to install CRD ${name}: `, e);
    }
  }
  return definitions;
}

async function built(
  text: string,
  { namespace }: Pick<CrdsInput, 'namespace'>,
  { cluster }: Pick<ReleasePorts, 'cluster'>,
  run: ReleaseRun,
): Promise<KubeObject[]> {
  const objects = await buildObjects(cluster, text, namespace, clusterRun(run));
  if (objects.length === 0) throw new KubeError('KUBE_INVALID', 'resources are empty');
  return objects.filter((object) => policyOf(object) !== 'external');
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

/**
 * What `crds.uninstall.keep: false` of a pack is for: its own definitions go with the release, but for those that are shared
 * or kept by an annotation, and those of which objects are left. Warns of what stays. Helm removes none.
 */
export async function removeCrds(release: Release, ports: ReleasePorts, run: ReleaseRun): Promise<void> {
  const files = release.chart?.files ?? [];
  const text = (file: (typeof files)[number]): Uint8Array => fromBase64(file.data);
  const own = files.find(({ name }) => name === 'Pack.yaml');
  if (own === undefined || keeps(text(own))) return;
  for (const file of files.filter(({ name }) => /^crds\/.*\.ya?ml$/.test(name))) {
    const objects = await buildObjects(ports.cluster, fromBytes(text(file)), release.namespace, clusterRun(run));
    for (const object of objects) await removeCrd(object, ports, run);
  }
}

/** What no longer can be read asks for nothing. */
function keeps(pack: Uint8Array): boolean {
  try {
    return parsePack(pack).crds?.uninstall?.keep !== false;
  } catch (e) {
    if (isCodedError(e)) return true;
    throw e;
  }
}

async function removeCrd(object: KubeObject, { cluster }: ReleasePorts, run: ReleaseRun): Promise<void> {
  const { name, annotations } = object.metadata;
  if (policyOf(object) !== 'managed' || resourcePolicy(annotations) === 'keep') return;
  const live = await cluster.get(refOf(object), clusterRun(run));
  if (live === undefined) return;
  const left = await objectsLeft(live, cluster, run);
  if (left === 0) {
    await cluster.delete(refOf(object), {}, clusterRun(run));
    return;
  }
  const message = `CRD ${name} is kept: ${left} ${left === 1 ? 'object' : 'objects'} of it would go with it`;
  run.onEvent?.({ type: 'warning', level: 'WARN', message });
}

interface Definition {
  readonly group?: string;
  readonly names?: { readonly kind?: string };
  readonly versions?: readonly { readonly name: string; readonly served?: boolean }[];
}

async function objectsLeft(live: KubeObject, cluster: ReleasePorts['cluster'], run: ReleaseRun): Promise<number> {
  const { group = '', names: { kind = '' } = {}, versions = [] } = (live['spec'] ?? {}) as Definition;
  const version = versions.find(({ served }) => served !== false);
  if (version === undefined) return 0;
  const { items } = await cluster.list({ apiVersion: `${group}/${version.name}`, kind }, {}, clusterRun(run));
  return items.length;
}
