/** The functions that Helm's templates have from Sprig 3.3.0, and those that Helm puts in their place. */
import { type FuncMap, func, GoError } from 'go-template';

import { dateFunctions } from './date.ts';
import { defaultFunctions } from './defaults.ts';
import { dictFunctions } from './dict.ts';
import { encodingFunctions } from './encoding.ts';
import { listFunctions } from './list.ts';
import { mathFunctions } from './math.ts';
import { pathFunctions } from './path.ts';
import { randomFunctions } from './random.ts';
import { reflectFunctions } from './reflect.ts';
import { semverFunctions } from './semver.ts';
import { serializationFunctions } from './serialization.ts';
import { unloadedFunctions } from './signatures.ts';
import { stringFunctions } from './string.ts';
import { urlFunctions } from './url.ts';
import type { World } from './world.ts';

const pure: FuncMap = {
  ...defaultFunctions,
  ...dictFunctions,
  ...encodingFunctions,
  ...listFunctions,
  ...mathFunctions,
  ...pathFunctions,
  ...reflectFunctions,
  ...semverFunctions,
  ...serializationFunctions,
  ...stringFunctions,
  ...urlFunctions,
};

/**
 * Sprig's functions as Helm exposes them, without env and expandenv, and without `fail`, which the engine owns.
 * `loaded` is what `loadFunctions` of load.ts returned for the texts that may call them.
 */
export function sprigFunctions(world: World, loaded: FuncMap = {}): FuncMap {
  const others = Object.entries(world.functions ?? {});
  return {
    ...Object.fromEntries(others.map(([name, run]) => [name, func('func(...interface {}) interface {}', run)])),
    ...pure,
    ...dateFunctions(world),
    ...randomFunctions(world),
    ...unloadedFunctions,
    ...loaded,
    getHostByName: func('func(string) string', (name: string) => {
      if (world.resolveHost === undefined) return '';
      const [address] = world.resolveHost(name);
      // Go's words for picking one of none.
      if (address === undefined) throw new GoError('invalid argument to Intn');
      return address;
    }),
  };
}
