/** Releases as people and programs read them. Helm: pkg/cmd/{status,list,history,get_metadata}.go. */
import {
  coalesceValues,
  type Dependency,
  encodeJson,
  encodeYaml,
  fromNanoseconds,
  parseTime,
  type Time,
  UTC,
} from '@pack/core';
import {
  encodeRelease,
  type Release,
  type ReleaseHook,
  type ReleaseObjects,
  type ReleaseSummary,
  type ReleaseTables,
} from '@pack/release';
import { type GoMap, newMap } from 'go-template';

import type { Colors } from './color.ts';
import { encoded, type Format } from './format.ts';
import { conceal } from './secrecy.ts';
import { formatServerTables } from './server-table.ts';
import { formatTable } from './table.ts';

/** Go's time.ANSIC */
const ANSIC = 'Mon Jan _2 15:04:05 2006';
const RFC3339_NANO = '2006-01-02T15:04:05.999999999Z07:00';

const timeOf = (text: string | undefined): Time | undefined =>
  text === undefined || text === '' || text.startsWith('0001-01-01T') ? undefined : parseTime(RFC3339_NANO, text, UTC);

/** In the zone in which it was written. */
const ansic = (text: string | undefined): string => (timeOf(text) ?? zero).format(ANSIC);

const zero = fromNanoseconds(-62_135_596_800_000_000_000n, UTC);

export interface StatusOptions {
  readonly colors: Colors;
  /** Values, hooks and manifest, too. */
  readonly debug?: boolean;
  /** They were asked for by name: with what is secret. */
  readonly open?: boolean;
  readonly hideNotes?: boolean;
  readonly metadata?: boolean;
  readonly tables?: ReleaseTables;
}

/** `-o table` of `status`, `install`, `upgrade`, `test` and `get all`. */
export function formatStatus(release: Release, options: StatusOptions): string {
  const { name, namespace, version, info, chart, hooks, manifest } = release;
  const { colors, debug = false, open = false, hideNotes = false, metadata = false, tables } = options;
  const lines = [`NAME: ${name}`];
  if (timeOf(info.last_deployed) !== undefined) lines.push(`LAST DEPLOYED: ${ansic(info.last_deployed)}`);
  lines.push(
    `NAMESPACE: ${colors.namespace(namespace)}`,
    `STATUS: ${colors.status(info.status)}`,
    `REVISION: ${version}`,
  );
  if (metadata && chart !== undefined) {
    const { name: own, version: chartVersion, appVersion = '' } = chart.metadata;
    lines.push(`CHART: ${own}`, `VERSION: ${chartVersion}`, `APP_VERSION: ${appVersion}`);
  }
  lines.push(`DESCRIPTION: ${info.description ?? ''}`);
  if (tables !== undefined && tables.size > 0) lines.push(`RESOURCES:\n${formatTables(tables)}`);
  lines.push(...testLines(hooks));
  const isDryRun = info.description?.toLowerCase() === 'dry run complete';
  const texts = hooks.map(({ path, manifest: text }) => `---\n# Source: ${path}\n${text}`);
  const concealed = debug && !open ? conceal(manifest, texts) : undefined;
  if (debug) {
    const shown = (values: GoMap): GoMap => concealed?.values(values) ?? values;
    lines.push(
      'USER-SUPPLIED VALUES:',
      encodeYaml(Object.keys(release.config).length === 0 ? null : shown(release.config)),
      'COMPUTED VALUES:',
      encodeYaml(shown(computed(release))),
    );
  }
  if (isDryRun) lines.push('HOOKS:', ...texts, `MANIFEST:\n${manifest}`);
  else if (debug) {
    lines.push('HOOKS:', ...(concealed?.hooks ?? texts), `MANIFEST:\n${concealed?.manifest ?? manifest}`);
  }
  if (!hideNotes && info.notes) lines.push(`NOTES:\n${info.notes.trim()}`);
  return `${lines.join('\n')}\n`;
}

function testLines(hooks: readonly ReleaseHook[]): string[] {
  const tests = hooks.filter(({ events }) => events.includes('test'));
  if (tests.length === 0) return ['TEST SUITE: None'];
  return tests
    .filter(({ lastRun }) => timeOf(lastRun.started_at) !== undefined)
    .map(
      ({ name, lastRun: { started_at, completed_at, phase } }) =>
        `TEST SUITE:     ${name}\nLast Started:   ${ansic(started_at)}\nLast Completed: ${ansic(completed_at)}\nPhase:          ${phase}`,
    );
}

const formatTables = (tables: ReleaseTables): string =>
  [...tables].map(([key, items]) => `==> ${key}\n${formatServerTables(items)}\n`).join('');

/** The values that the templates saw, as far as the record knows them. */
export function computed({ chart, config }: Release): GoMap {
  if (chart === undefined) return config;
  const shell = { ...chart, values: chart.values ?? newMap(), dependencies: [], raw: [] };
  return coalesceValues(shell as never, config);
}

/** `-o json` and `-o yaml`; a chart is left out by its absence. */
export function encodedRelease(release: Release, format: 'json' | 'yaml', objects?: ReleaseObjects): string {
  const resources = objects === undefined || objects.size === 0 ? undefined : encodeJson(Object.fromEntries(objects));
  const text = encodeRelease(release, { resources });
  return format === 'json' ? `${text}\n` : encoded(JSON.parse(text), 'yaml');
}

/** What `install` and `upgrade` print. */
export const printedRelease = (release: Release, format: Format, options: StatusOptions): string =>
  format === 'table' ? formatStatus(release, options) : encodedRelease(release, format);

const chartName = (chart: ReleaseSummary['chart']): string =>
  chart === undefined ? 'MISSING' : `${chart.metadata.name}-${chart.metadata.version}`;
const appVersion = (chart: ReleaseSummary['chart']): string =>
  chart === undefined ? 'MISSING' : (chart.metadata.appVersion ?? '');

export interface ListOptions {
  readonly colors: Colors;
  readonly headers: boolean;
  /** A layout of Go's. */
  readonly timeFormat: string;
}

export function formatList(releases: readonly ReleaseSummary[], format: Format, options: ListOptions): string {
  const rows = releases.map(({ name, namespace, version, info, chart }) => ({
    name,
    namespace,
    revision: String(version),
    updated: updatedOf(info.last_deployed, options.timeFormat),
    status: info.status,
    chart: chartName(chart),
    app_version: appVersion(chart),
  }));
  if (format !== 'table') return encoded(rows, format);
  const { colors } = options;
  const header = ['NAME', 'NAMESPACE', 'REVISION', 'UPDATED', 'STATUS', 'CHART', 'APP VERSION'].map(colors.header);
  const cells = rows.map((row) => [
    row.name,
    colors.namespace(row.namespace),
    row.revision,
    row.updated,
    colors.status(row.status),
    row.chart,
    row.app_version,
  ]);
  return `${formatTable([...(options.headers ? [header] : []), ...cells])}\n`;
}

const IN_UTC = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d(?:\.\d*[1-9])?)Z$/;

/** As Go prints a time. */
function updatedOf(text: string | undefined, layout: string): string {
  // Most are as most servers write them, and there may be thousands.
  const [, date, time] = layout === '' ? (IN_UTC.exec(text ?? '') ?? []) : [];
  if (date !== undefined && date !== '0001-01-01') return `${date} ${time} +0000 UTC`;
  const found = timeOf(text);
  if (found === undefined) return '-';
  return found.format(layout === '' ? '2006-01-02 15:04:05.999999999 -0700 MST' : layout);
}

export function formatHistory(releases: readonly ReleaseSummary[], format: Format): string {
  if (format === 'table') {
    const rows = releases.map(({ version, info, chart }) => [
      String(version),
      ansic(info.last_deployed),
      info.status,
      chartName(chart),
      appVersion(chart),
      info.description ?? '',
    ]);
    return `${formatTable([['REVISION', 'UPDATED', 'STATUS', 'CHART', 'APP VERSION', 'DESCRIPTION'], ...rows])}\n`;
  }
  const items = releases.map(({ version, info, chart }) => ({
    revision: version,
    ...(timeOf(info.last_deployed) !== undefined && { updated: info.last_deployed }),
    status: info.status,
    chart: chartName(chart),
    app_version: appVersion(chart),
    description: info.description ?? '',
  }));
  return encoded(items, format);
}

const METHODS: Readonly<Record<string, string>> = {
  '': 'client-side apply (defaulted)',
  csa: 'client-side apply',
  ssa: 'server-side apply',
};

export function formatMetadata(release: Release, format: Format): string {
  const { name, namespace, version, info, chart, labels, applyMethod } = release;
  const metadata = chart?.metadata;
  const deployed = timeOf(info.last_deployed) ?? zero;
  const dependencies = metadata?.dependencies ?? [];
  const fields = {
    name,
    chart: metadata?.name ?? '',
    version: metadata?.version ?? '',
    appVersion: metadata?.appVersion ?? '',
    ...(isFilled(metadata?.annotations) && { annotations: sorted(metadata?.annotations) }),
    ...(isFilled(labels) && { labels: sorted(labels) }),
    ...(dependencies.length > 0 && { dependencies: dependencies.map(dependencyFields) }),
    namespace,
    revision: version,
    status: info.status,
    deployedAt: deployed.format('2006-01-02T15:04:05Z07:00'),
    ...(applyMethod !== '' && { applyMethod }),
  };
  if (format !== 'table') return encoded(fields, format);
  const lines = [
    `NAME: ${name}`,
    `CHART: ${fields.chart}`,
    `VERSION: ${fields.version}`,
    `APP_VERSION: ${fields.appVersion}`,
    `ANNOTATIONS: ${pairs(metadata?.annotations)}`,
    `LABELS: ${pairs(labels)}`,
    `DEPENDENCIES: ${dependencies
      .map((dependency) => dependency.name)
      .sort()
      .join(',')}`,
    `NAMESPACE: ${namespace}`,
    `REVISION: ${version}`,
    `STATUS: ${info.status}`,
    `DEPLOYED_AT: ${fields.deployedAt}`,
    `APPLY_METHOD: ${METHODS[applyMethod] ?? `unknown (${JSON.stringify(applyMethod)})`}`,
  ];
  return `${lines.join('\n')}\n`;
}

const dependencyFields = ({
  name,
  version,
  repository = '',
  condition,
  tags,
  enabled,
  alias,
  ...more
}: Dependency) => ({
  name,
  ...(version && { version }),
  repository,
  ...(condition && { condition }),
  ...(tags && tags.length > 0 && { tags }),
  ...(enabled && { enabled }),
  ...(more['import-values'] && { 'import-values': more['import-values'] }),
  ...(alias && { alias }),
});

type Pairs = Readonly<Record<string, string>> | undefined;

const isFilled = (map: Pairs): boolean => map !== undefined && Object.keys(map).length > 0;
const sorted = (map: Pairs): Record<string, string> =>
  Object.fromEntries(Object.entries(map ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)));
const pairs = (map: Pairs): string =>
  Object.entries(sorted(map))
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
