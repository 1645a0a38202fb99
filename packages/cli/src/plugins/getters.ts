/** Charts, indexes and values by `proto://`, from plugins. Helm: pkg/getter/plugingetter.go, runGetter. */

import { join } from 'node:path';
import { PackError } from '@pack/core';
import type { Access, HttpFetch } from '@pack/repo';
import type { Io } from '../command.ts';
import type { Given } from '../flags/parse.ts';
import { pluginEnvironment } from './environment.ts';
import { listPlugins, type Plugin } from './folder.ts';
import { mayHavePlugins } from './paths.ts';
import { prepareCommand } from './platform-command.ts';
import { runProcess } from './process.ts';
import { ensureTrusted } from './trust.ts';

const NONE: Given = { args: [], bool: () => false, string: () => undefined, list: () => [], has: () => false };

/** The scheme of an address that a plugin may serve. */
export const schemeOf = (url: string): string | undefined => /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]?.toLowerCase();

/** The plugin for a scheme. */
export const getterFor = (scheme: string, io: Io): Plugin | undefined =>
  mayHavePlugins(io) ? listPlugins(io, 'getter/v1').find(({ protocols }) => protocols.includes(scheme)) : undefined;

type Options = Partial<
  Pick<Access, 'certFile' | 'keyFile' | 'caFile' | 'username' | 'password' | 'pass_credentials_all'>
>;

/** What a plugin gets at an address. Throws PLUGIN_FAILED with Helm's words, PLUGIN_UNTRUSTED. */
export async function getByPlugin(
  plugin: Plugin,
  href: string,
  options: Options,
  io: Io,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const { name, dir, protocolCommands } = plugin;
  await ensureTrusted(plugin, io);
  const scheme = schemeOf(href) ?? '';
  const commands = protocolCommands.find(({ protocols }) => protocols.includes(scheme));
  if (commands === undefined)
    throw new PackError('PLUGIN_FAILED', `no downloader found for protocol ${JSON.stringify(scheme)}`);
  const { certFile = '', keyFile = '', caFile = '', username = '', password = '' } = options;
  const env = {
    ...pluginEnvironment(plugin, io, NONE),
    HELM_PLUGIN_USERNAME: username,
    HELM_PLUGIN_PASSWORD: password,
    HELM_PLUGIN_PASS_CREDENTIALS_ALL: String(options.pass_credentials_all ?? false),
  };
  const prepared = prepareCommand(commands.platformCommand, { env, expandArgs: false });
  const { code, stdout } = await runProcess({
    // Always within the plugin, as Helm has it.
    command: join(dir, prepared.command),
    args: [...prepared.args, certFile, keyFile, caFile, href],
    env,
    signal: signal ?? io.interrupts?.(),
    onStderr: (text) => io.stderr(text),
  });
  if (code !== 0) throw new PackError('PLUGIN_FAILED', `plugin ${JSON.stringify(name)} exited with error`);
  return stdout;
}

/** A `fetch` that asks plugins for what is not HTTP. */
export const fetchThroughPlugins =
  (http: HttpFetch, access: Options, io: Io): HttpFetch =>
  async (url, request) => {
    const scheme = schemeOf(url);
    const plugin = scheme === undefined || /^https?$/.test(scheme) ? undefined : getterFor(scheme, io);
    if (plugin === undefined) return http(url, request);
    return new Response((await getByPlugin(plugin, url, access, io, request?.signal)) as BodyInit);
  };
