/** A release gets another chart, or other values. Helm: pkg/action/upgrade.go. */
import type { Chart } from '@pack/core';
import {
  type Applied,
  ApplyError,
  buildObjects,
  type ClusterVersion,
  deleteObjects,
  KubeError,
  type KubeObject,
} from '@pack/kube';
import type { GoMap } from 'go-template';

import {
  absentFrom,
  asFault,
  clusterRun,
  ensureName,
  ensureReachable,
  faultWithin,
  messageOf,
  record,
  recorded,
  serverSideOf,
  waitForObjects,
  withStatus,
} from './act.ts';
import { capabilitiesOf } from './capabilities.ts';
import { applyCrds, type CrdPolicy, crdFilesOf } from './crds.ts';
import { ReleaseError } from './error.ts';
import { HookFault, runHooks } from './hooks.ts';
import { ensureLabels } from './install.ts';
import { type Hold, locked, pendingError, withoutLock } from './lock.ts';
import { assemble } from './manifest.ts';
import { failOrphan } from './orphan.ts';
import { existing, owned } from './ownership.ts';
import type { DryRun, ReleasePorts, ReleaseRun, WaitInput } from './ports.ts';
import { goTime, isPending, type Release, storedChart } from './record.ts';
import { headsOf, makeRoom, noDeployed } from './records.ts';
import { rollback } from './rollback.ts';
import { batchesOf, sequenceOf } from './sequence.ts';
import { hiddenDefaults, type ReuseValues, upgradeValues } from './upgrade-values.ts';
import { type StageWait, understood, updateStages } from './waves.ts';

export interface UpgradeInput extends WaitInput {
  readonly name: string;
  readonly chart: Chart;
  readonly values: GoMap;
  readonly cleanupOnFail?: boolean | undefined;
  /** `skip` if absent. */
  readonly crds?: CrdPolicy | undefined;
  readonly description?: string | undefined;
  readonly dryRun: DryRun;
  readonly forceConflicts?: boolean | undefined;
  /** Upgrades definitions of kinds whatever is lost. */
  readonly forceCrds?: boolean | undefined;
  readonly forceReplace?: boolean | undefined;
  readonly hideSecret?: boolean | undefined;
  /** Revisions that are kept; 0 keeps all. */
  readonly historyMax: number;
  /** A value `null` takes a label away. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly noHooks?: boolean | undefined;
  /** What becomes of the values of the release before. */
  readonly reuse?: ReuseValues | undefined;
  readonly rollbackOnFailure?: boolean | undefined;
  /** `auto`: as the release before. */
  readonly serverSide: boolean | string;
  readonly skipSchemaValidation?: boolean | undefined;
  readonly subNotes?: boolean | undefined;
  readonly takeOwnership?: boolean | undefined;
}

/** Throws RELEASE_NOT_FOUND, RELEASE_PENDING, RELEASE_NOT_OWNED, KUBE_… */
export async function upgrade(input: UpgradeInput, ports: ReleasePorts, run: ReleaseRun = {}): Promise<Release> {
  const version = await ensureReachable(ports.cluster, run);
  ensureName(input.name, 'release name is invalid: ');
  const wait = input.rollbackOnFailure && input.wait === 'hookOnly' ? 'watcher' : input.wait;
  const act = async (within: ReleaseRun, hold?: Hold): Promise<Release> => {
    const own = hold?.ports ?? ports;
    const prepared = await prepare({ ...input, wait }, version, own, within, hold);
    return performUpgrade(prepared, { ...input, wait }, own, within);
  };
  return input.dryRun === 'none' ? locked(input, ports, run, act) : act(run);
}

interface PreparedUpgrade {
  /** Whose objects are there. */
  readonly current: Release;
  /** That of a command that was killed, of which some objects are there too. */
  readonly underneath: Release | undefined;
  readonly upgraded: Release;
  readonly serverSide: boolean;
}

async function prepare(
  input: UpgradeInput,
  version: ClusterVersion,
  ports: ReleasePorts,
  run: ReleaseRun,
  hold: Hold | undefined,
): Promise<PreparedUpgrade> {
  const { name, dryRun } = input;
  if (input.hideSecret && dryRun === 'none') {
    throw new ReleaseError('RELEASE_INVALID', 'hiding Kubernetes secrets requires a dry-run mode');
  }
  const heads = await headsOf(ports.records, name, run.signal).catch((e: unknown) => {
    throw e instanceof ReleaseError && e.code === 'RELEASE_NOT_FOUND' ? noDeployed(name) : e;
  });
  let last = await (heads.at(-1) as (typeof heads)[number]).load();
  const isOrphan = hold?.isOrphan(last) === true;
  if (isOrphan) last = await failOrphan(last, ports, run);
  if (isPending(last.info.status)) throw pendingError(name);
  const deployed = heads.filter(({ status }) => status === 'deployed').at(-1);
  if (deployed === undefined && last.info.status !== 'failed' && last.info.status !== 'superseded') {
    throw noDeployed(name);
  }
  const current = last.info.status === 'deployed' || deployed === undefined ? last : await deployed.load();
  if (input.reuse === 'reuse') warnOfHidden(input.chart, current, run);
  const { chart: wanted, values } = upgradeValues(input, current);
  const revision = last.version + 1;
  const serverSide = serverSideOf(input.serverSide, last.applyMethod);
  if (dryRun !== 'client') {
    const { crds: policy = 'skip', forceCrds: force, forceConflicts } = input;
    const { namespace } = current;
    const how = { namespace, policy, force, dryRun, serverSide, forceConflicts };
    await applyCrds(crdFilesOf(wanted, values), how, ports, run);
  }
  const { files, chart } = await ports.render(
    {
      chart: wanted,
      values,
      release: { name, namespace: current.namespace, revision, isUpgrade: true },
      capabilities: await capabilitiesOf(ports.cluster, run.signal, version),
      live: dryRun !== 'client',
      skipSchemaValidation: input.skipSchemaValidation === true,
    },
    run.signal,
  );
  const { hooks, manifest, notes } = assemble(files, chart, {
    subNotes: input.subNotes === true,
    hideSecret: input.hideSecret === true,
  });
  ensureLabels(input.labels);
  const upgraded: Release = {
    name,
    namespace: current.namespace,
    version: revision,
    info: {
      ...(current.info.first_deployed !== undefined && { first_deployed: current.info.first_deployed }),
      last_deployed: goTime(ports.now()),
      description: 'Preparing upgrade',
      status: 'pending-upgrade',
      ...(notes !== '' && { notes }),
    },
    // What was computed is what counts from now on, though it be empty.
    chart: { ...storedChart(chart), ...(input.reuse === 'reuse' && { values: chart.values }) },
    config: values,
    manifest,
    hooks,
    applyMethod: serverSide ? 'ssa' : 'csa',
    labels: Object.fromEntries(
      Object.entries({ ...last.labels, ...input.labels }).filter(([, value]) => value !== 'null'),
    ),
    ...(input.wait === 'ordered' && { sequence: sequenceOf(chart) }),
  };
  // Before anything else is done with it, as Helm does it.
  await buildObjects(ports.cluster, manifest, upgraded.namespace, clusterRun(run));
  return { current, underneath: isOrphan && current !== last ? last : undefined, upgraded, serverSide };
}

/** Paths that a warning names. */
const MAX_NAMED = 5;

function warnOfHidden(chart: Chart, current: Release, run: ReleaseRun): void {
  const paths = hiddenDefaults(chart, current);
  if (paths.length === 0) return;
  const more = paths.length > MAX_NAMED ? ` and ${paths.length - MAX_NAMED} more` : '';
  const named = `${paths.slice(0, MAX_NAMED).join(', ')}${more}`;
  run.onEvent?.({
    type: 'warning',
    level: 'WARN',
    message: `reused values hide defaults that chart ${chart.metadata.name} ${chart.metadata.version} adds or changes: ${named}; --reset-then-reuse-values takes them, --explain-values shows where values come from`,
  });
}

/** What is done with a release that is rendered; for who holds the lock. */
export async function performUpgrade(
  { current, underneath, upgraded, serverSide }: PreparedUpgrade,
  input: Omit<UpgradeInput, 'chart' | 'values'>,
  ports: ReleasePorts,
  run: ReleaseRun,
): Promise<Release> {
  const { cluster } = ports;
  const build = (release: Release, context: string): Promise<KubeObject[]> =>
    buildObjects(cluster, release.manifest, release.namespace, clusterRun(run)).catch((e: unknown) => {
      throw faultWithin(context, e);
    });
  const originals = await build(
    current,
    'current release manifest contains removed kubernetes api(s) for this kubernetes version and it is therefore unable to build the kubernetes objects for performing the diff. error from kubernetes: ',
  );
  if (underneath !== undefined) originals.push(...absentFrom(originals, await build(underneath, '')));
  const targets = owned(
    await build(upgraded, 'unable to build kubernetes objects from new release manifest: '),
    upgraded,
  );
  const batches = understood(upgraded, targets, run);
  const batchesBefore = current.sequence && batchesOf({ ...current, sequence: current.sequence }, originals);
  const adopted = await existing(
    cluster,
    absentFrom(originals, targets),
    upgraded,
    { takeOwnership: input.takeOwnership === true },
    clusterRun(run),
  ).catch((e: unknown) => {
    throw faultWithin('unable to continue with update: ', e);
  });
  if (input.dryRun !== 'none') {
    return withStatus(upgraded, upgraded.info.status, input.description || 'Dry run complete');
  }
  await ports.records.ensureFits?.(upgraded);
  await makeRoom(ports.records, upgraded, input.historyMax, run.signal);
  await ports.records.create(upgraded, run.signal);
  run.onEvent?.(recorded(upgraded));
  const progress: Progress = { release: upgraded, created: [] };
  try {
    await change(
      progress,
      current,
      [...originals, ...adopted],
      targets,
      serverSide,
      { ...input, batches, batchesBefore },
      ports,
      run,
    );
  } catch (e) {
    const fault = e instanceof HookFault ? e.cause : e;
    if (e instanceof HookFault) progress.release = e.release;
    throw await fail(progress, fault, input, ports, run);
  }
  await record(withStatus(current, 'superseded'), ports, run);
  const done = withStatus(progress.release, 'deployed', input.description || 'Upgrade complete');
  await ports.records.update(done);
  run.onEvent?.(recorded(done));
  return done;
}

interface Progress {
  release: Release;
  created: Applied['created'];
}

async function change(
  progress: Progress,
  current: Release,
  originals: readonly KubeObject[],
  targets: readonly KubeObject[],
  serverSide: boolean,
  input: Omit<UpgradeInput, 'chart' | 'values'> & StageWait,
  ports: ReleasePorts,
  run: ReleaseRun,
): Promise<void> {
  const hooks = async (event: 'pre-upgrade' | 'post-upgrade'): Promise<void> => {
    if (input.noHooks) return;
    try {
      progress.release = await runHooks(progress.release, event, { ...input, serverSide }, ports, run);
    } catch (e) {
      const context = `${event} hooks failed: `;
      throw e instanceof HookFault ? new HookFault(faultWithin(context, e.cause), e.release) : faultWithin(context, e);
    }
  };
  await hooks('pre-upgrade');
  try {
    const applied = await updateStages(
      originals,
      targets,
      {
        serverSide,
        forceConflicts: input.forceConflicts,
        forceReplace: input.forceReplace,
        upgradeManager: serverSide && current.applyMethod !== 'ssa',
      },
      input,
      ports,
      run,
    );
    progress.created = applied.created;
    await waitForObjects(targets, input, ports, run);
  } catch (e) {
    if (e instanceof ApplyError) progress.created = e.applied.created;
    await record(current, ports, run);
    throw e;
  }
  await hooks('post-upgrade');
}

/** Helm: failRelease. */
async function fail(
  { release, created }: Progress,
  fault: unknown,
  input: Omit<UpgradeInput, 'chart' | 'values'>,
  ports: ReleasePorts,
  run: ReleaseRun,
): Promise<unknown> {
  const { name } = release;
  const why = messageOf(fault);
  run.onEvent?.({ type: 'warning', level: 'WARN', message: 'upgrade failed', facts: { name, error: why } });
  await record(withStatus(release, 'failed', `Upgrade ${JSON.stringify(name)} failed: ${why}`), ports, run);
  // What was stopped is cleaned up and undone all the same.
  const after: ReleaseRun = { onEvent: run.onEvent };
  if (input.cleanupOnFail && created.length > 0) {
    const { errors } = await deleteObjects(ports.cluster, created, {}, clusterRun(after));
    if (errors.length > 0) {
      const message = errors.map((error) => error.message).join(', ');
      return new KubeError(
        (errors[0] as KubeError).code,
        `an error occurred while cleaning up resources. original upgrade error: ${why}: unable to cleanup resources: ${message}`,
        { cause: errors[0] },
      );
    }
  }
  if (!input.rollbackOnFailure) return fault;
  const heads = await headsOf(ports.records, name);
  const good = heads.filter(({ status }) => status === 'superseded' || status === 'deployed').at(-1);
  if (good === undefined) {
    return faultWithin(
      'unable to find a previously successful release when attempting to rollback. original upgrade error: ',
      fault,
    );
  }
  try {
    await rollback(
      { ...input, version: good.version, dryRun: 'none', historyMax: 0, description: undefined, cleanupOnFail: false },
      withoutLock(ports),
      after,
    );
  } catch (e) {
    return faultWithin(`an error occurred while rolling back the release. original upgrade error: ${why}: `, e);
  }
  return faultWithin(
    `release ${name} failed, and has been rolled back due to rollback-on-failure being set: `,
    asFault(fault),
  );
}
