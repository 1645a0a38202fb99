/** Installed plugins: Helm's folders, which are shared with it, and one for those that Helm cannot read. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isCodedError, PackError } from '@pack/core';
import type { Io } from '../command.ts';
import { pathErrorText } from '../go-error.ts';
import { warnOn } from '../output/warn.ts';
import { PLUGIN_FILE, type PluginManifest, parsePluginManifest } from './manifest.ts';
import { pluginFolders } from './paths.ts';

export interface Plugin extends PluginManifest {
  /** Its own folder, or the link to it. */
  readonly dir: string;
  /** The folder of plugins that it lies in. */
  readonly root: string;
}

/** The plugin of a folder. Throws PLUGIN_INVALID, PLUGIN_UNREADABLE with Helm's words. */
export function readPlugin(dir: string, root: string): Plugin {
  const file = join(dir, PLUGIN_FILE);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (e) {
    const message = `failed to read plugin at ${JSON.stringify(file)}: ${pathErrorText('open', file, e)}`;
    throw new PackError('PLUGIN_UNREADABLE', message, { cause: e });
  }
  try {
    return { ...parsePluginManifest(text), dir, root };
  } catch (e) {
    if (!isCodedError(e)) throw e;
    throw new PackError(e.code, `failed to load plugin ${JSON.stringify(dir)}: ${e.message}`, { cause: e });
  }
}

/** All that can be read, by folder and name; of what cannot be read only a warning is heard. */
export function listPlugins(io: Io, type?: string): Plugin[] {
  let all = listed.get(io);
  if (all === undefined) listed.set(io, (all = readAll(io)));
  return all.filter((plugin) => type === undefined || type === '' || plugin.type === type);
}

/** One command asks more than once, and one warning is enough. */
const listed = new WeakMap<Io, readonly Plugin[]>();

function readAll(io: Io): Plugin[] {
  const { shared, own } = pluginFolders(io);
  const found = new Map<string, Plugin>();
  for (const root of [...shared, own]) {
    for (const name of folderNames(root)) {
      const dir = join(root, name);
      const plugin = readOrWarn(dir, root, io);
      if (plugin === undefined) continue;
      const other = found.get(plugin.name);
      if (other === undefined) found.set(plugin.name, plugin);
      else
        warnOn(io)('two plugins claim one name (ignoring the second)', {
          name: plugin.name,
          first: other.dir,
          second: dir,
        });
    }
  }
  return [...found.values()];
}

/** Folders that have a plugin.yaml. */
function folderNames(root: string): string[] {
  let names: string[];
  try {
    names = readdirSync(root);
  } catch {
    return [];
  }
  return names.filter((name) => !name.startsWith('.') && existsSync(join(root, name, PLUGIN_FILE))).sort();
}

function readOrWarn(dir: string, root: string, io: Io): Plugin | undefined {
  try {
    return readPlugin(dir, root);
  } catch (e) {
    if (!isCodedError(e)) throw e;
    warnOn(io)('failed to load plugin (ignoring)', { plugin_yaml: join(dir, PLUGIN_FILE), error: e.message });
    return undefined;
  }
}

export const findPlugin = (name: string, io: Io, type?: string): Plugin | undefined =>
  listPlugins(io, type).find((plugin) => plugin.name === name);
