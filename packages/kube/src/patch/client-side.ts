/** The patch of an update that the client computes. Helm: pkg/kube/client.go createPatch. */
import type { Patch } from '../cluster.ts';
import type { KubeObject } from '../object.ts';
import { isEmpty } from './json.ts';
import { createMergePatch, createThreeWayMergePatch } from './json-merge.ts';
import { createStrategicPatch } from './strategic.ts';

export interface ClientSidePatchInput {
  /** As it was asked for last time. */
  readonly original: KubeObject;
  readonly target: KubeObject;
  /** As it is. */
  readonly current: KubeObject;
  /** Of kinds that have no merge rules: what others changed stays. Helm looks at the manifests alone. */
  readonly threeWayMerge: boolean;
}

/** The groups whose kinds Go has structs of, and so merge rules. */
const BUILT_IN: ReadonlySet<string> = new Set([
  '',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'apps',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'events.k8s.io',
  'extensions',
  'flowcontrol.apiserver.k8s.io',
  'internal.apiserver.k8s.io',
  'networking.k8s.io',
  'node.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'resource.k8s.io',
  'scheduling.k8s.io',
  'storage.k8s.io',
  'storagemigration.k8s.io',
]);

/** Undefined when there is nothing to change. */
export function clientSidePatch({ original, target, current, threeWayMerge }: ClientSidePatchInput): Patch | undefined {
  const { apiVersion, kind } = target;
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  if (BUILT_IN.has(group) && !(kind === 'CustomResourceDefinition' && apiVersion.endsWith('/v1beta1'))) {
    const body = createStrategicPatch(kind, { ...original }, { ...target }, { ...current });
    return isEmpty(body) ? undefined : { type: 'strategic', body };
  }
  const body = threeWayMerge
    ? createThreeWayMergePatch({ ...original }, { ...target }, { ...current })
    : createMergePatch({ ...original }, { ...target });
  return isEmpty(body) ? undefined : { type: 'merge', body };
}
