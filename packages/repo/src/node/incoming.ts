/** Archives that are written while they come, so that a large one is on disk a moment after its last byte. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, renameSync } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { Incoming } from '../content.ts';

/** Bytes: less is written faster at once, when all of it is there. */
const SMALL = 1024 * 1024;

/** Where a cache has what has come in part: under names that say nothing of what it is. */
export const incomingFolder = (folder: string): string => join(folder, 'incoming');

/** `pathOf` says where a digest's archive is kept. Any fault of the disk leaves the archive to whoever has it in memory. */
export function receiveContent(folder: string, pathOf: (digest: string) => string): Incoming {
  const path = join(incomingFolder(folder), `${randomUUID()}.tmp`);
  let waiting: Uint8Array[] = [];
  let size = 0;
  let file: FileHandle | undefined;
  let writing: Promise<void> | undefined;
  let isBroken = false;

  async function write(): Promise<void> {
    try {
      if (file === undefined) {
        mkdirSync(dirname(path), { recursive: true });
        file = await open(path, 'wx', 0o644);
      }
      while (waiting.length > 0) {
        const chunks = waiting;
        waiting = [];
        const { bytesWritten } = await file.writev(chunks);
        if (bytesWritten < chunks.reduce((sum, { length }) => sum + length, 0)) throw new Error('a disk that is full');
      }
    } catch {
      isBroken = true;
      waiting = [];
    } finally {
      writing = undefined;
    }
  }

  return {
    write(chunk) {
      if (isBroken) return;
      waiting.push(chunk);
      size += chunk.length;
      if (size >= SMALL) writing ??= write();
    },

    async keep(digest, length) {
      await writing;
      if (isBroken || file === undefined || size !== length) return false;
      try {
        const kept = pathOf(digest);
        mkdirSync(dirname(kept), { recursive: true });
        await file.close();
        renameSync(path, kept);
        file = undefined;
        return true;
      } catch {
        return false;
      }
    },

    async end() {
      isBroken = true;
      await writing;
      if (file === undefined) return;
      await file.close().catch(() => undefined);
      await rm(path, { force: true }).catch(() => undefined);
    },
  };
}
