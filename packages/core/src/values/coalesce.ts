/** How a user's values and those of charts become one tree. Helm: pkg/chart/common/util/coalesce.go. */
import { formatV, GoError, type GoMap, isMap, newMap, quoteGo, sprintf } from 'go-template';

import type { Chart } from '../chart/chart.ts';
import { ignoreWarnings, type Warn } from '../warn.ts';
import { copyTable, has } from './table.ts';

const GLOBAL = 'global';

/** Tables are changed in place here: all that comes in from outside has been copied. */
interface Context {
  readonly warn: Warn;
  /** Whether nulls are kept: they then still can delete what a later step brings. */
  readonly merge: boolean;
}

/**
 * The values that a chart's templates see: the user's over the chart's, and so on below for each subchart. A null of
 * the user deletes a default. Throws GoError `type mismatch on …` where a subchart's values are no table.
 */
export const coalesceValues = (chart: Chart, values: GoMap, warn: Warn = ignoreWarnings): GoMap =>
  coalesce(chart, copyTable(values), '', { warn, merge: false });

/** As {@link coalesceValues}, with nulls kept. */
export const mergeValues = (chart: Chart, values: GoMap, warn: Warn = ignoreWarnings): GoMap =>
  coalesce(chart, copyTable(values), '', { warn, merge: true });

/** `over` over `under`, a null deleting what it stands over; `over` is changed. Helm: CoalesceTables. */
export const coalesceTables = (over: GoMap, under: GoMap, warn: Warn = ignoreWarnings): GoMap =>
  overlay(over, under, '', { warn, merge: false });

/** As {@link coalesceTables}, with nulls kept. Helm: MergeTables. */
export const mergeTables = (over: GoMap, under: GoMap, warn: Warn = ignoreWarnings): GoMap =>
  overlay(over, under, '', { warn, merge: true });

const joined = (prefix: string, key: string): string => (prefix === '' ? key : `${prefix}.${key}`);

function coalesce(chart: Chart, values: GoMap, prefix: string, context: Context): GoMap {
  addDefaults(chart, values, prefix, context);
  const below = joined(prefix, chart.metadata.name);
  for (const subchart of chart.dependencies) {
    const { name } = subchart.metadata;
    if (!has(values, name)) values[name] = newMap();
    const own = values[name];
    if (!isMap(own)) throw new GoError(sprintf('type mismatch on %s: %t', name, own));
    passGlobals(values, own, below, context);
    values[name] = coalesce(subchart, own, below, context);
  }
  return values;
}

/** Fills in what the chart's own values say and `values` do not. */
function addDefaults(chart: Chart, values: GoMap, prefix: string, context: Context): void {
  const { warn, merge } = context;
  const place = joined(prefix, chart.metadata.name);
  const defaults = copyTable(chart.values);
  for (const key of Object.keys(defaults)) {
    const value = defaults[key];
    if (!has(values, key)) {
      if (!merge && value === null) continue;
      if (!merge && isMap(value)) dropNulls(value);
      values[key] = value;
      continue;
    }
    const given = values[key];
    if (given === null && !merge) {
      delete values[key];
    } else if (isMap(given)) {
      if (!isMap(value)) {
        if (value !== null) warn(`warning: skipped value for ${place}.${key}: Not a table.`);
        continue;
      }
      // The nulls of a subchart's table have their say when that subchart is coalesced.
      const mergeHere = merge || chart.dependencies.some((subchart) => subchart.metadata.name === key);
      if (!mergeHere) dropNulls(value);
      overlay(given, value, joined(place, key), { warn, merge: mergeHere });
    }
  }
}

/** Hands a chart's globals to a subchart: they win over its own. */
function passGlobals(from: GoMap, to: GoMap, prefix: string, { warn }: Context): void {
  const own = has(to, GLOBAL) ? to[GLOBAL] : newMap();
  if (!isMap(own)) {
    warn(`warning: skipping globals because destination ${GLOBAL} is not a table.`);
    return;
  }
  const passed = has(from, GLOBAL) ? from[GLOBAL] : newMap();
  if (!isMap(passed)) {
    warn(`warning: skipping globals because source ${GLOBAL} is not a table.`);
    return;
  }
  for (const key of Object.keys(passed)) {
    const value = passed[key];
    const old = own[key];
    if (isMap(value)) {
      const table = Object.assign(newMap(), value);
      if (has(own, key) && !isMap(old)) {
        warn(`Conflict: cannot merge map onto non-map for ${quoteGo(key)}. Skipping.`);
        continue;
      }
      own[key] = isMap(old) ? overlay(table, old, joined(prefix, key), { warn, merge: true }) : table;
    } else if (isMap(old)) {
      warn(`key ${key} is table. Skipping`);
    } else {
      own[key] = value;
    }
  }
  to[GLOBAL] = own;
}

/** Puts `over` over `under`, in place. A null of `over` deletes only what `under` does set. */
function overlay(over: GoMap, under: GoMap, prefix: string, context: Context): GoMap {
  const { warn, merge } = context;
  const set = new Set(Object.keys(under).filter((key) => under[key] !== null));
  for (const key of Object.keys(over)) if (over[key] === null) under[key] = null;
  for (const key of Object.keys(under)) {
    const value = under[key];
    const place = joined(prefix, key);
    if (!has(over, key)) {
      over[key] = value;
      continue;
    }
    const winner = over[key];
    if (winner === null && !merge && set.has(key)) delete over[key];
    else if (isMap(value)) {
      if (isMap(winner)) overlay(winner, value, place, context);
      else warn(`warning: cannot overwrite table with non table for ${place} (${formatV(value)})`);
    } else if (isMap(winner) && value !== null) {
      warn(`warning: destination for ${place} is a table. Ignoring non-table value (${formatV(value)})`);
    }
  }
  return over;
}

function dropNulls(table: GoMap): void {
  for (const key of Object.keys(table)) {
    const value = table[key];
    if (value === null) delete table[key];
    else if (isMap(value)) dropNulls(value);
  }
}
