/** Plugins as commands: `pack NAME ARGS`. Helm: pkg/cmd/load_plugins.go. */
import { PackError } from '@pack/core';
import { fromBytes } from 'go-template';
import type { Io } from '../command.ts';
import { globalFlags } from '../flags/common.ts';
import { type Given, parseFlags } from '../flags/parse.ts';
import { pluginEnvironment } from './environment.ts';
import { findPlugin, listPlugins, type Plugin } from './folder.ts';
import { isWithoutPlugins } from './paths.ts';
import { prepareCommand } from './platform-command.ts';
import { runProcess } from './process.ts';
import { ensureTrusted } from './trust.ts';

/** The plugin that is a command of that name. */
export const commandPlugin = (name: string, io: Io): Plugin | undefined =>
  isWithoutPlugins(io) ? undefined : findPlugin(name, io, 'cli/v1');

/** What the help lists beside the commands of its own. */
export const commandPlugins = (io: Io): { name: string; summary: string }[] =>
  (isWithoutPlugins(io) ? [] : listPlugins(io, 'cli/v1')).map(({ name, shortHelp }) => ({
    name,
    summary: shortHelp || `the ${JSON.stringify(name)} plugin`,
  }));

export const pluginHelp = ({ name, usage, shortHelp, longHelp }: Plugin): string =>
  `${(longHelp || shortHelp || `the ${JSON.stringify(name)} plugin`).trimEnd()}\n\nUsage:\n  pack ${usage || name}\n`;

/** Helm takes these for itself and tells the plugin by variables. */
const OWN = [
  'kube-context',
  'namespace',
  'kubeconfig',
  'kube-apiserver',
  'kube-token',
  'kube-as-user',
  'kube-as-group',
  'kube-ca-file',
  'registry-config',
  'repository-cache',
  'repository-config',
  'kube-insecure-skip-tls-verify',
  'kube-tls-server-name',
];
const OWN_WORDS: ReadonlySet<string> = new Set(['-n', ...OWN.map((name) => `--${name}`)]);

/** Helm: manuallyProcessArgs. */
export function divideArgs(args: readonly string[]): { own: string[]; others: string[] } {
  const own: string[] = [];
  const others: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string;
    if (arg === '--debug') own.push(arg);
    else if (OWN_WORDS.has(arg)) own.push(...args.slice(i, ++i + 1));
    else if (OWN_WORDS.has(arg.replace(/=.*$/s, '')) && arg.includes('=')) own.push(arg);
    else others.push(arg);
  }
  return { own, others };
}

/** The flags that are Helm's own: `--kube-insecure-skip-tls-verify` takes a word too here. */
export const settingsIn = (own: readonly string[]): Given => parseFlags(own, globalFlags);

/** Runs a plugin with what stands around its name; the exit code is the plugin's. */
export async function runPluginCommand(plugin: Plugin, argv: readonly string[], io: Io): Promise<number> {
  const { own, others } = divideArgs(argv);
  const settings = settingsIn(own);
  if (plugin.runtime !== 'subprocess') {
    throw new PackError('PLUGIN_COMMAND_MISSING', `unsupported plugin runtime type: ${JSON.stringify(plugin.runtime)}`);
  }
  await ensureTrusted(plugin, io);
  const env = pluginEnvironment(plugin, io, settings);
  const extraArgs = plugin.ignoreFlags ? [] : others;
  let prepared: ReturnType<typeof prepareCommand>;
  try {
    prepared = prepareCommand(plugin.platformCommand, { env, extraArgs });
  } catch (e) {
    if (!(e instanceof PackError)) throw e;
    throw new PackError(e.code, `failed to prepare plugin command: ${e.message}`, { cause: e });
  }
  const terminal = io.isProcess === true;
  // The first Ctrl-C is the plugin's: at a terminal it has had it already.
  const signal = io.interrupts?.();
  const { code, stdout } = await runProcess({
    ...prepared,
    env,
    terminal,
    signal: terminal && process.stdin.isTTY ? undefined : signal,
    onStderr: (text) => io.stderr(text),
  });
  if (!terminal) io.stdout(fromBytes(stdout));
  if (code !== 0) io.stderr(`Error: plugin ${JSON.stringify(plugin.name)} exited with error\n`);
  return code;
}
