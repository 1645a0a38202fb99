/** Suites in the folders of a chart and its subcharts. */
import { isAbsolute, join, relative, sep } from 'node:path';
import { type Chart, compileGlob, processDependencies } from '@pack/core';
import type { GoMap } from 'go-template';
import { entriesOf } from '../entries.ts';

export interface SuiteFile {
  readonly path: string;
  /** The chart that it is of: `parent/charts/child`. */
  readonly route: string;
}

export interface FindOptions {
  /** Patterns from the folder of the chart; absolute ones are files. */
  readonly patterns: readonly string[];
  readonly withSubcharts: boolean;
  /** What decides which subcharts are enabled, beside the chart's own values. */
  readonly values: GoMap;
}

/** Files in the order of patterns, those of one by their names; then those of the subcharts that are enabled. */
export function findSuites(folder: string, chart: Chart, options: FindOptions): SuiteFile[] {
  const found: SuiteFile[] = [];
  const visit = (at: string, route: string, one: Chart): void => {
    for (const pattern of options.patterns) {
      found.push(...filesOf(at, pattern).map((path) => ({ path, route })));
    }
    if (!options.withSubcharts) return;
    const enabled = enabledIn(one, options.values);
    for (const child of one.dependencies) {
      const { name } = child.metadata;
      if (!enabled.has(name)) continue;
      for (const kind of child.pack === undefined ? ['charts'] : ['packs', 'charts']) {
        visit(join(at, kind, name), `${route}/charts/${name}`, child);
      }
    }
  };
  visit(folder, chart.metadata.name, chart);
  return found;
}

/** Names of the subcharts that are rendered, whatever alias they have. */
function enabledIn(chart: Chart, values: GoMap): Set<string> {
  const names = new Set(processDependencies(chart, values).dependencies.map(({ metadata }) => metadata.name));
  for (const { name, alias = '' } of chart.metadata.dependencies ?? []) if (names.has(alias)) names.add(name);
  return names;
}

/** The files that a pattern names; `**` stands for any folders, none too. Links are not followed. */
export function filesOf(folder: string, pattern: string): string[] {
  if (isAbsolute(pattern)) return [pattern];
  const whole = join(folder, pattern);
  const fixed = pattern.split(/[/\\]/).slice(0, -1);
  const wild = fixed.findIndex((part) => /[*?[{]/.test(part));
  const base = join(folder, ...(wild < 0 ? fixed : fixed.slice(0, wild)));
  const matches = compileGlob(pattern.split(sep).join('/').replace(/^\.\//, '').replaceAll('**/', '{**/,}'));
  const found: string[] = [];
  const walk = (at: string): void => {
    for (const entry of entriesOf(at)) {
      const path = join(at, entry.name);
      if (entry.isDirectory()) {
        if (wild >= 0) walk(path);
      } else if (path === whole || matches(relative(folder, path).split(sep).join('/'))) found.push(path);
    }
  };
  walk(base);
  return found;
}
