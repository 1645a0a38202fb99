/** The rules on values.yaml. Helm: pkg/chart/v2/lint/rules/values.go. */
import { coalesceTables, decodeYaml, decodeYamlStruct, type Warn } from '@pack/core';
import { fromBytes, GoError, type GoMap, isMap, newMap } from 'go-template';
import { loadJudge } from '../schema.ts';
import type { Complaint, Findings } from './finding.ts';
import { isDirectory, type LintSubject } from './subject.ts';

const FILE = 'values.yaml';

export interface ValuesRuleOptions {
  /** The user's values. Tables in them get what the chart's have beside them, as the later rules see them in Helm. */
  readonly values: GoMap;
  readonly skipSchemaValidation: boolean;
  readonly warn: Warn;
}

/** Go's name of the type is part of its message about what is no map. */
const VALUES = { name: 'Values', type: 'common.Values', fields: {} };

function readValues(text: string): GoMap {
  const value = decodeYaml(text);
  return isMap(value) ? value : (decodeYamlStruct(text, VALUES) ?? newMap());
}

/** Only the chart's own schema is asked, and of subcharts' values only what stands in the chart's. */
export async function checkValues(subject: LintSubject, options: ValuesRuleOptions, findings: Findings): Promise<void> {
  if (findings.check('INFO', FILE, subject.entries[FILE] === undefined ? 'file does not exist' : undefined))
    findings.check('ERROR', FILE, await fault(subject, options));
}

async function fault(
  subject: LintSubject,
  { values, skipSchemaValidation, warn }: ValuesRuleOptions,
): Promise<Complaint> {
  const { [FILE]: file, 'values.schema.json': schema } = subject.entries;
  if (!(file instanceof Uint8Array)) return `unable to parse YAML: ${isDirectory(subject, FILE)}`;
  let own: GoMap;
  try {
    own = readValues(fromBytes(file));
  } catch (e) {
    if (e instanceof GoError) return `unable to parse YAML: ${e.message}`;
    throw e;
  }
  const all = coalesceTables(coalesceTables(newMap(), values, warn), own, warn);
  if (!(schema instanceof Uint8Array) || schema.length === 0 || skipSchemaValidation) return undefined;
  const judge = await loadJudge();
  return judge(fromBytes(schema), all, { warn }) || undefined;
}
