/** Data keys that are enciphered with age. */
import type { Unwrap } from './decrypt.ts';

/** `identities`: `AGE-SECRET-KEY-1…` and `AGE-SECRET-KEY-PQ-1…`. Others are passed over. */
export function ageUnwrap(identities: readonly string[]): Unwrap {
  const own = identities.filter((identity) => /^AGE-SECRET-KEY-(?:PQ-)?1/.test(identity));
  return async ({ kind, enc }) => {
    if (kind !== 'age' || own.length === 0) return undefined;
    const { armor, Decrypter } = await import('age-encryption');
    const decrypter = new Decrypter();
    for (const identity of own) addIdentity(decrypter, identity);
    try {
      return await decrypter.decrypt(armor.decode(enc));
    } catch (e) {
      if (e instanceof Error && /no identity matched/.test(e.message)) return undefined;
      throw e;
    }
  };
}

function addIdentity(decrypter: { addIdentity(identity: string): void }, identity: string): void {
  try {
    decrypter.addIdentity(identity);
  } catch {
    // What the library says may quote the key.
    throw new Error('one of your age keys is malformed');
  }
}
