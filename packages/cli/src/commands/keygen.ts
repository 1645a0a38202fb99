import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomic } from '@pack/core/node';
import { generateMinisignKeys } from '@pack/provenance/node';
import type { Command, Io } from '../command.ts';
import { bool, text } from '../flags/common.ts';
import { type Given, UsageError } from '../flags/parse.ts';
import { askHidden, passphraseOf } from '../passphrase.ts';

export const command: Command = {
  usage: 'keygen [NAME] [flags]',
  description:
    'Makes a pair of keys of minisign: NAME.pub, which others verify with, and NAME.key, which `sign` signs with.\n\nThe secret key is locked with a passphrase unless --no-passphrase is given.',
  args: [0, 1],
  flags: {
    destination: text('folder to write to', '.', 'd'),
    force: bool('replace keys that are there'),
    'no-passphrase': bool('leave the secret key unlocked'),
    'passphrase-file': text('file with the passphrase, `-` for standard input'),
  },
  async run(given, io) {
    const folder = given.string('destination') ?? '.';
    const name = given.args[0] ?? 'minisign';
    const [publicFile, secretFile] = [join(folder, `${name}.pub`), join(folder, `${name}.key`)];
    const there = [publicFile, secretFile].find((file) => existsSync(file));
    // A key that is lost cannot be made again.
    if (there !== undefined && !given.bool('force'))
      throw new UsageError(`${there} already exists`, 'choose another name, or give --force to replace it');
    const { publicKey, secretKey, id } = await generateMinisignKeys({ passphrase: await newPassphrase(given, io) });
    mkdirSync(folder, { recursive: true });
    writeAtomic(secretFile, secretKey, { mode: 0o600 });
    writeAtomic(publicFile, publicKey);
    io.stdout(`Secret key saved to: ${secretFile}\nPublic key saved to: ${publicFile}\nKey ID: ${id}\n`);
  },
};

async function newPassphrase(given: Given, io: Io): Promise<string> {
  if (given.bool('no-passphrase')) return '';
  const file = given.string('passphrase-file');
  if (file !== undefined) return passphraseOf(file, io);
  const passphrase = await askHidden('Passphrase of the new key: ', io);
  if (passphrase === '') throw new UsageError('the passphrase is empty', 'give --no-passphrase to have none');
  if ((await askHidden('Once more: ', io)) !== passphrase) throw new UsageError('the passphrases differ');
  return passphrase;
}
