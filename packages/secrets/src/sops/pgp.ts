/** Data keys that are enciphered with OpenPGP, where there is no GnuPG. */
import type { Unwrap } from './decrypt.ts';

/** `armored`: a private key. */
export function pgpUnwrap(armored: string, passphrase: string): Unwrap {
  return async ({ kind, enc }) => {
    if (kind !== 'pgp') return undefined;
    const { decrypt, decryptKey, readMessage, readPrivateKey } = await import('openpgp');
    const stored = await readPrivateKey({ armoredKey: armored });
    const key = stored.isDecrypted() ? stored : await decryptKey({ privateKey: stored, passphrase });
    const message = await readMessage({ armoredMessage: enc });
    const ids = key.getKeyIDs().map((id) => id.toHex());
    if (!message.getEncryptionKeyIDs().some((id) => ids.includes(id.toHex()))) return undefined;
    const { data } = await decrypt({ message, decryptionKeys: key, format: 'binary' });
    return data as Uint8Array;
  };
}
