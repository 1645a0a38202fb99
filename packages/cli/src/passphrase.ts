/** Where passphrases come from: a file, standard input, or whoever sits at the terminal. */
import { fstatSync, readFileSync } from 'node:fs';
import { PackError } from '@pack/core';
import { fromBytes, quoteGo } from 'go-template';
import type { Io } from './command.ts';
import { UsageError } from './flags/parse.ts';
import { pathErrorText } from './go-error.ts';
import { ask } from './prompt.ts';

/** The first line of a file, `-` for standard input. Throws PASSPHRASE_UNREADABLE. Helm: passphraseFileFetcher. */
export async function passphraseOf(file: string, io: Io): Promise<string> {
  const text = file === '-' ? await piped(io) : read(file);
  if (text === '') throw unreadable('EOF');
  return (text.split('\n')[0] as string).replace(/\r$/, '');
}

const unreadable = (message: string, cause?: unknown): PackError =>
  new PackError('PASSPHRASE_UNREADABLE', message, { cause });

function read(file: string): string {
  try {
    return fromBytes(readFileSync(file));
  } catch (e) {
    throw unreadable(pathErrorText('open', file, e), e);
  }
}

async function piped(io: Io): Promise<string> {
  const stdin = fstatSync(0);
  if (!stdin.isFIFO() && !stdin.isSocket())
    throw unreadable('specified reading passphrase from stdin, without input on stdin');
  return io.stdin();
}

/** Asks for the passphrase of a key. Helm: promptUser. */
export const askForKey = (identity: string, io: Io): Promise<string> =>
  askHidden(`Password for key ${quoteGo(identity)} >  `, io);

/** A line that is typed and not shown. Throws USAGE where there is no terminal, with Go's words. */
export async function askHidden(question: string, io: Io): Promise<string> {
  if (!process.stdin.isTTY)
    throw new UsageError('inappropriate ioctl for device', 'give the passphrase with --passphrase-file');
  return ask(question, { isHidden: true }, io);
}
