/** Who owns which fields, and server-side apply. structured-merge-diff: merge.Updater; apimachinery: managedfields. */
import type { KubeObject } from '../object.ts';
import { type Fields, isEmpty, isEqual, isFields } from '../patch/json.ts';
import {
  changedFields,
  difference,
  existing,
  fieldsOf,
  intersection,
  overlaid,
  type Place,
  pathsOf,
  union,
  withoutFields,
} from './field-set.ts';
import type { Kind } from './kinds.ts';
import { applyConflict } from './refusals.ts';

/** Who writes, through what, and when. */
export interface Writer {
  readonly manager: string;
  readonly apiVersion: string;
  readonly subresource?: string | undefined;
  /** RFC 3339. */
  readonly time: string;
}

interface Entry {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly time?: string;
  readonly fieldsType: 'FieldsV1';
  readonly fieldsV1: Fields;
  readonly subresource?: string;
}

/** What the server writes itself, and what names the object. */
const UNOWNED = [
  'creationTimestamp',
  'deletionGracePeriodSeconds',
  'deletionTimestamp',
  'generation',
  'managedFields',
  'name',
  'namespace',
  'resourceVersion',
  'selfLink',
  'uid',
];

const placeOf = ({ kind, isBuiltin }: Kind): Place => ({ kind, isBuiltin, parents: [] });

/** The fields that somebody can own. */
function ownable(object: KubeObject, kind: Kind, subresource: string | undefined): Fields {
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...out } = object as Fields;
  if (kind.hasStatus && subresource !== 'status') delete out.status;
  const fields = isFields(metadata)
    ? Object.fromEntries(Object.entries(metadata).filter(([name]) => !UNOWNED.includes(name)))
    : {};
  return isEmpty(fields) ? out : { metadata: fields, ...out };
}

function entriesOf(object: KubeObject | undefined): Entry[] {
  const entries = object?.metadata.managedFields;
  // [{}] is how clients ask for a fresh start.
  return Array.isArray(entries) ? entries.filter((entry) => isFields(entry) && entry.manager !== undefined) : [];
}

const isOf = (entry: Entry, { manager, apiVersion, subresource }: Writer, operation: Entry['operation']): boolean =>
  entry.manager === manager &&
  entry.operation === operation &&
  entry.apiVersion === apiVersion &&
  entry.subresource === subresource;

function entryOf(writer: Writer, operation: Entry['operation'], fieldsV1: Fields, before: Entry | undefined): Entry {
  const { manager, apiVersion, subresource } = writer;
  // What stays as it is keeps its time, so that a write of nothing new is none.
  const time = before?.time !== undefined && isEqual(before.fieldsV1, fieldsV1) ? before.time : writer.time;
  return {
    manager,
    operation,
    apiVersion,
    time,
    fieldsType: 'FieldsV1',
    fieldsV1,
    ...(subresource !== undefined && { subresource }),
  };
}

function withEntries(object: KubeObject, entries: readonly Entry[]): KubeObject {
  const { managedFields: _before, ...metadata } = object.metadata;
  const owned = entries.filter(({ fieldsV1 }) => !isEmpty(fieldsV1));
  return { ...object, metadata: { ...metadata, ...(owned.length > 0 && { managedFields: owned }) } };
}

/** A write that is no apply: what it changes is the writer's, and no longer anyone else's. */
export function track(before: KubeObject | undefined, after: KubeObject, kind: Kind, writer: Writer): KubeObject {
  const { subresource } = writer;
  const [old, fresh] = [before && ownable(before, kind, subresource), ownable(after, kind, subresource)];
  const changes = old === undefined ? fieldsOf(fresh, placeOf(kind)) : changedFields(old, fresh, placeOf(kind));
  const all = fieldsOf(ownable(after, kind, 'status'), placeOf(kind));
  const entries = entriesOf(after.metadata.managedFields === undefined ? before : after);
  const own = entries.find((entry) => isOf(entry, writer, 'Update'));
  const kept = entries.map((entry): Entry => {
    if (entry === own) return entryOf(writer, 'Update', union(existing(entry.fieldsV1, all), changes), entry);
    return { ...entry, fieldsV1: existing(difference(entry.fieldsV1, changes), all) };
  });
  return withEntries(after, own === undefined ? [...kept, entryOf(writer, 'Update', changes, undefined)] : kept);
}

/**
 * What an apply makes of what is there: its fields are laid over, and those that the writer applied before, no longer
 * does, and nobody else owns are gone. Throws KUBE_CONFLICT for fields that another owns and has otherwise.
 */
export function applyConfiguration(
  live: KubeObject | undefined,
  configuration: KubeObject,
  kind: Kind,
  writer: Writer,
  force: boolean,
): KubeObject {
  const place = placeOf(kind);
  const { subresource } = writer;
  const wanted = ownable(configuration, kind, subresource);
  const set = fieldsOf(wanted, place);
  const merged = overlaid({ ...(live ?? bare(configuration)) }, wanted, place) as KubeObject;
  const entries = entriesOf(live);
  const own = entries.find((entry) => isOf(entry, writer, 'Apply'));
  const others = entries.filter((entry) => entry !== own);
  const changes = changedFields(
    live === undefined ? {} : ownable(live, kind, subresource),
    ownable(merged, kind, subresource),
    place,
  );
  const conflicts = others.map((entry) => ({ entry, fields: intersection(entry.fieldsV1, changes) }));
  if (!force) refuseConflicts(conflicts);
  const ownedByOthers = others.reduce<Fields>((all, { fieldsV1 }) => union(all, fieldsV1), {});
  const gone = difference(difference(own?.fieldsV1 ?? {}, set), ownedByOthers);
  const after = withoutFields(merged, gone, place) as KubeObject;
  const all = fieldsOf(ownable(after, kind, 'status'), place);
  const left = conflicts.map(({ entry, fields }) => ({
    ...entry,
    fieldsV1: existing(difference(entry.fieldsV1, fields), all),
  }));
  return withEntries(after, [entryOf(writer, 'Apply', set, own), ...left]);
}

/** What names an object, and no more. */
function bare({ apiVersion, kind, metadata: { name, namespace } }: KubeObject): Fields {
  return { apiVersion, kind, metadata: { name, ...(namespace !== undefined && { namespace }) } };
}

function refuseConflicts(conflicts: readonly { entry: Entry; fields: Fields }[]): void {
  const all = conflicts.flatMap(({ entry, fields }) =>
    pathsOf(fields).map((field) => ({ manager: printed(entry), field })),
  );
  const [first] = all;
  if (first === undefined) return;
  const causes = all.map(({ manager, field }) => ({ message: `conflict with ${manager}`, field }));
  if (all.length === 1) {
    throw applyConflict(`Apply failed with 1 conflict: conflict with ${first.manager}: ${first.field}`, causes);
  }
  const managers = [...new Set(all.map(({ manager }) => manager))].sort();
  const parts = managers.map((manager) => {
    const fields = all.filter((each) => each.manager === manager).map(({ field }) => `- ${field}`);
    return `conflicts with ${manager}:\n${fields.join('\n')}`;
  });
  throw applyConflict(`Apply failed with ${all.length} conflicts: ${parts.join('\n')}`, causes);
}

function printed({ manager, operation, apiVersion, subresource }: Entry): string {
  const name = JSON.stringify(manager) + (subresource === undefined ? '' : ` with subresource "${subresource}"`);
  return operation === 'Update' ? `${name} using ${apiVersion}` : name;
}
