/** A chart becomes a release. Helm: pkg/action/install.go. */
import { type Chart, OFFLINE_CAPABILITIES, validateReleaseName } from '@pack/core';
import { buildObjects, type ClusterVersion, createObjects, KubeError, type KubeObject } from '@pack/kube';
import { type GoMap, quoteGo } from 'go-template';

import {
  asFault,
  clusterRun,
  ensureReachable,
  faultWithin,
  messageOf,
  record,
  recorded,
  waitForObjects,
  withStatus,
} from './act.ts';
import { capabilitiesOf } from './capabilities.ts';
import { applyCrds, type CrdPolicy, crdFilesOf } from './crds.ts';
import { ReleaseError } from './error.ts';
import { HookFault, runHooks } from './hooks.ts';
import { type Hold, locked, withoutLock } from './lock.ts';
import { assemble } from './manifest.ts';
import { failOrphan } from './orphan.ts';
import { existing, owned } from './ownership.ts';
import type { DryRun, ReleasePorts, ReleaseRun, WaitInput } from './ports.ts';
import { goTime, type Release, storedChart } from './record.ts';
import { headsOf } from './records.ts';
import { sequenceOf } from './sequence.ts';
import { type RecordHead, SYSTEM_LABELS } from './storage/storage.ts';
import { uninstall } from './uninstall.ts';
import { createStages, type StageWait, understood, updateStages } from './waves.ts';

export interface InstallInput extends WaitInput {
  readonly name: string;
  readonly namespace: string;
  readonly chart: Chart;
  /** What the user set. */
  readonly values: GoMap;
  /** `apply` if absent. */
  readonly crds?: CrdPolicy | undefined;
  readonly createNamespace?: boolean | undefined;
  readonly description?: string | undefined;
  readonly dryRun: DryRun;
  readonly forceConflicts?: boolean | undefined;
  /** Upgrades definitions of kinds whatever is lost. */
  readonly forceCrds?: boolean | undefined;
  readonly forceReplace?: boolean | undefined;
  readonly hideSecret?: boolean | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly noHooks?: boolean | undefined;
  /** Takes the name of a release that was uninstalled with its history kept, or that failed. */
  readonly replace?: boolean | undefined;
  readonly rollbackOnFailure?: boolean | undefined;
  readonly serverSide: boolean;
  readonly skipSchemaValidation?: boolean | undefined;
  readonly subNotes?: boolean | undefined;
  readonly takeOwnership?: boolean | undefined;
}

/** The release as it was recorded. Throws RELEASE_NAME_IN_USE, RELEASE_NOT_OWNED, RELEASE_FAILED, KUBE_… */
export async function install(input: InstallInput, ports: ReleasePorts, run: ReleaseRun = {}): Promise<Release> {
  const { name, dryRun } = input;
  const version = dryRun === 'client' ? undefined : await reach(ports, run);
  if (input.hideSecret && dryRun === 'none') throw refused('hiding Kubernetes secrets requires a dry-run mode', run);
  ensureNamed(name, run);
  return dryRun === 'none'
    ? locked(input, ports, run, (within, hold) => act(input, version, hold.ports, within, hold))
    : act(input, version, ports, run);
}

async function act(
  input: InstallInput,
  version: ClusterVersion | undefined,
  ports: ReleasePorts,
  run: ReleaseRun,
  hold?: Hold,
): Promise<Release> {
  const { name, namespace, dryRun, serverSide } = input;
  const { cluster } = ports;
  const isLive = dryRun !== 'client';
  const takesOver = hold !== undefined && (await ensureAvailable(input, ports, run, hold));
  const wait = input.rollbackOnFailure && input.wait === 'hookOnly' ? 'watcher' : input.wait;
  if (dryRun === 'none') await ports.records.ensureFits?.(unrendered(input));
  if (isLive) {
    const { crds: policy = 'apply', forceCrds: force, values } = input;
    await applyCrds(crdFilesOf(input.chart, values), { ...input, policy, force }, ports, run);
  }
  const capabilities = isLive ? await capabilitiesOf(cluster, run.signal, version) : OFFLINE_CAPABILITIES;
  const { files, chart } = await ports.render(
    {
      chart: input.chart,
      values: input.values,
      release: { name, namespace, revision: 1, isUpgrade: false },
      capabilities,
      live: isLive,
      skipSchemaValidation: input.skipSchemaValidation === true,
    },
    run.signal,
  );
  ensureLabels(input.labels);
  const { hooks, manifest, notes } = assemble(files, chart, {
    subNotes: input.subNotes === true,
    hideSecret: input.hideSecret === true,
  });
  const deployed = goTime(ports.now());
  const release: Release = {
    name,
    namespace,
    version: 1,
    info: {
      first_deployed: deployed,
      last_deployed: deployed,
      description: 'Initial install underway',
      status: 'pending-install',
      ...(notes !== '' && { notes }),
    },
    chart: storedChart(chart),
    config: input.values,
    manifest,
    hooks,
    applyMethod: serverSide ? 'ssa' : 'csa',
    labels: input.labels ?? {},
    ...(wait === 'ordered' && { sequence: sequenceOf(chart) }),
  };
  if (!isLive) return withStatus(release, release.info.status, 'Dry run complete');
  return performInstall(release, { ...input, replace: input.replace === true || takesOver, wait }, ports, run, hold);
}

/** The least that will be recorded: what is too large by itself is refused before a definition is made for it. */
const unrendered = ({ name, namespace, chart, values, labels = {} }: InstallInput): Release => ({
  name,
  namespace,
  version: 1,
  info: { status: 'pending-install' },
  chart: storedChart(chart),
  config: values,
  manifest: '',
  hooks: [],
  applyMethod: '',
  labels,
});

type PerformInput = Omit<InstallInput, 'chart' | 'values'>;

/** What is done with a release that is rendered; for who holds the lock. */
export async function performInstall(
  rendered: Release,
  input: PerformInput,
  ports: ReleasePorts,
  run: ReleaseRun,
  hold?: Hold,
): Promise<Release> {
  const { name, namespace, manifest } = rendered;
  const { cluster } = ports;
  let release = rendered;
  const objects = owned(
    await buildObjects(cluster, manifest, namespace, clusterRun(run)).catch((e: unknown) => {
      throw faultWithin('unable to build kubernetes objects from release manifest: ', e);
    }),
    release,
  );
  const batches = understood(release, objects, run);
  const adopted = await existing(
    cluster,
    objects,
    release,
    { takeOwnership: input.takeOwnership === true },
    clusterRun(run),
  ).catch((e: unknown) => {
    throw faultWithin('unable to continue with install: ', e);
  });
  if (input.dryRun === 'server') return withStatus(release, release.info.status, 'Dry run complete');
  if (input.createNamespace) {
    await ports.records.ensureFits?.(release);
    await createNamespace(input, ports, run);
    await hold?.again();
  }
  if (input.replace) release = { ...release, version: await supersede(name, ports, run) };
  await ports.records.create(release, run.signal);
  run.onEvent?.(recorded(release));
  try {
    release = await perform(release, objects, adopted, { ...input, batches }, ports, run);
  } catch (e) {
    if (e instanceof HookFault) release = e.release;
    throw await fail(release, e instanceof HookFault ? e.cause : e, input, ports, run);
  }
  await record(release, ports, run);
  return release;
}

async function reach({ cluster }: ReleasePorts, run: ReleaseRun): Promise<ClusterVersion> {
  try {
    return await ensureReachable(cluster, run);
  } catch (e) {
    const fault = faultWithin('cluster reachability check failed: ', e);
    run.onEvent?.({ type: 'warning', level: 'ERROR', message: (fault as Error).message });
    throw fault;
  }
}

function refused(message: string, run: ReleaseRun): ReleaseError {
  run.onEvent?.({ type: 'warning', level: 'ERROR', message });
  return new ReleaseError('RELEASE_INVALID', message);
}

function unavailable(
  code: 'RELEASE_INVALID' | 'RELEASE_NAME_IN_USE',
  message: string,
  run: ReleaseRun,
  hint?: string,
): ReleaseError {
  run.onEvent?.({ type: 'warning', level: 'ERROR', message: 'release name check failed', facts: { error: message } });
  return new ReleaseError(code, `release name check failed: ${message}`, hint === undefined ? {} : { hint });
}

function ensureNamed(name: string, run: ReleaseRun): void {
  try {
    validateReleaseName(name);
  } catch (e) {
    throw unavailable('RELEASE_INVALID', `release name ${quoteGo(name)}: ${(e as Error).message}`, run);
  }
}

/** Helm: availableName. True when the name is that of an installation that was killed, and is now recorded as failed. */
async function ensureAvailable(
  { name, replace }: InstallInput,
  ports: ReleasePorts,
  run: ReleaseRun,
  hold: Hold,
): Promise<boolean> {
  const last = await holderOf({ name, replace }, ports, run);
  if (last === undefined) return false;
  if (last.status === 'pending-install') {
    const release = await last.load();
    if (hold.isOrphan(release)) {
      await failOrphan(release, ports, run);
      return true;
    }
  }
  throw inUse(name, run);
}

/**
 * For who previews an installation: a dry run, as Helm's, does not look whether the name is free. What an installation left
 * pending is passed: whether its command was killed is known to who holds the Lease. Throws RELEASE_NAME_IN_USE.
 */
export async function ensureNameFree(
  input: Pick<InstallInput, 'name' | 'replace'>,
  ports: ReleasePorts,
  run: ReleaseRun = {},
): Promise<void> {
  const last = await holderOf(input, ports, run);
  if (last !== undefined && last.status !== 'pending-install') throw inUse(input.name, run);
}

const inUse = (name: string, run: ReleaseRun): ReleaseError =>
  unavailable('RELEASE_NAME_IN_USE', 'cannot reuse a name that is still in use', run, `pack upgrade ${name}`);

/** The last revision of who has the name, if it may not be replaced. */
async function holderOf(
  { name, replace }: Pick<InstallInput, 'name' | 'replace'>,
  ports: ReleasePorts,
  run: ReleaseRun,
): Promise<RecordHead | undefined> {
  const heads = await ports.records.list({ name }, run.signal).catch((e: unknown) => {
    // Who may not look may yet write: a name that is taken is then refused by the record.
    if (e instanceof KubeError && e.code === 'KUBE_FORBIDDEN') return [];
    throw e;
  });
  const last = heads.toSorted((a, b) => a.version - b.version).at(-1);
  return replace && (last?.status === 'uninstalled' || last?.status === 'failed') ? undefined : last;
}

export function ensureLabels(labels: Readonly<Record<string, string>> = {}): void {
  if (Object.keys(labels).every((name) => !SYSTEM_LABELS.includes(name))) return;
  throw new ReleaseError(
    'RELEASE_INVALID',
    `user supplied labels contains system reserved label name. System labels: [${SYSTEM_LABELS.join(' ')}]`,
  );
}

async function createNamespace(
  { namespace, serverSide }: PerformInput,
  { cluster }: ReleasePorts,
  run: ReleaseRun,
): Promise<void> {
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: { name: namespace } } };
  try {
    await createObjects(cluster, [object], { serverSide }, clusterRun(run));
  } catch (e) {
    if (!(e instanceof KubeError) || e.code !== 'KUBE_ALREADY_EXISTS') throw e;
  }
}

/** The number of the next revision; the last one is history. Helm: replaceRelease. */
async function supersede(name: string, ports: ReleasePorts, run: ReleaseRun): Promise<number> {
  const heads = await headsOf(ports.records, name, run.signal).catch((e: unknown) => {
    if (e instanceof ReleaseError && e.code === 'RELEASE_NOT_FOUND') return [];
    throw e;
  });
  const last = heads.at(-1);
  if (last === undefined) return 1;
  if (last.status !== 'failed') {
    await ports.records.update(withStatus(await last.load(), 'superseded', 'superseded by new release'), run.signal);
  }
  return last.version + 1;
}

async function perform(
  begun: Release,
  objects: readonly KubeObject[],
  adopted: readonly KubeObject[],
  input: PerformInput & StageWait,
  ports: ReleasePorts,
  run: ReleaseRun,
): Promise<Release> {
  const { serverSide } = input;
  let release = begun;
  if (!input.noHooks) release = await hooksOf(release, 'pre-install', input, ports, run);
  if (adopted.length === 0) await createStages(objects, { serverSide }, input, ports, run);
  else {
    await updateStages(
      adopted,
      objects,
      {
        serverSide,
        forceConflicts: input.forceConflicts,
        forceReplace: input.forceReplace,
        threeWayMerge: input.takeOwnership === true && !serverSide,
        upgradeManager: true,
      },
      input,
      ports,
      run,
    );
  }
  await waitForObjects(objects, input, ports, run);
  if (!input.noHooks) release = await hooksOf(release, 'post-install', input, ports, run);
  return withStatus(release, 'deployed', input.description || 'Install complete');
}

async function hooksOf(
  release: Release,
  event: 'pre-install' | 'post-install',
  input: PerformInput,
  ports: ReleasePorts,
  run: ReleaseRun,
): Promise<Release> {
  try {
    return await runHooks(release, event, input, ports, run);
  } catch (e) {
    if (!(e instanceof HookFault)) throw faultWithin(`failed ${event}: `, e);
    throw new HookFault(faultWithin(`failed ${event}: `, e.cause), e.release);
  }
}

/** What to throw, when the release is recorded as failed or is gone. Helm: failRelease. */
async function fail(
  release: Release,
  fault: unknown,
  input: PerformInput,
  ports: ReleasePorts,
  run: ReleaseRun,
): Promise<unknown> {
  const { name } = release;
  const failed = withStatus(release, 'failed', `Release ${quoteGo(name)} failed: ${messageOf(fault)}`);
  if (!input.rollbackOnFailure) {
    await record(failed, ports, run);
    return fault;
  }
  try {
    // What was stopped is undone all the same.
    await uninstall(
      { ...input, wait: input.wait === 'hookOnly' ? 'watcher' : input.wait, keepHistory: false },
      withoutLock(ports),
      {
        onEvent: run.onEvent,
      },
    );
  } catch (e) {
    return faultWithin(
      `an error occurred while uninstalling the release. original install error: ${messageOf(fault)}: `,
      e,
    );
  }
  return faultWithin(
    `release ${name} failed, and has been uninstalled due to rollback-on-failure being set: `,
    asFault(fault),
  );
}
