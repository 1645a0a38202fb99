/** What commands do to several plugins: all that can be done, and then what could not. */
import { isCodedError, PackError } from '@pack/core';
import type { Io } from '../command.ts';
import { listPlugins, type Plugin } from './folder.ts';

/** Throws the one fault, or PLUGIN_FAILED with all of them. */
export async function forEachPlugin(
  names: readonly string[],
  verb: string,
  io: Io,
  work: (plugin: Plugin) => Promise<void>,
): Promise<void> {
  const plugins = listPlugins(io);
  const faults: PackError[] = [];
  for (const name of names) {
    const plugin = plugins.find((one) => one.name === name);
    if (plugin === undefined) {
      faults.push(new PackError('PLUGIN_NOT_FOUND', `plugin: ${name} not found`));
      continue;
    }
    try {
      await work(plugin);
    } catch (e) {
      if (!isCodedError(e)) throw e;
      const message = `failed to ${verb} plugin ${name}, got error (${e.message})`;
      faults.push(new PackError(e.code, message, { cause: e, ...(e.hint !== undefined && { hint: e.hint }) }));
    }
  }
  const [first] = faults;
  if (first === undefined) return;
  if (faults.length === 1) throw first;
  throw new PackError('PLUGIN_FAILED', faults.map(({ message }) => message).join('\n'));
}
