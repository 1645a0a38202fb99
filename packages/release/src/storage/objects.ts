/** Records as Secrets or ConfigMaps. Helm: pkg/storage/driver/{secrets,cfgmaps}.go. */
import { type Cluster, KubeError, type KubeObject } from '@pack/kube';

import { textOfBase64 } from '../bytes.ts';
import { ReleaseError } from '../error.ts';
import { packRecord, type Release, unpackRecord } from '../record.ts';
import {
  alreadyExists,
  keyOf,
  labelsOf,
  notFound,
  OWNER,
  ownLabels,
  type RecordHead,
  type ReleaseStorage,
} from './storage.ts';

export interface ObjectStorageOptions {
  readonly kind: 'Secret' | 'ConfigMap';
  readonly cluster: Cluster;
  /** Of all namespaces, for lists, if empty. */
  readonly namespace: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const TYPE = 'helm.sh/release.v1';
/** What an object of Kubernetes may hold, bytes. */
const MAX_DATA = 1024 * 1024;

export function createObjectStorage({ kind, cluster, namespace, now }: ObjectStorageOptions): ReleaseStorage {
  const type = { apiVersion: 'v1', kind };
  const refTo = (name: string, version: number) => ({ ...type, namespace, name: keyOf(name, version) });

  async function objectOf(release: Release, written: 'createdAt' | 'modifiedAt'): Promise<KubeObject> {
    const text = await packRecord(release);
    if (text.length > MAX_DATA) throw tooLarge(release, kind, text.length);
    return {
      ...type,
      metadata: {
        name: keyOf(release.name, release.version),
        namespace,
        labels: labelsOf(release, written, Math.floor(now() / 1000)),
      },
      ...(kind === 'Secret' && { type: TYPE }),
      data: { release: kind === 'Secret' ? btoa(text) : text },
    };
  }

  const load = (object: KubeObject, labels: Readonly<Record<string, string>>): Promise<Release> => {
    const text = (object.data as Record<string, unknown> | undefined)?.release;
    if (typeof text !== 'string') {
      throw new ReleaseError('RELEASE_RECORD_BROKEN', `${kind} ${object.metadata.name} has no record of a release`);
    }
    return unpackRecord(kind === 'Secret' ? textOfBase64(text) : text, labels);
  };

  return {
    name: kind,

    async list({ name, status, selector }, signal) {
      const labelSelector = [
        ...(name === undefined ? [] : [`name=${name}`]),
        `owner=${OWNER}`,
        ...(status === undefined ? [] : [`status=${status}`]),
        ...(selector === undefined || selector === '' ? [] : [selector]),
      ].join(',');
      const { items } = await cluster.list(type, { ...(namespace !== '' && { namespace }), labelSelector }, { signal });
      return items.map((object): RecordHead => {
        const { labels = {}, namespace: own = '' } = object.metadata;
        return {
          name: labels.name ?? '',
          namespace: own,
          version: Number(labels.version ?? 0),
          status: labels.status ?? 'unknown',
          labels,
          load: () => load(object, labels),
        };
      });
    },

    async get(name, version, signal) {
      const object = await cluster.get(refTo(name, version), { signal });
      if (object === undefined) throw notFound();
      return load(object, ownLabels(object.metadata.labels ?? {}));
    },

    async create(release, signal) {
      try {
        await cluster.create(await objectOf(release, 'createdAt'), { fieldManager: 'helm' }, { signal });
      } catch (e) {
        if (e instanceof KubeError && e.code === 'KUBE_ALREADY_EXISTS') throw alreadyExists(e);
        throw within('create: failed to create', e);
      }
    },

    async update(release, signal) {
      try {
        await cluster.replace(await objectOf(release, 'modifiedAt'), { fieldManager: 'helm' }, { signal });
      } catch (e) {
        if (e instanceof KubeError && e.code === 'KUBE_NOT_FOUND') throw notFound(e);
        throw within('update: failed to update', e);
      }
    },

    async delete(name, version, signal) {
      if (!(await cluster.delete(refTo(name, version), {}, { signal }))) throw notFound();
    },
  };
}

function within(context: string, e: unknown): unknown {
  if (!(e instanceof KubeError)) return e;
  return new KubeError(e.code, `${context}: ${e.message}`, {
    cause: e,
    ...(e.hint !== undefined && { hint: e.hint }),
    ...(e.status !== undefined && { status: e.status }),
  });
}

/** The files that take most of it are named. */
function tooLarge({ name, version, chart }: Release, kind: string, length: number): ReleaseError {
  const files = [...(chart?.templates ?? []), ...(chart?.files ?? [])]
    .map((file) => ({ file: file.name, size: Math.floor((file.data.length * 3) / 4) }))
    .sort((a, b) => b.size - a.size)
    .slice(0, 3)
    .map(({ file, size }) => `${file} (${Math.ceil(size / 1024)} KiB)`);
  return new ReleaseError(
    'RELEASE_TOO_LARGE',
    `create: failed to create: ${kind} "${keyOf(name, version)}" is invalid: data: Too long: may not be more than ${MAX_DATA} bytes`,
    {
      hint: `the record of the release has ${length} bytes; nothing was applied. Make the chart smaller: its largest files are ${files.join(', ')}`,
    },
  );
}
