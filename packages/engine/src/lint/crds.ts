/** The rules on CRDs. Helm: pkg/chart/v2/lint/rules/crds.go. */
import { crdsOf } from '@pack/core';
import { fromBytes, GoError } from 'go-template';
import type { Findings } from './finding.ts';
import { readObjects } from './object-stream.ts';
import type { LintSubject } from './subject.ts';

const FOLDER = 'crds/';

export function checkCrds({ entries, chart }: LintSubject, findings: Findings): void {
  if (entries.crds === undefined) return;
  if (!findings.check('ERROR', FOLDER, entries.crds === 'folder' ? undefined : 'not a directory')) return;
  if (chart instanceof Error) {
    findings.check('ERROR', FOLDER, chart.message);
    return;
  }
  for (const { file } of crdsOf(chart)) {
    try {
      for (const { apiVersion = '', Kind = '' } of readObjects(fromBytes(file.data))) {
        const isOfGroup = apiVersion.startsWith('apiextensions.k8s.io');
        findings.check('ERROR', file.name, isOfGroup ? undefined : "apiVersion is not in 'apiextensions.k8s.io'");
        const isCrd = Kind === 'CustomResourceDefinition';
        findings.check('ERROR', file.name, isCrd ? undefined : "object kind is not 'CustomResourceDefinition'");
      }
    } catch (e) {
      if (!(e instanceof GoError)) throw e;
      // The first file that is no YAML ends it all.
      findings.check('ERROR', file.name, `unable to parse YAML: ${e.message}`);
      return;
    }
  }
}
