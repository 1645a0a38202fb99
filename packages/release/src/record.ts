/** Releases as they are stored, by Helm and by pack alike. Helm: pkg/release/v1, pkg/storage/driver/util.go. */
import {
  type Chart,
  type ChartFile,
  decodeJsonExact,
  encodeJson,
  encodeStruct,
  type Hook,
  type HookEvent,
  METADATA,
  type Metadata,
  type Time,
  withoutEmpty,
  ZERO_TIME,
} from '@pack/core';
import { fromBytes, type GoMap, toBytes, toGo } from 'go-template';

import { fromBase64, gunzip, gzip, toBase64 } from './bytes.ts';

import { ReleaseError } from './error.ts';
import type { Sequence } from './sequence.ts';

export type ReleaseStatus =
  | 'unknown'
  | 'deployed'
  | 'uninstalled'
  | 'superseded'
  | 'failed'
  | 'uninstalling'
  | 'pending-install'
  | 'pending-upgrade'
  | 'pending-rollback';

export const isPending = (status: string): boolean => status.startsWith('pending-');

/** Times are Go's RFC 3339 with nanoseconds, and stay as they were written. */
export interface ReleaseState {
  readonly first_deployed?: string;
  readonly last_deployed?: string;
  readonly deleted?: string;
  readonly description?: string;
  readonly status: ReleaseStatus;
  readonly notes?: string;
}

export interface StoredFile {
  readonly name: string;
  /** base64 */
  readonly data: string;
  readonly modtime?: string;
}

/** What a record keeps of a chart; subcharts are not in it. */
export interface StoredChart {
  readonly metadata: Metadata;
  readonly lock?: unknown;
  readonly templates: readonly StoredFile[];
  readonly values: GoMap | null;
  /** base64 */
  readonly schema?: string;
  readonly schemamodtime?: string;
  readonly files: readonly StoredFile[];
  readonly modtime?: string;
}

export interface HookRun {
  readonly started_at?: string;
  readonly completed_at?: string;
  readonly phase: '' | 'Unknown' | 'Running' | 'Succeeded' | 'Failed';
}

export interface ReleaseHook extends Hook {
  readonly lastRun: HookRun;
}

/** One revision of a release. */
export interface Release {
  readonly name: string;
  readonly namespace: string;
  readonly version: number;
  readonly info: ReleaseState;
  readonly chart: StoredChart | undefined;
  /** What the user set. */
  readonly config: GoMap;
  readonly manifest: string;
  readonly hooks: readonly ReleaseHook[];
  /** `ssa` or `csa`; Helm 3 said nothing and meant `csa`. */
  readonly applyMethod: string;
  /** Of one that was made in order: Helm knows nothing of it, and drops it from what it writes anew. */
  readonly sequence?: Sequence | undefined;
  /** Of the record; the user's own, and when it was listed the storage's too. */
  readonly labels: Readonly<Record<string, string>>;
}

export const goTime = (time: Time): string => time.goText();

/** What of a chart is recorded. Helm: pkg/chart/v2 Chart. */
export function storedChart(chart: Chart): StoredChart {
  const modified = (name: string): string | undefined => {
    const time = chart.raw.find((file) => file.name === name)?.modified;
    return time && rfc3339(time);
  };
  const modtime = modified(chart.pack === undefined ? 'Chart.yaml' : PACK_YAML);
  return {
    metadata: chart.metadata,
    ...(chart.lock !== undefined && { lock: chart.lock }),
    templates: chart.templates.map(storedFile),
    values: hasValues(chart) ? chart.values : null,
    ...(chart.schema !== undefined && {
      schema: toBase64(chart.schema),
      schemamodtime: modified('values.schema.json') ?? ZERO_TIME.goText(),
    }),
    // By its Pack.yaml the record of a pack is known as one.
    files: [...chart.files, ...chart.raw.filter(({ name }) => chart.pack !== undefined && name === PACK_YAML)].map(
      storedFile,
    ),
    ...(modtime !== undefined && { modtime }),
  };
}

const PACK_YAML = 'Pack.yaml';

/** Helm tells a chart without values.yaml from one whose file is empty. */
const hasValues = ({ raw, values }: Chart): boolean =>
  Object.keys(values).length > 0 || raw.some(({ name }) => name === 'values.yaml');

const storedFile = ({ name, data, modified }: ChartFile): StoredFile => ({
  name,
  data: toBase64(data),
  ...(modified !== undefined && { modtime: rfc3339(modified) }),
});

/** Go drops zeros at the end of a fraction. */
const rfc3339 = (time: Date): string =>
  Number.isNaN(time.getTime())
    ? ZERO_TIME.goText()
    : time.toISOString().replace(/\.(\d*?)0*Z$/, (_, digits: string) => (digits === '' ? 'Z' : `.${digits}Z`));

type Member = readonly [name: string, text: string | undefined];

/** Members in their order; those without a text are left out. */
const object = (...members: readonly Member[]): string =>
  `{${members.flatMap(([name, text]) => (text === undefined ? [] : [`${JSON.stringify(name)}:${text}`])).join(',')}}`;

const unlessEmpty = (value: unknown): string | undefined =>
  value === undefined || value === '' || value === 0 ? undefined : encodeJson(value);

/** A release as Helm writes it, members in the order of Go's structs; `null` for a chart that is left out. */
export function encodeRelease(release: Release, options: { readonly resources?: string | undefined } = {}): string {
  const { name, namespace, version, info, chart, config, manifest, hooks, applyMethod, sequence } = release;
  return object(
    ['name', unlessEmpty(name)],
    [
      'info',
      object(
        ['first_deployed', unlessEmpty(info.first_deployed)],
        ['last_deployed', unlessEmpty(info.last_deployed)],
        ['deleted', unlessEmpty(info.deleted)],
        ['description', unlessEmpty(info.description)],
        ['status', unlessEmpty(info.status)],
        ['notes', unlessEmpty(info.notes)],
        ['resources', options.resources],
      ),
    ],
    ['chart', chart && encodeChart(chart)],
    ['config', Object.keys(config).length === 0 ? undefined : encodeJson(config)],
    ['manifest', unlessEmpty(manifest)],
    ['hooks', hooks.length === 0 ? undefined : `[${hooks.map(encodeHook).join(',')}]`],
    ['version', unlessEmpty(BigInt(version))],
    ['namespace', unlessEmpty(namespace)],
    ['apply_method', unlessEmpty(applyMethod)],
    ['pack_sequence', sequence && JSON.stringify(sequence)],
  );
}

const encodeList = (files: readonly StoredFile[]): string =>
  files.length === 0 ? 'null' : `[${files.map(encodeFile).join(',')}]`;

const encodeFile = ({ name, data, modtime }: StoredFile): string =>
  object(['name', encodeJson(name)], ['data', JSON.stringify(data)], ['modtime', unlessEmpty(modtime)]);

function encodeChart({
  metadata,
  lock,
  templates,
  values,
  schema,
  schemamodtime,
  files,
  modtime,
}: StoredChart): string {
  return object(
    ['metadata', encodeStruct(withoutEmpty(metadata), METADATA)],
    ['lock', lock === undefined || lock === null ? 'null' : encodeStruct(lock, LOCK)],
    ['templates', encodeList(templates)],
    ['values', encodeJson(values)],
    ['schema', schema === undefined ? 'null' : JSON.stringify(schema)],
    ['schemamodtime', JSON.stringify(schemamodtime ?? ZERO_TIME.goText())],
    ['files', encodeList(files)],
    ['modtime', unlessEmpty(modtime)],
  );
}

const LOCK = {
  name: 'Lock',
  type: 'v2.Lock',
  fields: { generated: 'time', digest: 'string', dependencies: METADATA.fields.dependencies as never },
} as const;

const unlessNone = (list: readonly string[]): string | undefined =>
  list.length === 0 ? undefined : JSON.stringify(list);

function encodeHook(hook: ReleaseHook): string {
  const { name, kind, path, manifest, events, lastRun, weight, deletePolicies, outputLogPolicies } = hook;
  return object(
    ['name', unlessEmpty(name)],
    ['kind', unlessEmpty(kind)],
    ['path', unlessEmpty(path)],
    ['manifest', unlessEmpty(manifest)],
    ['events', unlessNone(events)],
    [
      'last_run',
      object(
        ['started_at', unlessEmpty(lastRun.started_at)],
        ['completed_at', unlessEmpty(lastRun.completed_at)],
        ['phase', JSON.stringify(lastRun.phase)],
      ),
    ],
    ['weight', weight === 0 ? undefined : String(weight)],
    ['delete_policies', unlessNone(deletePolicies)],
    ['output_log_policies', unlessNone(outputLogPolicies)],
  );
}

/** What a record may be unpacked to, bytes. */
const MAX_RECORD = 256 * 1024 * 1024;

/** A record: a gzip stream of JSON. */
export const packBytes = (release: Release): Promise<Uint8Array> => gzip(toBytes(encodeRelease(release)));

/** A record's text: base64 of its bytes. */
export const packRecord = async (release: Release): Promise<string> => toBase64(await packBytes(release));

/** Throws RELEASE_RECORD_BROKEN. */
export const unpackRecord = async (text: string, labels: Readonly<Record<string, string>> = {}): Promise<Release> =>
  unpackBytes(bytesOf(text), labels);

function bytesOf(text: string): Uint8Array {
  try {
    return fromBase64(text);
  } catch (e) {
    throw broken('it is no base64', e);
  }
}

/** Throws RELEASE_RECORD_BROKEN. Records of before there was compression are read too. */
export async function unpackBytes(bytes: Uint8Array, labels: Readonly<Record<string, string>>): Promise<Release> {
  let plain = bytes;
  if (bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8) {
    try {
      plain = await gunzip(bytes, MAX_RECORD);
    } catch (e) {
      throw broken(isTooMuch(e) ? `it unpacks to more than ${MAX_RECORD} bytes` : 'it is cut off or damaged', e);
    }
  }
  const text = fromBytes(plain);
  let value: unknown;
  try {
    // Numbers are float64 in records, as JSON.parse has them.
    value = JSON.parse(text);
    if (ofPack(value)) value = decodeJsonExact(text);
  } catch {
    // What V8 says of it quotes the text, and with it what may be secret.
    throw broken('it is no JSON');
  }
  return decodeRelease(value, labels);
}

/** Of a record's JSON: values of packs keep integers that no float64 holds. */
const ofPack = (value: unknown): boolean =>
  isFields(value) &&
  isFields(value.chart) &&
  listOf(value.chart.files).some((file) => isFields(file) && file.name === PACK_YAML);

const isTooMuch = (e: unknown): boolean => e instanceof RangeError;

const broken = (what: string, cause?: unknown): ReleaseError =>
  new ReleaseError('RELEASE_RECORD_BROKEN', `the record of the release is broken: ${what}`, { cause });

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const mapOf = (value: unknown, what: string): Fields => {
  if (value === undefined || value === null) return {};
  if (!isFields(value)) throw broken(`${what} is no object`);
  return value;
};

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const intOf = (value: unknown): number => (typeof value === 'number' || typeof value === 'bigint' ? Number(value) : 0);
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const textsOf = (value: unknown): string[] => listOf(value).filter((item): item is string => typeof item === 'string');

const optional = <K extends string>(map: Fields, ...names: readonly K[]): { [name in K]?: string } => {
  const out: { [name in K]?: string } = {};
  for (const name of names) if (typeof map[name] === 'string' && map[name] !== '') out[name] = map[name];
  return out;
};

/** `value` is a record's JSON. Throws RELEASE_RECORD_BROKEN. */
function decodeRelease(value: unknown, labels: Readonly<Record<string, string>>): Release {
  if (!isFields(value)) throw broken('it is no object');
  return {
    name: textOf(value.name),
    namespace: textOf(value.namespace),
    version: intOf(value.version),
    info: decodeInfo(value.info),
    chart: isFields(value.chart) ? decodeChart(value.chart) : undefined,
    config: toGo(mapOf(value.config, 'config')),
    manifest: textOf(value.manifest),
    hooks: listOf(value.hooks).map((hook) => decodeHook(mapOf(hook, 'a hook'))),
    applyMethod: textOf(value.apply_method),
    ...(Array.isArray(value.pack_sequence) && { sequence: value.pack_sequence.map(textsOf) }),
    labels,
  };
}

/** What comes first in a record, by itself. Throws RELEASE_RECORD_BROKEN. */
export function decodeStart(
  value: unknown,
): Pick<Release, 'name' | 'info'> & { chart: Pick<StoredChart, 'metadata'> | undefined } {
  if (!isFields(value)) throw broken('it is no object');
  const { name, info, chart } = value;
  return {
    name: textOf(name),
    info: decodeInfo(info),
    chart: isFields(chart) ? { metadata: decodeMetadata(chart.metadata) } : undefined,
  };
}

function decodeInfo(value: unknown): ReleaseState {
  const info = mapOf(value, 'info');
  return {
    ...optional(info, 'first_deployed', 'last_deployed', 'deleted', 'description', 'notes'),
    status: (textOf(info.status) || 'unknown') as ReleaseStatus,
  };
}

function decodeMetadata(value: unknown): Metadata {
  const metadata = mapOf(value, 'chart.metadata');
  return {
    ...toGo(metadata),
    apiVersion: textOf(metadata.apiVersion),
    name: textOf(metadata.name),
    version: textOf(metadata.version),
  } as Metadata;
}

function decodeChart(chart: Fields): StoredChart {
  return {
    metadata: decodeMetadata(chart.metadata),
    ...(isFields(chart.lock) && { lock: toGo(chart.lock) }),
    templates: listOf(chart.templates).map(decodeFile),
    values: isFields(chart.values) ? toGo(chart.values) : null,
    ...optional(chart, 'schema', 'schemamodtime', 'modtime'),
    files: listOf(chart.files).map(decodeFile),
  };
}

function decodeFile(value: unknown): StoredFile {
  const file = mapOf(value, 'a file');
  return { name: textOf(file.name), data: textOf(file.data), ...optional(file, 'modtime') };
}

function decodeHook(hook: Fields): ReleaseHook {
  const run = mapOf(hook.last_run, 'last_run');
  return {
    name: textOf(hook.name),
    kind: textOf(hook.kind),
    path: textOf(hook.path),
    manifest: textOf(hook.manifest),
    events: textsOf(hook.events) as HookEvent[],
    weight: intOf(hook.weight),
    deletePolicies: textsOf(hook.delete_policies),
    outputLogPolicies: textsOf(hook.output_log_policies),
    lastRun: { ...optional(run, 'started_at', 'completed_at'), phase: textOf(run.phase) as HookRun['phase'] },
  };
}
