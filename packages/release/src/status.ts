/** What becomes of a release's objects in the cluster. Helm: pkg/action/status.go, pkg/kube/client.go Get. */
import { buildObjects, KubeError, type KubeObject, refOf } from '@pack/kube';

import { clusterRun, ensureName, ensureReachable } from './act.ts';
import type { ReleasePorts, ReleaseRun } from './ports.ts';
import type { Release } from './record.ts';
import { revisionOf } from './records.ts';

/** By `version/Kind`; pods that belong to them are under `v1/Pod(related)`. */
export type ReleaseObjects = ReadonlyMap<string, readonly KubeObject[]>;

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

/** The release's objects as they are; what is not there is left out. */
export async function objectsOf(
  { manifest, namespace }: Release,
  { cluster }: Pick<ReleasePorts, 'cluster'>,
  run: ReleaseRun = {},
): Promise<ReleaseObjects> {
  const objects = await buildObjects(cluster, manifest, namespace, clusterRun(run));
  const found = new Map<string, KubeObject[]>();
  const put = (key: string, object: KubeObject): void => void found.set(key, [...(found.get(key) ?? []), object]);
  const selectors = new Set<string>();
  for (const wanted of objects) {
    const object = await cluster.get(refOf(wanted), clusterRun(run)).catch((e: unknown) => {
      if (e instanceof KubeError) return undefined;
      throw e;
    });
    if (object === undefined) continue;
    put(`${wanted.apiVersion.slice(wanted.apiVersion.indexOf('/') + 1)}/${wanted.kind}`, object);
    const labelSelector = selectorOf(object);
    if (labelSelector === undefined || selectors.has(labelSelector)) continue;
    selectors.add(labelSelector);
    const query = { namespace: object.metadata.namespace, labelSelector };
    const { items } = await cluster.list({ apiVersion: 'v1', kind: 'Pod' }, query, clusterRun(run));
    for (const pod of items) put('v1/Pod(related)', { ...pod, apiVersion: 'v1', kind: 'Pod' });
  }
  return found;
}

const WORKLOADS: ReadonlySet<string> = new Set(['DaemonSet', 'Deployment', 'Job', 'ReplicaSet', 'StatefulSet']);

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
