import type { GoMap } from 'go-template';

import { valueAt } from '../values/table.ts';
import type { Pack, PackDependency } from './pack.ts';

/**
 * The dependencies of a pack that are to be fetched: not those that are switched off, nor those of `resolve: never`, nor,
 * unless `resolve: always`, those that a condition switches off in its own values. Without a repository it lies there already.
 */
export function neededOf({ dependencies = [] }: Pack, values: GoMap): PackDependency[] {
  return dependencies
    .filter(({ enabled }) => enabled !== false)
    .filter(({ condition, resolve = 'when-enabled' }) => resolve !== 'when-enabled' || !isOff(condition, values))
    .map((dependency) => (dependency.resolve === 'never' ? withoutRepository(dependency) : dependency));
}

function withoutRepository({ repository: _, ...dependency }: PackDependency): PackDependency {
  return dependency;
}

/** As it is when the pack is rendered: the first path that leads to true or false decides. */
function isOff(condition = '', values: GoMap): boolean {
  for (const path of condition.trim().split(',')) {
    const value = path === '' ? undefined : valueAt(values, path);
    if (typeof value === 'boolean') return !value;
  }
  return false;
}
