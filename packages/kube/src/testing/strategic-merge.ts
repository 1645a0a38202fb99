/** What a strategic merge patch makes of an object. apimachinery: strategicpatch.StrategicMergePatch. */
import { type Fields, isEqual, isFields } from '../patch/json.ts';
import { ruleOf } from '../patch/rules.ts';

const DELETE_FROM = '$deleteFromPrimitiveList/';
const ORDER = '$setElementOrder/';

/** Throws TypeError for a directive that does not fit. */
export const applyStrategicPatch = (kind: string, object: Fields, patch: Fields): Fields =>
  mergeFields(kind, object, patch, []);

function mergeFields(kind: string, before: Fields, patch: Fields, path: readonly string[]): Fields {
  const { $patch: directive, $retainKeys: retained, ...changes } = patch;
  if (directive === 'replace') return withoutDirectives(changes);
  if (directive === 'delete') return {};
  if (directive !== undefined && directive !== 'merge') throw new TypeError(`Unknown patch type ${String(directive)}`);
  const out: Fields = Array.isArray(retained)
    ? Object.fromEntries(Object.entries(before).filter(([name]) => retained.includes(name)))
    : { ...before };
  for (const [name, change] of Object.entries(changes)) {
    if (name.startsWith(DELETE_FROM)) {
      const field = name.slice(DELETE_FROM.length);
      const items = out[field];
      if (Array.isArray(items) && Array.isArray(change)) out[field] = items.filter((item) => !change.includes(item));
    } else if (!name.startsWith(ORDER)) {
      if (change === null) delete out[name];
      else out[name] = mergeField(kind, name, out[name], change, path);
    }
  }
  for (const [name, order] of Object.entries(changes)) {
    if (!name.startsWith(ORDER) || !Array.isArray(order)) continue;
    const field = name.slice(ORDER.length);
    const items = out[field];
    if (Array.isArray(items)) out[field] = ordered(items, order, ruleOf(kind, path, field).key);
  }
  return out;
}

function mergeField(kind: string, name: string, before: unknown, change: unknown, path: readonly string[]): unknown {
  if (isFields(change)) {
    return mergeFields(kind, isFields(before) ? before : {}, change, [...path, name]);
  }
  const rule = ruleOf(kind, path, name);
  if (!Array.isArray(change) || !rule.merge) return change;
  const items: readonly unknown[] = Array.isArray(before) ? before : [];
  if (rule.key === undefined) return [...items, ...change.filter((item) => !items.includes(item))];
  return mergeItems(kind, rule.key, items, change, [...path, name]);
}

function mergeItems(
  kind: string,
  key: string,
  before: readonly unknown[],
  changes: readonly unknown[],
  path: readonly string[],
): unknown[] {
  const isWhole = changes.some((change) => isFields(change) && change.$patch === 'replace');
  if (isWhole) return changes.filter((change) => !(isFields(change) && change.$patch === 'replace'));
  const out = [...before];
  for (const change of changes) {
    if (!isFields(change) || change[key] === undefined) {
      throw new TypeError(`map: ${JSON.stringify(change)} does not contain declared merge key: ${key}`);
    }
    const at = out.findIndex((item) => isFields(item) && isEqual(item[key], change[key]));
    if (change.$patch === 'delete') {
      if (at >= 0) out.splice(at, 1);
    } else if (at >= 0) out[at] = mergeFields(kind, out[at] as Fields, change, path);
    else out.push(mergeFields(kind, {}, change, path));
  }
  return out;
}

/** Those that are named come in their order; the others stay behind the one that they stood behind. */
function ordered(items: readonly unknown[], order: readonly unknown[], key: string | undefined): unknown[] {
  const idOf = (item: unknown): unknown => (key !== undefined && isFields(item) ? item[key] : item);
  const ranks = order.map(idOf);
  const named = items
    .filter((item) => ranks.includes(idOf(item)))
    .sort((a, b) => ranks.indexOf(idOf(a)) - ranks.indexOf(idOf(b)));
  const out: unknown[] = [];
  for (const item of items) out.push(ranks.includes(idOf(item)) ? named.shift() : item);
  return out;
}

function withoutDirectives(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !name.startsWith('$')));
}
