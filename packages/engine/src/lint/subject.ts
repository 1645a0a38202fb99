import type { Chart, CodedError } from '@pack/core';

/** What lies at a path: a file's bytes, a folder, or nothing. */
export type Entry = Uint8Array | 'folder' | undefined;

/** A chart to be linted. It need not be a good one, so what it is read from is at hand beside it. */
export interface LintSubject {
  /** Absolute path of its folder, for messages. */
  readonly path: string;
  /** What is there by name, whether .helmignore leaves it out or not. */
  readonly entries: Readonly<Record<EntryName, Entry>>;
  /** The chart, or why it cannot be loaded. */
  readonly chart: Chart | CodedError;
}

export type EntryName = 'Chart.yaml' | 'values.yaml' | 'values.schema.json' | 'templates' | 'crds';

/** Go's complaint about reading a folder as a file. */
export const isDirectory = (subject: LintSubject, name: EntryName): string =>
  `read ${subject.path}/${name}: is a directory`;
