/** `--secrets`: what becomes of references to secrets in values. */
import type { Chart } from '@pack/core';

import type { Io } from '../command.ts';
import { text } from './common.ts';
import type { Flag, Given } from './parse.ts';

const MODES = ['resolve', 'keep', 'mask'] as const;

export const secretsFlag: Flag = {
  ...text('references to secrets in values: resolve, keep, or mask (default keep for charts, resolve for packs)'),
  fault: (value) => ((MODES as readonly string[]).includes(value) ? undefined : 'must be resolve, keep or mask'),
  choices: [
    ['resolve', 'secrets take their place'],
    ['keep', 'they are texts like others'],
    ['mask', 'as resolve, but what is printed has no secrets'],
  ],
};

/** `template` prints secrets when it is asked to resolve them, or when its values had none to resolve. */
export function allowSecretOutput(chart: Chart, given: Given, { secrecy }: Io): void {
  const mode = given.string('secrets') ?? (chart.pack === undefined ? 'keep' : 'mask');
  if (secrecy !== undefined) secrecy.showsStdout = mode !== 'mask';
}
