import type { Group, Row } from './command.ts';

/** The first words of commands that have two. */
export const groups: readonly Group[] = [
  { name: 'cache', summary: 'look after the cache of charts' },
  { name: 'completion', summary: 'print the script that completes commands in a shell' },
  { name: 'dependency', summary: "manage a chart's dependencies", aliases: ['dep', 'dependencies'] },
  { name: 'registry', summary: 'log in to registries and out of them, or serve one' },
  { name: 'repo', summary: 'look after the list of repositories' },
  { name: 'search', summary: 'search for charts' },
  { name: 'show', summary: 'show what a chart says of itself', aliases: ['inspect'] },
];

/** Every command, in the order of the help. Only the one that runs is loaded. */
export const commands: readonly Row[] = [
  {
    name: 'cache list',
    summary: 'list what the cache holds',
    aliases: ['ls'],
    load: () => import('./commands/cache-list.ts'),
  },
  {
    name: 'cache prune',
    summary: 'empty the cache',
    load: () => import('./commands/cache-prune.ts'),
  },
  {
    name: 'cache verify',
    summary: 'hold the cache to its digests',
    load: () => import('./commands/cache-verify.ts'),
  },
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
    name: 'dependency build',
    summary: 'fetch what the lock names',
    load: () => import('./commands/dependency-build.ts'),
  },
  {
    name: 'dependency list',
    summary: 'list the dependencies of a chart',
    aliases: ['ls'],
    load: () => import('./commands/dependency-list.ts'),
  },
  {
    name: 'dependency outdated',
    summary: 'list dependencies with newer versions',
    load: () => import('./commands/dependency-outdated.ts'),
  },
  {
    name: 'dependency tree',
    summary: 'show what a chart depends on, and that in turn',
    load: () => import('./commands/dependency-tree.ts'),
  },
  {
    name: 'dependency update',
    summary: 'choose, fetch and lock dependencies',
    aliases: ['up'],
    load: () => import('./commands/dependency-update.ts'),
  },
  {
    name: 'dependency why',
    summary: 'show by which ways a chart comes to depend on another',
    load: () => import('./commands/dependency-why.ts'),
  },
  { name: 'env', summary: 'print the settings that pack works with', load: () => import('./commands/env.ts') },
  { name: 'keygen', summary: 'make a pair of keys to sign files with', load: () => import('./commands/keygen.ts') },
  { name: 'lint', summary: 'look for what is wrong with charts', load: () => import('./commands/lint.ts') },
  { name: 'package', summary: 'put charts into archives', load: () => import('./commands/package.ts') },
  {
    name: 'pull',
    summary: 'fetch charts',
    aliases: ['fetch'],
    load: () => import('./commands/pull.ts'),
  },
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
  {
    name: 'registry serve',
    summary: 'serve a folder as a registry',
    load: () => import('./commands/registry-serve.ts'),
  },
  {
    name: 'repo add',
    summary: 'put a repository on the list',
    load: () => import('./commands/repo-add.ts'),
  },
  {
    name: 'repo index',
    summary: 'write the index of a folder of archives',
    load: () => import('./commands/repo-index.ts'),
  },
  {
    name: 'repo list',
    summary: 'list the repositories',
    aliases: ['ls'],
    load: () => import('./commands/repo-list.ts'),
  },
  {
    name: 'repo remove',
    summary: 'take repositories off the list',
    aliases: ['rm'],
    load: () => import('./commands/repo-remove.ts'),
  },
  {
    name: 'repo update',
    summary: 'fetch the indexes of repositories anew',
    aliases: ['up'],
    load: () => import('./commands/repo-update.ts'),
  },
  {
    name: 'search hub',
    summary: 'search Artifact Hub',
    load: () => import('./commands/search-hub.ts'),
  },
  {
    name: 'search repo',
    summary: 'search the repositories on the list',
    load: () => import('./commands/search-repo.ts'),
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
