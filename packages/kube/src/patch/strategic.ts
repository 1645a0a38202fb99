/** Strategic merge patches of built-in kinds. apimachinery: pkg/util/strategicpatch. */
import { compareBytes, formatV } from 'go-template';

import { KubeError } from '../error.ts';
import { type Fields, isEmpty, isEqual, isFields, put } from './json.ts';
import { ruleOf, tableRuleOf } from './rules.ts';

const MARKER = '$patch';
const RETAIN = '$retainKeys';
const DELETE_FROM = '$deleteFromPrimitiveList/';
const ORDER = '$setElementOrder/';

/** The names of the fields around; items of lists count for nothing. */
type Path = readonly string[];

const fault = (message: string): KubeError => new KubeError('KUBE_INVALID', message);

/**
 * The patch that brings `current` to `modified`: what was in `original` and is no longer wanted goes, and what others added
 * stays. Throws KUBE_INVALID for lists that cannot be merged. apimachinery: CreateThreeWayMergePatch.
 */
export function createStrategicPatch(kind: string, original: Fields, modified: Fields, current: Fields): Fields {
  const additions = diffFields(current, modified, [], { kind, additions: true, retainKeys: false });
  const deletions = diffFields(original, modified, [], { kind, additions: false, retainKeys: false });
  return mergeFields(deletions, additions, [], { kind, isApplied: false });
}

/** What the patch makes of an object. Throws KUBE_INVALID for a patch that fits nothing. apimachinery: StrategicMergePatch. */
export const applyStrategicPatch = (kind: string, object: Fields, patch: Fields): Fields =>
  mergeFields(object, patch, [], { kind, isApplied: true });

interface Diff {
  readonly kind: string;
  /** What is new and what is other; else what is gone. */
  readonly additions: boolean;
  /** Of this very table. */
  readonly retainKeys: boolean;
}

function diffFields(before: Fields, after: Fields, path: Path, diff: Diff): Fields {
  const patch: Fields = {};
  for (const [name, fresh] of Object.entries(after)) {
    const old = Object.hasOwn(before, name) ? before[name] : undefined;
    if (!Object.hasOwn(before, name) || typeOf(old) !== typeOf(fresh)) {
      if (diff.additions) put(patch, name, fresh);
    } else if (isFields(old) && isFields(fresh)) {
      const { merge, retainKeys = false } = tableRuleOf(diff.kind, path, name);
      if (!merge) {
        // Even when both are equal.
        if (diff.additions) put(patch, name, fresh);
        continue;
      }
      const inner = diffFields(old, fresh, [...path, name], { ...diff, retainKeys });
      if (!isEmpty(inner)) put(patch, name, inner);
    } else if (Array.isArray(old) && Array.isArray(fresh)) diffList(name, old, fresh, path, diff, patch);
    else if (diff.additions && !isEqual(old, fresh)) put(patch, name, fresh);
  }
  const gone = Object.keys(before).filter((name) => !Object.hasOwn(after, name));
  if (!diff.additions) for (const name of gone) put(patch, name, null);
  if (diff.retainKeys && (!isEmpty(patch) || gone.some((name) => before[name] !== null))) {
    const kept = Object.keys(after).filter((name) => after[name] !== null);
    if (kept.length > 0) patch[RETAIN] = kept.sort();
  }
  return patch;
}

const typeOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value === 'bigint' ? 'number' : typeof value;

type List = readonly unknown[];

function diffList(name: string, before: List, after: List, path: Path, diff: Diff, patch: Fields): void {
  const { merge, key, retainKeys = false } = ruleOf(diff.kind, path, name);
  const { additions } = diff;
  if (!merge) {
    if (additions && !isEqual(before, after)) put(patch, name, after);
    return;
  }
  if (before.length === 0) {
    if (additions && after.length > 0) put(patch, name, after);
    return;
  }
  if (!areTables(before, after)) {
    const { added, removed } = diffScalars(before, after);
    if (additions && added.length > 0) patch[name] = inOrder(added, after, undefined);
    if (!additions && removed.length > 0) patch[DELETE_FROM + name] = [...new Set(removed)];
    // Whether the order differs is asked of the sorted list, for Go has sorted it in place by then.
    const isOrdered = additions ? !isEqual(itemsOf(sorted(before, undefined)), after) : removed.length > 0;
    if (isOrdered && after.length > 0) patch[ORDER + name] = after;
    return;
  }
  const mergeKey = keyOf(key, name);
  const changes = diffItems(before, after, mergeKey, [...path, name], { ...diff, retainKeys });
  if (changes.length > 0) patch[name] = changes;
  const isMoved =
    before.length !== after.length ||
    after.some((item, i) => !isEqual(idOf(item, mergeKey), idOf(before[i], mergeKey)));
  if ((changes.length > 0 || (additions && isMoved)) && after.length > 0) {
    patch[ORDER + name] = after.map((item) => ({ [mergeKey]: idOf(item, mergeKey) }));
  }
}

/** Whether the items are tables. Throws for lists of lists, and for items of several types. */
function areTables(...lists: readonly List[]): boolean {
  const items = lists.flat(1);
  const types = new Set(lists.flatMap((list) => list.map(typeOf)));
  if (types.has('list')) throw fault('lists of lists are not supported');
  if (types.size > 1) throw fault(`list element types are not identical: ${formatV(lists)}`);
  if (items.length === 0) throw fault('no elements in any of the given slices');
  return types.has('object');
}

function keyOf(key: string | undefined, name: string): string {
  if (key === undefined) throw fault(`cannot merge lists without merge key for ${name}`);
  return key;
}

function idOf(item: unknown, key: string | undefined): unknown {
  if (key === undefined) return item;
  if (!isFields(item)) throw fault(`expected a struct, but received a ${typeOf(item)}`);
  if (item[key] === undefined) throw fault(`map: ${formatV(item)} does not contain declared merge key: ${key}`);
  return item[key];
}

/** Equal ones come in reverse, as Go's comparison has it in lists of up to twelve. */
const sorted = (items: List, key: string | undefined): { id: string; item: unknown }[] =>
  items
    .map((item) => ({ id: formatV(idOf(item, key)), item }))
    .reverse()
    .sort((a, b) => compareBytes(a.id, b.id));

const itemsOf = (list: readonly { item: unknown }[]): unknown[] => list.map(({ item }) => item);

/** What is in one list, in the other and in both; equal ones pair off one by one. */
function pairs(before: List, after: List, key: string | undefined): { old?: unknown; fresh?: unknown }[] {
  const [left, right] = [sorted(before, key), sorted(after, key)];
  const out: { old?: unknown; fresh?: unknown }[] = [];
  for (let i = 0, j = 0; i < left.length || j < right.length; ) {
    const [old, fresh] = [left[i], right[j]];
    if (old !== undefined && fresh !== undefined && old.id === fresh.id) {
      out.push({ old: old.item, fresh: fresh.item });
      i++;
      j++;
    } else if (old === undefined || (fresh !== undefined && old.id > fresh.id)) {
      out.push({ fresh: fresh?.item });
      j++;
    } else {
      out.push({ old: old.item });
      i++;
    }
  }
  return out;
}

function diffScalars(before: List, after: List): { added: unknown[]; removed: unknown[] } {
  const all = pairs(before, after, undefined);
  return {
    added: all.filter((pair) => !('old' in pair)).map(({ fresh }) => fresh),
    removed: all.filter((pair) => !('fresh' in pair)).map(({ old }) => old),
  };
}

/** Changes and additions in the order of what is wanted, then what goes. */
function diffItems(before: List, after: List, key: string, path: Path, diff: Diff): unknown[] {
  const changes: unknown[] = [];
  const removals: unknown[] = [];
  for (const { old, fresh } of pairs(before, after, key)) {
    if (isFields(old) && isFields(fresh)) {
      const inner = diffFields(old, fresh, path, diff);
      if (!isEmpty(inner)) changes.push({ ...inner, [key]: fresh[key] });
    } else if (old === undefined) {
      if (diff.additions) changes.push(fresh);
    } else if (!diff.additions) removals.push({ [key]: idOf(old, key), [MARKER]: 'delete' });
  }
  return [...inOrder(changes, after, key), ...removals];
}

function rankOf(order: List, item: unknown, key: string | undefined): number {
  const id = idOf(item, key);
  return order.findIndex((other) => isEqual(idOf(other, key), id));
}

const isRemoval = (item: unknown): boolean => isFields(item) && item[MARKER] === 'delete';

/** As in `order`; what that does not know stays where it is, and removals come last. */
function inOrder(items: List, order: List, key: string | undefined): unknown[] {
  const ranked = items
    .filter((item) => !isRemoval(item))
    .map((item) => ({ item, rank: rankOf(order, item, key) }))
    .sort((a, b) => (a.rank < 0 || b.rank < 0 ? 0 : a.rank - b.rank));
  return [...ranked.map(({ item }) => item), ...items.filter(isRemoval)];
}

interface Merge {
  readonly kind: string;
  /** Directives do their work; else both are patches, whose directives stay. */
  readonly isApplied: boolean;
}

function mergeFields(before: Fields, patch: Fields, path: Path, merge: Merge): Fields {
  if (MARKER in patch) {
    const { [MARKER]: directive, ...rest } = patch;
    if (directive === 'replace') return rest;
    if (directive === 'delete') return {};
    throw fault(`unknown patch type: ${formatV(directive)} in map: ${formatV(patch)}`);
  }
  const out: Fields = { ...before };
  const changes: Fields = { ...patch };
  retainKeys(out, changes, merge);
  for (const name of Object.keys(changes)) {
    if (name.startsWith(ORDER)) mergeOrdered(out, changes, name.slice(ORDER.length), path, merge);
  }
  for (const [name, change] of Object.entries(changes)) {
    if (name.startsWith(DELETE_FROM)) {
      const field = name.slice(DELETE_FROM.length);
      if (!merge.isApplied) out[name] = change;
      else if (Array.isArray(out[field]) && Array.isArray(change)) {
        out[field] = out[field].filter((item) => !change.includes(item));
      }
    } else mergeField(out, name, change, path, merge);
  }
  return out;
}

function retainKeys(out: Fields, changes: Fields, { isApplied }: Merge): void {
  const names = changes[RETAIN];
  if (names === undefined) return;
  delete changes[RETAIN];
  if (!isApplied) {
    if (out[RETAIN] !== undefined && !isEqual(out[RETAIN], names)) {
      throw fault(
        `${formatV(out[RETAIN])} and ${formatV(names)} are not deep equal: this may happen when calculating the 3-way diff patch`,
      );
    }
    out[RETAIN] = names;
    return;
  }
  const isStray = (name: string): boolean =>
    !name.startsWith('$') && changes[name] !== null && !(names as List).includes(name);
  if (!Array.isArray(names) || Object.keys(changes).some(isStray)) {
    throw fault('invalid patch format of retainKeys');
  }
  for (const name of Object.keys(out)) if (!names.includes(name)) delete out[name];
}

/** A list whose order the patch says; the list and its order are taken out of the changes. */
function mergeOrdered(out: Fields, changes: Fields, name: string, path: Path, merge: Merge): void {
  const order = changes[ORDER + name];
  const patch = changes[name];
  const before = out[name];
  delete changes[ORDER + name];
  if (!Array.isArray(order)) throw fault('invalid patch format of setElementOrder list');
  if (!merge.isApplied) {
    const other = out[ORDER + name];
    if (other !== undefined && !isEqual(other, order)) throw fault('invalid patch format of setElementOrder list');
    out[ORDER + name] = order;
  }
  if (before === undefined && patch === undefined) return;
  const [old, fresh] = [before ?? [], patch ?? []];
  if (!Array.isArray(old) || !Array.isArray(fresh)) throw fault(`expected a list of ${name}`);
  const rule = ruleOf(merge.kind, path, name);
  ensureOrder(fresh, order, rule.key);
  const merged =
    before !== undefined && patch !== undefined
      ? mergeList(old, fresh, name, path, merge)
      : before === undefined
        ? (withoutDirectives(fresh) as List)
        : old;
  areTables(old, fresh);
  out[name] = interleaved(merged, order, old, rule.key);
  delete changes[name];
}

/** What a patch changes must come in the order that it says. */
function ensureOrder(patch: List, order: List, key: string | undefined): void {
  if (patch.length === 0 || order.length === 0) return;
  let at = 0;
  for (const item of patch) {
    if (isFields(item) && MARKER in item) continue;
    while (at < order.length && !isEqual(idOf(order[at], key), idOf(item, key))) at++;
    if (at === order.length) {
      throw fault(
        `The order in patch list:\n${formatV(patch)}\n doesn't match $setElementOrder list:\n${formatV(order)}\n`,
      );
    }
    at++;
  }
}

/** Items that `order` names come in its order; those of `before` alone keep their places among them. */
function interleaved(items: List, order: List, before: List, key: string | undefined): unknown[] {
  const named = inOrder(
    items.filter((item) => rankOf(order, item, key) >= 0),
    order,
    key,
  );
  const others = inOrder(
    items.filter((item) => rankOf(order, item, key) < 0),
    before,
    key,
  );
  const out: unknown[] = [];
  for (let i = 0, j = 0; i < others.length || j < named.length; ) {
    const [left, right] = [rankOr(before, others[i], key), rankOr(before, named[j], key)];
    const isLeft = j >= named.length || (i < others.length && left >= 0 && right >= 0 && left < right);
    out.push(isLeft ? others[i++] : named[j++]);
  }
  return out;
}

const rankOr = (order: List, item: unknown, key: string | undefined): number =>
  item === undefined ? -1 : rankOf(order, item, key);

function mergeField(out: Fields, name: string, change: unknown, path: Path, merge: Merge): void {
  const before = Object.hasOwn(out, name) ? out[name] : undefined;
  if (change === null) {
    delete out[name];
    if (!merge.isApplied) put(out, name, null);
    return;
  }
  if (isFields(before) && isFields(change)) {
    const isMerged = tableRuleOf(merge.kind, path, name).merge;
    put(out, name, isMerged ? mergeFields(before, change, [...path, name], merge) : change);
  } else if (Array.isArray(before) && Array.isArray(change)) {
    put(out, name, mergeList(before, change, name, path, merge));
  } else {
    const kept = withoutDirectives(merge.isApplied ? withoutNulls(change) : change);
    if (kept === undefined) delete out[name];
    else put(out, name, kept);
  }
}

function mergeList(before: List, patch: List, name: string, path: Path, merge: Merge): List {
  const rule = ruleOf(merge.kind, path, name);
  if (!rule.merge) return patch;
  if (before.length === 0 && patch.length === 0) return before;
  if (!areTables(before, patch)) {
    return interleaved([...new Set([...before, ...patch])], patch, before, undefined);
  }
  const key = keyOf(rule.key, name);
  let items = [...before];
  let plain: List = patch.filter((item) => !(MARKER in (item as Fields)));
  for (const item of patch as readonly Fields[]) {
    const directive = item[MARKER];
    if (directive === 'delete') {
      const id = idOf(item, key);
      items = items.filter((other) => !isEqual((other as Fields)[key], id));
    } else if (directive === 'merge') throw fault('merging lists cannot yet be specified in the patch');
    else if (directive !== undefined && directive !== 'replace') {
      throw fault(`unknown patch type: ${formatV(directive)} in map: ${formatV(item)}`);
    }
  }
  if (patch.some((item) => (item as Fields)[MARKER] === 'replace')) [items, plain] = [[...plain], []];
  for (const item of plain as readonly Fields[]) {
    const id = idOf(item, key);
    const at = items.findIndex((other) => isEqual((other as Fields)[key], id));
    if (at < 0) items.push(item);
    else items[at] = mergeFields(items[at] as Fields, item, [...path, name], merge);
  }
  return interleaved(items, plain, before, key);
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== null)
      .map(([name, field]) => [name, withoutNulls(field)]),
  );
}

/** Undefined for a table that is a directive itself. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives).filter((item) => item !== undefined);
  if (!isFields(value)) return value;
  if (MARKER in value) return undefined;
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, field]) => [name, withoutDirectives(field)] as const)
      .filter(([, field]) => field !== undefined),
  );
}
