export { ResolverError, type ResolverErrorCode } from './error.ts';
export {
  type DependencyGraph,
  type FetchEvent,
  type FetchedDependency,
  fetchLocked,
  type GraphNode,
  type LockedDependency,
  type PackLock,
  type Resolution,
  type ResolveInput,
  resolve,
} from './resolve.ts';
export type { ChartSource, DependencyArchive, OfferedVersion } from './source.ts';
