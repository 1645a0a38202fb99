/** Pack.yaml: what a pack says of itself. Sherpack 0.4 and the roadmap of packs; where they differ both are read. */
import type { Dependency, Maintainer, Metadata } from '../chart/chart.ts';

/** When a dependency is fetched: `when-enabled` looks at its condition in the pack's own values. */
export type ResolvePolicy = 'when-enabled' | 'always' | 'never';

export interface PackDependency extends Dependency {
  readonly resolve?: ResolvePolicy;
  /** Names or aliases of others that are made before it, where one asks for order. */
  readonly 'depends-on'?: readonly string[];
  /** Of a dependency: `application` or `library`. */
  readonly type?: string;
}

export interface PackMetadata {
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  readonly appVersion?: string;
  /** Constraint on the version of Kubernetes. */
  readonly kubeVersion?: string;
  readonly home?: string;
  readonly icon?: string;
  readonly sources?: readonly string[];
  readonly keywords?: readonly string[];
  readonly maintainers?: readonly Maintainer[];
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What becomes of the definitions in `crds/`. */
export interface CrdPolicy {
  readonly install?: boolean;
  readonly upgrade?: { readonly enabled?: boolean; readonly strategy?: 'safe' | 'force' | 'skip' };
  readonly uninstall?: { readonly keep?: boolean };
  readonly waitReady?: boolean;
  /** Go's form: `60s`. */
  readonly waitTimeout?: string;
}

export interface Pack {
  readonly apiVersion: string;
  readonly type: 'application' | 'library';
  /** Whether it says so itself: charts show what they say. */
  readonly hasType?: boolean;
  readonly metadata: PackMetadata;
  readonly dependencies?: readonly PackDependency[];
  /** `schemaDefaults`: whether what the schema of the values has as defaults are values; true if absent. */
  readonly engine?: { readonly strict?: boolean; readonly schemaDefaults?: boolean };
  readonly crds?: CrdPolicy;
}

/** A pack as charts describe themselves. */
export const metadataOf = ({ metadata, type, hasType, dependencies }: Pack): Metadata => ({
  apiVersion: 'v2',
  ...((hasType === true || type === 'library') && { type }),
  ...metadata,
  ...(dependencies && {
    dependencies: dependencies.map(({ resolve: _, type: __, 'depends-on': ___, ...dependency }) => dependency),
  }),
});
