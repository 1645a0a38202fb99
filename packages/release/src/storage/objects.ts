/** Records as Secrets or ConfigMaps. Helm: pkg/storage/driver/{secrets,cfgmaps}.go. */
import { type Cluster, KubeError, type KubeObject, type ObjectRef } from '@pack/kube';

import { fromBase64, textOfBase64, toBase64 } from '../bytes.ts';
import { ReleaseError } from '../error.ts';
import { encodeRelease, packRecord, type Release, unpackRecord } from '../record.ts';
import { headOf, join, partName, partNames, partsOf, split } from './chunked.ts';
import {
  alreadyExists,
  keyOf,
  labelsOf,
  notFound,
  OWNER,
  ownLabels,
  type RecordHead,
  type RecordQuery,
  type ReleaseStorage,
} from './storage.ts';
import { tooLarge } from './too-large.ts';

export interface ObjectStorageOptions {
  readonly kind: 'Secret' | 'ConfigMap';
  readonly cluster: Cluster;
  /** Of all namespaces, for lists, if empty. */
  readonly namespace: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Splits a record that is too large for one object over several. Those that are there are read without it too. */
  readonly chunked?: boolean | undefined;
  /** Bytes that an object may hold: 1 MiB, as Kubernetes has it, if absent. */
  readonly limit?: number | undefined;
}

const TYPE = 'helm.sh/release.v1';
const PART_TYPE = 'pack/release-part.v1';
/** Of parts, so that nobody who looks for Helm's records meets them. */
const PART_OWNER = 'pack';
/** On a head: what the names of its parts begin with. */
const PARTS = 'pack/parts';
/** kubernetes: MaxSecretSize. */
const MAX_DATA = 1024 * 1024;

export function createObjectStorage(options: ObjectStorageOptions): ReleaseStorage {
  const { kind, cluster, namespace, now, chunked = false, limit = MAX_DATA } = options;
  const type = { apiVersion: 'v1', kind };
  const refTo = (name: string, version: number): ObjectRef => ({ ...type, namespace, name: keyOf(name, version) });

  /** Of what was listed, the records that have no parts: to remove them takes no more than that. */
  const whole = new Set<string>();

  const objectOf = (
    release: Release,
    text: string,
    written: 'createdAt' | 'modifiedAt',
    parts?: { readonly base: string },
  ): KubeObject => ({
    ...type,
    metadata: {
      name: keyOf(release.name, release.version),
      namespace,
      labels: labelsOf(release, written, Math.floor(now() / 1000)),
      ...(parts !== undefined && { annotations: { [PARTS]: parts.base } }),
    },
    ...(kind === 'Secret' && { type: TYPE }),
    data: { release: kind === 'Secret' ? btoa(text) : text },
  });

  const partOf = ({ name, version }: Release, own: string, content: Uint8Array): KubeObject => ({
    ...type,
    metadata: { name: own, namespace, labels: { name, owner: PART_OWNER, version: String(version) } },
    ...(kind === 'Secret' && { type: PART_TYPE }),
    [kind === 'Secret' ? 'data' : 'binaryData']: { part: toBase64(content) },
  });

  async function contentOf(own: string, within: string, signal: AbortSignal | undefined) {
    const object = await cluster.get({ ...type, namespace: within, name: own }, { signal });
    const text = (object?.[kind === 'Secret' ? 'data' : 'binaryData'] as Record<string, unknown> | undefined)?.part;
    return typeof text === 'string' ? fromBase64(text) : undefined;
  }

  async function load(
    { name, namespace: within = namespace }: KubeObject['metadata'],
    text: string | undefined,
    labels: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<Release> {
    if (text === undefined) {
      throw new ReleaseError('RELEASE_RECORD_BROKEN', `${kind} ${name} has no record of a release`);
    }
    const head = await unpackRecord(text, labels);
    const parts = partsOf(head);
    if (parts === undefined) return head;
    return join(head, parts, await Promise.all(partNames(parts).map((own) => contentOf(own, within, signal))));
  }

  function textOf(data: unknown): string | undefined {
    const text = (data as Record<string, unknown> | undefined)?.release;
    if (typeof text !== 'string') return undefined;
    return kind === 'Secret' ? textOfBase64(text) : text;
  }

  /** Nothing of the object is held but what is needed: there may be thousands. */
  function recordHead(
    { name: own, namespace: within = '', labels = {}, annotations = {} }: KubeObject['metadata'],
    data: unknown,
    headsOnly = false,
  ): RecordHead {
    if (annotations[PARTS] === undefined) whole.add(own);
    const packed = textOf(data);
    const metadata = { name: own, namespace: within, labels };
    return {
      name: labels.name ?? '',
      namespace: within,
      version: Number(labels.version ?? 0),
      status: labels.status ?? 'unknown',
      labels,
      ...(packed !== undefined && { packed }),
      load: () => (headsOnly ? loadNow(metadata) : load(metadata, packed, labels)),
    };
  }

  /** Throws RELEASE_NOT_FOUND. */
  async function loadNow({ name, namespace: within }: KubeObject['metadata']): Promise<Release> {
    const object = await cluster.get({ ...type, namespace: within || namespace, name });
    if (object === undefined) throw notFound();
    return load(object.metadata, textOf(object.data), object.metadata.labels ?? {});
  }

  /** The parts of a revision that are there, whoever left them. */
  async function partsThere({ name, version }: Pick<Release, 'name' | 'version'>, signal?: AbortSignal) {
    const labelSelector = `owner=${PART_OWNER},name=${name},version=${version}`;
    const { items } = await cluster.list(type, { namespace, labelSelector, metadataOnly: true }, { signal });
    return items.map(({ metadata }) => metadata.name);
  }

  const removeParts = (names: readonly string[], signal?: AbortSignal): Promise<unknown> =>
    Promise.all(names.map((name) => cluster.delete({ ...type, namespace, name }, {}, { signal })));

  /** `put` writes the head. Throws RELEASE_TOO_LARGE. */
  async function write(
    release: Release,
    written: 'createdAt' | 'modifiedAt',
    put: (head: KubeObject) => Promise<KubeObject>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const text = await packRecord(release);
    if (text.length <= limit) return void (await put(objectOf(release, text, written)));
    const refusal = (): ReleaseError => tooLarge(release, { kind, length: text.length, limit, written });
    if (!chunked && written === 'createdAt') throw refusal();
    const there = await partsThere(release, signal);
    // Of what was split when it was created each later state must be recorded.
    if (!chunked && there.length === 0) throw refusal();
    const pieces = await split(release, limit);
    if (pieces === undefined) throw refusal();
    const { parts, contents } = pieces;
    const wanted = partNames(parts);
    const missing = [...contents.entries()].filter(([i]) => !there.includes(wanted[i] as string));
    const made = missing.map(([i]) => partName(parts, i));
    for (const [i, content] of missing) {
      await cluster.create(partOf(release, partName(parts, i), content), { fieldManager: 'helm' }, { signal });
    }
    let head: KubeObject;
    try {
      head = await put(await headObject(release, parts, written, refusal));
    } catch (e) {
      // What the server refused has no head, and never will.
      if (e instanceof ReleaseError || (e instanceof KubeError && e.status !== undefined)) await removeParts(made);
      throw e;
    }
    await Promise.all(made.map((name) => bind(name, head, signal)));
    await removeParts(
      there.filter((name) => !wanted.includes(name)),
      signal,
    );
  }

  async function headObject(
    release: Release,
    parts: { readonly base: string; readonly count: number },
    written: 'createdAt' | 'modifiedAt',
    refusal: () => ReleaseError,
  ): Promise<KubeObject> {
    for (const bare of [false, true]) {
      const text = await packRecord(headOf(release, parts, { bare }));
      if (text.length <= limit) return objectOf(release, text, written, parts);
    }
    throw refusal();
  }

  /** Whoever removes the head, Helm or a person, removes its parts. */
  async function bind(name: string, { metadata }: KubeObject, signal: AbortSignal | undefined): Promise<void> {
    const owner = { apiVersion: 'v1', kind, name: metadata.name, uid: metadata.uid };
    const body = { metadata: { ownerReferences: [owner] } };
    try {
      await cluster.patch({ ...type, namespace, name }, { type: 'merge', body }, { fieldManager: 'helm' }, { signal });
    } catch (e) {
      // Without the right to it there are just more ways to leave parts behind.
      if (!(e instanceof KubeError)) throw e;
    }
  }

  /** Of ConfigMaps Helm says no more than the server. */
  const failed = (context: string, e: unknown): unknown => (kind === 'Secret' ? within(context, e) : e);

  return {
    name: kind,
    isInCluster: true,

    async list(query, signal) {
      return this.collect(query, (head) => head, signal);
    },

    async collect<T>(
      { name, status, selector, headsOnly, among }: RecordQuery,
      pick: (head: RecordHead) => T,
      signal?: AbortSignal,
    ) {
      const labelSelector = [
        ...(name === undefined ? [] : [`name=${name}`]),
        `owner=${OWNER}`,
        ...(among === undefined ? [] : narrowed(among)),
        ...(status === undefined ? [] : [`status=${status}`]),
        ...(selector === undefined || selector === '' ? [] : [selector]),
      ].join(',');
      const query = { ...(namespace !== '' && { namespace }), labelSelector, metadataOnly: headsOnly };
      try {
        const pickHead = ({ metadata, data }: KubeObject): T => pick(recordHead(metadata, data, headsOnly));
        return await cluster.collect(type, query, pickHead, { signal });
      } catch (e) {
        throw failed(name === undefined ? 'list: failed to list' : 'query: failed to query with labels', e);
      }
    },

    async get(name, version, signal) {
      const object = await cluster.get(refTo(name, version), { signal }).catch((e: unknown) => {
        throw failed(`get: failed to get ${JSON.stringify(keyOf(name, version))}`, e);
      });
      if (object === undefined) throw notFound();
      const { metadata, data } = object;
      return load(metadata, textOf(data), ownLabels(metadata.labels ?? {}), signal);
    },

    async ensureFits(release) {
      // What is packed is hardly ever longer than what it was.
      if (chunked || encodeRelease(release).length < limit * 0.95) return;
      const text = await packRecord(release);
      if (text.length > limit) {
        throw tooLarge(release, { kind, length: text.length, limit, written: 'createdAt' });
      }
    },

    async create(release, signal) {
      const put = (head: KubeObject): Promise<KubeObject> => cluster.create(head, { fieldManager: 'helm' }, { signal });
      try {
        await write(release, 'createdAt', put, signal);
      } catch (e) {
        if (e instanceof KubeError && e.code === 'KUBE_ALREADY_EXISTS') throw alreadyExists(e);
        throw failed('create: failed to create', e);
      }
    },

    async update(release, signal) {
      const put = (head: KubeObject): Promise<KubeObject> =>
        cluster.replace(head, { fieldManager: 'helm' }, { signal });
      try {
        await write(release, 'modifiedAt', put, signal);
      } catch (e) {
        if (e instanceof KubeError && e.code === 'KUBE_NOT_FOUND') throw notFound(e);
        throw failed('update: failed to update', e);
      }
    },

    async delete(name, version, signal) {
      const isGone = await cluster.delete(refTo(name, version), {}, { signal });
      // Parts without a head are left by who is stopped in the middle, which only who splits records can be.
      if (chunked || !whole.has(keyOf(name, version))) {
        await removeParts(await partsThere({ name, version }, signal), signal);
      }
      if (!isGone) throw notFound();
    },
  };
}

/** Characters of a selector: with them a request stays below the 8 KiB that proxies take. */
const MAX_SELECTOR = 4096;

/** Selectors that all of them match, and of the others as few as labels can tell. */
function narrowed(heads: readonly RecordHead[]): string[] {
  return (['name', 'status'] as const).flatMap((label) => {
    const values = new Set(heads.map(({ labels }) => labels[label]));
    const selector = `${label} in (${[...values].join(',')})`;
    return values.has(undefined) || selector.length > MAX_SELECTOR ? [] : [selector];
  });
}

function within(context: string, e: unknown): unknown {
  if (!(e instanceof KubeError)) return e;
  return new KubeError(e.code, `${context}: ${e.message}`, {
    cause: e,
    ...(e.hint !== undefined && { hint: e.hint }),
    ...(e.status !== undefined && { status: e.status }),
  });
}
