/** The rules on subcharts. Helm: pkg/chart/v2/lint/rules/dependencies.go. */
import { type Chart, missingDependencies } from '@pack/core';
import type { Complaint, Findings } from './finding.ts';
import type { LintSubject } from './subject.ts';

export function checkDependencies({ chart, path }: LintSubject, findings: Findings): void {
  if (chart instanceof Error) {
    findings.check('ERROR', '', `unable to load chart\n\t${chart.message}`);
    return;
  }
  checkDeclared(chart, path, findings);
}

export function checkDeclared(chart: Chart, path: string, findings: Findings): void {
  findings.check('ERROR', path, undeclared(chart));
  findings.check('ERROR', path, ambiguous(chart));
  findings.check('WARNING', path, absent(chart));
}

const declared = ({ metadata }: Chart): string[] => (metadata.dependencies ?? []).map(({ name }) => name);
const present = ({ dependencies }: Chart): string[] => dependencies.map(({ metadata }) => metadata.name);

const listed = (text: string, names: readonly string[]): Complaint =>
  names.length === 0 ? undefined : `${text}: ${names.join(',')}`;

function undeclared(chart: Chart): Complaint {
  const known = new Set(declared(chart));
  return listed(
    'chart metadata is missing these dependencies',
    present(chart).filter((name) => !known.has(name)),
  );
}

const absent = (chart: Chart): Complaint =>
  listed('chart directory is missing these dependencies', missingDependencies(chart));

function ambiguous({ metadata }: Chart): Complaint {
  const seen = new Set<string>();
  const names = (metadata.dependencies ?? []).map(({ name, alias }) => alias || name);
  return listed(
    'multiple dependencies with name or alias',
    names.filter((name) => seen.has(name) || !seen.add(name)),
  );
}
