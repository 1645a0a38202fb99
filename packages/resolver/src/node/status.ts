/** How the dependencies of a chart lie in its folder. Helm: pkg/action/dependency.go. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import {
  type Chart,
  type Dependency,
  isCodedError,
  parseConstraint,
  parseStrictVersion,
  parseVersion,
  satisfies,
} from '@pack/core';
import { readChart } from '@pack/core/node';
import { GoError, quoteGo } from 'go-template';

export interface DependencyStatus {
  readonly name: string;
  readonly version: string;
  readonly repository: string;
  /** `ok`, `unpacked`, `missing`, `wrong version`, `invalid version`, `corrupt`, `misnamed` or `too many matches`. */
  readonly status: string;
}

export interface DependencyListing {
  /** undefined when Chart.yaml has no list at all. */
  readonly dependencies: readonly DependencyStatus[] | undefined;
  /** Of what lies in charts/ and has no place there, in Helm's words. */
  readonly warnings: readonly string[];
}

/** `dependency list` of a chart's folder or archive. Throws the codes of a chart that cannot be read. */
export async function listDependencies(path: string): Promise<DependencyListing> {
  const chart = await readChart(path);
  const { dependencies } = chart.metadata;
  if (dependencies === undefined) {
    return { dependencies: undefined, warnings: [`WARNING: no dependencies at ${join(path, 'charts')}`] };
  }
  const rows: DependencyStatus[] = [];
  for (const dependency of dependencies) {
    const { name, version = '', repository = '' } = dependency;
    rows.push({ name, version, repository, status: await statusOf(path, dependency, chart) });
  }
  return { dependencies: rows, warnings: await strangers(join(path, 'charts'), dependencies) };
}

async function statusOf(path: string, dependency: Dependency, parent: Chart): Promise<string> {
  const { name } = dependency;
  const archives = archivesOf(join(path, 'charts'), name);
  const candidates =
    archives.length > 1
      ? archives.filter((file) => isStrictVersion(file.slice(name.length + 1, -'.tgz'.length)))
      : archives;
  if (candidates.length > 1) return 'too many matches';
  const [archive] = candidates;
  if (archive !== undefined) return archiveStatus(join(path, 'charts', archive), dependency);
  const child = parent.dependencies.findLast(({ metadata }) => metadata.name === name);
  if (child === undefined) return 'missing';
  return versionFault(child.metadata.version, dependency) ?? 'unpacked';
}

/** The files `NAME-*.tgz` of charts/. */
function archivesOf(charts: string, name: string): string[] {
  if (!existsSync(charts) || !statSync(charts).isDirectory()) return [];
  return readdirSync(charts)
    .filter((file) => file.startsWith(`${name}-`) && file.endsWith('.tgz'))
    .sort();
}

function isStrictVersion(text: string): boolean {
  try {
    parseStrictVersion(text);
    return true;
  } catch (e) {
    if (e instanceof GoError) return false;
    throw e;
  }
}

async function archiveStatus(path: string, dependency: Dependency): Promise<string> {
  let chart: Chart;
  try {
    chart = await readChart(path);
  } catch (e) {
    if (isCodedError(e)) return 'corrupt';
    throw e;
  }
  if (chart.metadata.name !== dependency.name) return 'misnamed';
  return versionFault(chart.metadata.version, dependency) ?? 'ok';
}

function versionFault(version: string, { version: range = '' }: Dependency): string | undefined {
  if (version === range) return undefined;
  try {
    return satisfies(parseVersion(version), parseConstraint(range)) ? undefined : 'wrong version';
  } catch (e) {
    if (e instanceof GoError) return 'invalid version';
    throw e;
  }
}

async function strangers(charts: string, dependencies: readonly Dependency[]): Promise<string[]> {
  const warnings: string[] = [];
  if (!existsSync(charts) || !statSync(charts).isDirectory()) return warnings;
  for (const name of readdirSync(charts).sort()) {
    const path = join(charts, name);
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) warnings.push(`Warning: stat ${path}: no such file or directory`);
    if (stats === undefined || (!stats.isDirectory() && extname(basename(path)) !== '.tgz')) continue;
    try {
      const { metadata } = await readChart(path);
      if (!dependencies.some((dependency) => dependency.name === metadata.name)) {
        warnings.push(`WARNING: ${quoteGo(path)} is not in Chart.yaml.`);
      }
    } catch (e) {
      if (!isCodedError(e)) throw e;
      warnings.push(`WARNING: ${quoteGo(path)} is not a chart.`);
    }
  }
  return warnings;
}
