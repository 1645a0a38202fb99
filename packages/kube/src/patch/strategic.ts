/** Strategic merge patches. apimachinery: pkg/util/strategicpatch. */
import { type Fields, isEmpty, isEqual, isFields } from './json.ts';
import { ruleOf } from './rules.ts';

interface Diff {
  readonly kind: string;
  readonly additions: boolean;
  readonly deletions: boolean;
}

/**
 * The patch that brings `current` to `modified`: what was in `original` and is no longer wanted goes, and what others added
 * stays. Numbers, texts and lists without a merge key are replaced.
 */
export function createStrategicPatch(kind: string, original: Fields, modified: Fields, current: Fields): Fields {
  const delta = diffFields(current, modified, [], { kind, additions: true, deletions: false });
  const deletions = diffFields(original, modified, [], { kind, additions: false, deletions: true });
  return joinFields(kind, deletions, delta, []);
}

function diffFields(before: Fields, after: Fields, path: readonly string[], diff: Diff): Fields {
  const patch: Fields = {};
  for (const name of [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()) {
    if (!(name in before)) {
      if (diff.additions) patch[name] = after[name];
    } else if (!(name in after)) {
      if (diff.deletions) patch[name] = null;
    } else diffField(name, before[name], after[name], path, diff, patch);
  }
  return patch;
}

function diffField(
  name: string,
  before: unknown,
  after: unknown,
  path: readonly string[],
  diff: Diff,
  patch: Fields,
): void {
  const rule = ruleOf(diff.kind, path, name);
  if (isFields(before) && isFields(after)) {
    const inner = diffFields(before, after, [...path, name], diff);
    if (isEmpty(inner)) return;
    if (rule.retainKeys) inner.$retainKeys = Object.keys(after).sort();
    patch[name] = inner;
  } else if (Array.isArray(before) && Array.isArray(after) && rule.merge) {
    if (rule.key === undefined) diffScalars(name, before, after, diff, patch);
    else diffItems(name, rule.key, rule.retainKeys === true, before, after, [...path, name], diff, patch);
  } else if (diff.additions && !isEqual(before, after)) patch[name] = after;
}

function diffScalars(
  name: string,
  before: readonly unknown[],
  after: readonly unknown[],
  diff: Diff,
  patch: Fields,
): void {
  const added = after.filter((item) => !before.includes(item));
  const removed = before.filter((item) => !after.includes(item));
  if (diff.additions && added.length > 0) patch[name] = added;
  if (diff.deletions && removed.length > 0) patch[`$deleteFromPrimitiveList/${name}`] = removed;
  if ((diff.additions && added.length > 0) || (diff.deletions && removed.length > 0)) {
    patch[`$setElementOrder/${name}`] = [...after];
  }
}

function diffItems(
  name: string,
  key: string,
  retainKeys: boolean,
  before: readonly unknown[],
  after: readonly unknown[],
  path: readonly string[],
  diff: Diff,
  patch: Fields,
): void {
  const [old, fresh] = [keyed(before, key), keyed(after, key)];
  // What has no key, or one key twice, cannot be merged.
  if (old === undefined || fresh === undefined) {
    if (diff.additions && !isEqual(before, after)) patch[name] = after;
    return;
  }
  const changes: Fields[] = [];
  for (const [id, item] of fresh) {
    const present = old.get(id);
    if (present === undefined) {
      if (diff.additions) changes.push(item);
      continue;
    }
    const inner = diffFields(present, item, path, diff);
    if (isEmpty(inner)) continue;
    if (retainKeys) inner.$retainKeys = Object.keys(item).sort();
    changes.push({ ...inner, [key]: id });
  }
  if (diff.deletions) {
    for (const id of old.keys()) if (!fresh.has(id)) changes.push({ [key]: id, $patch: 'delete' });
  }
  const order = (ids: Iterable<unknown>): unknown[] => [...ids];
  const common = order(fresh.keys()).filter((id) => old.has(id));
  const moved =
    diff.additions &&
    !isEqual(
      common,
      order(old.keys()).filter((id) => fresh.has(id)),
    );
  if (changes.length > 0) patch[name] = changes;
  if (changes.length > 0 || moved) {
    patch[`$setElementOrder/${name}`] = order(fresh.keys()).map((id) => ({ [key]: id }));
  }
}

function keyed(items: readonly unknown[], key: string): Map<unknown, Fields> | undefined {
  const out = new Map<unknown, Fields>();
  for (const item of items) {
    if (!isFields(item) || item[key] === undefined || out.has(item[key])) return undefined;
    out.set(item[key], item);
  }
  return out;
}

/** Both patches as one; the second wins. */
function joinFields(kind: string, a: Fields, b: Fields, path: readonly string[]): Fields {
  const out: Fields = { ...a };
  for (const [name, change] of Object.entries(b)) {
    const other = out[name];
    if (isFields(other) && isFields(change)) out[name] = joinFields(kind, other, change, [...path, name]);
    else if (Array.isArray(other) && Array.isArray(change)) {
      const { key } = ruleOf(kind, path, name);
      out[name] = key === undefined ? change : joinItems(kind, key, other, change, [...path, name]);
    } else out[name] = change;
  }
  return out;
}

function joinItems(
  kind: string,
  key: string,
  a: readonly unknown[],
  b: readonly unknown[],
  path: readonly string[],
): unknown[] {
  const items = new Map((a as readonly Fields[]).map((item) => [item[key], item]));
  for (const item of b as readonly Fields[]) {
    const other = items.get(item[key]);
    items.set(item[key], other === undefined ? item : joinFields(kind, other, item, path));
  }
  return [...items.values()];
}
