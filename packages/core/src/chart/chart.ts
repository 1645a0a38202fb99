import type { GoMap } from 'go-template';

import type { Pack } from '../pack/pack.ts';
import type { Time } from '../time/time.ts';

/** A file of a chart or archive. */
export interface ChartFile {
  /** Path within the chart, with slashes. */
  readonly name: string;
  readonly data: Uint8Array;
  /** When it was last changed, where that is known. */
  readonly modified?: Date;
}

export interface Maintainer {
  readonly name?: string;
  readonly email?: string;
  readonly url?: string;
}

/** One entry of `dependencies` in Chart.yaml, requirements.yaml or a lock. */
export interface Dependency {
  readonly name: string;
  /** A version range; a lock has a version. */
  readonly version?: string;
  readonly repository?: string;
  /** Comma-separated paths of values; the first that holds a bool decides. */
  readonly condition?: string;
  readonly tags?: readonly string[];
  readonly enabled?: boolean;
  /** Names of exports, or {child, parent}; whatever else the file says stays unread. */
  readonly 'import-values'?: readonly unknown[];
  readonly alias?: string;
}

/** Chart.yaml. Absent strings are as good as empty ones. */
export interface Metadata {
  readonly apiVersion: string;
  readonly name: string;
  readonly version: string;
  readonly home?: string;
  readonly sources?: readonly string[];
  readonly description?: string;
  readonly keywords?: readonly string[];
  readonly maintainers?: readonly Maintainer[];
  readonly icon?: string;
  readonly condition?: string;
  readonly tags?: string;
  readonly appVersion?: string;
  readonly deprecated?: boolean;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Constraint on the version of Kubernetes. */
  readonly kubeVersion?: string;
  /** Absent and empty differ: only a chart that has the list gets its subcharts looked at for conditions. */
  readonly dependencies?: readonly Dependency[];
  /** `application`, `library` or nothing. */
  readonly type?: string;
}

/** Chart.lock or requirements.lock. */
export interface Lock {
  readonly generated?: Time;
  readonly digest?: string;
  readonly dependencies?: readonly Dependency[];
}

/** A chart as its files describe it. Charts are never changed: what processes one returns another. */
export interface Chart {
  readonly metadata: Metadata;
  /** What Pack.yaml says, of a pack: its `metadata` is made of it. */
  readonly pack?: Pack;
  readonly lock?: Lock;
  /** The chart's default values. */
  readonly values: GoMap;
  /** The text of values.schema.json. */
  readonly schema?: Uint8Array;
  /** Files under templates/. */
  readonly templates: readonly ChartFile[];
  /** All other files, as `.Files` shows them. */
  readonly files: readonly ChartFile[];
  /** Every file as it was read, those of subcharts too. */
  readonly raw: readonly ChartFile[];
  /** Subcharts. */
  readonly dependencies: readonly Chart[];
}

export const isLibrary = (chart: Chart): boolean => chart.metadata.type?.toLowerCase() === 'library';

/** A chart and its place in the tree: `parent/charts/child`. Helm: ChartFullPath. */
export interface PlacedChart {
  readonly chart: Chart;
  readonly path: string;
}

/** A chart and all below it, parents first. */
export function* walkCharts(chart: Chart, parent = ''): Generator<PlacedChart> {
  const path = parent === '' ? chart.metadata.name : `${parent}/charts/${chart.metadata.name}`;
  yield { chart, path };
  for (const child of chart.dependencies) yield* walkCharts(child, path);
}

/** A custom resource definition from `crds/`. */
export interface Crd {
  /** Path from the root chart: `parent/charts/child/crds/x.yaml`. */
  readonly path: string;
  readonly file: ChartFile;
}

/** The CRDs of a chart and its subcharts. Helm: CRDObjects. */
export const crdsOf = (chart: Chart): Crd[] =>
  [...walkCharts(chart)].flatMap(({ chart: { files }, path }) =>
    files
      .filter(({ name }) => /^crds\/.*\.(?:ya?ml|json)$/is.test(name))
      .map((file) => ({ path: `${path}/${file.name}`, file })),
  );
