/** What a plugin does when it is installed, updated or removed. Helm: InvokeHook. */
import { PackError } from '@pack/core';
import { fromBytes } from 'go-template';
import type { Io } from '../command.ts';
import { pluginEnvironment } from './environment.ts';
import type { Plugin } from './folder.ts';
import { prepareCommand } from './platform-command.ts';
import { runProcess } from './process.ts';

/** Throws PLUGIN_FAILED with Helm's words. */
export async function runHook(plugin: Plugin, event: 'install' | 'update' | 'delete', io: Io): Promise<void> {
  const { hooks, expandHookArgs } = plugin;
  const commands = Object.hasOwn(hooks, event) ? (hooks[event] ?? []) : [];
  if (commands.length === 0) return;
  const env = pluginEnvironment(plugin, io);
  const { code, stdout } = await runProcess({
    ...prepareCommand(commands, { env, expandArgs: expandHookArgs }),
    env,
    signal: io.interrupts?.(),
    onStderr: (text) => io.stderr(text),
  });
  io.stdout(fromBytes(stdout));
  if (code === 0) return;
  throw new PackError('PLUGIN_FAILED', `plugin ${event} hook for ${JSON.stringify(plugin.name)} exited with error`);
}
