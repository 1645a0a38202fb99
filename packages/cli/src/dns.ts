/** Addresses of hosts, for templates that may ask for them. */

/** None for a host that is not known, or where nobody can say. */
export async function addressesOf(name: string): Promise<string[]> {
  const { lookup } = await import('node:dns/promises');
  try {
    return (await lookup(name, { all: true })).map(({ address }) => address);
  } catch {
    return [];
  }
}
