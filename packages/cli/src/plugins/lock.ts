/** plugins.lock beside the plugins: what was agreed to, and where it came from. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PackError } from '@pack/core';
import { writeAtomic } from '@pack/core/node';

export interface Pin {
  readonly version: string;
  /** Of the folder, as folderDigest gives it. */
  readonly digest: string;
  /** What `plugin install` was given; empty of what Helm has installed. */
  readonly source: string;
}

const FILE = 'plugins.lock';

/** Throws PLUGIN_LOCK_INVALID. */
export function readPins(root: string): ReadonlyMap<string, Pin> {
  const file = join(root, FILE);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === 'ENOENT' || (e as NodeJS.ErrnoException).code === 'ENOTDIR')
      return new Map();
    throw invalid(file, e);
  }
  let plugins: unknown;
  try {
    plugins = (JSON.parse(text) as { plugins?: unknown } | null)?.plugins;
  } catch (e) {
    throw invalid(file, e);
  }
  if (typeof plugins !== 'object' || plugins === null) throw invalid(file);
  return new Map(
    Object.entries(plugins).map(([name, pin]) => {
      const { version, digest, source } = (pin ?? {}) as Partial<Record<keyof Pin, unknown>>;
      if (typeof version !== 'string' || typeof digest !== 'string' || typeof source !== 'string') throw invalid(file);
      return [name, { version, digest, source }];
    }),
  );
}

const invalid = (file: string, cause?: unknown): PackError =>
  new PackError('PLUGIN_LOCK_INVALID', `${file} is no list of plugins`, {
    hint: 'remove it, look at the plugins, and agree to them with pack plugin trust',
    ...(cause !== undefined && { cause }),
  });

/** `pin` undefined takes the plugin off the list. */
export function writePin(root: string, name: string, pin: Pin | undefined): void {
  const pins = new Map(readPins(root));
  if (pin === undefined && !pins.has(name)) return;
  if (pin === undefined) pins.delete(name);
  else pins.set(name, pin);
  const plugins = Object.fromEntries([...pins].sort(([a], [b]) => (a < b ? -1 : 1)));
  writeAtomic(join(root, FILE), `${JSON.stringify({ plugins }, null, 2)}\n`);
}
