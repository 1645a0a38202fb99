/**
 * A cluster as the rest of pack sees it: what the API server can do, and no more. `connect` of `@pack/kube/node` speaks
 * to a real one, `createMemoryCluster` of `@pack/kube/testing` is one; `clusterContract` holds both to the same contract.
 */
import type { KubeObject, ObjectRef, ObjectType } from './object.ts';
import type { Table } from './table.ts';

export interface Cluster {
  /** As `/version` says it, e.g. `{ major: '1', minor: '36', gitVersion: 'v1.36.3' }`. */
  version(run?: ClusterRun): Promise<ClusterVersion>;
  /** What can be asked for; from a cache unless `fresh`. */
  resources(options?: { readonly fresh?: boolean }, run?: ClusterRun): Promise<readonly ApiResource[]>;
  /** Throws KUBE_KIND_UNKNOWN, after it has asked the server again. */
  resourceOf(type: ObjectType, run?: ClusterRun): Promise<ApiResource>;
  /** Undefined for an object that is not there. */
  get(ref: ObjectRef, run?: ClusterRun): Promise<KubeObject | undefined>;
  list(type: ObjectType, query?: ListQuery, run?: ClusterRun): Promise<ObjectList>;
  /**
   * What `pick` makes of each object of a whole list, as they arrive: of thousands no more is held than that. Of their
   * metadata there are name, namespace, labels and annotations. A list that is cut off begins again.
   */
  collect<T>(type: ObjectType, query: CollectQuery, pick: (object: KubeObject) => T, run?: ClusterRun): Promise<T[]>;
  /** As the server shows an object, or those of a list, to people. Undefined for an object that is not there. */
  table(type: ObjectType, query: TableQuery, run?: ClusterRun): Promise<Table | undefined>;
  /** Throws KUBE_ALREADY_EXISTS. */
  create(object: KubeObject, options?: WriteOptions, run?: ClusterRun): Promise<KubeObject>;
  /** Throws KUBE_CONFLICT for a `resourceVersion` that is no longer the object's. */
  replace(object: KubeObject, options?: WriteOptions, run?: ClusterRun): Promise<KubeObject>;
  /** Throws KUBE_NOT_FOUND (but for 'apply', which creates), KUBE_CONFLICT. */
  patch(ref: ObjectRef, patch: Patch, options?: PatchOptions, run?: ClusterRun): Promise<KubeObject>;
  /** False for an object that was not there. */
  delete(ref: ObjectRef, options?: DeleteOptions, run?: ClusterRun): Promise<boolean>;
  /**
   * Events from `resourceVersion` on (from a list), or first an ADDED for each that is there. Ends when the server ends
   * it, which it does every few minutes; throws KUBE_EXPIRED when the version is too old: list again.
   */
  watch(type: ObjectType, query?: WatchQuery, run?: ClusterRun): AsyncIterable<WatchEvent>;
  /** The status of the answer to a GET of `path` that the API server passes on to a port, named or numbered. */
  probe(target: ProbeTarget, path: string, run?: ClusterRun): Promise<number>;
  /** Runs a command in a container of a pod, without input. Throws KUBE_REFUSED and such when it does not run at all. */
  exec(
    pod: { readonly namespace: string; readonly name: string },
    command: readonly string[],
    options?: { readonly container?: string | undefined },
    run?: ClusterRun,
  ): Promise<Executed>;
  /** The log of one container of a pod, as bytes. */
  logs(
    pod: { readonly namespace: string; readonly name: string },
    options?: LogOptions,
    run?: ClusterRun,
  ): Promise<ReadableStream<Uint8Array>>;
}

/** A command that ended. */
export interface Executed {
  readonly code: number;
  /** The last of what it said on both of its outputs. */
  readonly output: string;
}

export interface ProbeTarget {
  readonly kind: 'Service' | 'Pod';
  readonly namespace: string;
  readonly name: string;
  readonly port: string;
}

/** How a call is watched and stopped. */
export interface ClusterRun {
  readonly signal?: AbortSignal | undefined;
  /** What the server says in `Warning` headers, without their code and quotes. */
  readonly onWarning?: ((text: string) => void) | undefined;
}

export interface ClusterVersion {
  readonly major: string;
  readonly minor: string;
  readonly gitVersion: string;
}

export interface ApiResource extends ObjectType {
  /** Plural, as in paths: `deployments`. */
  readonly name: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

export interface ListQuery {
  /** All namespaces if absent. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** A page's length; the list then has `continue`. Without it the list is whole. */
  readonly limit?: number | undefined;
  readonly continue?: string | undefined;
  /** Only apiVersion, kind and metadata of each (PartialObjectMetadata). */
  readonly metadataOnly?: boolean | undefined;
}

export type CollectQuery = Pick<ListQuery, 'namespace' | 'labelSelector' | 'fieldSelector' | 'metadataOnly'>;

/** One object if it has a name. */
export interface TableQuery {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly labelSelector?: string | undefined;
}

export interface ObjectList {
  readonly items: readonly KubeObject[];
  readonly resourceVersion: string;
  readonly continue?: string;
}

export interface WriteOptions {
  readonly dryRun?: boolean | undefined;
  readonly fieldManager?: string | undefined;
  readonly fieldValidation?: 'Strict' | 'Warn' | 'Ignore' | undefined;
}

/** `json` is RFC 6902, `merge` RFC 7386, `strategic` Kubernetes's own for built-in kinds, `apply` server-side apply. */
export interface Patch {
  readonly type: 'apply' | 'merge' | 'strategic' | 'json';
  readonly body: unknown;
}

export interface PatchOptions extends WriteOptions {
  /** Of 'apply': takes over the fields of other managers. */
  readonly force?: boolean | undefined;
  /** `status` and such. */
  readonly subresource?: string | undefined;
}

export interface DeleteOptions {
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan' | undefined;
  readonly dryRun?: boolean | undefined;
  readonly uid?: string | undefined;
}

export interface WatchQuery {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly resourceVersion?: string | undefined;
}

/** Bookmarks are kept to the implementation. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubeObject;
}

export interface LogOptions {
  readonly container?: string | undefined;
  readonly tailLines?: number | undefined;
  readonly follow?: boolean | undefined;
}
