/** Fields that a program changed become fields that it applies. client-go: util/csaupgrade. */
import type { KubeObject } from './object.ts';
import { type Fields, isEqual, isFields } from './patch/json.ts';

interface ManagedFields {
  manager?: string;
  operation?: string;
  subresource?: string;
  apiVersion?: string;
  fieldsV1?: Fields;
  [more: string]: unknown;
}

const isOf = (entry: ManagedFields, manager: string, operation: string): boolean =>
  entry.manager === manager && entry.operation === operation && (entry.subresource ?? '') === '';

/** The operations of a JSON patch that fails if the object changed meanwhile; undefined when there is nothing to do. */
export function upgradeManagedFields(object: KubeObject, manager: string): readonly unknown[] | undefined {
  const before = (object.metadata.managedFields ?? []) as readonly ManagedFields[];
  const after = upgraded(before, manager);
  if (isEqual(before, after)) return undefined;
  return [
    { op: 'replace', path: '/metadata/managedFields', value: after },
    // Not `test`: so it is a conflict, which is tried again, and no invalid request.
    { op: 'replace', path: '/metadata/resourceVersion', value: object.metadata.resourceVersion },
  ];
}

function upgraded(before: readonly ManagedFields[], manager: string): readonly ManagedFields[] {
  const entries = [...before];
  let at = entries.findIndex((entry) => isOf(entry, manager, 'Apply'));
  if (at < 0) {
    at = entries.findIndex((entry) => isOf(entry, manager, 'Update'));
    if (at < 0) return before;
    entries[at] = { ...(entries[at] as ManagedFields), operation: 'Apply' };
  }
  const target = entries[at] as ManagedFields;
  const other = entries.find((entry) => isOf(entry, manager, 'Update') && entry.apiVersion === target.apiVersion);
  if (other !== undefined) entries[at] = { ...target, fieldsV1: union(target.fieldsV1 ?? {}, other.fieldsV1 ?? {}) };
  return entries.filter((entry) => !isOf(entry, manager, 'Update'));
}

function union(a: Fields, b: Fields): Fields {
  const out: Fields = { ...a };
  for (const [name, value] of Object.entries(b)) {
    const other = out[name];
    out[name] = isFields(other) && isFields(value) ? union(other, value) : value;
  }
  return out;
}
