/** What becomes of the values of the revision before. Helm: pkg/action/upgrade.go reuseValues. */
import {
  type Chart,
  coalesceTables,
  coalesceValues,
  defaultLayers,
  encodeJson,
  pathText,
  type ValueLayer,
} from '@pack/core';
import { type GoMap, isMap, newMap } from 'go-template';

import type { Release } from './record.ts';

/** `reset`: the chart's alone; `reuse`: those of before, defaults too; `reset-then-reuse`: the chart's, and what was set. */
export type ReuseValues = 'reset' | 'reuse' | 'reset-then-reuse';

export interface ValuesInput {
  readonly chart: Chart;
  /** What is set now; changed where values are reused. */
  readonly values: GoMap;
  readonly reuse?: ReuseValues | undefined;
}

type Before = Pick<Release, 'chart' | 'config' | 'version'>;

/** The chart and the values that are rendered. */
export function upgradeValues(
  { chart, values, reuse }: ValuesInput,
  current: Before,
): { readonly chart: Chart; readonly values: GoMap } {
  const { config } = current;
  if (reuse === 'reset') return { chart, values };
  if (reuse === 'reuse') {
    return { chart: { ...chart, values: computedBefore(chart, current) }, values: coalesceTables(values, config) };
  }
  if (reuse === 'reset-then-reuse') return { chart, values: coalesceTables(values, config) };
  return { chart, values: takesOver(values, config) ? config : values };
}

/** Where values come from that are not set now, those that count least first. */
export function layersBefore(
  { chart, values, reuse }: ValuesInput,
  { chart: before, config, version }: Before,
): ValueLayer[] {
  const defaults = defaultLayers(chart);
  const own = { origin: `revision ${version}`, values: config };
  if (reuse === 'reset' || (reuse === undefined && !takesOver(values, config))) return defaults;
  if (reuse !== 'reuse') return [...defaults, own];
  // What the new chart says is not asked.
  const old = { origin: `default of revision ${version}`, values: before?.values ?? newMap() };
  return [...defaults.slice(0, -1), old, own];
}

const takesOver = (values: GoMap, config: GoMap): boolean =>
  Object.keys(values).length === 0 && Object.keys(config).length > 0;

const computedBefore = (chart: Chart, { chart: before, config }: Before): GoMap =>
  coalesceValues({ ...chart, values: before?.values ?? newMap(), dependencies: [] }, config);

/** Paths of defaults that the chart adds or changes, and that are not seen when the values of before are reused. */
export function hiddenDefaults(chart: Chart, current: Before): string[] {
  const walk = (defaults: GoMap, before: GoMap, set: unknown, path: readonly string[]): string[] =>
    Object.keys(defaults).flatMap((key) => {
      const [value, old, own] = [defaults[key], memberOf(before, key), memberOf(set, key)];
      const at = [...path, key];
      if (isMap(value) && isMap(old)) return walk(value, old, own, at);
      const isSeen =
        own !== undefined || value === null || (old !== undefined && encodeJson(old) === encodeJson(value));
      return isSeen ? [] : [pathText(at)];
    });
  return walk(chart.values, computedBefore(chart, current), current.config, []);
}

const memberOf = (value: unknown, key: string): unknown =>
  isMap(value) && Object.hasOwn(value, key) ? value[key] : undefined;
