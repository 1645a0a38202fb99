import { createHash } from 'node:crypto';
import { closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { PackError } from '@pack/core';

const MAX_FILES = 100_000;
const PIECE = 1024 * 1024;

/**
 * `sha256:…` of all that a folder holds: names, contents, links, and whether files can be run. A checkout's own records
 * in `.git` do not count. Throws PLUGIN_UNREADABLE.
 */
export function folderDigest(folder: string): string {
  const hash = createHash('sha256');
  let count = 0;
  const walk = (path: string): void => {
    for (const name of readdirSync(join(top, path)).sort()) {
      if (name === '.git') continue;
      if (++count > MAX_FILES) throw new PackError('PLUGIN_UNREADABLE', `${folder} has more than ${MAX_FILES} files`);
      const at = path === '' ? name : `${path}/${name}`;
      const stats = lstatSync(join(top, at));
      if (stats.isSymbolicLink()) hash.update(`link\0${at}\0${readlinkSync(join(top, at))}\0`);
      else if (stats.isDirectory()) {
        hash.update(`folder\0${at}\0`);
        walk(at);
      } else if (stats.isFile()) {
        hash.update(`${stats.mode & 0o111 ? 'program' : 'file'}\0${at}\0${stats.size}\0`);
        addFile(join(top, at));
      } else throw new PackError('PLUGIN_UNREADABLE', `${join(folder, at)} is no file, folder or link`);
    }
  };
  const addFile = (file: string): void => {
    const piece = Buffer.allocUnsafe(PIECE);
    const fd = openSync(file, 'r');
    try {
      for (let n = readSync(fd, piece); n > 0; n = readSync(fd, piece)) hash.update(piece.subarray(0, n));
    } finally {
      closeSync(fd);
    }
  };
  const top = realpathSync(folder);
  walk('');
  return `sha256:${hash.digest('hex')}`;
}
