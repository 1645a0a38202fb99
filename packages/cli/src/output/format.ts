/** `-o table|json|yaml`. Helm: pkg/cli/output. */
import { encodeYaml } from '@pack/core';
import { toGo } from 'go-template';
import type { Flag, Given } from '../flags/parse.ts';
import { UsageError } from '../flags/parse.ts';

export type Format = 'table' | 'json' | 'yaml';

export const outputFlag: Flag = {
  type: 'string',
  kind: 'format',
  short: 'o',
  preset: 'table',
  usage: 'form of the output: table, json or yaml',
  choices: [
    ['json', 'for programs'],
    ['table', 'for people'],
    ['yaml', 'for both'],
  ],
};

/** `flag`: where it is not `--output`. Throws USAGE with Helm's text. */
export function formatOf(given: Given, flag = 'output'): Format {
  const format = given.string(flag) ?? 'table';
  if (format === 'table' || format === 'json' || format === 'yaml') return format;
  throw new UsageError(`invalid argument ${JSON.stringify(format)} for "-o, --${flag}" flag: invalid format type`);
}

/** Plain data in a form for programs; members stay in their order in JSON and are sorted in YAML. */
export const encoded = (value: unknown, format: 'json' | 'yaml'): string =>
  format === 'yaml' ? encodeYaml(toGo(value)) : `${goJson(value)}\n`;

/** As Go writes JSON: what could end a script of a page is escaped. */
const goJson = (value: unknown): string =>
  JSON.stringify(value).replaceAll(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
