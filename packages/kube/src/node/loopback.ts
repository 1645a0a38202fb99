import { isIPv4 } from 'node:net';

/**
 * Whether a host, without brackets, is this machine. Addresses of IPv6 are taken as URLs spell them: Node's own test of them
 * takes milliseconds the first time.
 */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (host.startsWith('127.') && isIPv4(host));
