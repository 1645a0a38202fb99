import { formatV, GoError, type GoMap, isMap, newMap, TypedMap } from 'go-template';

import type { Chart, Dependency } from '../chart/chart.ts';
import { ignoreWarnings, type Warn } from '../warn.ts';
import { mergeTables, mergeValues } from './coalesce.ts';
import { copyTable, tableAt } from './table.ts';

/** From where in the subchart's values to where in the parent's, `.` for the top. */
interface Import {
  readonly child: string;
  readonly parent: string;
  /** Whether it was given as the name of an export. */
  readonly named: boolean;
}

/**
 * The chart with the values that `import-values` takes from its subcharts, deepest first; its own win over them.
 * Helm: processDependencyImportValues.
 */
export function importValues(chart: Chart, warn: Warn = ignoreWarnings): Chart {
  const dependencies = chart.dependencies.map((subchart) => importValues(subchart, warn));
  const charted = { ...chart, dependencies };
  const wanted = chart.metadata.dependencies;
  if (wanted === undefined) return charted;
  const values = mergeValues(charted, newMap(), warn);
  const imported = newMap();
  const rewritten = wanted.map((dependency) => {
    const imports = importsOf(dependency);
    for (const { child, parent, named } of imports) {
      try {
        mergeTables(imported, nested(parent, tableAt(values, `${dependency.name}.${child}`)), warn);
      } catch (e) {
        if (!(e instanceof GoError)) throw e;
        if (named) warn('ImportValues missing table', { error: e.message });
        else warn('ImportValues missing table from chart', { chart: dependency.name, error: e.message });
      }
    }
    return withImports(dependency, imports);
  });
  return {
    ...charted,
    metadata: { ...chart.metadata, dependencies: rewritten },
    values: mergeTables(copyTable(values), imported, warn),
  };
}

function importsOf(dependency: Dependency): Import[] {
  return (dependency['import-values'] ?? []).flatMap((entry): Import[] => {
    if (typeof entry === 'string') return [{ child: `exports.${entry}`, parent: '.', named: true }];
    if (!isMap(entry)) return [];
    return [{ child: formatV(entry['child'] ?? null), parent: formatV(entry['parent'] ?? null), named: false }];
  });
}

/** The dependency with its imports in the form that templates see. */
function withImports(dependency: Dependency, imports: readonly Import[]): Dependency {
  const { 'import-values': _, ...rest } = dependency;
  if (imports.length === 0) return rest;
  return {
    ...rest,
    'import-values': imports.map(
      ({ child, parent }) => new TypedMap('map[string]string', 'string', Object.assign(newMap(), { child, parent })),
    ),
  };
}

/** A table put at a path. */
function nested(path: string, table: GoMap): GoMap {
  if (path === '.') return table;
  let at = table;
  for (const key of path.split('.').reverse()) {
    const outer = newMap();
    outer[key] = at;
    at = outer;
  }
  return at;
}
