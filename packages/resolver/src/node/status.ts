/** How the dependencies of a chart lie in its folder. Helm: pkg/action/dependency.go. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Chart,
  compileFilePattern,
  type Dependency,
  isCodedError,
  parseConstraint,
  parseStrictVersion,
  parseVersion,
  satisfies,
  type Warn,
} from '@pack/core';
import { readChart } from '@pack/core/node';
import { compareBytes, GoError, quoteGo } from 'go-template';

export interface DependencyStatus {
  readonly name: string;
  readonly version: string;
  readonly repository: string;
  /** `ok`, `unpacked`, `bad pattern`, `missing`, `wrong version`, `invalid version`, `corrupt`, `misnamed` or `too many matches`. */
  readonly status: string;
}

export interface DependencyListing {
  /** undefined when Chart.yaml has no list at all. */
  readonly dependencies: readonly DependencyStatus[] | undefined;
  /** Of what lies in charts/ and has no place there, in Helm's words. */
  readonly warnings: readonly string[];
}

/** `dependency list` of a chart's folder or archive. Throws the codes of a chart that cannot be read. */
export async function listDependencies(
  path: string,
  options: { readonly warn?: Warn } = {},
): Promise<DependencyListing> {
  const chart = await readChart(path, options);
  const { dependencies } = chart.metadata;
  const folder = join(path, chart.pack === undefined ? 'charts' : 'packs');
  if (dependencies === undefined) {
    return { dependencies: undefined, warnings: [`WARNING: no dependencies at ${folder}`] };
  }
  const rows: DependencyStatus[] = [];
  for (const dependency of dependencies) {
    const { name, version = '', repository = '' } = dependency;
    rows.push({ name, version, repository, status: await statusOf(dependency, chart, folder) });
  }
  return { dependencies: rows, warnings: await surplus(folder, chart, new Set(dependencies.map(({ name }) => name))) };
}

/** An archive in charts/ counts before a folder. Helm: pkg/action dependencyStatus. */
async function statusOf(dependency: Dependency, chart: Chart, folder: string): Promise<string> {
  let archives: string[];
  try {
    archives = archivesOf(dependency.name, folder);
  } catch (e) {
    if (e instanceof GoError) return 'bad pattern';
    throw e;
  }
  if (archives.length > 1) archives = archives.filter((file) => isVersion(file, dependency.name));
  if (archives.length > 1) return 'too many matches';
  const [archive] = archives;
  const status = archive === undefined ? undefined : await archiveStatus(join(folder, archive), dependency);
  if (status !== undefined) return status;
  const subchart = chart.dependencies.findLast(({ metadata }) => metadata.name === dependency.name);
  return subchart === undefined ? 'missing' : (versionFault(subchart, dependency) ?? 'unpacked');
}

/** The name is part of a pattern, as in Helm. Throws GoError when it makes that malformed. */
function archivesOf(name: string, folder: string): string[] {
  const matches = compileFilePattern(`${name}-*.tgz`);
  matches('');
  return namesIn(folder).filter((file) => matches(file));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort(compareBytes);
  } catch {
    return [];
  }
}

function isVersion(file: string, name: string): boolean {
  const base = file.replace(/\.tgz$/, '');
  const version = base.startsWith(`${name}-`) ? base.slice(name.length + 1) : base;
  try {
    parseStrictVersion(version);
    return true;
  } catch {
    return false;
  }
}

/** undefined when there is no such file. */
async function archiveStatus(file: string, dependency: Dependency): Promise<string | undefined> {
  if (statSync(file, { throwIfNoEntry: false }) === undefined) return undefined;
  const chart = await loadIfChart(file);
  if (chart === undefined) return 'corrupt';
  if (chart.metadata.name !== dependency.name) return 'misnamed';
  return versionFault(chart, dependency) ?? 'ok';
}

async function loadIfChart(path: string): Promise<Chart | undefined> {
  try {
    return await readChart(path);
  } catch (e) {
    if (isCodedError(e)) return undefined;
    throw e;
  }
}

function versionFault({ metadata }: Chart, { version = '' }: Dependency): string | undefined {
  if (metadata.version === version) return undefined;
  try {
    return satisfies(parseVersion(metadata.version), parseConstraint(version)) ? undefined : 'wrong version';
  } catch (e) {
    if (e instanceof GoError) return 'invalid version';
    throw e;
  }
}

/** What lies in charts/ and is no dependency. Helm: pkg/action printMissing. */
async function surplus(folder: string, { pack }: Chart, names: ReadonlySet<string>): Promise<string[]> {
  const lines: string[] = [];
  for (const name of namesIn(folder)) {
    const file = join(folder, name);
    const isFolder = statSync(file, { throwIfNoEntry: false })?.isDirectory() === true;
    if (!isFolder && !name.endsWith('.tgz')) continue;
    const chart = await loadIfChart(file);
    if (chart === undefined) lines.push(`WARNING: ${quoteGo(file)} is not a chart.`);
    else if (!names.has(chart.metadata.name))
      lines.push(`WARNING: ${quoteGo(file)} is not in ${pack === undefined ? 'Chart' : 'Pack'}.yaml.`);
  }
  return lines;
}
