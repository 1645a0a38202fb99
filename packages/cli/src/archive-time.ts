/** The one time that all files of the archives have that we write, so that equal charts give equal bytes. */
import type { Io } from './command.ts';
import { UsageError } from './flags/parse.ts';

/** 1980-01-01: the earliest time that every archive format can hold. */
const EPOCH = 315532800;

/** That of SOURCE_DATE_EPOCH, or 1980. Throws USAGE. */
export function archiveTime(env: Io['env']): Date {
  const seconds = env['SOURCE_DATE_EPOCH'];
  if (seconds !== undefined && !/^\d+$/.test(seconds))
    throw new UsageError(`SOURCE_DATE_EPOCH is no number of seconds: ${seconds}`);
  return new Date(Number(seconds ?? EPOCH) * 1000);
}
