import { type Capabilities, OFFLINE_CAPABILITIES, parseKubeVersion } from '@pack/core';
import type { Cluster, ClusterVersion } from '@pack/kube';

/** What the cluster says of itself; `known` is its version if it was asked for already. Helm: pkg/action/action.go getCapabilities, GetVersionSet, in random order. */
export async function capabilitiesOf(
  cluster: Cluster,
  signal?: AbortSignal,
  known?: ClusterVersion,
): Promise<Capabilities> {
  const [version, resources] = await Promise.all([
    known ?? cluster.version({ signal }),
    cluster.resources({ fresh: true }, { signal }),
  ]);
  const apiVersions = new Set<string>(resources.map(({ apiVersion }) => apiVersion));
  for (const { apiVersion, kind } of resources) apiVersions.add(`${apiVersion}/${kind}`);
  const { normalized } = parseKubeVersion(version.gitVersion);
  return {
    ...OFFLINE_CAPABILITIES,
    kubeVersion: { version: version.gitVersion, normalized, major: version.major, minor: version.minor },
    apiVersions: [...apiVersions],
  };
}
