import { basename } from 'node:path';
import { writeAtomic } from '@pack/core/node';
import { minisign } from '@pack/provenance/node';
import type { Command, Io } from '../command.ts';
import { text } from '../flags/common.ts';
import type { Given } from '../flags/parse.ts';
import { askHidden, passphraseOf } from '../passphrase.ts';
import { read } from '../verify-chart.ts';

export const command: Command = {
  usage: 'sign FILE [FILE] [...] [flags]',
  description:
    'Signs files with a key of minisign, each into FILE.minisig.\n\nFor the provenance files that Helm verifies see `package --sign`.',
  args: [1, Number.POSITIVE_INFINITY],
  flags: {
    comment: text('comment that is not signed'),
    'passphrase-file': text('file with the passphrase, `-` for standard input'),
    'secret-key': text('file of the secret key', 'minisign.key'),
    'trusted-comment': text('comment that is signed too'),
  },
  run: sign,
};

async function sign(given: Given, io: Io): Promise<void> {
  const file = given.string('secret-key') ?? 'minisign.key';
  const secretKey = read(file);
  let known: Promise<string> | undefined;
  const passphrase = (): Promise<string> => (known ??= passphraseFor(file, given, io));
  const comment = given.string('comment');
  for (const path of given.args) {
    const signature = await minisign(read(path), {
      secretKey,
      passphrase,
      trustedComment: given.string('trusted-comment') ?? trustedComment(path, io),
      ...(comment !== undefined && { comment }),
    });
    writeAtomic(`${path}.minisig`, signature);
    io.stdout(`Signed ${path}: ${path}.minisig\n`);
  }
}

function passphraseFor(key: string, given: Given, io: Io): Promise<string> {
  const file = given.string('passphrase-file');
  return file === undefined ? askHidden(`Passphrase of ${key}: `, io) : passphraseOf(file, io);
}

/** What minisign itself writes. */
function trustedComment(path: string, { env }: Io): string {
  const epoch = env['SOURCE_DATE_EPOCH'];
  const seconds = epoch !== undefined && /^\d+$/.test(epoch) ? epoch : Math.floor(Date.now() / 1000);
  return `timestamp:${seconds}\tfile:${basename(path)}\thashed`;
}
