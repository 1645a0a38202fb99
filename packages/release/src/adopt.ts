/**
 * What is in a cluster already becomes a release of ours: a release that Helm made, or objects that nobody manages.
 * Neither changes what runs, and a server-side dry run shows so before. Helm has nothing like it.
 */
import { type Chart, decodeYaml, encodeYaml, parseChart, splitManifests, validateReleaseName } from '@pack/core';
import { buildObjects, FIELD_MANAGER, KubeError, type KubeObject, refOf, withoutSecrets } from '@pack/kube';
import { type GoMap, isMap, newMap, toBytes, toGo } from 'go-template';
import { clusterRun, ensureName, ensureReachable, objectKey, recorded } from './act.ts';
import { comparable, diffObject } from './diff.ts';
import { ReleaseError } from './error.ts';
import { inTurns } from './in-turns.ts';
import { locked, pendingError } from './lock.ts';
import { assemble } from './manifest.ts';
import { described, owned, ownerOf } from './ownership.ts';
import type { ReleasePorts, ReleaseRun } from './ports.ts';
import { driftOf, type Preview } from './preview.ts';
import { goTime, isPending, type Release, storedChart } from './record.ts';
import { headsOf } from './records.ts';
import { ownLabels, type RecordHead } from './storage/storage.ts';

/** The label of records of releases that were taken over. Helm keeps it from one revision to the next. */
export const ADOPTED = 'pack.sherpack.io/adopted';

interface AdoptOptions {
  readonly name: string;
  /** Changes nothing at all. */
  readonly dryRun?: boolean | undefined;
  /** Takes over also what departs from its record, or from its manifest. */
  readonly force?: boolean | undefined;
  /** Milliseconds to wait for another command on the release. */
  readonly timeout: number;
}

export type AdoptReleaseInput = AdoptOptions;

export interface AdoptManifestsInput extends AdoptOptions {
  readonly namespace: string;
  /** YAML of any number of objects, as files or the server have them. */
  readonly manifests: string;
}

export interface Adoption {
  /**
   * `refused`: something would change, and nothing was done. `planned`: it was a dry run. `already`: there was nothing to
   * do.
   */
  readonly outcome: 'adopted' | 'refused' | 'planned' | 'already';
  readonly release: Release;
  /** What the release would change of what is there: nothing, unless it was forced. */
  readonly changes: readonly Preview[];
}

const isAdopted = ({ labels }: Pick<RecordHead, 'labels'>): boolean => labels[ADOPTED] === 'true';

/**
 * Marks a release of Helm's as ours, if applying it again would change nothing. The records stay Helm's and stay where
 * they are, so that either program goes on with them. Throws RELEASE_NOT_FOUND, RELEASE_PENDING, RELEASE_UNADOPTABLE.
 */
export async function adoptRelease(
  input: AdoptReleaseInput,
  ports: ReleasePorts,
  run: ReleaseRun = {},
): Promise<Adoption> {
  await ensureReachable(ports.cluster, run);
  ensureName(input.name, 'adopt: Release name is invalid: ');
  const act = async (own: ReleasePorts, within: ReleaseRun): Promise<Adoption> => {
    const release = await newestOf(input.name, own, within);
    if (isAdopted(release)) return { outcome: 'already', release, changes: [] };
    const changes = await driftOf(release, own, within);
    if (changes.length > 0 && input.force !== true) return { outcome: 'refused', release, changes };
    if (input.dryRun) return { outcome: 'planned', release, changes };
    const adopted = { ...release, labels: { ...ownLabels(release.labels), [ADOPTED]: 'true' } };
    await own.records.update(adopted, within.signal);
    within.onEvent?.(recorded(adopted));
    return { outcome: 'adopted', release: adopted, changes };
  };
  return input.dryRun ? act(ports, run) : locked(input, ports, run, (within, hold) => act(hold.ports, within));
}

async function newestOf(name: string, { records }: ReleasePorts, { signal }: ReleaseRun): Promise<Release> {
  const release = await ((await headsOf(records, name, signal)).at(-1) as RecordHead).load();
  const { status } = release.info;
  if (isPending(status)) throw pendingError(name);
  if (status === 'deployed') return release;
  throw new ReleaseError('RELEASE_UNADOPTABLE', `release ${name} is ${status}: only what is deployed is taken over`, {
    hint: `pack history ${name}`,
  });
}

/** Takes the mark off all revisions again, which is all that there is to give back. The number of those that had it. */
export async function releaseToHelm(
  { name, timeout, dryRun }: AdoptOptions,
  ports: ReleasePorts,
  run: ReleaseRun = {},
): Promise<number> {
  ensureName(name, 'adopt: Release name is invalid: ');
  const marked = async ({ records }: ReleasePorts): Promise<RecordHead[]> =>
    (await headsOf(records, name, run.signal)).filter(isAdopted);
  if (dryRun) return (await marked(ports)).length;
  return locked({ name, timeout }, ports, run, async (within, { ports: own }) => {
    const heads = await marked(own);
    for (const head of heads) {
      const release = await head.load();
      const { [ADOPTED]: _, ...labels } = ownLabels(release.labels);
      await own.records.update({ ...release, labels }, within.signal);
    }
    return heads.length;
  });
}

/**
 * Makes a release of objects that are there and that nobody manages. Each gets the label and the annotations that say
 * whose it is, and nothing else, so that nothing restarts; then there is a record whose chart is the manifests. What was
 * interrupted is gone on with by the same call. Throws RELEASE_NAME_IN_USE, RELEASE_NOT_OWNED, RELEASE_UNADOPTABLE.
 */
export async function adoptManifests(
  input: AdoptManifestsInput,
  ports: ReleasePorts,
  run: ReleaseRun = {},
): Promise<Adoption> {
  await ensureReachable(ports.cluster, run);
  ensureValid(input.name);
  const act = async (own: ReleasePorts, within: ReleaseRun): Promise<Adoption> => {
    await ensureFree(input.name, own, within);
    const release = releaseOf(input, own);
    const objects = await buildObjects(own.cluster, release.manifest, release.namespace, clusterRun(within));
    const present = await presentOf(objects, release, own, within);
    const changes = (await inTurns(present, (pair) => changesOf(pair, release, own, within))).flat();
    if (changes.length > 0 && input.force !== true) return { outcome: 'refused', release, changes };
    await own.records.ensureFits?.(release);
    if (input.dryRun) return { outcome: 'planned', release, changes };
    await inTurns(present, ({ object }) => label(object, release, own, within));
    await own.records.create(release, within.signal);
    within.onEvent?.(recorded(release));
    return { outcome: 'adopted', release, changes };
  };
  return input.dryRun ? act(ports, run) : locked(input, ports, run, (within, hold) => act(hold.ports, within));
}

function ensureValid(name: string): void {
  try {
    validateReleaseName(name);
  } catch (e) {
    throw new ReleaseError('RELEASE_INVALID', `release name ${JSON.stringify(name)}: ${(e as Error).message}`, {
      cause: e,
    });
  }
}

async function ensureFree(name: string, { records }: ReleasePorts, { signal }: ReleaseRun): Promise<void> {
  if ((await records.list({ name, headsOnly: true }, signal)).length === 0) return;
  throw new ReleaseError('RELEASE_NAME_IN_USE', 'cannot reuse a name that is still in use', {
    hint: `pack history ${name}`,
  });
}

/** An object as its manifest says it, and as it is. */
interface Present {
  readonly object: KubeObject;
  readonly live: KubeObject;
}

/** Throws one error that names all that cannot be taken over. */
async function presentOf(
  objects: readonly KubeObject[],
  release: Release,
  { cluster }: ReleasePorts,
  run: ReleaseRun,
): Promise<Present[]> {
  const twice = objects.filter((object, i) => objects.findIndex((one) => objectKey(one) === objectKey(object)) < i);
  if (twice.length > 0) throw unadoptable(twice.map((object) => `${described(object)} is there twice`));
  const lives = await inTurns(objects, (object) =>
    object.metadata.name ? cluster.get(refOf(object), clusterRun(run)) : Promise.resolve(undefined),
  );
  const present: Present[] = [];
  const missing: string[] = [];
  const foreign: string[] = [];
  for (const [i, object] of objects.entries()) {
    const live = lives[i];
    if (live === undefined) {
      missing.push(`${described(object)} is not in the cluster`);
      continue;
    }
    const owner = ownerOf(live, release);
    if (owner !== undefined) foreign.push(`${described(object)} ${owner}`);
    present.push({ object, live });
  }
  if (missing.length > 0) throw unadoptable(missing);
  if (foreign.length > 0) {
    throw new ReleaseError('RELEASE_NOT_OWNED', `cannot adopt what somebody manages: ${foreign.join('; ')}`, {
      hint: 'leave it out; a release of Helm is taken over with --from-helm',
    });
  }
  return present;
}

const unadoptable = (faults: readonly string[]): ReleaseError =>
  new ReleaseError('RELEASE_UNADOPTABLE', `cannot adopt: ${faults.join('; ')}`);

/** What the manifest would change beside saying whose the object is. */
async function changesOf(
  { object, live }: Present,
  release: Release,
  { cluster }: ReleasePorts,
  run: ReleaseRun,
): Promise<Preview[]> {
  const [wanted, expected] = owned([object, live], release) as [KubeObject, KubeObject];
  try {
    const options = { dryRun: true, fieldManager: FIELD_MANAGER, force: true };
    const tried = await cluster.patch(refOf(object), { type: 'apply', body: wanted }, options, clusterRun(run));
    return diffObject(expected, tried);
  } catch (e) {
    if (!(e instanceof KubeError)) throw e;
    const [diff] = diffObject(live, wanted);
    const fault = withoutSecrets(e, object, live).message;
    return [{ ref: refOf(object), change: 'changed', fields: diff?.fields ?? [], fault }];
  }
}

/** Says whose an object is. Of its fields only these become ours: what others apply stays theirs. */
async function label(object: KubeObject, release: Release, { cluster }: ReleasePorts, run: ReleaseRun): Promise<void> {
  const { apiVersion, kind, metadata } = object;
  const { name, namespace } = metadata;
  const bare = { apiVersion, kind, metadata: { name, ...(namespace !== undefined && { namespace }) } };
  const [body] = owned([bare], release);
  await cluster.patch(refOf(object), { type: 'apply', body }, { fieldManager: FIELD_MANAGER }, clusterRun(run));
  run.onEvent?.({ type: 'apply', change: 'updated', ref: refOf(object) });
}

/** A revision as if the manifests had been installed: later ones are worked out from it as from any other. */
function releaseOf({ name, namespace, manifests }: AdoptManifestsInput, { now }: ReleasePorts): Release {
  const chart = chartOf(name, manifests);
  const files = Object.fromEntries(documentsOf(manifests).map(({ path, text }) => [`${name}/${path}`, text]));
  const { hooks, manifest } = assemble(files, chart, { subNotes: false, hideSecret: false });
  if (hooks.length > 0) throw unadoptable(hooks.map((hook) => `${hook.kind} ${hook.name} is a hook`));
  if (manifest === '') throw unadoptable(['there are no objects in the manifests']);
  const time = goTime(now());
  return {
    name,
    namespace,
    version: 1,
    info: { first_deployed: time, last_deployed: time, description: 'Adopted from manifests', status: 'deployed' },
    chart: storedChart(chart),
    config: newMap(),
    manifest,
    hooks: [],
    // Fields are still those of whoever applied them: changes are worked out here, and conflict with nobody.
    applyMethod: 'csa',
    labels: { [ADOPTED]: 'true' },
  };
}

function chartOf(name: string, manifests: string): Chart {
  const metadata = toGo({ apiVersion: 'v2', name, version: '0.1.0', description: `Objects that ${name} was made of` });
  const templates = documentsOf(manifests).map(({ path, text }) => ({
    name: path,
    data: toBytes(text.replaceAll('{{', '{{ "{{" }}')),
  }));
  return parseChart([{ name: 'Chart.yaml', data: toBytes(encodeYaml(metadata)) }, ...templates]);
}

interface Document {
  /** Within the chart: `templates/deployment-web.yaml`. */
  readonly path: string;
  readonly text: string;
}

/** One for each object. What the server writes into objects is left out; a text without it stays as it is. */
function documentsOf(manifests: string): Document[] {
  const taken = new Set<string>();
  return splitManifests(manifests).flatMap((text) => {
    const value = decoded(text);
    if (value === null) return [];
    const objects = flattened(value);
    return objects.map((object): Document => {
      const { name } = object.metadata;
      const base = `${object.kind}-${name}`.toLowerCase().replace(/[^a-z0-9.-]+/g, '-');
      let path = `templates/${base}.yaml`;
      for (let n = 2; taken.has(path); n++) path = `templates/${base}-${n}.yaml`;
      taken.add(path);
      const isAsWritten = objects.length === 1 && objects[0] === value && !isOfServer(object);
      return { path, text: isAsWritten ? `${text.trim()}\n` : encodeYaml(toGo(comparable(object))) };
    });
  });
}

function decoded(text: string): unknown {
  try {
    return decodeYaml(text);
  } catch (e) {
    throw new ReleaseError('RELEASE_UNADOPTABLE', `cannot read the manifests: ${(e as Error).message}`, { cause: e });
  }
}

function flattened(value: unknown): KubeObject[] {
  if (!isMap(value) || typeof value.kind !== 'string' || typeof value.apiVersion !== 'string') {
    throw unadoptable(['a manifest is no object with apiVersion and kind']);
  }
  if (value.kind.endsWith('List') && Array.isArray(value.items)) {
    return value.items.flatMap((item: unknown) => {
      // Lists within lists are of no use to anyone.
      if (isMap(item) && String(item.kind).endsWith('List') && item.items !== undefined) {
        throw unadoptable(['a list is within a list']);
      }
      return flattened(item);
    });
  }
  const metadata: GoMap = isMap(value.metadata) ? value.metadata : newMap();
  if (typeof metadata.name !== 'string') throw unadoptable([`a ${value.kind} has no name`]);
  return [value as unknown as KubeObject];
}

const isOfServer = ({ metadata, status }: KubeObject): boolean =>
  status !== undefined || metadata.uid !== undefined || metadata.resourceVersion !== undefined;
