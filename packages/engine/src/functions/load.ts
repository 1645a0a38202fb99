/** Loads the functions that signatures.ts only declares. */
import type { FuncMap } from 'go-template';

import { cryptoSignatures, hashSignatures, regexpSignatures } from './signatures.ts';
import type { World } from './world.ts';

const naming = (signatures: object): RegExp => new RegExp(`\\b(${Object.keys(signatures).join('|')})\\b`);

const MODULES = [
  {
    names: naming(cryptoSignatures),
    load: async (world: World) => (await import('./crypto.ts')).cryptoFunctions(world),
  },
  { names: naming(hashSignatures), load: async () => (await import('./hash.ts')).hashFunctions },
  { names: naming(regexpSignatures), load: async () => (await import('./regexp.ts')).regexpFunctions },
];

/**
 * Loads the functions that any of the texts names. Texts are templates, and also values and files if templates hand
 * them to tpl.
 */
export async function loadFunctions(world: World, texts: readonly string[]): Promise<FuncMap> {
  const needed = MODULES.filter(({ names }) => texts.some((text) => names.test(text)));
  const loaded = await Promise.all(needed.map(({ load }) => load(world)));
  return Object.assign({}, ...loaded) as FuncMap;
}
