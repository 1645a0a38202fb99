import type { Row } from './command.ts';

/** Every command, in the order of the help. Only the one that runs is loaded. */
export const commands: readonly Row[] = [
  { name: 'package', summary: 'put charts into archives', load: () => import('./commands/package.ts') },
  { name: 'show all', summary: 'show all that a chart says of itself', load: () => import('./commands/show-all.ts') },
  { name: 'show chart', summary: "show a chart's Chart.yaml", load: () => import('./commands/show-chart.ts') },
  { name: 'show crds', summary: "show a chart's CRDs", load: () => import('./commands/show-crds.ts') },
  { name: 'show readme', summary: "show a chart's README", load: () => import('./commands/show-readme.ts') },
  { name: 'show values', summary: "show a chart's values", load: () => import('./commands/show-values.ts') },
  { name: 'template', summary: 'render templates locally', load: () => import('./commands/template.ts') },
  { name: 'version', summary: 'print the version', load: () => import('./commands/version.ts') },
];

/** Other names of groups and commands, as Helm has them. */
export const aliases: Readonly<Record<string, string>> = {
  dep: 'dependency',
  dependencies: 'dependency',
  ls: 'list',
  inspect: 'show',
};
