/** The world of a web page: its clock, its randomness, its time zone. */
import type { World } from './functions/world.ts';

export const webWorld = (): World => ({
  now: () => new Date(),
  random: (n) => crypto.getRandomValues(new Uint8Array(n)),
  get timeZone() {
    return new Intl.DateTimeFormat().resolvedOptions().timeZone;
  },
});
