export type {
  ApiResource,
  Cluster,
  ClusterRun,
  ClusterVersion,
  DeleteOptions,
  ListQuery,
  LogOptions,
  ObjectList,
  Patch,
  PatchOptions,
  WatchEvent,
  WatchQuery,
  WriteOptions,
} from './cluster.ts';
export { KubeError, type KubeErrorCode, type KubeStatus } from './error.ts';
export { type KubeObject, type ObjectMetadata, type ObjectRef, type ObjectType, refOf } from './object.ts';
