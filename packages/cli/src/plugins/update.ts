import { cpSync, existsSync, lstatSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { PackError } from '@pack/core';
import type { Io } from '../command.ts';
import type { Given } from '../flags/parse.ts';
import { folderDigest } from './digest.ts';
import { type Plugin, readPlugin } from './folder.ts';
import { pullRepository } from './git.ts';
import { runHook } from './hooks.ts';
import { repinned, replacePlugin, verifiedArchive } from './install.ts';
import { readPins } from './lock.ts';
import { sourceOf } from './sources.ts';

/**
 * A checkout is pulled, what came from elsewhere comes from there anew. Throws PLUGIN_NOT_FOUND where nobody knows from
 * where, PLUGIN_UNTRUSTED. Helm: updatePlugin.
 */
export async function updatePlugin(plugin: Plugin, given: Given, io: Io): Promise<void> {
  const source = readPins(plugin.root).get(plugin.name)?.source ?? '';
  const location = realpathSync(plugin.dir);
  const isLink = lstatSync(plugin.dir).isSymbolicLink();
  if (existsSync(join(location, '.git'))) {
    if (isLink) return updateLinked(plugin, location, source, given, io);
    await replacePlugin(plugin, source, given, io, async (staging) => {
      const copy = join(staging, 'checkout');
      cpSync(location, copy, { recursive: true, verbatimSymlinks: true });
      await pullRepository(copy, io);
      return copy;
    });
    return;
  }
  if (isLink || source === '') throw new PackError('PLUGIN_NOT_FOUND', 'cannot get information about plugin source');
  const from = await sourceOf(source, given, io);
  await replacePlugin(plugin, source, given, io, async (staging) => {
    const archive = await verifiedArchive(from, staging, given, io);
    return from.stage(staging, archive);
  });
}

/** A folder of the user's own, which is pulled where it is. */
async function updateLinked(plugin: Plugin, location: string, source: string, given: Given, io: Io): Promise<void> {
  const before = folderDigest(location);
  await pullRepository(location, io);
  const renewed = readPlugin(plugin.dir, plugin.root);
  await repinned(renewed, source, folderDigest(location) !== before, given, io);
  await runHook(renewed, 'update', io);
}
