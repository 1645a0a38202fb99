import type { Dependency, Lock } from '@pack/core';
import type { ChartSource } from './source.ts';

/** A locked dependency; `digest` is the sha256 of its archive. Helm reads such a lock and ignores it. */
export interface LockedDependency extends Dependency {
  readonly digest?: string;
}

export interface PackLock extends Lock {
  readonly dependencies?: readonly LockedDependency[];
}

export interface ResolveInput {
  /** As Chart.yaml has them, with `@name` and `alias:` replaced by URLs. */
  readonly dependencies: readonly Dependency[];
  readonly previous?: PackLock;
  /** Also what dependencies depend on; one version per repository and name. */
  readonly recursive?: boolean;
  /** For messages: the chart's own name. */
  readonly chart?: string;
  readonly signal?: AbortSignal;
}

export interface Resolution {
  readonly lock: PackLock;
  readonly graph: DependencyGraph;
}

/** One chart of the tree. */
export interface GraphNode {
  /** `repository name` */
  readonly id: string;
  readonly name: string;
  readonly repository: string;
  readonly version: string;
  readonly edges: readonly { readonly to: string; readonly range: string; readonly alias?: string }[];
}

export interface DependencyGraph {
  readonly root: string;
  readonly nodes: ReadonlyMap<string, GraphNode>;
}

/** Throws DEPENDENCY_UNRESOLVED, RESOLVE_CONFLICT, DEPENDENCY_CYCLE. Helm: internal/resolver Resolve. */
export declare function resolve(input: ResolveInput, source: ChartSource): Promise<Resolution>;
/** The archives of a lock, in parallel. Throws DIGEST_MISMATCH. */
export declare function fetchLocked(
  lock: PackLock,
  source: ChartSource,
  options?: {
    readonly concurrency?: number;
    readonly signal?: AbortSignal;
    readonly onEvent?: (event: FetchEvent) => void;
  },
): Promise<FetchedDependency[]>;

export interface FetchEvent {
  readonly type: 'fetching' | 'fetched';
  readonly dependency: LockedDependency;
}

export interface FetchedDependency {
  readonly dependency: LockedDependency;
  readonly data: Uint8Array;
  readonly fileName: string;
  readonly digest: string;
}
