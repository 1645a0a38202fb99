import { GoError, type GoMap, isMap } from 'go-template';
import { neededOf } from '../pack/needed.ts';
import { coalesceValues } from '../values/coalesce.ts';
import { importValues } from '../values/imports.ts';
import { has, valueAt } from '../values/table.ts';
import { parseConstraint, satisfies } from '../version/constraint.ts';
import { parseVersion } from '../version/version.ts';
import { ignoreWarnings, type Warn } from '../warn.ts';
import type { Chart, Dependency } from './chart.ts';
import { ChartError } from './error.ts';

/**
 * The chart as it is to be rendered with some values: subcharts renamed to their aliases, those that tags and
 * conditions disable left out, imported values put in. Throws CHART_INVALID where a subchart's values are no table.
 * Helm: pkg/chart/v2/util ProcessDependencies.
 */
export function processDependencies(chart: Chart, values: GoMap, warn: Warn = ignoreWarnings): Chart {
  try {
    return importValues(enableDependencies(chart, values, '', warn), warn);
  } catch (e) {
    if (!(e instanceof GoError)) throw e;
    throw new ChartError('CHART_INVALID', `chart dependencies processing failed: ${e.message}`, { cause: e });
  }
}

/** `path` is where the chart's values lie in the root's, with a dot at the end. */
function enableDependencies(chart: Chart, values: GoMap, path: string, warn: Warn): Chart {
  const wanted = chart.metadata.dependencies;
  if (wanted === undefined) return chart;

  const isWanted = (subchart: Chart): boolean => wanted.some((dependency) => isFor(dependency, subchart));
  const undeclared = chart.dependencies.filter((subchart) => !isWanted(subchart));
  const declared = wanted.flatMap((dependency) => {
    const found = chart.dependencies.find((subchart) => isFor(dependency, subchart));
    return found === undefined ? [] : [renamed(found, dependency.alias)];
  });
  const candidates = { ...chart, dependencies: [...undeclared, ...declared] };
  const seen = coalesceValues(candidates, values, warn);

  const requested = wanted.map((dependency) => {
    const named = { ...dependency, name: dependency.alias || dependency.name };
    const isOff = chart.pack !== undefined && dependency.enabled === false;
    return { ...named, enabled: !isOff && (byCondition(named, seen, path, warn) ?? byTags(named, seen, warn)) };
  });
  const disabled = new Set(requested.filter(({ enabled }) => !enabled).map(({ name }) => name));
  const kept = requested.filter(({ name }) => !disabled.has(name));
  const { dependencies: _, ...metadata } = chart.metadata;
  return {
    ...chart,
    metadata: { ...metadata, ...(kept.length > 0 && { dependencies: kept }) },
    dependencies: candidates.dependencies
      .filter((subchart) => !disabled.has(subchart.metadata.name))
      .map((subchart) => enableDependencies(subchart, seen, `${path}${subchart.metadata.name}.`, warn)),
  };
}

/** Whether a subchart is the one that a dependency asks for. */
export const isFor = (dependency: Dependency, { metadata }: Chart): boolean =>
  metadata.name === dependency.name && isCompatible(dependency.version ?? '', metadata.version);

/**
 * Dependencies that Chart.yaml asks for and charts/ does not have. Helm: pkg/action CheckDependencies. Those of a pack that its
 * own values switch off are not fetched, so that nobody misses them.
 */
export const missingDependencies = ({ metadata, dependencies, pack, values }: Chart): string[] =>
  (pack === undefined ? (metadata.dependencies ?? []) : neededOf(pack, values))
    .map(({ name }) => name)
    .filter((name) => !dependencies.some((subchart) => subchart.metadata.name === name));

/** Whether a version satisfies a constraint; never if one of them is malformed. Helm: IsCompatibleRange. */
export function isCompatible(constraint: string, version: string): boolean {
  try {
    return satisfies(parseVersion(version), parseConstraint(constraint));
  } catch (e) {
    if (e instanceof GoError) return false;
    throw e;
  }
}

const renamed = (chart: Chart, alias: string | undefined): Chart =>
  alias ? { ...chart, metadata: { ...chart.metadata, name: alias } } : chart;

/** What the first path says that leads to a bool; undefined when none does. */
function byCondition(dependency: Dependency, values: GoMap, path: string, warn: Warn): boolean | undefined {
  for (const condition of (dependency.condition ?? '').trim().split(',')) {
    if (condition === '') continue;
    const value = valueAt(values, path + condition);
    if (typeof value === 'boolean') return value;
    if (value !== undefined) warn('returned non-bool value', { path: condition, chart: dependency.name });
  }
  return undefined;
}

/** Disabled if a tag says so and none says otherwise. */
function byTags(dependency: Dependency, values: GoMap, warn: Warn): boolean {
  const tags = has(values, 'tags') ? values['tags'] : undefined;
  if (!isMap(tags)) return true;
  let disabled = false;
  for (const tag of dependency.tags ?? []) {
    if (!has(tags, tag)) continue;
    const value = tags[tag];
    if (value === true) return true;
    if (value === false) disabled = true;
    else warn('returned non-bool value', { tag, chart: dependency.name });
  }
  return !disabled;
}
