import { encodeJson, encodeYaml } from '@pack/core';
import type { Release } from '@pack/release';
import { newMap } from 'go-template';
import type { Io } from '../command.ts';
import { bool } from '../flags/common.ts';
import type { Given } from '../flags/parse.ts';
import { encoded, formatOf, outputFlag } from '../output/format.ts';
import { computed } from '../output/release.ts';
import { getCommand } from './get.ts';

export const command = getCommand(
  'values',
  'Prints the values of a release: those that were set, or with --all those that its templates saw.',
  {
    all: bool('print computed values', 'a'),
    explain: bool('print where each computed value comes from'),
    output: outputFlag,
  },
  async (release, given, io) => {
    if (given.bool('explain')) return explain(release, given, io);
    const all = given.bool('all');
    const values = all ? computed(release) : Object.keys(release.config).length === 0 ? null : release.config;
    const format = formatOf(given);
    if (format === 'json') return io.stdout(`${encodeJson(values)}\n`);
    const title = format === 'table' ? `${all ? 'COMPUTED' : 'USER-SUPPLIED'} VALUES:\n` : '';
    io.stdout(`${title}${encodeYaml(values)}`);
  },
);

async function explain(release: Release, given: Given, io: Io): Promise<void> {
  const { explainedValues, formatExplained } = await import('../explain-values.ts');
  const defaults = { origin: 'default of the chart', values: release.chart?.values ?? newMap() };
  const own = { origin: `set in revision ${release.version}`, values: release.config };
  const explained = explainedValues(computed(release), [defaults, own]);
  const format = formatOf(given);
  io.stdout(format === 'table' ? formatExplained(explained) : encoded(explained, format));
}
