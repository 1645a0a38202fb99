import { GoError, type GoMap, isMap, newMap } from 'go-template';

import { PackError } from '../error.ts';
import { decodeJson, decodeJsonExact } from '../json/decode.ts';
import { decodeValues, mergeMaps } from '../yaml/documents.ts';
import type { ValueLayer } from './origins.ts';
import { setFiles, setJson, setLiteral, setStrings, setValues } from './strvals.ts';

export type ValuesErrorCode = 'VALUES_INVALID';

/** A fault in what a user gave as values; messages are Helm's. */
export class ValuesError extends PackError<ValuesErrorCode> {}

/** A values file that has been read. */
export interface ValuesFile {
  /** What messages call it. */
  readonly name: string;
  readonly text: string;
}

/** Where a user's values come from; each list in the order of the command line. */
export interface ValueSources {
  /** `-f` */
  readonly files?: readonly ValuesFile[];
  /** `--set-json`: `key=json,…`, or a whole object. */
  readonly setJson?: readonly string[];
  /** `--set` */
  readonly set?: readonly string[];
  /** `--set-string` */
  readonly setString?: readonly string[];
  /** `--set-file` */
  readonly setFile?: readonly string[];
  /** `--set-literal` */
  readonly setLiteral?: readonly string[];
  /** For packs: integers that no float64 holds are bigints, those of files and `--set-json` too. */
  readonly exact?: boolean;
}

/**
 * One tree of all sources: files, then `--set-json`, `--set`, `--set-string`, `--set-file`, `--set-literal`, however
 * they were mixed on the command line. Maps merge, all else is replaced. `readFile` gives the text that `--set-file`
 * names. Throws VALUES_INVALID. Helm: pkg/cli/values MergeValues.
 */
export function mergeValueSources(sources: ValueSources, readFile: (path: string) => string = noFiles): GoMap {
  const { exact = false } = sources;
  let values = newMap();
  for (const { name, text } of sources.files ?? []) {
    values = mergeMaps(
      values,
      attempt(`failed to parse ${name}`, () => decodeValues(text, { exact }), name),
    );
  }
  for (const text of sources.setJson ?? []) values = mergeJson(values, text, exact);
  const sets = [
    ['--set', sources.set, setValues],
    ['--set-string', sources.setString, setStrings],
    ['--set-file', sources.setFile, (text: string, into: GoMap) => setFiles(text, into, readFile)],
    ['--set-literal', sources.setLiteral, setLiteral],
  ] as const;
  for (const [flag, texts, apply] of sets) {
    for (const text of texts ?? []) attempt(`failed parsing ${flag} data`, () => apply(text, values));
  }
  return values;
}

/** Each source by itself, in the order in which they count. Throws VALUES_INVALID. */
export function valueLayers(
  { files = [], setJson, set, setString, setFile, setLiteral, exact = false }: ValueSources,
  readFile: (path: string) => string = noFiles,
): ValueLayer[] {
  const flags = [
    ['--set-json', 'setJson', setJson],
    ['--set', 'set', set],
    ['--set-string', 'setString', setString],
    ['--set-file', 'setFile', setFile],
    ['--set-literal', 'setLiteral', setLiteral],
  ] as const;
  const layer = (origin: string, source: ValueSources): ValueLayer => ({
    origin,
    values: mergeValueSources({ ...source, exact }, readFile),
  });
  return [
    ...files.map((file) => layer(`-f ${file.name}`, { files: [file] })),
    ...flags.flatMap(([flag, name, texts = []]) => texts.map((text) => layer(flag, { [name]: [text] }))),
  ];
}

function noFiles(path: string): never {
  throw new ValuesError('VALUES_INVALID', `open ${path}: no files can be read here`);
}

function attempt<T>(doing: string, action: () => T, file?: string): T {
  try {
    return action();
  } catch (e) {
    if (!(e instanceof GoError)) throw e;
    const line = (e as { line?: number }).line;
    const at = file !== undefined && { at: { file, ...(line !== undefined && { line }) } };
    throw new ValuesError('VALUES_INVALID', `${doing}: ${e.message}`, { ...at, cause: e });
  }
}

/** Helm hides what is wrong with the JSON. */
function mergeJson(values: GoMap, text: string, exact: boolean): GoMap {
  const trimmed = text.trim();
  try {
    if (!trimmed.startsWith('{')) {
      setJson(text, values, { exact });
      return values;
    }
    const map = (exact ? decodeJsonExact : decodeJson)(trimmed);
    return isMap(map) ? mergeMaps(values, map) : values;
  } catch (e) {
    if (!(e instanceof GoError)) throw e;
    const what = trimmed.startsWith('{') ? 'data JSON:' : 'data';
    throw new ValuesError('VALUES_INVALID', `failed parsing --set-json ${what} ${text}`, { cause: e });
  }
}
