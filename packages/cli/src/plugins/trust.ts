/** No code of a plugin runs before somebody has agreed to just that code. */
import { PackError } from '@pack/core';
import type { Io } from '../command.ts';
import { ask } from '../prompt.ts';
import { folderDigest } from './digest.ts';
import type { Plugin } from './folder.ts';
import { readPins, writePin } from './lock.ts';

/** Throws PLUGIN_UNTRUSTED where nobody is there to agree, or does not. */
export async function ensureTrusted(plugin: Plugin, io: Io): Promise<void> {
  const fault = distrust(plugin);
  if (fault === undefined) return;
  const { message, digest, source } = fault;
  if (isAttended(io) && (await agrees(`${message}. Run it? [y/N] `, io))) {
    return writePin(plugin.root, plugin.name, { version: plugin.version, digest, source });
  }
  throw new PackError('PLUGIN_UNTRUSTED', message, {
    hint: `look at ${plugin.dir}, then: pack plugin trust ${plugin.name}`,
  });
}

/** Why a plugin may not run as it is. */
export function distrust(plugin: Plugin): { message: string; digest: string; source: string } | undefined {
  const pin = readPins(plugin.root).get(plugin.name);
  const digest = folderDigest(plugin.dir);
  if (pin?.digest === digest) return undefined;
  const why = pin === undefined ? 'nobody has agreed to its code' : 'its code is not what was agreed to';
  return { message: `plugin ${JSON.stringify(plugin.name)}: ${why}`, digest, source: pin?.source ?? '' };
}

export const isAttended = (io: Io): boolean => io.terminal === true && process.stdin.isTTY === true;

export const agrees = async (question: string, io: Io): Promise<boolean> =>
  /^y(?:es)?$/i.test((await ask(question, { isHidden: false }, io)).trim());
