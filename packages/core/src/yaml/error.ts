import { GoError } from 'go-template';

const brand: unique symbol = Symbol.for('pack.error') as never;

/** A text that is not the YAML, JSON or TOML it should be, or a value that cannot be written so; the message is Go's. */
export class TextError extends GoError {
  readonly [brand] = true;
  readonly code = 'TEXT_INVALID';
  /** From 1; absent where the fault has no place. Go's own messages count otherwise and are often one line short. */
  declare readonly line?: number;

  constructor(message: string, line?: number) {
    super(message);
    if (line !== undefined) this.line = line;
  }
}

/** An error of go-yaml itself. `place` is the line its message shows, 0 when it shows none; `line` counts from 1. */
export const yamlError = (problem: string, place = 0, line?: number): TextError =>
  new TextError(`yaml: ${place === 0 ? '' : `line ${place}: `}${problem}`, line);
