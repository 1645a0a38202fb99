/** The functions that Helm's templates have from Sprig 3.3.0, and those that Helm puts in their place. */
import { type FuncMap, func } from 'go-template';

import { type CryptoFunctionName, cryptoSignatures } from './crypto-signatures.ts';
import { dateFunctions } from './date.ts';
import { defaultFunctions } from './defaults.ts';
import { dictFunctions } from './dict.ts';
import { encodingFunctions } from './encoding.ts';
import { hashFunctions } from './hash.ts';
import { listFunctions } from './list.ts';
import { mathFunctions } from './math.ts';
import { pathFunctions } from './path.ts';
import { randomFunctions } from './random.ts';
import { reflectFunctions } from './reflect.ts';
import { regexpFunctions } from './regexp.ts';
import { semverFunctions } from './semver.ts';
import { serializationFunctions } from './serialization.ts';
import { stringFunctions } from './string.ts';
import { urlFunctions } from './url.ts';
import type { World } from './world.ts';

const pure: FuncMap = {
  ...defaultFunctions,
  ...dictFunctions,
  ...encodingFunctions,
  ...hashFunctions,
  ...listFunctions,
  ...mathFunctions,
  ...pathFunctions,
  ...reflectFunctions,
  ...regexpFunctions,
  ...semverFunctions,
  ...serializationFunctions,
  ...stringFunctions,
  ...urlFunctions,
};

/** Declared so that templates parse; the engine loads crypto.ts before it renders one that calls them. */
const unloaded = Object.fromEntries(
  Object.entries(cryptoSignatures).map(([name, signature]) => [
    name,
    func(signature, () => {
      throw new Error(`the function ${name} is not loaded`);
    }),
  ]),
) as Record<CryptoFunctionName, FuncMap[string]>;

/**
 * Sprig's functions as Helm exposes them, without env and expandenv, and without `fail`, which the engine owns.
 * `crypto` is what `cryptoFunctions` of crypto.ts returns; see `usesCrypto`.
 */
export function sprigFunctions(world: World, crypto: FuncMap = unloaded): FuncMap {
  return {
    ...pure,
    ...dateFunctions(world),
    ...randomFunctions(world),
    ...crypto,
    getHostByName: func('func(string) string', (name: string) => world.resolveHost?.(name)[0] ?? ''),
  };
}
