/** Objects made, changed and removed, many at a time. Helm: pkg/kube/client.go Create, Update, Delete. */
import { quoteGo } from 'go-template';

import type { Cluster, ClusterRun, Patch, PatchOptions } from './cluster.ts';
import { conflictHint } from './conflict.ts';
import { KubeError, type KubeErrorCode } from './error.ts';
import { upgradeManagedFields } from './managed-fields.ts';
import { type KubeObject, type ObjectRef, refOf } from './object.ts';
import { clientSidePatch } from './patch/client-side.ts';
import { ownRun } from './run.ts';
import { withoutSecrets } from './secrecy.ts';

/** Who owns the fields that Helm, and pack in its place, applies. */
export const FIELD_MANAGER = 'helm';

/** What becomes of an object whose release goes, or has it no more: `keep`. Sherpack's word comes before Helm's. */
export const resourcePolicy = (annotations: Readonly<Record<string, string>> = {}): string | undefined =>
  annotations['sherpack.io/resource-policy'] ?? annotations['helm.sh/resource-policy'];

export type ApplyEvent =
  | {
      readonly type: 'apply';
      readonly change: 'created' | 'updated' | 'unchanged' | 'deleted' | 'kept';
      readonly ref: ObjectRef;
    }
  /** What Helm logs; `facts` are the attributes of the line. */
  | {
      readonly type: 'warning';
      readonly level: 'WARN';
      readonly message: string;
      readonly facts: Readonly<Record<string, string>>;
    };

export interface ApplyRun extends ClusterRun {
  readonly onEvent?: ((event: ApplyEvent) => void) | undefined;
}

export interface CreateOptions {
  /** Server-side apply; a plain creation otherwise. */
  readonly serverSide: boolean;
  readonly forceConflicts?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
}

export interface UpdateOptions extends CreateOptions {
  /** Replaces objects as a whole; not with server-side apply. */
  readonly forceReplace?: boolean | undefined;
  /** Of kinds without merge rules: what others changed stays. */
  readonly threeWayMerge?: boolean | undefined;
  /** Takes over the fields of client-side changes of before. */
  readonly upgradeManager?: boolean | undefined;
}

export interface Applied {
  readonly created: readonly KubeObject[];
  readonly updated: readonly KubeObject[];
  readonly deleted: readonly ObjectRef[];
}

/** What failed half-way: `applied` is what was done before. */
export class ApplyError extends KubeError {
  readonly applied: Applied;

  constructor(cause: KubeError, message: string, applied: Applied) {
    super(cause.code, message, {
      cause,
      ...(cause.hint !== undefined && { hint: cause.hint }),
      ...(cause.status !== undefined && { status: cause.status }),
    });
    this.applied = applied;
  }
}

const refuse = (message: string): never => {
  throw new KubeError('KUBE_INVALID', message);
};

/** Objects of one kind after the other, those of a kind at once. Throws the errors of all that failed, joined. */
export async function createObjects(
  cluster: Cluster,
  objects: readonly KubeObject[],
  options: CreateOptions,
  run: ApplyRun = {},
): Promise<KubeObject[]> {
  if (!options.serverSide && options.forceConflicts) {
    refuse('invalid client create option(s): forceConflicts enabled when serverSideApply disabled');
  }
  return byKind(objects, async (object) => {
    const created = await createOne(cluster, object, options, ownRun(run));
    run.onEvent?.({ type: 'apply', change: 'created', ref: refOf(created) });
    return created;
  });
}

/**
 * Brings the cluster from `originals` to `targets`: makes what is missing, changes the rest, one after the other, and
 * removes what is no longer wanted, unless it says to be kept. Throws ApplyError.
 */
export async function updateObjects(
  cluster: Cluster,
  originals: readonly KubeObject[],
  targets: readonly KubeObject[],
  options: UpdateOptions,
  run: ApplyRun = {},
): Promise<Applied> {
  ensureCompatible(options);
  const applied = { created: [] as KubeObject[], updated: [] as KubeObject[], deleted: [] as ObjectRef[] };
  const known = new Map(originals.map((object) => [keyOf(object), object]));
  const faults: KubeError[] = [];
  for (const target of targets) {
    run.signal?.throwIfAborted();
    let current: KubeObject | undefined;
    try {
      current = await cluster.get(refOf(target), run);
    } catch (e) {
      throw failed(e, 'could not get information about the resource: ', applied);
    }
    if (current === undefined) {
      applied.created.push(target);
      try {
        await createOne(cluster, target, options, run);
      } catch (e) {
        throw failed(e, 'failed to create resource: ', applied);
      }
      run.onEvent?.({ type: 'apply', change: 'created', ref: refOf(target) });
      continue;
    }
    const original = known.get(keyOf(target));
    if (original === undefined) warnOfUnknown(target, run);
    try {
      const updated = await updateOne(cluster, original ?? current, current, target, options, run);
      const isSame = updated.metadata.resourceVersion === current.metadata.resourceVersion;
      run.onEvent?.({ type: 'apply', change: isSame ? 'unchanged' : 'updated', ref: refOf(target) });
    } catch (e) {
      if (!(e instanceof KubeError)) throw e;
      faults.push(e);
    }
    applied.updated.push(target);
  }
  throwJoined(faults, ' && ', applied);
  const wanted = new Set(targets.map(keyOf));
  for (const original of originals.filter((object) => !wanted.has(keyOf(object)))) {
    const fault = await removeUnlessKept(cluster, original, options, applied.deleted, run);
    if (fault !== undefined) faults.push(fault);
  }
  throwJoined(faults, ' && ', applied);
  return applied;
}

function ensureCompatible({ serverSide, forceConflicts, forceReplace, threeWayMerge }: UpdateOptions): void {
  if (!serverSide && forceConflicts) {
    refuse('invalid client update option(s): forceConflicts enabled when serverSideApply disabled');
  }
  const together = (what: string): never => refuse(`invalid operation: cannot use ${what} together`);
  if (threeWayMerge && serverSide) together('three-way merge for unstructured and server-side apply');
  if (forceConflicts && forceReplace) together('force conflicts and force replace');
  if (serverSide && forceReplace) together('server-side apply and force replace');
}

function warnOfUnknown({ kind, metadata: { namespace = '', name } }: KubeObject, run: ApplyRun): void {
  run.onEvent?.({
    type: 'warning',
    level: 'WARN',
    message: 'resource exists on cluster but not in original release, using cluster state as baseline',
    facts: { namespace, name, kind },
  });
}

export interface RemoveOptions {
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan' | undefined;
}

/** Tries all; what is gone already counts as removed. */
export async function deleteObjects(
  cluster: Cluster,
  objects: readonly KubeObject[],
  { propagation = 'Background' }: RemoveOptions = {},
  run: ApplyRun = {},
): Promise<{ readonly deleted: readonly ObjectRef[]; readonly errors: readonly KubeError[] }> {
  const errors: KubeError[] = [];
  const deleted = await byKind(objects, async (object) => {
    let wasThere: boolean;
    try {
      wasThere = await retried(() => cluster.delete(refOf(object), { propagation }, ownRun(run)), isConflict);
    } catch (e) {
      if (!(e instanceof KubeError)) throw e;
      errors.push(e);
      return [];
    }
    if (wasThere) run.onEvent?.({ type: 'apply', change: 'deleted', ref: refOf(object) });
    return [refOf(object)];
  });
  return { deleted: deleted.flat(), errors };
}

/** Same kind and name, in whatever version of the API. */
function keyOf({ apiVersion, kind, metadata: { namespace = '', name } }: KubeObject): string {
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  return JSON.stringify([group, kind, namespace, name]);
}

/** Runs of equal kinds one after the other, as Helm's batchPerform. */
async function byKind<T>(objects: readonly KubeObject[], act: (object: KubeObject) => Promise<T>): Promise<T[]> {
  const done: T[] = [];
  const faults: KubeError[] = [];
  for (let i = 0; i < objects.length; ) {
    const { kind } = objects[i] as KubeObject;
    const rest = objects.slice(i);
    const end = rest.findIndex((object) => object.kind !== kind);
    const batch = end < 0 ? rest : rest.slice(0, end);
    for (const outcome of await Promise.allSettled(batch.map(act))) {
      if (outcome.status === 'fulfilled') done.push(outcome.value);
      else if (outcome.reason instanceof KubeError) faults.push(outcome.reason);
      else throw outcome.reason;
    }
    i += batch.length;
  }
  throwJoined(faults, '\n');
  return done;
}

function throwJoined(faults: readonly KubeError[], separator: string, applied?: Applied): void {
  const [first] = faults;
  if (first === undefined) return;
  if (faults.length === 1) throw applied === undefined ? first : new ApplyError(first, first.message, applied);
  const hint = joinedHint(faults);
  const joined = new KubeError(first.code, faults.map((fault) => fault.message).join(separator), {
    cause: new AggregateError(faults),
    ...(hint !== undefined && { hint }),
    ...(first.status !== undefined && { status: first.status }),
  });
  throw applied === undefined ? joined : new ApplyError(joined, joined.message, applied);
}

const MAX_HINT_LINES = 12;

/** What several say is said once. */
function joinedHint(faults: readonly KubeError[]): string | undefined {
  const lines = [...new Set(faults.flatMap(({ hint }) => hint?.split('\n') ?? []))];
  const rest = lines.length - MAX_HINT_LINES;
  const shown = rest > 0 ? [...lines.slice(0, MAX_HINT_LINES), `  and ${rest} more`] : lines;
  return shown.length === 0 ? undefined : shown.join('\n');
}

function failed(e: unknown, context: string, applied: Applied): unknown {
  return e instanceof KubeError ? new ApplyError(e, `${context}${e.message}`, applied) : e;
}

async function createOne(
  cluster: Cluster,
  object: KubeObject,
  options: CreateOptions,
  run: ClusterRun,
): Promise<KubeObject> {
  // Server-side apply names the object; one whose name the server makes is created.
  if (options.serverSide) return retried(() => applyOne(cluster, object, options, run), isQuotaConflict);
  const write = { fieldManager: FIELD_MANAGER, dryRun: options.dryRun };
  return within('', [object], () => retried(() => cluster.create(object, write, run), isConflict));
}

async function applyOne(
  cluster: Cluster,
  object: KubeObject,
  { forceConflicts = false, dryRun }: CreateOptions,
  run: ClusterRun,
): Promise<KubeObject> {
  const options: PatchOptions = {
    fieldManager: FIELD_MANAGER,
    fieldValidation: 'Strict',
    force: forceConflicts,
    dryRun,
  };
  try {
    return await cluster.patch(refOf(object), { type: 'apply', body: object }, options, run);
  } catch (cause) {
    if (!(cause instanceof KubeError)) throw cause;
    const e = withoutSecrets(cause, object);
    if (e.status?.code === 415) {
      throw wrapped(e, `server-side apply not available on the server: ${e.message}`);
    }
    if (e.code !== 'KUBE_CONFLICT') {
      throw wrapped(e, `server-side apply failed for object ${shown(object)}: ${e.message}`);
    }
    const hint = await conflictHint(cluster, object, cause, run);
    throw wrapped(e, `conflict occurred while applying object ${shown(object)}: ${e.message}`, hint);
  }
}

/** `namespace/name group/version, Kind=Kind`, as client-go prints an object and its kind. */
export function shown({ apiVersion, kind, metadata: { namespace = '', name = '' } }: KubeObject): string {
  return `${namespace}/${name} ${apiVersion.includes('/') ? apiVersion : `/${apiVersion}`}, Kind=${kind}`;
}

function wrapped(e: KubeError, message: string, hint = e.hint): KubeError {
  return new KubeError(e.code, message, {
    cause: e,
    ...(hint !== undefined && { hint }),
    ...(e.status !== undefined && { status: e.status }),
  });
}

/** The object as it is then. */
async function updateOne(
  cluster: Cluster,
  original: KubeObject,
  current: KubeObject,
  target: KubeObject,
  options: UpdateOptions,
  run: ClusterRun,
): Promise<KubeObject> {
  const { serverSide, forceReplace = false, upgradeManager = false, dryRun } = options;
  if (forceReplace) {
    const { resourceVersion } = current.metadata;
    const replacement = { ...target, metadata: { ...target.metadata, ...(resourceVersion && { resourceVersion }) } };
    const write = { fieldManager: FIELD_MANAGER, fieldValidation: 'Strict', dryRun } as const;
    return within('failed to replace object: ', [target, current], () => cluster.replace(replacement, write, run));
  }
  if (serverSide) {
    if (upgradeManager) await takeOverManager(cluster, current, options, run);
    return applyOne(cluster, target, options, run);
  }
  const threeWayMerge = options.threeWayMerge === true;
  const patch = await within('failed to create patch: ', [target, current], () =>
    clientSidePatch({ original, target, current, threeWayMerge }),
  );
  if (patch === undefined) return current;
  return within(`cannot patch ${quoteGo(target.metadata.name)} with kind ${target.kind}: `, [target, current], () =>
    cluster.patch(refOf(target), patch, { fieldManager: FIELD_MANAGER, dryRun }, run),
  );
}

/** Errors say what was being done, and nothing of what is in Secrets among `objects`. */
async function within<T>(context: string, objects: readonly KubeObject[], act: () => T | Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    if (!(cause instanceof KubeError)) throw cause;
    const e = withoutSecrets(cause, ...objects);
    throw context === '' ? e : wrapped(e, `${context}${e.message}`);
  }
}

/** Fields of client-side changes become those of server-side apply. client-go: csaupgrade. */
async function takeOverManager(
  cluster: Cluster,
  current: KubeObject,
  { dryRun }: UpdateOptions,
  run: ClusterRun,
): Promise<void> {
  const ref = refOf(current);
  let object: KubeObject | undefined = current;
  await retried(async () => {
    object ??= await within(`failed to get object ${shown(current)}: `, [], () => cluster.get(ref, run));
    const operations = object && upgradeManagedFields(object, FIELD_MANAGER);
    if (operations === undefined) return;
    // Read anew for another attempt.
    object = undefined;
    const patch: Patch = { type: 'json', body: operations };
    try {
      await cluster.patch(ref, patch, { fieldManager: FIELD_MANAGER, fieldValidation: 'Strict', dryRun }, run);
    } catch (e) {
      if (!(e instanceof KubeError) || isConflict(e)) throw e;
      throw wrapped(e, `failed to patch object to upgrade CSA field manager ${shown(current)}: ${e.message}`);
    }
  }, isConflict);
}

async function removeUnlessKept(
  cluster: Cluster,
  original: KubeObject,
  { dryRun }: UpdateOptions,
  deleted: ObjectRef[],
  run: ApplyRun,
): Promise<KubeError | undefined> {
  const ref = refOf(original);
  let current: KubeObject | undefined;
  try {
    current = await cluster.get(ref, run);
  } catch (e) {
    // Helm goes on when it cannot look.
    if (e instanceof KubeError) return undefined;
    throw e;
  }
  if (current === undefined) return undefined;
  if (resourcePolicy(current.metadata.annotations) === 'keep') {
    run.onEvent?.({ type: 'apply', change: 'kept', ref });
    return undefined;
  }
  try {
    await retried(() => cluster.delete(ref, { propagation: 'Background', dryRun }, run), isConflict);
  } catch (e) {
    if (!(e instanceof KubeError)) throw e;
    const { namespace = '', name } = original.metadata;
    return wrapped(
      e,
      `failed to delete resource namespace=${namespace}, name=${name}, kind=${original.kind}: ${e.message}`,
    );
  }
  deleted.push(ref);
  run.onEvent?.({ type: 'apply', change: 'deleted', ref });
  return undefined;
}

const isConflict = (e: KubeError): boolean => e.code === 'KUBE_CONFLICT';

const isQuotaConflict = (e: KubeError): boolean =>
  e.code === ('KUBE_CONFLICT' satisfies KubeErrorCode) &&
  e.message.includes('Operation cannot be fulfilled on resourcequotas') &&
  e.message.includes('the object has been modified');

/** client-go: retry.DefaultRetry. */
const ATTEMPTS = 5;
const PAUSE_MS = 10;

async function retried<T>(act: () => Promise<T>, isTransient: (e: KubeError) => boolean): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await act();
    } catch (e) {
      if (!(e instanceof KubeError) || !isTransient(e) || attempt === ATTEMPTS) throw e;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
