/** Where plugins are; apart from what reads them, which takes time to load. */
import { readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Io } from '../command.ts';
import type { Given } from '../flags/parse.ts';
import { pathsOf, setting } from '../settings.ts';

export interface PluginFolders {
  /** Helm: HELM_PLUGINS, of which there may be several. */
  readonly shared: readonly string[];
  /** For plugins in JavaScript: Helm would complain of them. */
  readonly own: string;
}

const NONE = { args: [], bool: () => false, string: () => undefined, list: () => [], has: () => false };

export function pluginFolders(io: Io, given: Given = NONE): PluginFolders {
  const { plugins, dataHome } = pathsOf(given, io.env);
  return { shared: plugins.split(delimiter).filter((path) => path !== ''), own: join(dataHome, 'pack-plugins') };
}

/** Helm: HELM_NO_PLUGINS. */
export const isWithoutPlugins = (io: Io): boolean => setting(io.env, 'NO_PLUGINS') === '1';

/** Whether there may be plugins at all. */
export function mayHavePlugins(io: Io): boolean {
  if (isWithoutPlugins(io)) return false;
  const { shared, own } = pluginFolders(io);
  return [...shared, own].some((root) => {
    try {
      return readdirSync(root).length > 0;
    } catch {
      return false;
    }
  });
}
