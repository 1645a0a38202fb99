/** Archives that are written while they come: one need not be in memory to get to the disk. */
import { randomUUID } from 'node:crypto';
import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { Incoming } from '../content.ts';

/** Where a cache has what has come in part: under names that say nothing of what it is. */
export const incomingFolder = (folder: string): string => join(folder, 'incoming');

/** `pathOf` says where a digest's archive is kept. Any fault of the disk leaves the archive to whoever can do without. */
export function receiveContent(folder: string, pathOf: (digest: string) => string): Incoming {
  const path = join(incomingFolder(folder), `${randomUUID()}.tmp`);
  let file: number | undefined;
  let size = 0;
  let isBroken = false;

  /** False when it did not work. */
  function attempt(work: () => void): boolean {
    try {
      if (!isBroken) work();
    } catch {
      isBroken = true;
    }
    return !isBroken;
  }

  return {
    write(bytes) {
      attempt(() => {
        if (file === undefined) {
          mkdirSync(dirname(path), { recursive: true });
          file = openSync(path, 'wx', 0o644);
        }
        for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
        size += bytes.length;
      });
    },

    keep(digest, length) {
      if (size !== length) return false;
      return attempt(() => {
        const kept = pathOf(digest);
        mkdirSync(dirname(kept), { recursive: true });
        renameSync(path, kept);
      });
    },

    end() {
      if (file === undefined) return;
      attempt(() => closeSync(file as number));
      isBroken = true;
      try {
        rmSync(path, { force: true });
      } catch {
        // It is pruned later.
      }
    },
  };
}
