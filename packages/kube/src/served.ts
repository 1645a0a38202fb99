/** Kinds that were just defined. */
import type { Cluster, ClusterRun } from './cluster.ts';
import { pause } from './follow.ts';
import type { KubeObject, ObjectType } from './object.ts';
import { isFields } from './patch/json.ts';
import { field, text } from './status.ts';

/** Milliseconds. Whoever asks for a kind that is not there then is told so by the server. */
const [PACE, PATIENCE] = [200, 10_000];

/**
 * Until the cluster's list of what it serves has the kinds that CustomResourceDefinitions define: it is behind them by up
 * to a few seconds after they are established.
 */
export async function waitServed(cluster: Cluster, definitions: readonly KubeObject[], run: ClusterRun): Promise<void> {
  const wanted = definitions.flatMap(kindsOf);
  const end = performance.now() + PATIENCE;
  for (;;) {
    const known = await cluster.resources({ fresh: true }, run);
    const isServed = ({ apiVersion, kind }: ObjectType): boolean =>
      known.some((resource) => resource.kind === kind && resource.apiVersion === apiVersion);
    if (wanted.every(isServed) || performance.now() > end) return;
    await pause(PACE, run.signal);
    run.signal?.throwIfAborted();
  }
}

/** Those that are served, of a definition of `apiextensions.k8s.io/v1`. */
function kindsOf(definition: KubeObject): ObjectType[] {
  if (definition.kind !== 'CustomResourceDefinition') return [];
  const [group, kind] = [text(definition, 'spec.group', ''), text(definition, 'spec.names.kind', '')];
  const versions = field(definition, 'spec.versions');
  return (Array.isArray(versions) ? versions : [])
    .filter((version) => isFields(version) && version.served === true)
    .map(({ name }) => ({ apiVersion: `${group}/${name}`, kind }));
}
