/** Where plugins are installed from: folders, archives, servers, registries, git, and npm. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { PackError } from '@pack/core';
import type { Io } from '../command.ts';
import type { Given } from '../flags/parse.ts';
import { UsageError } from '../flags/parse.ts';
import { fetchOf } from '../oci.ts';
import { isArchiveName, unpackPlugin } from './archive.ts';
import { cloneRepository, isGitSource } from './git.ts';
import { PLUGIN_FILE } from './manifest.ts';
import { ociPluginName, pullPlugin } from './oci.ts';
import { runProcess } from './process.ts';

export interface PluginArchive {
  readonly data: Uint8Array;
  readonly prov: Uint8Array | undefined;
  /** As the provenance file calls it; undefined: NAME-VERSION.tgz of what it holds. */
  readonly fileName: string | undefined;
}

/** How a source is brought here. */
export interface Source {
  readonly kind: 'folder' | 'archive' | 'git' | 'npm';
  /** The name of the folder that the plugin gets. */
  readonly target: string;
  /** Of archives. */
  fetch?(): Promise<PluginArchive>;
  /** The plugin's folder, within `staging` but for a folder that is linked to. */
  stage(staging: string, archive?: PluginArchive): Promise<string>;
}

/** Helm: NewForSource. Throws PLUGIN_NOT_FOUND. */
export async function sourceOf(source: string, given: Given, io: Io): Promise<Source> {
  const version = given.string('version') ?? '';
  if (source.startsWith('oci://')) return ociSource(source, given, io);
  if (source.startsWith('npm:')) return npmSource(source.slice('npm:'.length), version, io);
  if (existsSync(source)) return localSource(resolve(source));
  if (/^https?:\/\//.test(source) && (await isRemoteArchive(source, given, io))) return httpSource(source, given, io);
  if (isGitSource(source)) return gitSource(source, version, io);
  throw new PackError(
    'PLUGIN_NOT_FOUND',
    `cannot get information about plugin source ${JSON.stringify(source)} (if it's a local directory, does it exist?), last error was: Cannot detect VCS`,
    /^(?:@[\w.-]+\/)?[\w.-]+(?:@[\w^~.-]+)?$/.test(source) ? { hint: `a package of npm is npm:${source}` } : {},
  );
}

/** A name and never a path. */
function targetOf(name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) return name;
  throw new PackError('PLUGIN_INVALID', `${JSON.stringify(name)} cannot be the name of a plugin's folder`);
}

/** Helm: stripPluginName. */
const withoutVersion = (fileName: string): string =>
  fileName.replace(/\.(?:tgz|tar\.gz)$/, '').replace(/^(.*)-[0-9]+\..*$/s, '$1');

function localSource(path: string): Source {
  if (isArchiveName(path)) {
    return archiveSource(withoutVersion(basename(path)), async () => ({
      data: readFileSync(path),
      prov: existsSync(`${path}.prov`) ? readFileSync(`${path}.prov`) : undefined,
      fileName: basename(path),
    }));
  }
  return {
    kind: 'folder',
    target: targetOf(basename(path)),
    async stage() {
      if (!statSync(path).isDirectory())
        throw new PackError('PLUGIN_INVALID', "expected plugin to be a directory (containing a file 'plugin.yaml')");
      return withManifest(path);
    },
  };
}

const archiveSource = (target: string, fetch: () => Promise<PluginArchive>): Source => ({
  kind: 'archive',
  target: targetOf(target),
  fetch,
  async stage(staging, archive) {
    await unpackPlugin((archive ?? (await fetch())).data, staging);
    return rootOf(staging);
  },
});

function withManifest(folder: string): string {
  if (existsSync(join(folder, PLUGIN_FILE))) return folder;
  throw new PackError('PLUGIN_INVALID', 'plugin metadata (plugin.yaml) missing');
}

/** Archives have the plugin at their top, or in a folder there. Helm: detectPluginRoot. */
function rootOf(folder: string): string {
  if (existsSync(join(folder, PLUGIN_FILE))) return folder;
  const within = readdirSync(folder)
    .map((name) => join(folder, name))
    .find((path) => existsSync(join(path, PLUGIN_FILE)));
  if (within !== undefined) return within;
  throw new PackError('PLUGIN_INVALID', 'plugin metadata (plugin.yaml) missing');
}

const MAX_DOWNLOAD = 1024 * 1024 * 1024;

function httpSource(url: string, given: Given, io: Io): Source {
  const name = basename(new URL(url).pathname);
  return archiveSource(withoutVersion(name), async () => {
    const data = await download(url, given, io);
    if (data === undefined) throw new PackError('PLUGIN_NOT_FOUND', `failed to fetch ${url} : 404 Not Found`);
    return { data, prov: await download(`${url}.prov`, given, io), fileName: name };
  });
}

/** Undefined when there is no such file. */
async function download(url: string, given: Given, io: Io): Promise<Uint8Array | undefined> {
  const signal = io.interrupts?.();
  const response = await fetchOf(given, io)(url, signal === undefined ? {} : { signal });
  if (response.status === 404) {
    await response.body?.cancel();
    return undefined;
  }
  if (response.status < 200 || response.status > 299)
    throw new PackError('PLUGIN_NOT_FOUND', `failed to fetch ${url} : ${response.status} ${response.statusText}`);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += (chunk as Uint8Array).length;
    if (size > MAX_DOWNLOAD) throw new PackError('PLUGIN_UNREADABLE', `${url} is larger than ${MAX_DOWNLOAD} bytes`);
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks);
}

/** Helm: isRemoteHTTPArchive. */
async function isRemoteArchive(url: string, given: Given, io: Io): Promise<boolean> {
  if (isArchiveName(url)) return true;
  try {
    const { headers } = await fetchOf(given, io)(url, { method: 'HEAD' });
    return /^application\/(?:gzip|x-gzip|x-tgz|x-gtar)\b/i.test(headers.get('content-type') ?? '');
  } catch {
    return false;
  }
}

const ociSource = (source: string, given: Given, io: Io): Source =>
  archiveSource(ociPluginName(source), async () => {
    const { data, prov, reference, digest, provName } = await pullPlugin(source, given, io);
    io.stderr(
      `Pulled plugin: ${reference}\nDigest: ${digest}\n${provName === undefined ? '' : `Provenance: ${provName}\n`}`,
    );
    return { data, prov, fileName: undefined };
  });

const gitSource = (source: string, version: string, io: Io): Source => ({
  kind: 'git',
  target: targetOf(basename(source.replace(/[/]+$/, '').replace(/^.*:(?!\/)/, ''))),
  async stage(staging) {
    const folder = join(staging, 'checkout');
    await cloneRepository(source, version, folder, io);
    return withManifest(folder);
  },
});

/** A name of a package, with a scope and a range of versions if need be. */
const NPM = /^((?:@[a-z0-9~][\w.~-]*\/)?[a-z0-9~][\w.~-]*)(?:@([\w.^~<>=|* +-]+))?$/i;

/** Its archive as npm gets it from its registry, held to the digest there; its scripts do not run. */
function npmSource(text: string, version: string, io: Io): Source {
  const [, name, stated] = NPM.exec(text) ?? [];
  if (name === undefined) throw new UsageError(`${JSON.stringify(text)} is no name of an npm package`);
  return {
    kind: 'npm',
    target: targetOf(name.split('/').at(-1) as string),
    async stage(staging) {
      const range = stated ?? version;
      const spec = range === '' ? name : `${name}@${range}`;
      const down = join(staging, 'npm');
      mkdirSync(down);
      let said = '';
      const { code } = await runProcess({
        command: 'npm',
        args: ['pack', spec, '--pack-destination', down, '--ignore-scripts', '--loglevel=error'],
        env: io.env,
        cwd: down,
        signal: io.interrupts?.(),
        onStderr: (chunk) => {
          said += chunk;
        },
      });
      const [archive] = code === 0 ? readdirSync(down) : [];
      if (archive === undefined)
        throw new PackError('PLUGIN_NOT_FOUND', `npm pack ${spec}: ${said.trim() || `exit status ${code}`}`);
      const folder = join(staging, 'package');
      mkdirSync(folder);
      await unpackPlugin(readFileSync(join(down, archive)), folder);
      return rootOf(folder);
    },
  };
}
