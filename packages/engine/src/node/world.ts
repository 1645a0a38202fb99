import { randomBytes } from 'node:crypto';

import type { World } from '../functions/world.ts';
import { nativeCrypto } from './crypto.ts';
import { systemZones } from './zones.ts';

/**
 * The machine's clock, randomness, zones and cryptography. `tz` is the variable TZ: a zone's name, perhaps after a
 * colon, '' for UTC; without it the system's zone holds.
 */
export function systemWorld({ tz }: { tz?: string | undefined } = {}): World {
  const zoneData = systemZones();
  return {
    now: () => new Date(),
    random: (n) => new Uint8Array(randomBytes(n)),
    timeZone: tz?.replace(/^:/, '') ?? new Intl.DateTimeFormat().resolvedOptions().timeZone,
    crypto: nativeCrypto,
    ...(zoneData === undefined ? {} : { zoneData }),
  };
}
