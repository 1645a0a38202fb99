/**
 * The order in which objects are applied, where their annotations say more than their kinds: `sherpack.io/sync-wave`, waves in
 * ascending order, each ready before the next; `sherpack.io/wait-for`, other objects that must be ready first.
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

import { absentFrom, clusterRun, objectKey, waitForObjects } from './act.ts';
import { ReleaseError } from './error.ts';
import { healthCheckOf, isAwaited } from './health.ts';
import type { ReleasePorts, ReleaseRun, WaitInput } from './ports.ts';

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
export function stagesOf(objects: readonly KubeObject[]): Stage[] {
  const byName = new Map(objects.map((object) => [nameOf(object), object]));
  const waves = new Map(objects.map((object) => [object, waveOf(object)]));
  const levels = new Map<KubeObject, number>();
  const levelOf = (object: KubeObject, path: readonly string[]): number => {
    const known = levels.get(object);
    if (known !== undefined) return known;
    const name = nameOf(object);
    if (path.includes(name)) refuse(object, `${WAIT_FOR} goes round in a circle: ${[...path, name].join(' → ')}`);
    const wave = waves.get(object) as number;
    let level = 0;
    for (const other of waitsOf(object).flatMap((text) => byName.get(text) ?? [])) {
      const otherWave = waves.get(other) as number;
      if (otherWave > wave)
        refuse(object, `${WAIT_FOR} names ${nameOf(other)}, which is of the later wave ${otherWave}`);
      const below = levelOf(other, [...path, name]);
      if (otherWave === wave) level = Math.max(level, below + 1);
    }
    levels.set(object, level);
    return level;
  };
  const groups = new Map<string, KubeObject[]>();
  for (const object of objects) {
    const key = JSON.stringify([waves.get(object), levelOf(object, [])]);
    groups.set(key, [...(groups.get(key) ?? []), object]);
  }
  const order = [...groups.keys()]
    .map((key) => [key, JSON.parse(key) as readonly [number, number]] as const)
    .sort(([, a], [, b]) => a[0] - b[0] || a[1] - b[1]);
  return order.map(([key, [wave]], i) => {
    const members = groups.get(key) as KubeObject[];
    const names = new Set(members.flatMap(waitsOf));
    const previous = order[i - 1];
    const isNewWave = previous !== undefined && previous[1][0] !== wave;
    const earlier = objects.filter((object) => (waves.get(object) as number) < wave && isAwaited(object));
    const named = [...names].flatMap((name) => byName.get(name) ?? []);
    return {
      objects: members,
      after: isNewWave ? [...new Set([...earlier, ...named])] : named,
      others: [...names].filter((name) => !byName.has(name)),
    };
  });
}

/** Throws RELEASE_INVALID for an annotation of waves or health checks that says nothing, before anything is done. */
export function ensureUnderstood(objects: readonly KubeObject[]): void {
  stagesOf(objects);
  for (const object of objects) healthCheckOf(object);
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
  wait: WaitInput,
  ports: ReleasePorts,
  run: ReleaseRun,
): Promise<void> {
  for (const stage of stagesOf(objects)) {
    await awaitStage(stage, wait, ports, run);
    await createObjects(ports.cluster, stage.objects, options, clusterRun(run));
  }
}

/** `updateObjects`, stage by stage; what is no longer wanted goes at the end. Throws ApplyError, of all stages. */
export async function updateStages(
  originals: readonly KubeObject[],
  targets: readonly KubeObject[],
  options: UpdateOptions,
  wait: WaitInput,
  ports: ReleasePorts,
  run: ReleaseRun,
): Promise<Applied> {
  const stages = stagesOf(targets);
  let applied = NOTHING;
  for (const [i, stage] of stages.entries()) {
    await awaitStage(stage, wait, ports, run);
    const isLast = i === stages.length - 1;
    const own = new Set(stage.objects.map(objectKey));
    const before = originals.filter((object) => own.has(objectKey(object)));
    const gone = isLast ? absentFrom(targets, originals) : [];
    try {
      applied = joined(
        applied,
        await updateObjects(ports.cluster, [...before, ...gone], stage.objects, options, clusterRun(run)),
      );
    } catch (e) {
      throw e instanceof ApplyError ? new ApplyError(e, e.message, joined(applied, e.applied)) : e;
    }
  }
  return stages.length > 0 ? applied : updateObjects(ports.cluster, originals, targets, options, clusterRun(run));
}

async function awaitStage(
  { objects, after, others }: Stage,
  { wait, timeout }: Pick<WaitInput, 'wait' | 'timeout'>,
  ports: ReleasePorts,
  run: ReleaseRun,
): Promise<void> {
  if (after.length === 0 && others.length === 0) return;
  const awaited = [...after, ...(await Promise.all(others.map((name) => find(name, objects, ports, run))))];
  const strategy = wait === 'legacy' ? wait : 'watcher';
  // A job of a wave is there for the next: it has to have done its work.
  await waitForObjects(awaited, { wait: strategy, timeout, waitForJobs: true }, ports, run);
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
