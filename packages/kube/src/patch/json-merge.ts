/** Merge patches. RFC 7386. */
import { type Fields, isEmpty, isEqual, isFields } from './json.ts';

export interface MergeDiffOptions {
  readonly additions: boolean;
  readonly deletions: boolean;
}

/** What makes `after` of `before`. */
export function createMergePatch(
  before: Fields,
  after: Fields,
  options: MergeDiffOptions = { additions: true, deletions: true },
): Fields {
  const patch: Fields = {};
  for (const name of Object.keys(after)) {
    const [old, fresh] = [before[name], after[name]];
    if (isFields(old) && isFields(fresh)) {
      const inner = createMergePatch(old, fresh, options);
      if (!isEmpty(inner)) patch[name] = inner;
    } else if (options.additions && !(name in before && isEqual(old, fresh))) patch[name] = fresh;
  }
  if (options.deletions) for (const name of Object.keys(before)) if (!(name in after)) patch[name] = null;
  return patch;
}

/** What the patch makes of a value. */
export function applyMergePatch(value: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch;
  const out: Fields = isFields(value) ? { ...value } : {};
  for (const [name, change] of Object.entries(patch)) {
    if (change === null) delete out[name];
    else out[name] = applyMergePatch(out[name], change);
  }
  return out;
}

/**
 * What was in `original` and is no longer in `modified` goes, what `modified` has comes, and what others put into
 * `current` stays. apimachinery: jsonmergepatch.CreateThreeWayJSONMergePatch.
 */
export function createThreeWayMergePatch(original: Fields, modified: Fields, current: Fields): Fields {
  const additions = createMergePatch(current, modified, { additions: true, deletions: false });
  const deletions = createMergePatch(original, modified, { additions: false, deletions: true });
  return joined(deletions, additions);
}

function joined(a: Fields, b: Fields): Fields {
  const out: Fields = { ...a };
  for (const [name, change] of Object.entries(b)) {
    const other = out[name];
    out[name] = isFields(other) && isFields(change) ? joined(other, change) : change;
  }
  return out;
}
