import { formatVerification } from '@pack/provenance';
import { toBytes } from 'go-template';
import type { Command } from '../command.ts';
import { text } from '../flags/common.ts';
import type { Given } from '../flags/parse.ts';
import { defaultKeyring, read, verifyChart } from '../verify-chart.ts';

export const command: Command = {
  usage: 'verify PATH [flags]',
  description:
    'Verifies that a file is what its author has signed.\n\nThe archive of a chart is held against its provenance file PATH.prov and a keyring of OpenPGP. With --public-key, any\nfile is held against its signature of minisign, PATH.minisig.',
  args: [1, 1],
  flags: {
    keyring: text('keyring of public keys, as `gpg --export` writes it'),
    'public-key': text('public key of minisign, or the path of its file'),
    signature: text('path of the signature of minisign, if it is not PATH.minisig'),
  },
  async run(given, io) {
    const path = given.args[0] as string;
    if (given.has('public-key')) return io.stdout(await verifyMinisigned(path, given));
    const keyring = given.string('keyring') ?? defaultKeyring(io.env);
    io.stdout(formatVerification(await verifyChart(path, `${path}.prov`, keyring)));
  },
};

async function verifyMinisigned(path: string, given: Given): Promise<string> {
  const { verifyMinisign } = await import('@pack/provenance/node');
  const data = read(path);
  const signature = read(given.string('signature') ?? `${path}.minisig`);
  const { trustedComment } = verifyMinisign(data, signature, publicKeyOf(given.string('public-key') as string));
  return `Signature and comment signature verified\nTrusted comment: ${trustedComment}\n`;
}

/** A key is always as long as this, and no path. */
const publicKeyOf = (given: string): Uint8Array => (/^RW[A-Za-z0-9+/]{54}$/.test(given) ? toBytes(given) : read(given));
