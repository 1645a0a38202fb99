/** What a server can be asked for, in a file, so that a command need not ask again. */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiResource } from '../cluster.ts';
import type { DiscoveryCache } from '../rest/client.ts';

const MAX_AGE = 10 * 60 * 1000;
const MAX_SIZE = 16 * 1024 * 1024;
/** Characters. Servers whose names are longer may share a file, which says whose it is. */
const MAX_NAME = 200;

/** One file for each server in `folder`, which is made when something is kept. */
export function createDiscoveryCache(folder: string, server: string, now: () => number = Date.now): DiscoveryCache {
  const path = join(folder, `${encodeURIComponent(server).slice(0, MAX_NAME)}.json`);
  return {
    async load() {
      try {
        const { mtimeMs, size } = statSync(path);
        const age = now() - mtimeMs;
        if (age > MAX_AGE || age < -MAX_AGE || size > MAX_SIZE) return undefined;
        const kept: unknown = JSON.parse(readFileSync(path, 'utf8'));
        return isKept(kept) && kept.server === server && kept.resources.every(isResource) ? kept.resources : undefined;
      } catch {
        return undefined;
      }
    },
    async save(resources) {
      try {
        mkdirSync(folder, { recursive: true, mode: 0o750 });
        writeWhole(path, JSON.stringify({ server, resources }));
      } catch {
        // It is asked for again.
      }
    },
  };
}

/** Unlike writeAtomic without waiting for the disk: what a crash loses here is nothing. */
function writeWhole(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text, { mode: 0o660 });
    renameSync(temporary, path);
  } catch (e) {
    rmSync(temporary, { force: true });
    throw e;
  }
}

const isKept = (value: unknown): value is { readonly server: unknown; readonly resources: readonly unknown[] } =>
  typeof value === 'object' &&
  value !== null &&
  'server' in value &&
  Array.isArray((value as { resources?: unknown }).resources);

const isResource = (value: unknown): value is ApiResource =>
  typeof value === 'object' &&
  value !== null &&
  ['apiVersion', 'kind', 'name'].every((name) => typeof (value as Record<string, unknown>)[name] === 'string') &&
  typeof (value as ApiResource).namespaced === 'boolean' &&
  Array.isArray((value as ApiResource).verbs);
