/** Flags that are times, in Go's form: `2m0s`. */
import { parseDuration } from '@pack/core';
import { GoError } from 'go-template';
import { type Given, UsageError } from './parse.ts';

/** Milliseconds. */
export function durationOf(given: Given, name: string, preset: number): number {
  const text = given.string(name);
  if (text === undefined) return preset;
  try {
    return Number(parseDuration(text) / 1_000_000n);
  } catch (e) {
    if (!(e instanceof GoError)) throw e;
    throw new UsageError(`invalid argument ${JSON.stringify(text)} for "--${name}" flag: ${e.message}`);
  }
}
