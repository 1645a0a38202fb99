export {
  type Applied,
  ApplyError,
  type ApplyEvent,
  type ApplyRun,
  type CreateOptions,
  createObjects,
  deleteObjects,
  FIELD_MANAGER,
  type RemoveOptions,
  resourcePolicy,
  type UpdateOptions,
  updateObjects,
} from './apply.ts';
export { buildObjects, DEPENDS_ON_GROUPS, type ManifestObject, parseManifest } from './build.ts';
export type {
  ApiResource,
  Cluster,
  ClusterRun,
  ClusterVersion,
  CollectQuery,
  DeleteOptions,
  Executed,
  ListQuery,
  LogOptions,
  ObjectList,
  Patch,
  PatchOptions,
  ProbeTarget,
  TableQuery,
  WatchEvent,
  WatchQuery,
  WriteOptions,
} from './cluster.ts';
export type { ContainerState, Diagnosis, ObjectEvent, PodDiagnosis } from './diagnosis.ts';
export { KubeError, type KubeErrorCode, type KubeStatus } from './error.ts';
export { type KubeObject, type ObjectMetadata, type ObjectRef, type ObjectType, refOf } from './object.ts';
export { type ClientSidePatchInput, clientSidePatch } from './patch/client-side.ts';
export { createRestCluster, type DiscoveryCache, type RestClusterOptions } from './rest/client.ts';
export type { HttpFetch, HttpRequest, HttpResponse } from './rest/http.ts';
export { hideTexts, secretTexts, withoutSecrets } from './secrecy.ts';
export { type LabelMatcher, parseSelector, selectorTextOf } from './selector.ts';
export { waitServed } from './served.ts';
export {
  type Condition,
  conditionsOf,
  hookStatusOf,
  jobsStatusOf,
  type Progress,
  type Status,
  statusOf,
} from './status.ts';
export type { Table, TableColumn } from './table.ts';
export {
  type WaitEvent,
  type WaitOptions,
  type WaitReadyOptions,
  type WaitRun,
  waitDeleted,
  waitHook,
  waitReady,
} from './wait.ts';
