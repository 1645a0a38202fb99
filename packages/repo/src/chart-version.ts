/** An entry of index.yaml. Helm: pkg/repo/v1/index.go ChartVersion. */
import {
  ChartError,
  decodeStruct,
  decodeYaml,
  METADATA,
  type Metadata,
  type StructShape,
  type TextTree,
  type Time,
  validateMetadata,
  type Warn,
} from '@pack/core';
import { isMap, quoteGo } from 'go-template';

/** One entry of an index: Chart.yaml and where the archive is. */
export interface ChartVersion extends Metadata {
  readonly urls?: readonly string[];
  readonly created?: Time;
  readonly removed?: boolean;
  /** sha256 of the archive, in hex; some repositories write `sha256:` before it. */
  readonly digest?: string;
}

export const CHART_VERSION: StructShape = {
  name: 'ChartVersion',
  type: 'repo.ChartVersion',
  pointer: true,
  fields: {
    ...METADATA.fields,
    urls: { list: 'string' },
    created: 'time',
    removed: 'bool',
    digest: 'string',
    checksum: 'string',
    engine: 'string',
    tillerVersion: 'string',
    url: 'string',
  },
};

/**
 * Where numbers and booleans are taken for text: sigs.k8s.io/yaml does so for the fields of an entry itself, but not for
 * those that come from Chart.yaml, so that `digest: 123` is read and `appVersion: 1.10` is an error.
 */
export const ENTRY_TEXTS: TextTree = {
  digest: true,
  checksum: true,
  engine: true,
  tillerVersion: true,
  url: true,
  urls: { '[]': true },
};
/** Whether a number or boolean stands where a text is wanted. */
export function hasOtherThanText(value: unknown, texts: true | TextTree): boolean {
  if (texts === true) return typeof value === 'number' || typeof value === 'boolean';
  if (Array.isArray(value)) {
    const below = texts['[]'];
    return below !== undefined && value.some((item) => hasOtherThanText(item, below));
  }
  if (!isMap(value)) return false;
  const every = texts['*'];
  if (every !== undefined) {
    for (const key in value) if (hasOtherThanText(value[key], every)) return true;
    return false;
  }
  return Object.entries(texts).some(([key, below]) => key in value && hasOtherThanText(value[key], below));
}

/** An entry by its text alone, whose keys are in `column`. Throws GoError. */
export function decodeEntry(text: string, column: number): ChartVersion | null {
  const indented = ' '.repeat(column) + text;
  let value = decodeYaml(indented, { strict: true });
  if (hasOtherThanText(value, ENTRY_TEXTS)) value = decodeYaml(indented, { strict: true, texts: ENTRY_TEXTS });
  return (decodeStruct(value, CHART_VERSION, { strict: true }) ?? null) as ChartVersion | null;
}

/** An entry fit to use, or undefined with a warning. */
export function checkEntry(
  entry: ChartVersion | null,
  chart: string,
  source: string,
  warn: Warn,
): ChartVersion | undefined {
  const skipping = `skipping loading invalid entry for chart ${quoteGo(chart)}`;
  if (entry === null) {
    warn(`${skipping} from ${source}: empty entry`);
    return undefined;
  }
  const whole: ChartVersion = { ...NO_NAME, ...entry, apiVersion: entry.apiVersion || 'v1' };
  try {
    return validateMetadata(whole) as ChartVersion;
  } catch (e) {
    if (!(e instanceof ChartError)) throw e;
    if (e.message.startsWith(REPEATED_DEPENDENCY)) return withRepeatedDependency(whole);
    warn(`${skipping} ${quoteGo(whole.version)} from ${source}: ${e.message}`);
    return undefined;
  }
}

/** What an entry may lack. */
const NO_NAME = { name: '', version: '' };

/** Some servers drop the alias of dependencies, so that Helm lets two of one name pass. */
const REPEATED_DEPENDENCY = 'validation: more than one dependency with name or alias';

function withRepeatedDependency(entry: ChartVersion): ChartVersion {
  const { dependencies, ...rest } = entry;
  return { ...validateMetadata(rest), ...(dependencies && { dependencies }) } as ChartVersion;
}
