/** The one place through which a command's output goes, so that no secret that the command came to know is in it. */
import type { Io } from '../command.ts';

/** What is known of secrets so far, and what becomes of standard output. */
export interface Secrecy {
  /** A text without the secrets in it; absent while none are known. */
  hide?: (text: string) => string;
  /** Whether secrets on standard output are what was asked for. */
  showsStdout?: boolean;
}

export function secretIo(io: Io): Io {
  const secrecy: Secrecy = {};
  return {
    ...io,
    secrecy,
    stdout: (text) => io.stdout(asShown(text, secrecy)),
    stderr: (text) => io.stderr(secrecy.hide === undefined ? text : secrecy.hide(text)),
  };
}

/** A text as it would be on standard output, for what is written elsewhere instead. */
export const asShown = (text: string, { hide, showsStdout }: Secrecy = {}): string =>
  hide === undefined || showsStdout ? text : hide(text);
