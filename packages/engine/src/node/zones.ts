import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { ZoneSource } from '@pack/core';

/** Where Go looks for the IANA database. */
const FOLDERS = ['/usr/share/zoneinfo', '/usr/share/lib/zoneinfo', '/usr/lib/locale/TZ', '/etc/zoneinfo'];

/** The system's compiled time zones; undefined where there are none, as on Windows. */
export function systemZones(folders: readonly string[] = FOLDERS): ZoneSource | undefined {
  const folder = folders.find((candidate) => existsSync(candidate));
  if (folder === undefined) return undefined;
  return (name) => {
    try {
      return new Uint8Array(readFileSync(join(folder, name)));
    } catch (e) {
      if (['ENOENT', 'EISDIR', 'ENOTDIR'].includes((e as NodeJS.ErrnoException).code ?? '')) return undefined;
      throw e;
    }
  };
}
