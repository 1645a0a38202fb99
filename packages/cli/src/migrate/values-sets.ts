/** Values to render a chart with, so that a conversion proves itself. */
import { type Chart, type ChartFile, decodeYamlMap, isCodedError } from '@pack/core';
import { fromBytes, GoError, type GoMap, isMap, newMap } from 'go-template';

export interface ValuesSet {
  /** `default`, `ci/x-values.yaml`, `ingress.enabled=true` */
  readonly name: string;
  readonly values: GoMap;
}

/** Switches of a chart that are tried, one at a time. */
const MAX_SWITCHES = 60;
const MAX_DEPTH = 6;

/**
 * The chart's own values, those of its ci/ folder, and its own with each switch the other way. `others` are files that the
 * chart ignores, as most do with ci/.
 */
export function valuesSetsOf(chart: Chart, others: readonly ChartFile[] = []): ValuesSet[] {
  const sets: ValuesSet[] = [{ name: 'default', values: newMap() }];
  const known = new Set<string>();
  for (const { name, data } of [...chart.raw, ...others]) {
    if (!/^ci\/[^/]*\.ya?ml$/.test(name) || known.has(name)) continue;
    known.add(name);
    try {
      sets.push({ name, values: decodeYamlMap(fromBytes(data)) });
    } catch (e) {
      if (!(e instanceof GoError || isCodedError(e))) throw e;
    }
  }
  for (const [path, value] of switchesOf(chart.values).slice(0, MAX_SWITCHES)) {
    sets.push({ name: `${path.join('.')}=${!value}`, values: nested(path, !value) });
  }
  return sets;
}

type Switch = readonly [path: readonly string[], value: boolean];

function switchesOf(values: GoMap, path: readonly string[] = []): Switch[] {
  if (path.length >= MAX_DEPTH) return [];
  return Object.entries(values).flatMap(([name, value]): Switch[] => {
    const own = [...path, name];
    if (typeof value === 'boolean') return [[own, value]];
    return isMap(value) ? switchesOf(value as GoMap, own) : [];
  });
}

function nested([first = '', ...rest]: readonly string[], value: unknown): GoMap {
  const map = newMap();
  map[first] = rest.length === 0 ? value : nested(rest, value);
  return map;
}
