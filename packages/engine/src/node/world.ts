import { readlinkSync } from 'node:fs';
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
    get timeZone() {
      return tz?.replace(/^:/, '') ?? localZone();
    },
    crypto: nativeCrypto,
    ...(zoneData === undefined ? {} : { zoneData }),
  };
}

/** Where Go looks. The first formatter of a process costs as long as a small render, and is asked last. */
function localZone(): string {
  if (process.platform !== 'win32') {
    try {
      const [, name] = /\/zoneinfo\/(?:posix\/|right\/)?(.+)$/.exec(readlinkSync('/etc/localtime')) ?? [];
      if (name !== undefined) return name;
    } catch (e) {
      if ((e as NodeJS.ErrnoException).code === 'ENOENT') return 'UTC';
    }
  }
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}
