/** What the commands of `diff` share. */
import type { Preview } from '@pack/release';
import type { Io } from '../command.ts';
import { bool } from '../flags/common.ts';
import type { Flags, Given } from '../flags/parse.ts';
import { colorsOf } from '../output/color.ts';
import { formatDiff } from '../output/diff.ts';
import { formatOf, outputFlag } from '../output/format.ts';
import { withoutSecrets } from '../output/secret-changes.ts';

export const diffFlags: Flags = {
  'detailed-exitcode': bool('exit with 2 when there are differences'),
  output: outputFlag,
};

/** Prints the differences; the exit code. */
export async function printDiff(previews: readonly Preview[], given: Given, io: Io): Promise<number> {
  io.stdout(formatDiff(await withoutSecrets(previews, io), formatOf(given), colorsOf(given, io)));
  return given.bool('detailed-exitcode') && previews.length > 0 ? 2 : 0;
}
