import type { KubeObject, ObjectMetadata, ObjectType } from './object.ts';

/** An object as `Cluster.collect` gives it: of its metadata there is its name and what describes it. */
export function collected({ metadata, ...object }: KubeObject, { apiVersion, kind }: ObjectType): KubeObject {
  const { name, namespace, labels, annotations } = metadata;
  const kept: ObjectMetadata = {
    name,
    ...(namespace !== undefined && { namespace }),
    ...(labels !== undefined && { labels }),
    ...(annotations !== undefined && { annotations }),
  };
  return { ...object, apiVersion, kind, metadata: kept };
}
