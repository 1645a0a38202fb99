import { readdirSync, statSync } from 'node:fs';
import { join, normalize } from 'node:path';
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
import { compareBytes, GoError, quoteGo } from 'go-template';
import { loadAt, warnOn } from '../chart-source.ts';
import type { Command, Io } from '../command.ts';
import { text } from '../flags/common.ts';
import { type Given, UsageError } from '../flags/parse.ts';
import { formatTable } from '../output/table.ts';

export const command: Command = {
  usage: 'dependency list CHART [flags]',
  description:
    'Lists the dependencies of a chart, and whether they are in its charts/ folder.\n\nCharts in that folder that Chart.yaml does not name are warned of.',
  args: [0, 1],
  flags: { 'max-col-width': { ...text('widest that a column may be', '80'), kind: 'uint' } },
  run: list,
};

async function list(given: Given, io: Io): Promise<void> {
  const maxColumnWidth = widthOf(given.string('max-col-width') ?? '80');
  const path = withoutSlash(normalize(given.args[0] ?? '.'));
  const chart = await loadAt(path, warnOn(io));
  const { dependencies } = chart.metadata;
  if (dependencies === undefined) return io.stdout(`WARNING: no dependencies at ${join(path, 'charts')}\n`);
  const rows: string[][] = [['NAME', 'VERSION', 'REPOSITORY', 'STATUS']];
  for (const dependency of dependencies) {
    const { name, version = '', repository = '' } = dependency;
    rows.push([name, version, repository, await statusOf(dependency, chart, path)]);
  }
  io.stdout(`${formatTable(rows, { maxColumnWidth })}\n\n`);
  const names = new Set(dependencies.map(({ name }) => name));
  for (const line of await surplus(path, names)) io.stdout(`${line}\n`);
}

const withoutSlash = (path: string): string => (path.length > 1 ? path.replace(/\/$/, '') : path);

/** Go: strconv.ParseUint with the base in the text. */
function widthOf(text: string): number {
  const n = /^(0[xX][\da-fA-F]+|0[oO][0-7]+|0[bB][01]+|\d+)$/.test(text)
    ? Number(/^0[0-7]+$/.test(text) ? `0o${text}` : text)
    : undefined;
  if (n !== undefined) return n;
  const quoted = quoteGo(text);
  throw new UsageError(
    `invalid argument ${quoted} for "--max-col-width" flag: strconv.ParseUint: parsing ${quoted}: invalid syntax`,
  );
}

const ignore: Warn = () => undefined;

/** An archive in charts/ counts before a folder. Helm: pkg/action dependencyStatus. */
async function statusOf(dependency: Dependency, chart: Chart, path: string): Promise<string> {
  let archives: string[];
  try {
    archives = archivesOf(dependency.name, join(path, 'charts'));
  } catch (e) {
    if (e instanceof GoError) return 'bad pattern';
    throw e;
  }
  if (archives.length > 1) archives = archives.filter((file) => isVersion(file, dependency.name));
  if (archives.length > 1) return 'too many matches';
  const [archive] = archives;
  const status = archive === undefined ? undefined : await archiveStatus(join(path, 'charts', archive), dependency);
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
    return await loadAt(path, ignore);
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
async function surplus(path: string, names: ReadonlySet<string>): Promise<string[]> {
  const lines: string[] = [];
  for (const name of namesIn(join(path, 'charts'))) {
    const file = join(path, 'charts', name);
    const isFolder = statSync(file, { throwIfNoEntry: false })?.isDirectory() === true;
    if (!isFolder && !name.endsWith('.tgz')) continue;
    const chart = await loadIfChart(file);
    if (chart === undefined) lines.push(`WARNING: ${quoteGo(file)} is not a chart.`);
    else if (!names.has(chart.metadata.name)) lines.push(`WARNING: ${quoteGo(file)} is not in Chart.yaml.`);
  }
  return lines;
}
