/** Warnings, as Helm logs them. */
import type { Warn } from '@pack/core';
import type { Io } from '../command.ts';

export const warnOn =
  (io: Io): Warn =>
  (message, facts = {}) =>
    io.stderr(
      `level=WARN msg=${quoted(message)}${Object.entries(facts)
        .map(([key, value]) => ` ${key}=${quoted(value)}`)
        .join('')}\n`,
    );

const quoted = (text: string): string => (/^[^\s"=]+$/.test(text) ? text : JSON.stringify(text));
