/** Objects of any kind, as the API server speaks them. */

export interface ObjectMetadata {
  name: string;
  namespace?: string;
  generateName?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  [field: string]: unknown;
}

/** Plain JSON with every field kept; integers beyond 2^53 are bigint. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMetadata;
  [field: string]: unknown;
}

/** Which kind of objects. */
export interface ObjectType {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Which object. `namespace` is absent for those of the cluster. */
export interface ObjectRef extends ObjectType {
  readonly name: string;
  readonly namespace?: string | undefined;
}

export const refOf = ({ apiVersion, kind, metadata: { name, namespace } }: KubeObject): ObjectRef => ({
  apiVersion,
  kind,
  name,
  ...(namespace !== undefined && { namespace }),
});
