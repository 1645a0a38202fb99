/** Archives of plugins: folders with programs in them. Helm: internal/plugin/installer extractor.go. */
import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { createGunzip, gzipSync } from 'node:zlib';
import { isCodedError, PackError } from '@pack/core';
import { createTarDecoder, packTar, type TarEntry } from 'modern-tar';

export const isArchiveName = (name: string): boolean => /\.(?:tgz|tar\.gz)$/.test(name);

/** Bytes and files: plugins bring programs of some tens of megabytes. */
const MAX_SIZE = 1024 * 1024 * 1024;
const MAX_ENTRIES = 65_536;

const unsafe = (message: string): PackError => new PackError('PLUGIN_UNSAFE_PATH', message);
const broken = (message: string, cause?: unknown): PackError => new PackError('PLUGIN_UNREADABLE', message, { cause });

/**
 * Unpacks an archive into an empty folder. Nothing is believed of it: no path leads out, no entry is a link or device,
 * no file comes twice, none is set-uid. Throws PLUGIN_UNSAFE_PATH, PLUGIN_UNREADABLE.
 */
export async function unpackPlugin(data: Uint8Array, folder: string): Promise<void> {
  if (data[0] !== 0x1f || data[1] !== 0x8b) throw broken('plugin data is not a gzip compressed archive');
  let [size, entries] = [0, 0];
  const files = new Set<string>();
  const gunzip = createGunzip();
  Readable.from([data])
    .on('error', (e) => gunzip.destroy(e))
    .pipe(gunzip);
  const reader = (Readable.toWeb(gunzip) as ReadableStream<Uint8Array>)
    .pipeThrough(createTarDecoder({ strict: true }))
    .getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      const { header, body } = next.value;
      if (++entries > MAX_ENTRIES) throw broken(`the archive has more than ${MAX_ENTRIES} entries`);
      size += header.size;
      if (size > MAX_SIZE) throw broken(`the archive holds more than ${MAX_SIZE} bytes`);
      if (header.type === 'pax-header' || header.type === 'pax-global-header') {
        await body.cancel();
        continue;
      }
      const path = safePath(header.name);
      if (header.type === 'directory') {
        await body.cancel();
        mkdirSync(join(folder, path), { recursive: true });
        continue;
      }
      if (header.type !== undefined && header.type !== 'file') {
        throw unsafe(`${JSON.stringify(header.name)} is no file but a ${header.type}`);
      }
      // Systems that do not tell cases apart would write one over the other.
      if (files.has(path.toLowerCase())) throw unsafe(`${JSON.stringify(header.name)} is there twice`);
      files.add(path.toLowerCase());
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), Buffer.from(await new Response(body).arrayBuffer()), { flag: 'wx' });
      chmodSync(join(folder, path), (header.mode ?? 0) & 0o111 ? 0o755 : 0o644);
    }
  } catch (e) {
    throw isCodedError(e) ? e : broken(`extracting files from archive: ${(e as Error).message}`, e);
  } finally {
    await reader.cancel().catch(() => undefined);
    gunzip.destroy();
  }
}

/** Helm: cleanJoin. */
function safePath(name: string): string {
  if (name.includes(':')) throw unsafe("path contains ':', which is illegal");
  const path = name.replaceAll('\\', '/');
  if (path.split('/').includes('..')) throw unsafe("path contains '..', which is illegal");
  if (path.startsWith('/')) throw unsafe('path is absolute, which is illegal');
  if (path.includes('\0')) throw unsafe('path contains NUL, which is illegal');
  return path;
}

/**
 * A plugin's folder as an archive, under `name`. The same folder gives the same bytes. Throws PLUGIN_UNSAFE_PATH for a
 * link, which could not be unpacked. Helm: CreatePluginTarball.
 */
export async function packPlugin(folder: string, name: string, modified: Date): Promise<Uint8Array> {
  const entries: TarEntry[] = [];
  const walk = (path: string): void => {
    for (const file of readdirSync(join(folder, path)).sort()) {
      if (file === '.git') continue;
      const at = path === '' ? file : `${path}/${file}`;
      const stats = lstatSync(join(folder, at));
      const header = { name: `${name}/${at}`, mtime: modified };
      if (stats.isDirectory()) {
        entries.push({ header: { ...header, name: `${header.name}/`, type: 'directory', mode: 0o755, size: 0 } });
        walk(at);
      } else if (stats.isFile()) {
        const body = readFileSync(join(folder, at));
        const mode = stats.mode & 0o111 ? 0o755 : 0o644;
        entries.push({ header: { ...header, type: 'file', mode, size: body.length }, body });
      } else throw unsafe(`${join(folder, at)} is no file or folder`);
    }
  };
  walk('');
  return gzipSync(await packTar(entries));
}
