/** `--post-renderer`, of which most commands that could have it have none. */
import type { PostRenderer } from '@pack/release';
import type { Io } from '../command.ts';
import type { Given } from '../flags/parse.ts';

/** One command asks more than once, and a person is to be asked once. */
const known = new WeakMap<Given, Promise<readonly PostRenderer[]>>();

/** What flags name, in their order. Throws USAGE for what is not there, PLUGIN_UNTRUSTED. */
export function postRenderersOf(given: Given, io: Io): Promise<readonly PostRenderer[]> {
  let found = known.get(given);
  if (found === undefined) known.set(given, (found = load(given, io)));
  return found;
}

async function load(given: Given, io: Io): Promise<readonly PostRenderer[]> {
  if (given.list('post-renderer').length === 0) return [];
  const { findPostRenderers } = await import('./post-renderers.ts');
  return findPostRenderers(given, io);
}
