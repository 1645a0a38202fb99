/** Files that references may read, and no others. */
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, relative, resolve } from 'node:path';
import { fromBytes } from 'go-template/bytes';

import { SecretError } from '../error.ts';
import { eachReference, type SecretsProvider } from '../provider.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Bytes. */
const MAX_LENGTH = 16 * 1024 * 1024;

/** `file:PATH`: the whole of a file. */
export const fileProvider = (env: Env, cwd: string): SecretsProvider =>
  eachReference('file', ({ rest }) => readWithin(rest, env, cwd));

/**
 * A file of the working folder, or of one of the folders in PACK_SECRETS_PATH, wherever links lead to. Throws
 * SECRET_REFUSED, SECRET_NOT_FOUND, SECRET_TOO_LARGE.
 */
export function readWithin(path: string, env: Env, cwd: string): string {
  const folders = [cwd, ...(env['PACK_SECRETS_PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')];
  const stated = resolve(cwd, path);
  const isWithin = (file: string, folder: string): boolean => {
    const way = relative(folder, file);
    return way !== '' && way !== '..' && !/^\.\.[/\\]/.test(way) && !isAbsolute(way);
  };
  const refuse = (): SecretError =>
    new SecretError('SECRET_REFUSED', `${path} lies outside of the folders that references may read`, {
      hint: 'they are the working folder and those of PACK_SECRETS_PATH',
    });
  const roots = folders.map((folder) => resolve(cwd, folder));
  // What lies outside is refused whether it is there or not.
  if (!roots.some((root) => isWithin(stated, root))) throw refuse();
  const real = realOf(stated, path);
  if (!roots.some((root) => isWithin(real, realOf(root, root)))) throw refuse();
  return readText(real, path);
}

/** `path`: as it is told of. Throws SECRET_NOT_FOUND, SECRET_TOO_LARGE. */
export function readText(file: string, path: string): string {
  try {
    const status = statSync(file);
    if (!status.isFile()) throw new SecretError('SECRET_NOT_FOUND', `${path} is no file`);
    if (status.size > MAX_LENGTH)
      throw new SecretError('SECRET_TOO_LARGE', `${path} is larger than ${MAX_LENGTH} bytes`);
    return fromBytes(readFileSync(file));
  } catch (e) {
    throw asFault(e, path);
  }
}

function realOf(file: string, path: string): string {
  try {
    return realpathSync(file);
  } catch (e) {
    throw asFault(e, path);
  }
}

function asFault(e: unknown, path: string): unknown {
  if (!(e instanceof Error) || !('code' in e) || e instanceof SecretError) return e;
  const why = e.code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${String(e.code)})`;
  return new SecretError('SECRET_NOT_FOUND', `${path}: ${why}`, { cause: e });
}
