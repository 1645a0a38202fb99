/** What becomes of a release's objects in the cluster. Helm: pkg/action/status.go, pkg/kube/client.go Get. */
import { buildObjects, KubeError, type KubeObject, type ObjectRef, refOf, type Table } from '@pack/kube';

import { clusterRun, ensureName, ensureReachable } from './act.ts';
import type { ReleasePorts, ReleaseRun } from './ports.ts';
import type { Release } from './record.ts';
import { revisionOf } from './records.ts';

/** By `version/Kind`; pods that belong to them are under `v1/Pod(related)`, as a list for each workload. */
export type ReleaseObjects = ReadonlyMap<string, readonly KubeObject[]>;

/** The same as the server shows them. */
export type ReleaseTables = ReadonlyMap<string, readonly Table[]>;

type StatusPorts = Pick<ReleasePorts, 'cluster'>;

/** One revision, the newest for 0. Throws RELEASE_NOT_FOUND, RELEASE_INVALID. */
export async function getRelease(
  { name, version = 0 }: { readonly name: string; readonly version?: number | undefined },
  ports: Pick<ReleasePorts, 'cluster' | 'records'>,
  run: ReleaseRun = {},
): Promise<Release> {
  await ensureReachable(ports.cluster, run);
  ensureName(name, 'releaseContent: Release name is invalid: ');
  return revisionOf(ports.records, name, version, run.signal);
}

const POD = { apiVersion: 'v1', kind: 'Pod' };

/** The release's objects as they are; what is not there is left out. */
export const objectsOf = (release: Release, ports: StatusPorts, run: ReleaseRun = {}): Promise<ReleaseObjects> => {
  const { cluster } = ports;
  return gather(release, ports, run, {
    object: (ref) => cluster.get(ref, clusterRun(run)),
    async pods(query) {
      const { items, resourceVersion } = await cluster.list(POD, query, clusterRun(run));
      const list = { apiVersion: 'v1', kind: 'PodList', metadata: { resourceVersion }, items };
      return list as unknown as KubeObject;
    },
  });
};

/** Its objects as the server shows them to people. */
export const tablesOf = (release: Release, ports: StatusPorts, run: ReleaseRun = {}): Promise<ReleaseTables> => {
  const { cluster } = ports;
  return gather(release, ports, run, {
    object: (ref) => cluster.table(ref, ref, clusterRun(run)),
    pods: (query) => cluster.table(POD, query, clusterRun(run)),
  });
};

interface Reads<T> {
  object(ref: ObjectRef): Promise<T | undefined>;
  pods(query: { readonly namespace: string | undefined; readonly labelSelector: string }): Promise<T | undefined>;
}

/** Requests at a time. */
const CONCURRENCY = 10;

/** What cannot be read is left out, as what is not there. */
async function gather<T>(
  { manifest, namespace }: Release,
  { cluster }: StatusPorts,
  run: ReleaseRun,
  reads: Reads<T>,
): Promise<ReadonlyMap<string, readonly T[]>> {
  const objects = await buildObjects(cluster, manifest, namespace, clusterRun(run));
  const found = new Map<string, T[]>();
  const put = (key: string, value: T): void => void found.set(key, [...(found.get(key) ?? []), value]);
  const selectors = new Set<string>();
  for (let at = 0; at < objects.length; at += CONCURRENCY) {
    const some = objects.slice(at, at + CONCURRENCY);
    const read = await Promise.all(some.map((object) => ifReadable(reads.object(refOf(object)))));
    for (const [i, object] of some.entries()) {
      const value = read[i];
      if (value === undefined) continue;
      put(`${object.apiVersion.slice(object.apiVersion.indexOf('/') + 1)}/${object.kind}`, value);
      const labelSelector = selectorOf(object);
      if (labelSelector === undefined || selectors.has(labelSelector)) continue;
      selectors.add(labelSelector);
      const pods = await ifReadable(reads.pods({ namespace: object.metadata.namespace, labelSelector }));
      if (pods !== undefined) put('v1/Pod(related)', pods);
    }
  }
  return found;
}

const ifReadable = <T>(value: Promise<T>): Promise<T | undefined> =>
  value.catch((e: unknown) => {
    if (e instanceof KubeError) return undefined;
    throw e;
  });

const WORKLOADS: ReadonlySet<string> = new Set(['DaemonSet', 'Deployment', 'Job', 'ReplicaSet', 'StatefulSet']);

/** As the manifest has it, and not what the server makes of it. */
function selectorOf({ kind, spec }: KubeObject): string | undefined {
  const { selector } = (spec ?? {}) as { selector?: { matchLabels?: Record<string, string> } };
  const labels = WORKLOADS.has(kind)
    ? selector?.matchLabels
    : kind === 'ReplicationController'
      ? (selector as Record<string, string> | undefined)
      : undefined;
  if (labels === undefined) return undefined;
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join(',');
}
