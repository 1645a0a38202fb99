import type { World } from '../functions/world.ts';
import { nativeCrypto, openssl } from './crypto.ts';
import { systemZones } from './zones.ts';

/**
 * The machine's clock, randomness, zones and cryptography. `tz` is the variable TZ: a zone's name, perhaps after a
 * colon, '' for UTC; without it the system's zone holds.
 */
export function systemWorld({ tz }: { tz?: string | undefined } = {}): World {
  const zoneData = systemZones();
  return {
    now: () => new Date(),
    random: (n) => new Uint8Array(openssl().randomBytes(n)),
    // Asked for late: the first formatter of a process costs as long as a small render.
    get timeZone() {
      return tz?.replace(/^:/, '') ?? new Intl.DateTimeFormat().resolvedOptions().timeZone;
    },
    crypto: nativeCrypto,
    ...(zoneData === undefined ? {} : { zoneData }),
  };
}
