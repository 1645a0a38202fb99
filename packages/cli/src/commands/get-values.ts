import { encodeJson, encodeYaml } from '@pack/core';
import { bool } from '../flags/common.ts';
import { formatOf, outputFlag } from '../output/format.ts';
import { computed } from '../output/release.ts';
import { getCommand } from './get.ts';

export const command = getCommand(
  'values',
  'Prints the values of a release: those that were set, or with --all those that its templates saw.',
  { all: bool('print computed values', 'a'), output: outputFlag },
  (release, given, io) => {
    const all = given.bool('all');
    const values = all ? computed(release) : Object.keys(release.config).length === 0 ? null : release.config;
    const format = formatOf(given);
    if (format === 'json') return io.stdout(`${encodeJson(values)}\n`);
    const title = format === 'table' ? `${all ? 'COMPUTED' : 'USER-SUPPLIED'} VALUES:\n` : '';
    io.stdout(`${title}${encodeYaml(values)}`);
  },
);
