import type { Group, Row } from './command.ts';

/** The first words of commands that have two. */
export const groups: readonly Group[] = [
  { name: 'completion', summary: 'print the script that completes commands in a shell' },
  { name: 'dependency', summary: "manage a chart's dependencies", aliases: ['dep', 'dependencies'] },
  { name: 'registry', summary: 'log in to registries and out of them' },
  { name: 'show', summary: 'show what a chart says of itself', aliases: ['inspect'] },
];

/** Every command, in the order of the help. Only the one that runs is loaded. */
export const commands: readonly Row[] = [
  { name: 'completion bash', summary: 'for bash', load: () => import('./commands/completion-bash.ts') },
  { name: 'completion fish', summary: 'for fish', load: () => import('./commands/completion-fish.ts') },
  {
    name: 'completion powershell',
    summary: 'for PowerShell',
    load: () => import('./commands/completion-powershell.ts'),
  },
  { name: 'completion zsh', summary: 'for zsh', load: () => import('./commands/completion-zsh.ts') },
  { name: 'create', summary: 'make a new chart', load: () => import('./commands/create.ts') },
  {
    name: 'dependency list',
    summary: 'list the dependencies of a chart',
    aliases: ['ls'],
    load: () => import('./commands/dependency-list.ts'),
  },
  { name: 'env', summary: 'print the settings that pack works with', load: () => import('./commands/env.ts') },
  { name: 'keygen', summary: 'make a pair of keys to sign files with', load: () => import('./commands/keygen.ts') },
  { name: 'lint', summary: 'look for what is wrong with charts', load: () => import('./commands/lint.ts') },
  { name: 'package', summary: 'put charts into archives', load: () => import('./commands/package.ts') },
  { name: 'push', summary: 'send a chart to a registry', load: () => import('./commands/push.ts') },
  {
    name: 'registry login',
    summary: 'keep a password for a registry',
    load: () => import('./commands/registry-login.ts'),
  },
  {
    name: 'registry logout',
    summary: 'forget the password for a registry',
    load: () => import('./commands/registry-logout.ts'),
  },
  { name: 'show all', summary: 'show all that a chart says of itself', load: () => import('./commands/show-all.ts') },
  { name: 'show chart', summary: "show a chart's Chart.yaml", load: () => import('./commands/show-chart.ts') },
  { name: 'show crds', summary: "show a chart's CRDs", load: () => import('./commands/show-crds.ts') },
  { name: 'show readme', summary: "show a chart's README", load: () => import('./commands/show-readme.ts') },
  { name: 'show values', summary: "show a chart's values", load: () => import('./commands/show-values.ts') },
  { name: 'sign', summary: 'sign files', load: () => import('./commands/sign.ts') },
  { name: 'template', summary: 'render templates locally', load: () => import('./commands/template.ts') },
  {
    name: 'verify',
    summary: 'verify that a file is what its author signed',
    load: () => import('./commands/verify.ts'),
  },
  { name: 'version', summary: 'print the version', load: () => import('./commands/version.ts') },
];
