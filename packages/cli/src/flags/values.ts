/** The values of `-f` and the --set family. Helm: pkg/cli/values MergeValues. */
import { readFileSync } from 'node:fs';
import {
  type Chart,
  mergeValueSources,
  PackError,
  type ValueLayer,
  type ValueSources,
  type ValuesFile,
  valueLayers,
} from '@pack/core';
import { fromBytes, type GoMap } from 'go-template';
import type { Io } from '../command.ts';
import { pathErrorText } from '../go-error.ts';
import { mayHavePlugins } from '../plugins/paths.ts';
import type { Given } from './parse.ts';

/** What the user set, before it is known for what. */
export interface GivenValues {
  /** Integers beyond 2^53 are floats, as Helm has them. */
  readonly values: GoMap;
  /** As a pack, or a chart, takes them: for a pack those integers are what was spelled. */
  readonly of: (subject: 'pack' | 'chart') => GoMap;
  /** Each source by itself, those that count least first. */
  readonly layers: () => ValueLayer[];
}

export const kindOf = ({ pack }: Chart): 'pack' | 'chart' => (pack === undefined ? 'chart' : 'pack');

export async function valuesOf(given: Given, io: Io): Promise<GivenValues> {
  const files: ValuesFile[] = [];
  for (const name of given.list('values')) files.push({ name, text: await readText(name, io) });
  const sources: ValueSources = {
    files,
    set: given.list('set'),
    setFile: given.list('set-file'),
    setJson: given.list('set-json'),
    setLiteral: given.list('set-literal'),
    setString: given.list('set-string'),
  };
  const read = new Map<string, string>();
  const readOnce = (path: string): string => {
    const text = read.get(path) ?? fromBytes(readFile(path));
    read.set(path, text);
    return text;
  };
  const values = mergeValueSources(sources, readOnce);
  return {
    values,
    layers: () => valueLayers(sources, readOnce),
    of: (subject) => (subject === 'chart' ? values : mergeValueSources({ ...sources, exact: true }, readOnce)),
  };
}

/** As helm-secrets has it. */
const SOPS = 'secrets://';

async function readText(name: string, io: Io): Promise<string> {
  if (name.trim() === '-') return io.stdin();
  if (name.startsWith(SOPS)) return (await import('../secrets.ts')).readSecretValues(name.slice(SOPS.length), io);
  if (!/^https?:\/\//.test(name)) return fromBytes((await byPlugin(name, io)) ?? readFile(name));
  const response = await fetch(name);
  if (!response.ok)
    throw new PackError('VALUES_UNREADABLE', `failed to fetch ${name} : ${response.status} ${response.statusText}`);
  return fromBytes(new Uint8Array(await response.arrayBuffer()));
}

/** Helm: `-f proto://…`. */
async function byPlugin(name: string, io: Io): Promise<Uint8Array | undefined> {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(name) || !mayHavePlugins(io)) return undefined;
  const { getByPlugin, getterFor, schemeOf } = await import('../plugins/getters.ts');
  const plugin = getterFor(schemeOf(name) ?? '', io);
  return plugin && getByPlugin(plugin, name, {}, io);
}

function readFile(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (e) {
    throw new PackError('VALUES_UNREADABLE', pathErrorText('open', path, e), { cause: e });
  }
}
