import type { enums, LiteralDataPacket } from 'openpgp';
import { signedBytes } from './clear-sign.ts';
import { loadOpenPgp } from './keyring.ts';

/** openpgp's types hide what takes bytes; its strings would have to be UTF-8. */
interface Settable {
  setBytes(bytes: Uint8Array, format: enums.literal): void;
}

/** A text as signatures are made over it. */
export async function literalOf(text: string): Promise<LiteralDataPacket> {
  const { LiteralDataPacket, enums } = await loadOpenPgp();
  const literal = new LiteralDataPacket();
  (literal as unknown as Settable).setBytes(signedBytes(text), enums.literal.binary);
  return literal;
}
