/**
 * An action that is decided on now and done later, as it was reviewed or not at all. A plan has what was rendered, what the
 * server made of it, and what the release and the cluster were like: when they moved, the plan is of no use.
 */
import { buildObjects, type KubeObject, type ObjectRef, refOf } from '@pack/kube';
import { absentFrom, clusterRun, ensureReachable } from './act.ts';
import { applyCrds, type CrdFile, type CrdPolicy } from './crds.ts';
import { comparable } from './diff.ts';
import { digestOf } from './digest.ts';
import { ReleaseError } from './error.ts';
import { inTurns } from './in-turns.ts';
import { ensureNameFree, performInstall } from './install.ts';
import { locked } from './lock.ts';
import { owned } from './ownership.ts';
import type { ReleasePorts, ReleaseRun, WaitInput } from './ports.ts';
import { deployedOf, type Preview, previewChange, previewCrds } from './preview.ts';
import { encodeRelease, goTime, type Release } from './record.ts';
import { lastOf } from './records.ts';
import { rollbackHeld } from './rollback.ts';
import type { RecordHead } from './storage/storage.ts';
import { performUpgrade } from './upgrade.ts';

export type PlannedAction = 'install' | 'upgrade' | 'rollback';

/** How the action is done; the same as the options of `install`, `upgrade` and `rollback`. */
export interface PlanOptions extends WaitInput {
  readonly cleanupOnFail?: boolean | undefined;
  readonly crds?: CrdPolicy | undefined;
  readonly createNamespace?: boolean | undefined;
  readonly description?: string | undefined;
  readonly forceConflicts?: boolean | undefined;
  readonly forceCrds?: boolean | undefined;
  readonly forceReplace?: boolean | undefined;
  readonly historyMax?: number | undefined;
  readonly noHooks?: boolean | undefined;
  readonly replace?: boolean | undefined;
  readonly rollbackOnFailure?: boolean | undefined;
  readonly takeOwnership?: boolean | undefined;
}

export interface PlanInput {
  readonly action: PlannedAction;
  /** What the action returns for `dryRun: 'server'`. */
  readonly target: Release;
  /** Of a rollback: the revision to go back to. */
  readonly revision?: number | undefined;
  readonly crds?: readonly CrdFile[] | undefined;
  readonly options: PlanOptions;
}

export interface Plan extends Omit<PlanInput, 'crds'> {
  readonly crds: readonly CrdFile[];
  /** The newest revision there was. */
  readonly base: { readonly version: number; readonly digest: string } | undefined;
  /** All objects that the action would touch, as they were; no digest for one that was not there. */
  readonly observed: readonly { readonly ref: ObjectRef; readonly digest: string | undefined }[];
  /** What it comes to, secrets masked. */
  readonly changes: readonly Preview[];
}

/** Throws RELEASE_NOT_FOUND, RELEASE_NAME_IN_USE, KUBE_…; what the server would refuse is in `changes`. */
export async function planAction(input: PlanInput, ports: ReleasePorts, run: ReleaseRun = {}): Promise<Plan> {
  const { action, target, options } = input;
  if (action === 'install') await ensureNameFree({ name: target.name, replace: options.replace }, ports, run);
  const base = await baseOf(target.name, ports, run);
  const current = action === 'install' ? undefined : await currentOf(action, target.name, ports, run);
  const definitions = await previewCrds(
    input.crds ?? [],
    {
      namespace: target.namespace,
      policy: options.crds ?? (action === 'install' ? 'apply' : 'skip'),
      serverSide: target.applyMethod !== 'csa',
      forceConflicts: options.forceConflicts,
    },
    ports,
    run,
  );
  const changes = [...definitions, ...(await previewChange(target, current, ports, run, options))];
  const observed = await observe(await objectsOf(target, current, ports, run), ports, run);
  return { ...input, crds: input.crds ?? [], base, observed, changes };
}

/** Whose objects are there. */
const currentOf = (
  action: PlannedAction,
  name: string,
  ports: ReleasePorts,
  { signal }: ReleaseRun,
): Promise<Release> => (action === 'upgrade' ? deployedOf(name, ports, signal) : lastOf(ports.records, name, signal));

async function baseOf(name: string, { records }: ReleasePorts, { signal }: ReleaseRun): Promise<Plan['base']> {
  const heads = await records.list({ name }, signal);
  const last = heads.toSorted((a, b) => a.version - b.version).at(-1) as RecordHead | undefined;
  if (last === undefined) return undefined;
  return { version: last.version, digest: await digestOf(encodeRelease(await last.load())) };
}

async function objectsOf(
  target: Release,
  current: Release | undefined,
  { cluster }: ReleasePorts,
  run: ReleaseRun,
): Promise<KubeObject[]> {
  const build = ({ manifest, namespace }: Release): Promise<KubeObject[]> =>
    buildObjects(cluster, manifest, namespace, clusterRun(run));
  const targets = owned(await build(target), target);
  return current === undefined ? targets : [...targets, ...absentFrom(targets, await build(current))];
}

async function observe(
  objects: readonly KubeObject[],
  { cluster }: ReleasePorts,
  run: ReleaseRun,
): Promise<Plan['observed']> {
  return inTurns(objects, async (object) => {
    const ref = refOf(object);
    const live = await cluster.get(ref, clusterRun(run));
    return { ref, digest: live && (await digestOf(JSON.stringify(sorted(comparable(live))))) };
  });
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value === 'bigint') return `${value}`;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([name, item]) => [name, sorted(item)]);
}

/** Throws RELEASE_PLAN_STALE before anything is changed, and what the action itself throws. */
export async function applyPlan(plan: Plan, ports: ReleasePorts, run: ReleaseRun = {}): Promise<Release> {
  const { action, target, options } = plan;
  const { name, namespace, applyMethod } = target;
  await ensureReachable(ports.cluster, run);
  return locked({ name, timeout: options.timeout }, ports, run, async (within, hold) => {
    const own = hold.ports;
    await ensureFresh(plan, own, within);
    const serverSide = applyMethod === 'ssa';
    const how = {
      ...options,
      name,
      namespace,
      dryRun: 'none' as const,
      serverSide,
      historyMax: options.historyMax ?? 0,
    };
    if (action === 'rollback') return rollbackHeld({ ...how, version: plan.revision ?? 0 }, own, within, hold);
    const policy = options.crds ?? (action === 'install' ? 'apply' : 'skip');
    await applyCrds(plan.crds, { ...how, policy, force: options.forceCrds }, own, within);
    const begun = goTime(ports.now());
    const description = action === 'install' ? 'Initial install underway' : 'Preparing upgrade';
    const info = { ...target.info, last_deployed: begun, description };
    if (action === 'install') {
      return performInstall({ ...target, info: { ...info, first_deployed: begun } }, how, own, within, hold);
    }
    const current = await currentOf(action, name, own, within);
    return performUpgrade(
      { current, underneath: undefined, upgraded: { ...target, info }, serverSide },
      how,
      own,
      within,
    );
  });
}

const stale = (why: string): ReleaseError =>
  new ReleaseError('RELEASE_PLAN_STALE', `the plan is of no use any more: ${why}`, { hint: 'make the plan again' });

async function ensureFresh(
  { action, target, base, observed, revision }: Plan,
  ports: ReleasePorts,
  run: ReleaseRun,
): Promise<void> {
  const { name } = target;
  const now = await baseOf(name, ports, run);
  const text = (version: number | undefined): string =>
    version === undefined ? 'not there' : `at revision ${version}`;
  if (now?.version !== base?.version) {
    throw stale(`release ${name} is ${text(now?.version)}, and was ${text(base?.version)}`);
  }
  if (now?.digest !== base?.digest) throw stale(`revision ${now?.version} of release ${name} was changed`);
  if (action === 'rollback') {
    const source = await ports.records.get(name, revision ?? 0, run.signal);
    if (source.manifest !== target.manifest) throw stale(`revision ${revision} of release ${name} was changed`);
  }
  const current = action === 'install' ? undefined : await currentOf(action, name, ports, run);
  const seen = await observe(await objectsOf(target, current, ports, run), ports, run);
  const before = new Map(observed.map(({ ref, digest }) => [JSON.stringify(ref), digest]));
  const moved = seen.filter(({ ref, digest }) => before.get(JSON.stringify(ref)) !== digest);
  if (moved.length === 0) return;
  const names = moved.map(({ ref: { kind, name: own } }) => `${kind} ${own}`);
  throw stale(`the cluster moved: ${names.join(', ')}`);
}
