/**
 * Sets of fields, as `metadata.managedFields` writes them: `f:` before a field's name, `k:` before the keys of a list's
 * item, `v:` before an item that is its own key, and `.` for what is in the set though it has members.
 * structured-merge-diff: fieldpath, typed.
 */
import { type Fields, isEmpty, isEqual, isFields } from '../patch/json.ts';
import { ruleOf } from '../patch/rules.ts';

/** Where in an object of what kind a value is; `parents` names the fields around it. */
export interface Place {
  readonly kind: string;
  readonly isBuiltin: boolean;
  readonly parents: readonly string[];
}

/** Objects that are one value. */
const ATOMIC: ReadonlySet<string> = new Set([
  'configMapKeyRef',
  'fieldRef',
  'labelSelector',
  'namespaceSelector',
  'nodeSelector',
  'podSelector',
  'resourceFieldRef',
  'secretKeyRef',
  'selector',
]);

const below = (place: Place, name: string): Place => ({ ...place, parents: [...place.parents, name] });

/** What is known of a kind's lists and tables; of custom kinds only what all objects have. */
const isKnown = ({ isBuiltin, parents }: Place, name: string): boolean =>
  isBuiltin || parents[0] === 'metadata' || name === 'metadata';

const isTable = (place: Place, name: string, value: unknown): value is Fields =>
  isFields(value) && !(isKnown(place, name) && ATOMIC.has(name));

/** The segments of a list's items by which they are merged; undefined for a list that is one value. */
export function segmentsOf(place: Place, name: string, value: unknown): string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const rule = isKnown(place, name) ? ruleOf(place.kind, place.parents, name) : { merge: false };
  if (!rule.merge) return undefined;
  const { key } = rule;
  if (key === undefined) return value.map((item) => `v:${JSON.stringify(item)}`);
  const segments: string[] = [];
  for (const item of value) {
    if (!isFields(item) || item[key] === undefined) return undefined;
    segments.push(`k:${JSON.stringify({ [key]: item[key] })}`);
  }
  return new Set(segments).size === segments.length ? segments : undefined;
}

const LEAF: Fields = {};

const isMember = (node: Fields): boolean => isEmpty(node) || '.' in node;

/** Undefined for no fields. */
function node(member: boolean, children: Fields): Fields | undefined {
  if (isEmpty(children)) return member ? LEAF : undefined;
  return member ? { '.': LEAF, ...children } : children;
}

/** All that an object has. */
export function fieldsOf(value: Fields, place: Place): Fields {
  const out: Fields = {};
  for (const [name, field] of Object.entries(value)) out[`f:${name}`] = setOf(field, place, name);
  return out;
}

function setOf(value: unknown, place: Place, name: string): Fields {
  if (isTable(place, name, value)) return fieldsOf(value, below(place, name));
  const segments = segmentsOf(place, name, value);
  if (segments === undefined) return LEAF;
  const items = value as readonly unknown[];
  return Object.fromEntries(segments.map((segment, i) => [segment, itemSet(items[i], below(place, name))]));
}

const itemSet = (item: unknown, place: Place): Fields =>
  isFields(item) && !isEmpty(item) ? { '.': LEAF, ...fieldsOf(item, place) } : LEAF;

/** What `after` has that `before` has not, or has otherwise. */
export function changedFields(before: Fields, after: Fields, place: Place): Fields {
  const out: Fields = {};
  for (const [name, value] of Object.entries(after)) {
    const change = name in before ? changeOf(before[name], value, place, name) : setOf(value, place, name);
    if (change !== undefined) out[`f:${name}`] = change;
  }
  return out;
}

function changeOf(before: unknown, after: unknown, place: Place, name: string): Fields | undefined {
  if (isEqual(before, after)) return undefined;
  if (isTable(place, name, before) && isTable(place, name, after)) {
    return node(false, changedFields(before, after, below(place, name)));
  }
  const [old, fresh] = [segmentsOf(place, name, before), segmentsOf(place, name, after)];
  if (old === undefined || fresh === undefined) return setOf(after, place, name);
  const changes: Fields = {};
  fresh.forEach((segment, i) => {
    const item = (after as readonly unknown[])[i];
    const other = (before as readonly unknown[])[old.indexOf(segment)];
    const change =
      isFields(other) && isFields(item)
        ? node(false, changedFields(other, item, below(place, name)))
        : old.includes(segment)
          ? undefined
          : itemSet(item, below(place, name));
    if (change !== undefined) changes[segment] = change;
  });
  return node(false, changes);
}

type Combine = (a: boolean, b: boolean) => boolean;

function combined(a: Fields, b: Fields, combine: Combine): Fields {
  const out: Fields = {};
  for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
    if (name === '.') continue;
    const [x, y] = [a[name] as Fields | undefined, b[name] as Fields | undefined];
    const member = combine(x !== undefined && isMember(x), y !== undefined && isMember(y));
    const child = node(member, combined(x ?? {}, y ?? {}, combine));
    if (child !== undefined) out[name] = child;
  }
  return out;
}

export const union = (a: Fields, b: Fields): Fields => combined(a, b, (x, y) => x || y);
export const intersection = (a: Fields, b: Fields): Fields => combined(a, b, (x, y) => x && y);
export const difference = (a: Fields, b: Fields): Fields => combined(a, b, (x, y) => x && !y);

/** The part of a set that an object still has, whole or in part. */
export function existing(set: Fields, all: Fields): Fields {
  const out: Fields = {};
  for (const [name, fields] of Object.entries(set)) {
    const there = all[name];
    if (name === '.' || !isFields(there)) continue;
    const child = node(isMember(fields as Fields), existing(fields as Fields, there));
    if (child !== undefined) out[name] = child;
  }
  return out;
}

/** `.spec.containers[name="main"].image`, as the server prints paths. */
export function pathsOf(set: Fields, prefix = ''): string[] {
  return Object.entries(set).flatMap(([segment, fields]) => {
    if (segment === '.') return [];
    const path = prefix + printed(segment);
    return [...(isMember(fields as Fields) ? [path] : []), ...pathsOf(fields as Fields, path)];
  });
}

function printed(segment: string): string {
  const rest = segment.slice(2);
  if (segment.startsWith('f:')) return `.${rest}`;
  if (segment.startsWith('v:')) return `[=${rest}]`;
  const keys = Object.entries(JSON.parse(rest) as Fields);
  return `[${keys.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`;
}

/** The object without the fields of a set; tables that lose their last field go with it. */
export function withoutFields(value: Fields, set: Fields, place: Place): Fields {
  const out: Fields = { ...value };
  for (const [segment, fields] of Object.entries(set)) {
    const name = segment.slice(2);
    if (!segment.startsWith('f:') || !(name in out)) continue;
    const rest = remaining(out[name], fields as Fields, place, name);
    if (rest === undefined) delete out[name];
    else out[name] = rest;
  }
  return out;
}

function remaining(value: unknown, set: Fields, place: Place, name: string): unknown {
  // A table that was applied empty is not all that others have put into it since.
  if (isEmpty(set)) {
    const isShared =
      (isTable(place, name, value) && !isEmpty(value)) || (segmentsOf(place, name, value)?.length ?? 0) > 0;
    return isShared ? value : undefined;
  }
  if (isFields(value)) {
    const rest = withoutFields(value, set, below(place, name));
    return isEmpty(rest) ? undefined : rest;
  }
  const segments = segmentsOf(place, name, value);
  if (segments === undefined) return isMember(set) ? undefined : value;
  const items = (value as readonly unknown[]).flatMap((item, i) => {
    const inner = set[segments[i] as string];
    if (!isFields(inner)) return [item];
    return isMember(inner) || !isFields(item) ? [] : [withoutFields(item, inner, below(place, name))];
  });
  return items.length === 0 ? undefined : items;
}

/** What is applied laid over what is there: tables and keyed lists are joined, the rest is replaced. */
export function overlaid(before: Fields, applied: Fields, place: Place): Fields {
  const out: Fields = { ...before };
  for (const [name, value] of Object.entries(applied)) {
    if (value === null) delete out[name];
    else out[name] = overlaidField(out[name], value, place, name);
  }
  return out;
}

function overlaidField(before: unknown, applied: unknown, place: Place, name: string): unknown {
  if (isTable(place, name, before) && isTable(place, name, applied)) {
    return overlaid(before, applied, below(place, name));
  }
  const [old, fresh] = [segmentsOf(place, name, before), segmentsOf(place, name, applied)];
  if (old === undefined || fresh === undefined) return applied;
  const items = before as readonly unknown[];
  const joined = (applied as readonly unknown[]).map((item, i) => {
    const other = items[old.indexOf(fresh[i] as string)];
    return isFields(item) && isFields(other) ? overlaid(other, item, below(place, name)) : item;
  });
  // Items of others keep their places, those that are applied come in their own order.
  const kept = items.map((item, i) => (fresh.includes(old[i] as string) ? joined.shift() : item));
  return [...kept, ...joined];
}
