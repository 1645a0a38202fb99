/**
 * Checks a chart as `helm lint` does. What is linted is read elsewhere: nothing here touches a disk.
 * Helm: pkg/chart/v2/lint/lint.go RunAll.
 */
import { type Capabilities, copyTable, ignoreWarnings, OFFLINE_CAPABILITIES, type Warn } from '@pack/core';
import { type GoMap, newMap } from 'go-template';
import type { World } from '../functions/world.ts';
import { type Asking, functionsIn, type LiveSources, untilAnswered } from '../live-lookup.ts';
import { webWorld } from '../world.ts';
import { checkChartYaml } from './chart-yaml.ts';
import { checkCrds } from './crds.ts';
import { checkDependencies } from './dependencies.ts';
import { type Finding, Findings } from './finding.ts';
import type { LintSubject } from './subject.ts';
import { checkTemplates } from './templates.ts';
import { checkValues } from './values.ts';

export { checkDeclared } from './dependencies.ts';
export { type Finding, Findings, formatFinding, type Severity } from './finding.ts';
export { checkHooks } from './hooks.ts';
export type { Entry, EntryName, LintSubject } from './subject.ts';
export { checkObjects } from './templates.ts';

export interface LintOptions {
  /** The user's values. */
  readonly values?: GoMap;
  /** `default` if absent. */
  readonly namespace?: string;
  /** Of the cluster that the chart is for: for `.Capabilities` and deprecated APIs. */
  readonly capabilities?: Capabilities;
  /** What templates may ask for; nothing if absent. */
  readonly sources?: LiveSources;
  readonly skipSchemaValidation?: boolean;
  /** Whether hooks of events that Helm does not know are errors; Helm lints without a word of them. */
  readonly strictHooks?: boolean;
  readonly world?: World;
  /** Hears also what `required` and `fail` would have ended a render with. */
  readonly warn?: Warn;
}

/** All that speaks against a chart, rule by rule. Faults of the chart never throw. */
export async function lintChart(subject: LintSubject, options: LintOptions = {}): Promise<Finding[]> {
  const { sources = {}, warn = ignoreWarnings } = options;
  let warnings: Parameters<Warn>[] = [];
  const findings = await untilAnswered(sources, (asking) => {
    warnings = [];
    return lintOnce(subject, { ...options, warn: (...warning) => warnings.push(warning) }, asking);
  });
  for (const warning of warnings) warn(...warning);
  return findings;
}

async function lintOnce(
  subject: LintSubject,
  options: LintOptions & { readonly warn: Warn },
  { lookup, resolveHost, call }: Asking,
): Promise<Finding[]> {
  const { namespace = 'default', skipSchemaValidation = false, capabilities = OFFLINE_CAPABILITIES, warn } = options;
  const { strictHooks = false } = options;
  const world = {
    ...(options.world ?? webWorld()),
    ...(resolveHost !== undefined && { resolveHost }),
    ...functionsIn(options.sources ?? {}, () => call),
  };
  const values = options.values === undefined ? newMap() : copyTable(options.values);
  const findings = new Findings();
  checkChartYaml(subject, findings);
  await checkValues(subject, { values, skipSchemaValidation, warn }, findings);
  await checkTemplates(
    subject,
    { values, namespace, capabilities, skipSchemaValidation, world, warn, lookup, strictHooks },
    findings,
  );
  checkDependencies(subject, findings);
  checkCrds(subject, findings);
  return findings.all;
}
