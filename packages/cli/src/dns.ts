/** Addresses of hosts, for templates that may ask for them. */
import { lookup } from 'node:dns/promises';

/** None for a host that is not known, or where nobody can say. */
export async function addressesOf(name: string): Promise<string[]> {
  try {
    return (await lookup(name, { all: true })).map(({ address }) => address);
  } catch {
    return [];
  }
}
