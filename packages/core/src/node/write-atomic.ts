/** Files that are there whole or not at all. */
import { closeSync, fsyncSync, lstatSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { PackError } from '../error.ts';

/**
 * Writes a file by way of a temporary one beside it, so that readers and crashes never meet half of it. A link at
 * `path` is refused and never written through. Throws FILE_IS_LINK.
 */
export function writeAtomic(path: string, data: Uint8Array | string, mode = 0o644): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new PackError('FILE_IS_LINK', `${path} is a symbolic link`, { hint: 'remove the link, or write elsewhere' });
  }
  const temporary = `${path}.${process.pid}.tmp`;
  const file = openSync(temporary, 'wx', mode);
  try {
    writeFileSync(file, data);
    fsyncSync(file);
    closeSync(file);
    renameSync(temporary, path);
  } catch (e) {
    rmSync(temporary, { force: true });
    throw e;
  }
  syncFolder(dirname(path));
}

/** The name itself is on disk only when its folder is. */
function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  fsyncSync(folder);
  closeSync(folder);
}
