/** Coverage for people to read. */
import type { TemplateCoverage } from '../coverage.ts';
import type { Paint } from './text.ts';

const percent = (entered: number, branches: number): string =>
  branches === 0 ? '100.0%' : `${((entered / branches) * 100).toFixed(1)}%`;

export function coverageReport(templates: readonly TemplateCoverage[], paint: Paint): string {
  const total = (of: 'entered' | 'branches'): number => templates.reduce((sum, template) => sum + template[of], 0);
  const lines = templates.flatMap(({ path, branches, entered, missed }) => [
    `  ${(missed.length === 0 ? paint.good : paint.bad)(percent(entered, branches).padStart(6))}  ${path} (${entered} of ${branches})`,
    ...missed.map(({ line, column, kind }) => `          ${line}:${column} ${kind}`),
  ]);
  const [entered, branches] = [total('entered'), total('branches')];
  return `Branches:    ${percent(entered, branches)} (${entered} of ${branches})\n${lines.map((line) => `${line}\n`).join('')}\n`;
}
