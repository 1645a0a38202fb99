/** Which of many sources each value comes from. */
import { type GoMap, isMap, newMap } from 'go-template';

import { type Chart, walkCharts } from '../chart/chart.ts';
import { has } from './table.ts';

/** Values of one source, laid out as the whole is. */
export interface ValueLayer {
  /** What people call it: `-f prod.yaml`. */
  readonly origin: string;
  readonly values: GoMap;
}

/** A value that is no table, or an empty one. */
export interface ValueOrigin {
  readonly path: readonly string[];
  readonly value: unknown;
  /** Undefined where no layer has it. */
  readonly origin: string | undefined;
}

const GLOBAL = 'global';

/**
 * The defaults of a chart and all below it, those that count least first: what a chart says of its subcharts goes over what they
 * say themselves.
 */
export const defaultLayers = (chart: Chart): ValueLayer[] =>
  [...walkCharts(chart)].reverse().map(({ chart: { values }, path }) => {
    const below = path.split('/charts/').slice(1);
    return {
      origin: below.length === 0 ? `default of chart ${path}` : `default of subchart ${below.join('/')}`,
      values: below.reduceRight<GoMap>((inner, name) => Object.assign(newMap(), { [name]: inner }), values),
    };
  });

/** Every value of a tree, and the last of the layers that has it. A global of a subchart may come from any chart above. */
export function originsOf(values: GoMap, layers: readonly ValueLayer[]): ValueOrigin[] {
  const last = layers.toReversed();
  const originOf = (path: readonly string[]): string | undefined => {
    const found = last.find((layer) => hasPath(layer.values, path));
    if (found !== undefined) return found.origin;
    const at = path.indexOf(GLOBAL);
    return at > 0 ? originOf(path.toSpliced(at - 1, 1)) : undefined;
  };
  const walk = (value: unknown, path: readonly string[]): ValueOrigin[] =>
    isMap(value) && Object.keys(value).length > 0
      ? Object.keys(value).flatMap((key) => walk(value[key], [...path, key]))
      : [{ path, value, origin: originOf(path) }];
  return Object.keys(values).flatMap((key) => walk(values[key], [key]));
}

function hasPath(values: GoMap, path: readonly string[]): boolean {
  let at: unknown = values;
  for (const key of path) {
    if (!isMap(at) || !has(at, key)) return false;
    at = at[key];
  }
  return true;
}

/** As `--set` takes it. */
export const pathText = (path: readonly string[]): string =>
  path.map((key) => key.replaceAll(/[.,=[\]\\]/g, '\\$&')).join('.');
