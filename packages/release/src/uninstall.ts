/** A release goes. Helm: pkg/action/uninstall.go. */
import { sortManifests, UNINSTALL_ORDER } from '@pack/core';
import { buildObjects, deleteObjects, type ObjectRef, resourcePolicy } from '@pack/kube';
import { quoteGo } from 'go-template';

import {
  absentFrom,
  clusterRun,
  ensureName,
  ensureReachable,
  faultWithin,
  messageOf,
  record,
  waitForDeletion,
  withStatus,
} from './act.ts';
import { removeCrds } from './crds.ts';
import { ReleaseError } from './error.ts';
import { HookFault, removeHook, runHooks } from './hooks.ts';
import { type Hold, locked } from './lock.ts';
import type { ReleasePorts, ReleaseRun, WaitInput } from './ports.ts';
import { goTime, type Release } from './record.ts';
import { headsOf, revisionOf } from './records.ts';
import { type Batches, batchesOf } from './sequence.ts';
import { reversed } from './waves.ts';

export interface UninstallInput extends WaitInput {
  readonly name: string;
  readonly cascade?: 'background' | 'foreground' | 'orphan' | undefined;
  readonly description?: string | undefined;
  readonly dryRun?: boolean | 'none' | 'client' | 'server' | undefined;
  /** That there is no such release is as good as that it went. */
  readonly ignoreNotFound?: boolean | undefined;
  readonly keepHistory?: boolean | undefined;
  readonly noHooks?: boolean | undefined;
  /** Also what hooks left behind; Helm leaves it, since it is no part of the release. */
  readonly removeHooks?: boolean | undefined;
}

export interface Uninstalled {
  /** Undefined when there was none. */
  readonly release: Release | undefined;
  /** Kind and name of what its policy keeps. */
  readonly kept: readonly { readonly kind: string; readonly name: string }[];
}

const NONE: Uninstalled = { release: undefined, kept: [] };
const PROPAGATION = { background: 'Background', foreground: 'Foreground', orphan: 'Orphan' } as const;

/** Throws RELEASE_NOT_FOUND, RELEASE_FAILED, KUBE_… */
export async function uninstall(
  input: UninstallInput,
  ports: ReleasePorts,
  run: ReleaseRun = {},
): Promise<Uninstalled> {
  const { name } = input;
  const { records } = ports;
  const reach = (): Promise<unknown> => ensureReachable(ports.cluster, run);
  if (input.dryRun === true) {
    await reach();
    try {
      ensureName(name, 'releaseContent: Release name is invalid: ');
      return { release: await revisionOf(records, name, 0, run.signal), kept: [] };
    } catch (e) {
      if (input.ignoreNotFound && isNotFound(e)) return NONE;
      throw e;
    }
  }
  try {
    ensureName(name, 'uninstall: Release name is invalid: ');
  } catch (e) {
    await reach();
    throw e;
  }
  // Whoever gets the Lease has reached the cluster.
  if (ports.lock === undefined) await reach();
  return locked({ ...input, reach }, ports, run, (within, hold) => uninstallHeld(input, hold.ports, within, hold));
}

const isNotFound = (e: unknown): boolean => e instanceof ReleaseError && e.code === 'RELEASE_NOT_FOUND';

/** For who holds the lock. */
export async function uninstallHeld(
  input: UninstallInput,
  ports: ReleasePorts,
  run: ReleaseRun,
  hold: Hold,
): Promise<Uninstalled> {
  const { name, keepHistory = false } = input;
  const { records } = ports;
  const heads = await headsOf(records, name, run.signal).catch((e: unknown) => {
    if (!isNotFound(e)) throw faultWithin(`uninstall: Release not loaded: ${name}: `, e);
    if (input.ignoreNotFound) return [];
    throw new ReleaseError('RELEASE_NOT_FOUND', `uninstall: Release not loaded: ${name}: ${messageOf(e)}`, {
      cause: e,
    });
  });
  const last = heads.at(-1);
  if (last === undefined) return NONE;
  let release = await last.load();
  const purge = async (): Promise<void> => {
    for (const { version } of heads) await records.delete(name, version);
  };
  if (release.info.status === 'uninstalled') {
    if (keepHistory) {
      throw new ReleaseError('RELEASE_INVALID', `the release named ${quoteGo(name)} is already deleted`);
    }
    await purge();
    return { release, kept: [] };
  }
  // What the killed command had not come to is still as the revision before has it.
  const underneath = hold.isOrphan(release)
    ? await heads.findLast(({ status }) => status === 'deployed')?.load()
    : undefined;
  release = withStatus(
    { ...release, info: { ...release.info, deleted: goTime(ports.now()) } },
    'uninstalling',
    'Deletion in progress (or silently failed)',
  );
  const hooks = { ...input, serverSide: true };
  if (!input.noHooks) {
    release = await runHooks(release, 'pre-delete', hooks, ports, run).catch((e: unknown) => {
      throw e instanceof HookFault ? e.cause : e;
    });
  }
  await record(release, ports, run);
  const { refs, kept, errors } = await remove(release, underneath, input, ports, run);
  if (errors.length > 0) {
    for (const error of errors) {
      run.onEvent?.({
        type: 'warning',
        level: 'ERROR',
        message: 'failed to delete',
        facts: { error: messageOf(error) },
      });
    }
    throw new ReleaseError('RELEASE_FAILED', `failed to delete release: ${name}`, {
      cause: errors[0],
      hint: errors.map(messageOf).join('; '),
    });
  }
  const faults: unknown[] = [];
  await waitForDeletion(refs, input, ports, run).catch((e: unknown) => faults.push(e));
  if (!input.noHooks) {
    try {
      release = await runHooks(release, 'post-delete', hooks, ports, run);
    } catch (e) {
      if (e instanceof HookFault) release = e.release;
      faults.push(e instanceof HookFault ? e.cause : e);
    }
  }
  if (!keepHistory) await removeCrds(release, ports, run).catch((e: unknown) => faults.push(e));
  if (input.removeHooks) {
    const waiting = { wait: input.wait, timeout: input.timeout };
    for (const hook of release.hooks) {
      await removeHook(hook, release.namespace, waiting, ports, run).catch((e: unknown) => faults.push(e));
    }
  }
  release = withStatus(release, 'uninstalled', input.description || 'Uninstallation complete');
  if (keepHistory) {
    await record(release, ports, run);
    await supersedeDeployed(name, ports, run);
  } else {
    await purge().catch((e: unknown) => {
      faults.push(
        new ReleaseError('RELEASE_FAILED', `uninstall: Failed to purge the release: ${messageOf(e)}`, { cause: e }),
      );
    });
  }
  if (faults.length > 0) {
    throw new ReleaseError(
      'RELEASE_FAILED',
      `uninstallation completed with ${faults.length} error(s): ${faults.map(messageOf).join('; ')}`,
      { cause: faults[0] },
    );
  }
  return { release, kept };
}

/** Every revision that is still called deployed becomes history. */
export async function supersedeDeployed(name: string, ports: ReleasePorts, run: ReleaseRun): Promise<void> {
  for (const head of await ports.records.list({ name, status: 'deployed' })) {
    await record(withStatus(await head.load(), 'superseded'), ports, run);
  }
}

async function remove(
  release: Release,
  underneath: Release | undefined,
  { cascade = 'background', timeout }: UninstallInput,
  ports: ReleasePorts,
  run: ReleaseRun,
): Promise<{ refs: readonly ObjectRef[]; kept: Uninstalled['kept']; errors: readonly unknown[] }> {
  const { cluster } = ports;
  let kept: Uninstalled['kept'] = [];
  try {
    const own = removable(release);
    kept = own.kept;
    const objects = await buildObjects(cluster, own.manifest, release.namespace, clusterRun(run));
    if (underneath !== undefined) {
      const { manifest, namespace } = { ...underneath, ...removable(underneath) };
      objects.push(...absentFrom(objects, await buildObjects(cluster, manifest, namespace, clusterRun(run))));
    }
    const propagation = PROPAGATION[cascade];
    const refs: ObjectRef[] = [];
    for (const [i, some] of reversed(objects, await batchesIn(release, ports, run)).entries()) {
      if (i > 0) await waitForDeletion(refs, { wait: 'watcher', timeout }, ports, run);
      const { deleted, errors } = await deleteObjects(cluster, some, { propagation }, clusterRun(run));
      refs.push(...deleted);
      if (errors.length > 0) return { refs, kept, errors };
    }
    return { refs, kept, errors: [] };
  } catch (e) {
    return { refs: [], kept, errors: [e] };
  }
}

/** Of a release that was made in order; of what its policy keeps, too. */
async function batchesIn(
  { manifest, namespace, sequence }: Release,
  { cluster }: ReleasePorts,
  run: ReleaseRun,
): Promise<Batches | undefined> {
  if (sequence === undefined) return undefined;
  return batchesOf({ manifest, sequence }, await buildObjects(cluster, manifest, namespace, clusterRun(run)));
}

/** What goes, in the order in which it goes, and what its policy keeps. Throws RELEASE_RECORD_BROKEN. */
function removable({ name, manifest }: Release): { manifest: string; kept: Uninstalled['kept'] } {
  let manifests: ReturnType<typeof sortManifests>['manifests'];
  try {
    ({ manifests } = sortManifests({ manifest }, { order: UNINSTALL_ORDER }));
  } catch (e) {
    throw new ReleaseError(
      'RELEASE_RECORD_BROKEN',
      `corrupted release record. You must manually delete the resources: ${messageOf(e)}`,
      { cause: e, hint: `pack get manifest ${name}` },
    );
  }
  const isKept = ({ head }: (typeof manifests)[number]): boolean =>
    resourcePolicy(head.annotations)?.trim().toLowerCase() === 'keep';
  return {
    kept: manifests.filter(isKept).map(({ head }) => ({ kind: head.kind, name: head.name })),
    manifest: manifests
      .filter((each) => !isKept(each))
      .map(({ content }) => `\n---\n${content}`)
      .join(''),
  };
}
