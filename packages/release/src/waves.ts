/**
 * The order in which objects are applied, where their annotations say more than their kinds: `sherpack.io/sync-wave`, waves in
 * ascending order, each ready before the next; `sherpack.io/wait-for`, other objects that must be ready first. Of what is
 * applied in the order of HIP-0025 (`sequence.ts`), batches come before waves.
 */
import {
  type Applied,
  ApplyError,
  createObjects,
  type KubeObject,
  type ObjectRef,
  type UpdateOptions,
  updateObjects,
} from '@pack/kube';

import { absentFrom, clusterRun, objectKey, waitForDeletion, waitForObjects, watchingOf } from './act.ts';
import { ReleaseError } from './error.ts';
import { healthCheckOf, isAwaited } from './health.ts';
import type { ReleasePorts, ReleaseRun, WaitInput } from './ports.ts';
import { ensureReadable } from './readiness.ts';
import type { Release } from './record.ts';
import { type Batches, batchesOf } from './sequence.ts';

const SYNC_WAVE = 'sherpack.io/sync-wave';
const WAIT_FOR = 'sherpack.io/wait-for';

/** Objects that are applied together, once `after` are ready. */
export interface Stage {
  readonly objects: readonly KubeObject[];
  readonly after: readonly KubeObject[];
  /** `kind/name` of what is not of the release. */
  readonly others: readonly string[];
}

/** One stage, and nothing to wait for, where no annotation says otherwise. Throws RELEASE_INVALID. */
export function stagesOf(objects: readonly KubeObject[], batches?: Batches): Stage[] {
  const byName = new Map(objects.map((object) => [nameOf(object), object]));
  const waves = new Map(objects.map((object) => [object, waveOf(object)]));
  const ranks = ranksOf(objects, waves, batches);
  const levels = new Map<KubeObject, number>();
  const levelOf = (object: KubeObject, path: readonly string[]): number => {
    const known = levels.get(object);
    if (known !== undefined) return known;
    const name = nameOf(object);
    if (path.includes(name)) refuse(object, `${WAIT_FOR} goes round in a circle: ${[...path, name].join(' → ')}`);
    const rank = ranks.get(object) as number;
    let level = 0;
    for (const other of waitsOf(object).flatMap((text) => byName.get(text) ?? [])) {
      const otherRank = ranks.get(other) as number;
      if (otherRank > rank) {
        const isLaterWave = (waves.get(other) as number) > (waves.get(object) as number);
        const later = isLaterWave ? `of the later wave ${waves.get(other)}` : 'made later';
        refuse(object, `${WAIT_FOR} names ${nameOf(other)}, which is ${later}`);
      }
      const below = levelOf(other, [...path, name]);
      if (otherRank === rank) level = Math.max(level, below + 1);
    }
    levels.set(object, level);
    return level;
  };
  const groups = new Map<string, KubeObject[]>();
  for (const object of objects) {
    const key = JSON.stringify([ranks.get(object), levelOf(object, [])]);
    groups.set(key, [...(groups.get(key) ?? []), object]);
  }
  const order = [...groups.keys()]
    .map((key) => [key, JSON.parse(key) as readonly [number, number]] as const)
    .sort(([, a], [, b]) => a[0] - b[0] || a[1] - b[1]);
  return order.map(([key, [rank]], i) => {
    const members = groups.get(key) as KubeObject[];
    const names = new Set(members.flatMap(waitsOf));
    const previous = order[i - 1];
    const isNewRank = previous !== undefined && previous[1][0] !== rank;
    const earlier = objects.filter((object) => (ranks.get(object) as number) < rank && isAwaited(object));
    const named = [...names].flatMap((name) => byName.get(name) ?? []);
    return {
      objects: members,
      after: isNewRank ? [...new Set([...earlier, ...named])] : named,
      others: [...names].filter((name) => !byName.has(name)),
    };
  });
}

/** Numbers that go up as batches do, and within a batch as waves do. */
function ranksOf(
  objects: readonly KubeObject[],
  waves: ReadonlyMap<KubeObject, number>,
  batches: Batches | undefined,
): ReadonlyMap<KubeObject, number> {
  const places = objects.map((object) => [batches?.get(objectKey(object)) ?? 0, waves.get(object) as number] as const);
  const keys = new Map(places.map((place) => [place.join(), place]));
  const order = [...keys].sort(([, a], [, b]) => a[0] - b[0] || a[1] - b[1]).map(([key]) => key);
  const rankOf = new Map(order.map((key, rank) => [key, rank]));
  return new Map(objects.map((object, i) => [object, rankOf.get(String(places[i])) as number]));
}

/**
 * The batches of a release that is made in order. `objects` are what is built of its manifest. Throws RELEASE_INVALID for an
 * annotation of order or health that says nothing, before anything is done; warns of what is only of no use.
 */
export function understood(
  { manifest, sequence }: Pick<Release, 'manifest' | 'sequence'>,
  objects: readonly KubeObject[],
  run: ReleaseRun,
): Batches | undefined {
  const warn = (message: string): void => run.onEvent?.({ type: 'warning', level: 'WARN', message });
  const batches = sequence && batchesOf({ manifest, sequence }, objects, warn);
  stagesOf(objects, batches);
  for (const object of objects) {
    healthCheckOf(object);
    if (sequence !== undefined) ensureReadable(object, warn);
  }
  return batches;
}

const nameOf = ({ kind, metadata }: KubeObject): string => `${kind.toLowerCase()}/${metadata.name}`;

function refuse(object: KubeObject, why: string): never {
  throw new ReleaseError('RELEASE_INVALID', `${object.kind} ${object.metadata.name}: ${why}`);
}

function waveOf(object: KubeObject): number {
  const text = object.metadata.annotations?.[SYNC_WAVE]?.trim() ?? '0';
  if (!/^[-+]?\d{1,9}$/.test(text)) refuse(object, `${SYNC_WAVE} is a whole number, and not ${JSON.stringify(text)}`);
  return Number(text);
}

function waitsOf(object: KubeObject): string[] {
  const text = object.metadata.annotations?.[WAIT_FOR] ?? '';
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
    .map((word) => {
      const [, kind, name] = /^([^/\s]+)\/([^/\s]+)$/.exec(word) ?? [];
      if (kind === undefined) refuse(object, `${WAIT_FOR} names others as KIND/NAME, and not ${JSON.stringify(word)}`);
      return `${kind.toLowerCase()}/${name}`;
    });
}

const NOTHING: Applied = { created: [], updated: [], deleted: [] };

const joined = (a: Applied, b: Applied): Applied => ({
  created: [...a.created, ...b.created],
  updated: [...a.updated, ...b.updated],
  deleted: [...a.deleted, ...b.deleted],
});

/** `createObjects`, stage by stage. */
export async function createStages(
  objects: readonly KubeObject[],
  options: Pick<UpdateOptions, 'serverSide'>,
  wait: StageWait,
  ports: ReleasePorts,
  run: ReleaseRun,
): Promise<void> {
  for (const stage of stagesOf(objects, wait.batches)) {
    await awaitStage(stage, wait, ports, run);
    await createObjects(ports.cluster, stage.objects, options, clusterRun(run));
  }
}

/** How stages are waited for: in which batches objects are made, and in which those were that may go. */
export interface StageWait extends WaitInput {
  readonly batches?: Batches | undefined;
  readonly batchesBefore?: Batches | undefined;
}

/** `updateObjects`, stage by stage; what is no longer wanted goes at the end. Throws ApplyError, of all stages. */
export async function updateStages(
  originals: readonly KubeObject[],
  targets: readonly KubeObject[],
  options: UpdateOptions,
  wait: StageWait,
  ports: ReleasePorts,
  run: ReleaseRun,
): Promise<Applied> {
  const stages = stagesOf(targets, wait.batches);
  const [first = [], ...later] = reversed(absentFrom(targets, originals), wait.batchesBefore);
  let applied = NOTHING;
  const update = async (before: readonly KubeObject[], after: readonly KubeObject[]): Promise<void> => {
    try {
      applied = joined(applied, await updateObjects(ports.cluster, before, after, options, clusterRun(run)));
    } catch (e) {
      throw e instanceof ApplyError ? new ApplyError(e, e.message, joined(applied, e.applied)) : e;
    }
  };
  for (const [i, stage] of stages.entries()) {
    await awaitStage(stage, wait, ports, run);
    const own = new Set(stage.objects.map(objectKey));
    const before = originals.filter((object) => own.has(objectKey(object)));
    await update(i === stages.length - 1 ? [...before, ...first] : before, stage.objects);
  }
  if (stages.length === 0) await update(first, []);
  for (const some of later) {
    await waitForDeletion(applied.deleted, { wait: 'watcher', timeout: wait.timeout }, ports, run);
    await update(some, []);
  }
  return applied;
}

/** What goes in turn, the last first; what is of no batch goes first of all. */
export function reversed(objects: readonly KubeObject[], batches: Batches | undefined): KubeObject[][] {
  if (batches === undefined) return [[...objects]];
  const turns = new Map<number, KubeObject[]>();
  for (const object of objects) {
    const batch = batches.get(objectKey(object)) ?? Number.POSITIVE_INFINITY;
    turns.set(batch, [...(turns.get(batch) ?? []), object]);
  }
  return [...turns].sort(([a], [b]) => (a < b ? 1 : -1)).map(([, some]) => some);
}

async function awaitStage(
  { objects, after, others }: Stage,
  { batches, ...waiting }: StageWait,
  ports: ReleasePorts,
  run: ReleaseRun,
): Promise<void> {
  if (after.length === 0 && others.length === 0) return;
  const awaited = [...after, ...(await Promise.all(others.map((name) => find(name, objects, ports, run))))];
  const wait = batches === undefined ? watchingOf(waiting.wait) : 'ordered';
  // A job of a wave is there for the next: it has to have done its work.
  await waitForObjects(awaited, { ...waiting, wait, waitForJobs: true }, ports, run);
}

/** What an object waits for that is not of the release: in its namespace, or in none. */
async function find(
  text: string,
  [first]: readonly KubeObject[],
  { cluster }: ReleasePorts,
  { signal }: ReleaseRun,
): Promise<KubeObject> {
  const [kind = '', name = ''] = text.split('/');
  const found = (await cluster.resources({}, { signal })).find((resource) => resource.kind.toLowerCase() === kind);
  if (found === undefined) {
    throw new ReleaseError('RELEASE_INVALID', `${WAIT_FOR} names ${text}, and the cluster knows no such kind`);
  }
  const namespace = found.namespaced ? first?.metadata.namespace : undefined;
  const ref: ObjectRef = { apiVersion: found.apiVersion, kind: found.kind, name };
  return {
    apiVersion: ref.apiVersion,
    kind: ref.kind,
    metadata: { name, ...(namespace !== undefined && { namespace }) },
  };
}
