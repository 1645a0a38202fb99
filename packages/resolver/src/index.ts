export { ResolverError, type ResolverErrorCode } from './error.ts';
export { type FetchEvent, type FetchedLock, type FetchOptions, fetchLocked } from './fetch.ts';
export {
  chartId,
  type DependencyGraph,
  formatDot,
  formatTree,
  type GraphEdge,
  type GraphNode,
  graphOfChart,
  type PathStep,
  type TreeNode,
  treeOf,
  why,
} from './graph.ts';
export {
  formatLock,
  isSameLock,
  type LockedDependency,
  type LockName,
  lockNameOf,
  type PackLock,
  type PackLockPart,
  parseLock,
  type VerifyLockInput,
  verifyLock,
} from './lock.ts';
export { type Outdated, outdated } from './outdated.ts';
export { type NamedRepository, resolveRepositoryNames } from './repository-names.ts';
export { type Resolution, type ResolveInput, resolve } from './resolve.ts';
export type { ArchiveOptions, ChartSource, DependencyArchive } from './source.ts';
