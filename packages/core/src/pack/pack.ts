/** Pack.yaml: what a pack says of itself. Sherpack 0.4 and the roadmap of packs; where they differ both are read. */
import { type GoMap, isMap } from 'go-template';

import type { Dependency, Maintainer, Metadata } from '../chart/chart.ts';

/** When a dependency is fetched: `when-enabled` looks at its condition in the pack's own values. */
export type ResolvePolicy = 'when-enabled' | 'always' | 'never';

export interface PackDependency extends Dependency {
  readonly resolve?: ResolvePolicy;
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
  readonly metadata: PackMetadata;
  readonly dependencies?: readonly PackDependency[];
  readonly engine?: { readonly strict?: boolean };
  readonly crds?: CrdPolicy;
}

/** A pack as charts describe themselves. */
export const metadataOf = ({ metadata, type, dependencies }: Pack): Metadata => ({
  apiVersion: 'v2',
  type,
  ...metadata,
  ...(dependencies && { dependencies: dependencies.map(({ resolve: _, type: __, ...dependency }) => dependency) }),
});

/**
 * The dependencies of a pack that are to be fetched: not those that are switched off, nor those of `resolve: never`, nor,
 * unless `resolve: always`, those whose condition its own values do not meet. Without a repository it lies there already.
 */
export function neededOf({ dependencies = [] }: Pack, values: GoMap): PackDependency[] {
  return dependencies
    .filter(({ enabled }) => enabled !== false)
    .filter(({ condition, resolve = 'when-enabled' }) => resolve !== 'when-enabled' || meets(condition, values))
    .map((dependency) => (dependency.resolve === 'never' ? withoutRepository(dependency) : dependency));
}

function withoutRepository({ repository: _, ...dependency }: PackDependency): PackDependency {
  return dependency;
}

/** The first path that is there decides. */
function meets(condition: string | undefined, values: GoMap): boolean {
  if (!condition) return true;
  for (const path of condition.split(',')) {
    let value: unknown = values;
    for (const step of path.trim().split('.'))
      value = isMap(value) && Object.hasOwn(value, step) ? value[step] : undefined;
    if (value !== undefined && value !== null) return isTrue(value);
  }
  return false;
}

/** As templates see it. */
const isTrue = (value: unknown): boolean =>
  !(value === false || value === 0 || value === '' || value === 'false' || value === '0' || isEmpty(value));

const isEmpty = (value: unknown): boolean =>
  Array.isArray(value) ? value.length === 0 : isMap(value) && Object.keys(value).length === 0;
