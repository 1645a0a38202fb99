export { nativeCrypto } from './crypto.ts';
export { systemWorld } from './world.ts';
export { systemZones } from './zones.ts';
