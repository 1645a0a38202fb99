/** A release becomes what it was. Helm: pkg/action/rollback.go. */
import { ApplyError, buildObjects, deleteObjects, KubeError, type KubeObject } from '@pack/kube';
import { quoteGo } from 'go-template';

import {
  absentFrom,
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
import { ReleaseError } from './error.ts';
import { HookFault, runHooks } from './hooks.ts';
import { type Hold, locked } from './lock.ts';
import { failOrphan } from './orphan.ts';
import { owned } from './ownership.ts';
import type { DryRun, ReleasePorts, ReleaseRun, WaitInput } from './ports.ts';
import { goTime, type Release } from './record.ts';
import { headsOf, makeRoom } from './records.ts';
import { batchesOf } from './sequence.ts';
import { supersedeDeployed } from './uninstall.ts';
import { understood, updateStages } from './waves.ts';

export interface RollbackInput extends WaitInput {
  readonly name: string;
  /** The revision to go back to; the one before if 0. */
  readonly version: number;
  readonly cleanupOnFail?: boolean | undefined;
  readonly description?: string | undefined;
  readonly dryRun: DryRun;
  readonly forceConflicts?: boolean | undefined;
  readonly forceReplace?: boolean | undefined;
  readonly historyMax: number;
  readonly noHooks?: boolean | undefined;
  readonly serverSide: boolean | string;
}

/** The new revision. Throws RELEASE_NOT_FOUND, RELEASE_INVALID, KUBE_… */
export async function rollback(input: RollbackInput, ports: ReleasePorts, run: ReleaseRun = {}): Promise<Release> {
  await ensureReachable(ports.cluster, run);
  ensureName(input.name, 'prepareRollback: Release name is invalid: ');
  if (input.version < 0) throw new ReleaseError('RELEASE_INVALID', 'invalid release revision');
  if (input.dryRun !== 'none') return (await prepare(input, ports, run)).target;
  return locked(input, ports, run, (within, hold) => rollbackHeld(input, hold.ports, within, hold));
}

/** For who holds the lock. */
export async function rollbackHeld(
  input: RollbackInput,
  ports: ReleasePorts,
  run: ReleaseRun,
  hold: Hold,
): Promise<Release> {
  const { current, underneath, target, serverSide } = await prepare(input, ports, run, hold);
  await ports.records.ensureFits?.(target);
  await makeRoom(ports.records, target, input.historyMax, run.signal);
  await ports.records.create(target, run.signal);
  run.onEvent?.(recorded(target));
  const done = await perform(current, underneath, target, serverSide, input, ports, run);
  await ports.records.update(done);
  run.onEvent?.(recorded(done));
  return done;
}

interface Prepared {
  /** The newest revision. */
  readonly current: Release;
  /** That which was deployed when the command that made `current` was killed: some objects are still as it has them. */
  readonly underneath: Release | undefined;
  readonly target: Release;
  readonly serverSide: boolean;
}

async function prepare(input: RollbackInput, ports: ReleasePorts, run: ReleaseRun, hold?: Hold): Promise<Prepared> {
  const { name, version } = input;
  const heads = await headsOf(ports.records, name, run.signal);
  let current = await (heads.at(-1) as (typeof heads)[number]).load();
  const isOrphan = hold?.isOrphan(current) === true;
  const wanted = version !== 0 ? version : isOrphan ? rollbackTarget(current) : current.version - 1;
  let underneath: Release | undefined;
  if (isOrphan) {
    underneath = await heads.findLast(({ status }) => status === 'deployed')?.load();
    current = await failOrphan(current, ports, run);
  }
  if (!heads.some((head) => head.version === wanted)) {
    throw new ReleaseError('RELEASE_NOT_FOUND', `release has no ${wanted} version`, { hint: `pack history ${name}` });
  }
  const previous = await ports.records.get(name, wanted, run.signal);
  const serverSide = serverSideOf(input.serverSide, previous.applyMethod);
  const target: Release = {
    name,
    namespace: current.namespace,
    version: current.version + 1,
    info: {
      ...(current.info.first_deployed !== undefined && { first_deployed: current.info.first_deployed }),
      last_deployed: goTime(ports.now()),
      description: input.description || `Rollback to ${wanted}`,
      status: 'pending-rollback',
      ...(previous.info.notes !== undefined && { notes: previous.info.notes }),
    },
    chart: previous.chart,
    config: previous.config,
    manifest: previous.manifest,
    hooks: previous.hooks,
    applyMethod: serverSide ? 'ssa' : 'csa',
    labels: previous.labels,
    ...(previous.sequence !== undefined && { sequence: previous.sequence }),
  };
  return { current, underneath, target, serverSide };
}

/** The revision to go back to from one that was interrupted: that which a rollback was about, else the one before. */
export function rollbackTarget({ version, info: { description = '', status } }: Release): number {
  const [, wanted] = status === 'pending-rollback' ? (/^Rollback to (\d+)$/.exec(description) ?? []) : [];
  return wanted === undefined ? version - 1 : Number(wanted);
}

async function perform(
  current: Release,
  underneath: Release | undefined,
  begun: Release,
  serverSide: boolean,
  input: RollbackInput,
  ports: ReleasePorts,
  run: ReleaseRun,
): Promise<Release> {
  const { cluster } = ports;
  let target = begun;
  const build = ({ manifest, namespace }: Release, which: string): Promise<KubeObject[]> =>
    buildObjects(cluster, manifest, namespace, clusterRun(run)).catch((e: unknown) => {
      throw faultWithin(`unable to build kubernetes objects from ${which} release manifest: `, e);
    });
  const originals = await build(current, 'current');
  if (underneath !== undefined) originals.push(...absentFrom(originals, await build(underneath, 'current')));
  const targets = owned(await build(target, 'new'), target);
  const batches = target.sequence && understood(target, targets, run);
  const batchesBefore = current.sequence && batchesOf({ ...current, sequence: current.sequence }, originals);
  // What was made in order is made in order again, whatever is waited for at the end.
  const wait = batches !== undefined && input.wait === 'watcher' ? 'ordered' : input.wait;
  const hooks = async (event: 'pre-rollback' | 'post-rollback'): Promise<void> => {
    if (input.noHooks) return;
    target = await runHooks(target, event, { ...input, serverSide }, ports, run).catch(async (e: unknown) => {
      if (!(e instanceof HookFault)) throw e;
      // Helm leaves the record pending; who looks at it should see what happened.
      const description = `Rollback ${quoteGo(target.name)} failed: ${messageOf(e.cause)}`;
      await record(withStatus(e.release, 'failed', description), ports, run);
      throw e.cause;
    });
  };
  await hooks('pre-rollback');
  try {
    await updateStages(
      originals,
      targets,
      { serverSide, forceConflicts: input.forceConflicts, forceReplace: input.forceReplace, upgradeManager: true },
      { ...input, wait, batches, batchesBefore },
      ports,
      run,
    );
  } catch (e) {
    const description = `Rollback ${quoteGo(target.name)} failed: ${messageOf(e)}`;
    run.onEvent?.({ type: 'warning', level: 'WARN', message: description });
    await record(withStatus(current, 'superseded'), ports, run);
    await record(withStatus(target, 'failed', description), ports, run);
    if (input.cleanupOnFail && e instanceof ApplyError) await cleanUp(e.applied.created, ports, run);
    throw e;
  }
  try {
    await waitForObjects(targets, { ...input, wait }, ports, run);
  } catch (e) {
    await record(current, ports, run);
    await record(withStatus(target, 'failed', `Release ${quoteGo(target.name)} failed: ${messageOf(e)}`), ports, run);
    throw faultWithin(`release ${target.name} failed: `, e);
  }
  await hooks('post-rollback');
  await supersedeDeployed(target.name, ports, run);
  return withStatus(target, 'deployed');
}

async function cleanUp(created: readonly KubeObject[], { cluster }: ReleasePorts, run: ReleaseRun): Promise<void> {
  const { errors } = await deleteObjects(cluster, created, {}, clusterRun({ onEvent: run.onEvent }));
  const [first] = errors;
  if (first === undefined) return;
  throw new KubeError(
    first.code,
    `an error occurred while cleaning up resources. original rollback error: unable to cleanup resources: ${errors.map(({ message }) => message).join(', ')}`,
    { cause: first },
  );
}
