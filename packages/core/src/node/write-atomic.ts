/** Files that are there whole or not at all. */
import {
  closeSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { PackError } from '../error.ts';

export interface WriteOptions {
  readonly mode?: number;
  /** Whether it waits for the disk, as for what cannot be made again; so it does if absent. */
  readonly isDurable?: boolean;
}

/**
 * Writes a file by way of a temporary one beside it, so that readers and crashes never meet half of it. A link at
 * `path` is refused and never written through. Returns how the file is known: what stands at `path` a moment later may
 * be another process's. Throws FILE_IS_LINK.
 */
export function writeAtomic(path: string, data: Uint8Array | string, options: WriteOptions = {}): Stats {
  const { mode = 0o644, isDurable = true } = options;
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new PackError('FILE_IS_LINK', `${path} is a symbolic link`, { hint: 'remove the link, or write elsewhere' });
  }
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    const file = openSync(temporary, 'wx', mode);
    let stats: Stats;
    try {
      writeFileSync(file, data);
      if (isDurable) fsyncSync(file);
      stats = fstatSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
    if (isDurable) syncFolder(dirname(path));
    return stats;
  } catch (e) {
    rmSync(temporary, { force: true });
    throw e;
  }
}

/** The name itself is on disk only when its folder is. */
function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  fsyncSync(folder);
  closeSync(folder);
}
