/** What an action would change, asked of the server object by object and changed by nobody. */
import {
  buildObjects,
  clientSidePatch,
  FIELD_MANAGER,
  KubeError,
  type KubeObject,
  type Patch,
  refOf,
  resourcePolicy,
  withoutSecrets,
} from '@pack/kube';
import { clusterRun } from './act.ts';
import { type CrdFile, type CrdsInput, definitionsOf } from './crds.ts';
import { diffObject, diffObjects, type ObjectDiff } from './diff.ts';
import { inTurns } from './in-turns.ts';
import { owned } from './ownership.ts';
import type { ReleasePorts, ReleaseRun } from './ports.ts';
import { isPending, type Release } from './record.ts';
import { headsOf, lastOf } from './records.ts';

export interface Preview extends ObjectDiff {
  /** Why the server would refuse it. */
  readonly fault?: string;
}

/**
 * What it would take to make the cluster what `target` says, from what it is. `target` is what `install`, `upgrade` and
 * `rollback` return for `dryRun: 'server'`; `current` the revision whose objects are there.
 */
export async function previewChange(
  target: Release,
  current: Release | undefined,
  { cluster }: Pick<ReleasePorts, 'cluster'>,
  run: ReleaseRun = {},
  { forceConflicts = false }: { readonly forceConflicts?: boolean | undefined } = {},
): Promise<Preview[]> {
  const build = (release: Release): Promise<KubeObject[]> =>
    buildObjects(cluster, release.manifest, release.namespace, clusterRun(run));
  const targets = owned(await build(target), target);
  const originals = current === undefined ? [] : await build(current);
  const byKey = new Map(originals.map((object) => [keyOf(object), object]));
  const kept = new Set(targets.map(keyOf));
  const serverSide = target.applyMethod !== 'csa';
  // What client-side changes of before own is taken over first.
  const mayConflict = !forceConflicts && serverSide && current?.applyMethod === 'ssa';
  const changes = await inTurns(targets, async (object) => {
    const live = await cluster.get(refOf(object), clusterRun(run));
    return previewed(object, byKey.get(keyOf(object)) ?? live, live, { serverSide, mayConflict }, { cluster }, run);
  });
  const gone = originals.filter((object) => !kept.has(keyOf(object)));
  const removals = await inTurns(gone, async (object) => {
    const live = await cluster.get(refOf(object), clusterRun(run));
    return live === undefined || resourcePolicy(live.metadata.annotations) === 'keep'
      ? []
      : diffObject(live, undefined);
  });
  return [...changes.flat(), ...removals.flat()];
}

/**
 * What would become of definitions of kinds, which an action changes before all else. Objects of kinds that are not there yet
 * are no object that the server can be asked of.
 */
export async function previewCrds(
  files: readonly CrdFile[],
  { policy, serverSide, forceConflicts = false, ...input }: Omit<CrdsInput, 'dryRun' | 'force'>,
  { cluster }: Pick<ReleasePorts, 'cluster'>,
  run: ReleaseRun = {},
): Promise<Preview[]> {
  if (policy === 'skip') return [];
  const changes = await inTurns(await definitionsOf(files, input, { cluster }, run), async (object) => {
    const live = await cluster.get(refOf(object), clusterRun(run));
    // What is there stays as it is, unless Helm's own way or an upgrade changes it.
    if (live !== undefined && (policy === 'create' || (policy === 'apply' && !serverSide))) return [];
    return previewed(object, live, live, { serverSide, mayConflict: !forceConflicts }, { cluster }, run);
  });
  return changes.flat();
}

/** What it would take to make an object what it should be; of what the server refuses, why. */
async function previewed(
  object: KubeObject,
  original: KubeObject | undefined,
  live: KubeObject | undefined,
  { serverSide, mayConflict }: { readonly serverSide: boolean; readonly mayConflict: boolean },
  ports: Pick<ReleasePorts, 'cluster'>,
  run: ReleaseRun,
): Promise<Preview[]> {
  const attempt = (force: boolean): Promise<KubeObject> =>
    tried(object, original, live, { serverSide, force }, ports, run);
  try {
    return diffObject(live, await attempt(!mayConflict));
  } catch (e) {
    if (mayConflict && e instanceof KubeError && e.code === 'KUBE_CONFLICT') {
      const forced = diffObject(live, await attempt(true));
      return forced.map((diff) => ({ ...diff, fault: e.message }));
    }
    if (!(e instanceof KubeError)) throw e;
    const [diff] = diffObject(live, object);
    return [
      {
        ref: refOf(object),
        change: live === undefined ? 'added' : 'changed',
        fields: diff?.fields ?? [],
        fault: withoutSecrets(e, object, live).message,
      },
    ];
  }
}

const keyOf = ({ apiVersion, kind, metadata: { namespace = '', name } }: KubeObject): string =>
  JSON.stringify([apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '', kind, namespace, name]);

/** The object as the server would have it. */
async function tried(
  object: KubeObject,
  original: KubeObject | undefined,
  live: KubeObject | undefined,
  { serverSide, force }: { readonly serverSide: boolean; readonly force: boolean },
  { cluster }: Pick<ReleasePorts, 'cluster'>,
  run: ReleaseRun,
): Promise<KubeObject> {
  const options = { dryRun: true, fieldManager: FIELD_MANAGER };
  try {
    if (serverSide) {
      const patch: Patch = { type: 'apply', body: object };
      return await cluster.patch(refOf(object), patch, { ...options, force }, clusterRun(run));
    }
    if (live === undefined) return await cluster.create(object, options, clusterRun(run));
    const patch = clientSidePatch({ original: original ?? live, target: object, current: live, threeWayMerge: false });
    return patch === undefined ? live : await cluster.patch(refOf(object), patch, options, clusterRun(run));
  } catch (e) {
    // Its namespace is made by the same action.
    if (live === undefined && e instanceof KubeError && e.code === 'KUBE_NOT_FOUND') return object;
    throw e;
  }
}

/** What in the cluster departs from what the release says. Fields that the release says nothing of do not count. */
export const driftOf = (
  release: Release,
  ports: Pick<ReleasePorts, 'cluster'>,
  run: ReleaseRun = {},
): Promise<Preview[]> => previewChange(release, undefined, ports, run);

/** The revision whose objects are there: that which is deployed, or else the newest. Throws RELEASE_NOT_FOUND. */
export async function deployedOf(
  name: string,
  { records }: Pick<ReleasePorts, 'records'>,
  signal?: AbortSignal,
): Promise<Release> {
  const heads = await headsOf(records, name, signal);
  const deployed = heads.filter(({ status }) => status === 'deployed').at(-1);
  const settled = heads.filter(({ status }) => !isPending(status)).at(-1);
  return (deployed ?? settled ?? (heads.at(-1) as (typeof heads)[number])).load();
}

/** The newest revision. Throws RELEASE_NOT_FOUND. */
export const lastRevisionOf = (
  name: string,
  { records }: Pick<ReleasePorts, 'records'>,
  signal?: AbortSignal,
): Promise<Release> => lastOf(records, name, signal);

/** What two revisions, or two releases, have that the other has not, by their records alone. */
export async function diffReleases(
  before: Release,
  after: Release,
  { cluster }: Pick<ReleasePorts, 'cluster'>,
  run: ReleaseRun = {},
): Promise<ObjectDiff[]> {
  const build = ({ manifest, hooks, namespace }: Release): Promise<KubeObject[]> =>
    buildObjects(
      cluster,
      [manifest, ...hooks.map((hook) => hook.manifest)].join('\n---\n'),
      namespace,
      clusterRun(run),
    );
  // What differs by its namespace alone is the same in another release.
  const placed = (objects: readonly KubeObject[]): KubeObject[] =>
    before.namespace === after.namespace
      ? [...objects]
      : objects.map((object) => ({ ...object, metadata: { ...object.metadata, namespace: after.namespace } }));
  return diffObjects(placed(await build(before)), await build(after));
}
