/** Merge patches. RFC 7386. */
import { type Fields, isEmpty, isEqual, isFields, put } from './json.ts';

/** What makes `after` of `before`; what is null in `after` goes, for a patch cannot say it otherwise. */
export function createMergePatch(before: Fields, after: Fields): Fields {
  const patch: Fields = {};
  for (const name of Object.keys(after)) {
    const old = Object.hasOwn(before, name) ? before[name] : undefined;
    const fresh = after[name];
    if (isFields(old) && isFields(fresh)) {
      const inner = createMergePatch(old, fresh);
      if (!isEmpty(inner)) put(patch, name, inner);
    } else if (old === undefined || !isEqual(old, fresh)) put(patch, name, fresh);
  }
  for (const name of Object.keys(before)) if (!Object.hasOwn(after, name)) put(patch, name, null);
  return patch;
}

/** What the patch makes of a value. */
export function applyMergePatch(value: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch;
  const out: Fields = isFields(value) ? { ...value } : {};
  for (const [name, change] of Object.entries(patch)) {
    if (change === null) delete out[name];
    else put(out, name, applyMergePatch(Object.hasOwn(out, name) ? out[name] : undefined, change));
  }
  return out;
}

/**
 * What was in `original` and is no longer in `modified` goes, what `modified` has comes, and what others put into
 * `current` stays. apimachinery: jsonmergepatch.CreateThreeWayJSONMergePatch.
 */
export function createThreeWayMergePatch(original: Fields, modified: Fields, current: Fields): Fields {
  const additions = filtered(createMergePatch(current, modified), false);
  const deletions = filtered(createMergePatch(original, modified), true);
  return joined(deletions, additions);
}

/** The nulls of a patch alone, or all but them; tables that so become empty go with them. */
function filtered(patch: Fields, nulls: boolean): Fields {
  const out: Fields = {};
  for (const [name, change] of Object.entries(patch)) {
    if (isFields(change) && !isEmpty(change)) {
      const inner = filtered(change, nulls);
      if (!isEmpty(inner)) put(out, name, inner);
    } else if ((change === null) === nulls) put(out, name, change);
  }
  return out;
}

function joined(a: Fields, b: Fields): Fields {
  const out: Fields = { ...a };
  for (const [name, change] of Object.entries(b)) {
    const other = Object.hasOwn(out, name) ? out[name] : undefined;
    put(out, name, isFields(other) && isFields(change) ? joined(other, change) : change);
  }
  return out;
}
