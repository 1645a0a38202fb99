/** What a command is, and what it may touch of the world. */
import type { Choice, Flags, Given } from './flags/parse.ts';
import type { Secrecy } from './output/secret-io.ts';

export interface Io {
  stdout(text: string): void;
  stderr(text: string): void;
  /** All of standard input. */
  stdin(): Promise<string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether a person sees standard error as it is written. */
  readonly terminal?: boolean;
  /** Whether a person reads standard output. */
  readonly readable?: boolean;
  /** Whether the streams are those of this process, which programs that it starts may use too. */
  readonly isProcess?: boolean;
  /** Aborted by the first Ctrl-C or SIGTERM from now on; the second ends the process. */
  interrupts?(): AbortSignal;
  /** What of the output is secret; `main` sees to it. */
  readonly secrecy?: Secrecy;
}

/** What completion offers for a word; `files`: names of files serve too; `open`: the word goes on after it. */
export interface Completions {
  readonly choices: readonly Choice[];
  readonly files?: boolean;
  readonly open?: boolean;
}

export interface Command {
  /** After the program's name: `template [NAME] [CHART] [flags]`. */
  readonly usage: string;
  readonly description?: string;
  readonly flags: Flags;
  /** How many arguments it takes. */
  readonly args: readonly [least: number, most: number];
  /** Completions of the argument that begins with `word`, after those of `given`. Default: files. */
  complete?(given: Given, word: string, io: Io): Completions | Promise<Completions>;
  /** Completions of the values of flags, by the name of the flag. Default: files. */
  readonly completeFlag?: Readonly<Record<string, (given: Given, io: Io) => Completions | Promise<Completions>>>;
  /** Flags of which only one may be given. */
  readonly exclusive?: readonly (readonly string[])[];
  /** The exit code, if it is not 0. `words` are the first words of all commands. */
  run(given: Given, io: Io, words?: ReadonlySet<string>): Promise<void | number>;
}

/** A row of the table of commands: enough for help and completion without loading any. */
export interface Row {
  readonly name: string;
  readonly summary: string;
  /** Other words for the last of the name. */
  readonly aliases?: readonly string[];
  readonly hidden?: boolean;
  readonly load: () => Promise<{ readonly command: Command }>;
}

/** The first word of several commands. */
export interface Group {
  readonly name: string;
  readonly summary: string;
  readonly aliases?: readonly string[];
}
