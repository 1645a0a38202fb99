import { formatOf, outputFlag } from '../output/format.ts';
import { formatMetadata } from '../output/release.ts';
import { getCommand } from './get.ts';

export const command = getCommand(
  'metadata',
  'Prints what a release is made of.',
  { output: outputFlag },
  (release, given, io) => io.stdout(formatMetadata(release, formatOf(given))),
);
