/** What a command is, and what it may touch of the world. */
import type { Flags, Given } from './flags/parse.ts';

export interface Io {
  stdout(text: string): void;
  stderr(text: string): void;
  /** All of standard input. */
  stdin(): Promise<string>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Command {
  /** After the program's name: `template [NAME] [CHART] [flags]`. */
  readonly usage: string;
  readonly summary: string;
  readonly description?: string;
  readonly flags: Flags;
  /** How many arguments it takes. */
  readonly args: readonly [least: number, most: number];
  run(given: Given, io: Io): Promise<void>;
}

/** A row of the table of commands: enough for help and completion without loading any. */
export interface Row {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<{ readonly command: Command }>;
}
