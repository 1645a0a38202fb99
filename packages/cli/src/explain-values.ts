/** Where the values of a release come from, for people who wonder. */
import {
  type Chart,
  coalesceValues,
  encodeJson,
  originsOf,
  pathText,
  processDependencies,
  type ValueLayer,
} from '@pack/core';
import type { GoMap } from 'go-template';

import { formatTable } from './output/table.ts';

export interface ExplainedValue {
  /** As `--set` takes it. */
  readonly path: string;
  readonly value: unknown;
  readonly origin: string;
}

/** Of what templates see; `layers` are all sources, those that count least first. */
export function explainedValues(values: GoMap, layers: readonly ValueLayer[]): ExplainedValue[] {
  return originsOf(values, layers).map(({ path, value, origin = 'computed' }) => ({
    path: pathText(path),
    value: isSecret(path, value, origin) ? '(hidden)' : value,
    origin,
  }));
}

export function formatExplained(explained: readonly ExplainedValue[]): string {
  const rows = explained.map(({ path, value, origin }) => [path, encodeJson(value), origin]);
  return `${formatTable([['PATH', 'VALUE', 'ORIGIN'], ...rows], { maxColumnWidth: 80 })}\n`;
}

/** `defaults` are what comes before what is set now. */
export function explainChart(chart: Chart, values: GoMap, layers: readonly ValueLayer[]): string {
  const processed = processDependencies(chart, values);
  return formatExplained(explainedValues(coalesceValues(processed, values), layers));
}

const SECRET_WORD = /passw|passphrase|secret|token|credential|(?:private|api|access|encryption)[-_]?key/i;

/** By its name, or since it comes from a file that is encrypted. */
const isSecret = (path: readonly string[], value: unknown, origin: string): boolean =>
  origin.startsWith('-f secrets://') ||
  (typeof value !== 'boolean' && value !== '' && value !== null && path.some((key) => SECRET_WORD.test(key)));
