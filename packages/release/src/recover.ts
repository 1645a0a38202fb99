/** A release that a killed command left in the middle comes to its end, or back. Helm has nothing like it. */
import { ensureName, ensureReachable } from './act.ts';
import { performInstall } from './install.ts';
import { type Hold, locked, pendingError } from './lock.ts';
import { failOrphan } from './orphan.ts';
import type { ReleasePorts, ReleaseRun, WaitInput } from './ports.ts';
import { goTime, isPending, type Release, type ReleaseStatus } from './record.ts';
import { headsOf } from './records.ts';
import { rollbackHeld, rollbackTarget } from './rollback.ts';
import type { RecordHead } from './storage/storage.ts';
import { uninstallHeld } from './uninstall.ts';
import { performUpgrade } from './upgrade.ts';

export interface RecoverInput extends WaitInput {
  readonly name: string;
  /** Ends what was begun, from what its record says; else what was before comes back. */
  readonly forward?: boolean | undefined;
  /** The command is known to be gone: for one that left no Lease, such as Helm's. */
  readonly force?: boolean | undefined;
  /** Of an uninstallation that is brought to its end. */
  readonly keepHistory?: boolean | undefined;
  readonly noHooks?: boolean | undefined;
}

export interface Recovered {
  /**
   * `none`: nothing was left in the middle. `completed`: what was begun is done. `returned`: what was deployed before is
   * so again. `removed`: there was nothing before, and there is nothing now.
   */
  readonly outcome: 'none' | 'completed' | 'returned' | 'removed';
  /** The newest revision, or the last one there was. */
  readonly release: Release | undefined;
  /** The revision that came back, or was brought to its end. */
  readonly revision: number;
}

/** Throws RELEASE_NOT_FOUND, RELEASE_PENDING for what is not known to be interrupted, KUBE_… */
export async function recover(input: RecoverInput, ports: ReleasePorts, run: ReleaseRun = {}): Promise<Recovered> {
  await ensureReachable(ports.cluster, run);
  ensureName(input.name, 'recover: Release name is invalid: ');
  return locked(input, ports, run, async (within, held) => {
    const own = held.ports;
    const hold: Hold = {
      ...held,
      isOrphan: (release) => held.isOrphan(release) || (input.force === true && isPending(release.info.status)),
    };
    const heads = await headsOf(own.records, input.name, run.signal);
    const last = await (heads.at(-1) as RecordHead).load();
    if (last.info.status === 'uninstalling') return remove(last, input, own, within, hold);
    if (!isPending(last.info.status)) return { outcome: 'none', release: last, revision: last.version };
    if (!hold.isOrphan(last)) throw pendingError(input.name);
    return (input.forward ? forward : back)(last, heads, input, own, within, hold);
  });
}

const isStatus =
  (...statuses: readonly ReleaseStatus[]) =>
  ({ status }: RecordHead): boolean =>
    (statuses as readonly string[]).includes(status);

const goodBefore = (heads: readonly RecordHead[]): RecordHead | undefined =>
  heads.findLast(isStatus('deployed')) ?? heads.findLast(isStatus('superseded'));

type Way = (
  last: Release,
  heads: readonly RecordHead[],
  input: RecoverInput,
  ports: ReleasePorts,
  run: ReleaseRun,
  hold: Hold,
) => Promise<Recovered>;

const shared = (last: Release, { name, wait, waitForJobs, readinessTimeout, timeout, noHooks }: RecoverInput) => ({
  name,
  namespace: last.namespace,
  wait,
  waitForJobs,
  readinessTimeout,
  timeout,
  noHooks,
  dryRun: 'none' as const,
  historyMax: 0,
  serverSide: last.applyMethod === 'ssa',
});

const back: Way = async (last, heads, input, ports, run, hold) => {
  const good = goodBefore(heads);
  if (good === undefined) return remove(last, { ...input, keepHistory: heads.length > 1 }, ports, run, hold);
  const release = await rollbackHeld({ ...shared(last, input), version: good.version }, ports, run, hold);
  return { outcome: 'returned', release, revision: good.version };
};

const forward: Way = async (last, heads, input, ports, run, hold) => {
  const given = shared(last, input);
  if (last.info.status === 'pending-rollback') {
    const version = rollbackTarget(last);
    return {
      outcome: 'completed',
      release: await rollbackHeld({ ...given, version }, ports, run, hold),
      revision: version,
    };
  }
  const good = goodBefore(heads);
  const failed = await failOrphan(last, ports, run);
  const again: Release = {
    ...last,
    version: last.version + 1,
    info: { ...last.info, last_deployed: goTime(ports.now()) },
  };
  const release =
    last.info.status === 'pending-install'
      ? await performInstall(again, { ...given, replace: true }, ports, run)
      : await performUpgrade(
          {
            current: (await good?.load()) ?? failed,
            underneath: good === undefined ? undefined : failed,
            upgraded: again,
            serverSide: given.serverSide,
          },
          given,
          ports,
          run,
        );
  return { outcome: 'completed', release, revision: last.version };
};

async function remove(
  last: Release,
  { name, keepHistory, noHooks, wait, timeout }: RecoverInput,
  ports: ReleasePorts,
  run: ReleaseRun,
  hold: Hold,
): Promise<Recovered> {
  const { release } = await uninstallHeld({ name, keepHistory, noHooks, wait, timeout }, ports, run, hold);
  const outcome = last.info.status === 'uninstalling' ? 'completed' : 'removed';
  return { outcome, release, revision: last.version };
}
