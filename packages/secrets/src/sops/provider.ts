/** `sops:FILE#PATH`: a value of a file that sops encrypted. */
import { type GoMap, isMap } from 'go-template';

import { SecretError } from '../error.ts';
import { eachReference, keysHint, type SecretsProvider } from '../provider.ts';
import { type Decrypted, decryptSops, type Unwrap } from './decrypt.ts';

export interface SopsOptions {
  /** Throws SecretError. */
  readonly readFile: (path: string) => Promise<string> | string;
  readonly unwrap: Unwrap;
}

/** A file without a path must be one of sops's binary kind. */
export function sopsProvider({ readFile, unwrap }: SopsOptions): SecretsProvider {
  const opened = new Map<string, Promise<Decrypted>>();
  const open = async (file: string, signal?: AbortSignal): Promise<Decrypted> =>
    decryptSops(await readFile(file), unwrap, signal);
  return eachReference('sops', async ({ path, key }, signal) => {
    const decrypted = opened.get(path) ?? open(path, signal);
    opened.set(path, decrypted);
    const [document] = (await decrypted).documents;
    if (document === undefined) throw new SecretError('SECRET_NOT_FOUND', `${path} is empty`);
    if (key !== undefined) return valueAt(document, key, path);
    const { data, ...others } = document;
    if (typeof data === 'string' && Object.keys(others).length === 0) return data;
    throw new SecretError('SECRET_REFERENCE_INVALID', 'it names no value in the file', {
      hint: `write sops:${path}#a.b`,
    });
  });
}

/** `a.b[0].c`, or a name that has dots in it. Throws SECRET_NOT_FOUND. */
function valueAt(document: GoMap, path: string, file: string): string {
  let at: unknown = document;
  for (const [where, step] of Object.hasOwn(document, path) ? [[path, path]] : stepsOf(path)) {
    const next: unknown = Array.isArray(at)
      ? (at as unknown[])[Number(step)]
      : isMap(at) && Object.hasOwn(at, step as string)
        ? at[step as string]
        : undefined;
    if (next === undefined) {
      const names = isMap(at) ? keysHint(at) : {};
      throw new SecretError('SECRET_NOT_FOUND', `${file} has no ${where}`, names);
    }
    at = next;
  }
  if (typeof at !== 'object') return String(at);
  throw new SecretError('SECRET_NOT_FOUND', `${path} in ${file} is no single value`, at === null ? {} : keysHint(at));
}

/** Each with all that leads to it. */
function stepsOf(path: string): (readonly [where: string, step: string])[] {
  return [...path.matchAll(/\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|([^.[]+)/g)].map((match) => [
    path.slice(0, match.index + match[0].length),
    match[1] ?? match[2] ?? match[3] ?? '',
  ]);
}
