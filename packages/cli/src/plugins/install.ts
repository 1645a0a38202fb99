/** A plugin comes, is replaced, or goes: in a folder beside the others first, so that none is ever half there. */
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { PackError } from '@pack/core';
import { writeAtomic } from '@pack/core/node';
import { type Verification, verifyArchive } from '@pack/provenance';
import type { Io } from '../command.ts';
import { type Given, UsageError } from '../flags/parse.ts';
import { warnOn } from '../output/warn.ts';
import { defaultKeyring, read } from '../verify-chart.ts';
import { folderDigest } from './digest.ts';
import { listPlugins, type Plugin, readPlugin } from './folder.ts';
import { runHook } from './hooks.ts';
import { writePin } from './lock.ts';
import { pluginFolders } from './paths.ts';
import { type PluginArchive, type Source, sourceOf } from './sources.ts';
import { agrees, isAttended } from './trust.ts';

/** As `plugin verify` and Helm print it. */
export const formatPluginVerification = ({ signers, fingerprint, digest }: Verification): string =>
  `${signers.map((signer) => `Signed by: ${signer}\n`).join('')}Using Key With Fingerprint: ${fingerprint}\nPlugin Hash Verified: ${digest}\n`;

/**
 * Installs a plugin, when somebody has agreed to it; `words` are those of commands. Throws PLUGIN_EXISTS, PLUGIN_INVALID, PLUGIN_NOT_FOUND,
 * PLUGIN_UNTRUSTED and the codes of verifyArchive. Helm: pluginInstallOptions.run.
 */
export async function installPlugin(
  source: string,
  given: Given,
  io: Io,
  words: ReadonlySet<string> = new Set(),
): Promise<Plugin> {
  const from = await sourceOf(source, given, io);
  announce(from, given, io);
  const { shared, own } = pluginFolders(io, given);
  const [root = own] = shared;
  ensureFree(join(root, from.target), io);
  return within(root, async (staging) => {
    const archive = await verifiedArchive(from, staging, given, io);
    const staged = await from.stage(staging, archive);
    const plugin = readPlugin(staged, root);
    const home = plugin.type === 'hooks/v1' ? own : root;
    const dir = join(home, from.target);
    ensureFree(dir, io);
    ensureName(plugin, words, io);
    await ensureAgreed(plugin, source, given, io);
    place(from, staged, dir);
    if (archive !== undefined) keepArchive(plugin, archive, home);
    return finish({ ...plugin, dir, root: home }, source, 'install', io);
  });
}

/** Helm's words on whether the source is verified. */
function announce(from: Source, given: Given, io: Io): void {
  if (from.kind === 'folder') return io.stdout('Installing plugin from local directory (development mode)\n');
  if (!verifyWanted(given)) return io.stdout('WARNING: Skipping plugin signature verification\n');
  if (from.kind === 'git')
    throw new UsageError('plugin source does not support verification. Use --verify=false to skip verification');
  if (from.kind === 'archive') io.stdout('Verifying plugin signature...\n');
}

/** The archive of a source that has one, verified if that is asked for. */
export async function verifiedArchive(
  from: Source,
  staging: string,
  given: Given,
  io: Io,
): Promise<PluginArchive | undefined> {
  const archive = await from.fetch?.();
  if (archive !== undefined && verifyWanted(given))
    io.stdout(formatPluginVerification(await verified(archive, staging, from, given, io)));
  return archive;
}

const verifyWanted = (given: Given): boolean => !given.has('verify') || given.bool('verify');

async function verified(
  { data, prov, fileName }: PluginArchive,
  staging: string,
  from: Source,
  given: Given,
  io: Io,
): Promise<Verification> {
  if (prov === undefined || prov.length === 0)
    throw new PackError('PROVENANCE_UNREADABLE', 'plugin verification failed: no provenance file (.prov) found');
  const keyring = read(given.string('keyring') || defaultKeyring(io.env), 'plugin verification failed: ');
  // The name that registries leave out is that of the plugin within, which must be unpacked to be known.
  const name = fileName ?? (await nameWithin(data, staging, from));
  try {
    return await verifyArchive(data, { name, provenance: prov, keyring });
  } catch (e) {
    if (!(e instanceof PackError)) throw e;
    throw new PackError(e.code, `plugin verification failed: ${e.message}`, { cause: e });
  }
}

async function nameWithin(data: Uint8Array, staging: string, from: Source): Promise<string> {
  const folder = mkdtempSync(join(staging, 'look-'));
  const { name, version } = readPlugin(
    await from.stage(folder, { data, prov: undefined, fileName: undefined }),
    staging,
  );
  rmSync(folder, { recursive: true });
  return `${name}-${version}.tgz`;
}

function ensureFree(dir: string, io: Io): void {
  if (lstatSync(dir, { throwIfNoEntry: false }) === undefined) return;
  warnOn(io)('plugin already exists', { path: dir, error: '<nil>' });
  throw new PackError('PLUGIN_EXISTS', 'plugin already exists');
}

/** No plugin takes the place of a command or of another plugin. */
function ensureName({ name, type }: Plugin, words: ReadonlySet<string>, io: Io): void {
  const other = listPlugins(io).find((plugin) => plugin.name === name);
  if (other !== undefined)
    throw new PackError(
      'PLUGIN_EXISTS',
      `two plugins claim the name ${JSON.stringify(name)}: there is one at ${other.dir}`,
    );
  if (type === 'cli/v1' && words.has(name))
    throw new PackError('PLUGIN_INVALID', `plugin name ${JSON.stringify(name)} is that of a command`);
}

async function ensureAgreed({ name, version, type }: Plugin, source: string, given: Given, io: Io): Promise<void> {
  if (given.bool('yes')) return;
  const what = `Plugin ${name} ${version} (${type}) from ${source} can do all that you can do`;
  const agreed = isAttended(io) && (await agrees(`${what}. Install it? [y/N] `, io));
  if (agreed) return;
  throw new PackError('PLUGIN_UNTRUSTED', `${what}: nobody has agreed to that`, { hint: 'look at it, then use --yes' });
}

function place(from: Source, staged: string, dir: string): void {
  mkdirSync(dirname(dir), { recursive: true });
  if (from.kind === 'folder') symlinkSync(staged, dir, process.platform === 'win32' ? 'junction' : 'dir');
  else renameSync(staged, dir);
}

/** Helm keeps archives to show by whom they were signed. */
function keepArchive({ name, version }: Plugin, { data, prov }: PluginArchive, root: string): void {
  const file = join(root, `${name}-${version}.tgz`);
  writeAtomic(file, data);
  if (prov !== undefined) writeAtomic(`${file}.prov`, prov);
}

async function finish(plugin: Plugin, source: string, event: 'install' | 'update', io: Io): Promise<Plugin> {
  pin(plugin, source);
  await runHook(plugin, event, io);
  // A hook may fetch the program itself.
  pin(plugin, source);
  return plugin;
}

/** What has changed in its place is agreed to, or not. */
export async function repinned(
  plugin: Plugin,
  source: string,
  isChanged: boolean,
  given: Given,
  io: Io,
): Promise<void> {
  if (isChanged) await ensureAgreed(plugin, source || plugin.dir, given, io);
  pin(plugin, source);
}

function pin({ root, name, version, dir }: Plugin, source: string): void {
  writePin(root, name, { version, digest: folderDigest(dir), source: existsSync(source) ? resolve(source) : source });
}

/** A folder on the same disk as the plugins, that is gone afterwards. */
async function within<T>(root: string, work: (staging: string) => Promise<T>): Promise<T> {
  mkdirSync(root, { recursive: true });
  const staging = mkdtempSync(join(root, '.staging-'));
  try {
    return await work(staging);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

/** Puts what `renew` leaves in a folder in the place of a plugin. */
export const replacePlugin = (
  plugin: Plugin,
  source: string,
  given: Given,
  io: Io,
  renew: (staging: string) => Promise<string>,
): Promise<Plugin> =>
  within(plugin.root, async (staging) => {
    const staged = await renew(staging);
    const renewed = readPlugin(staged, plugin.root);
    if (renewed.name !== plugin.name)
      throw new PackError('PLUGIN_INVALID', `the plugin is called ${JSON.stringify(renewed.name)} now`);
    if (folderDigest(staged) !== folderDigest(plugin.dir)) await ensureAgreed(renewed, source || plugin.dir, given, io);
    const old = join(staging, 'old');
    renameSync(plugin.dir, old);
    renameSync(staged, plugin.dir);
    return finish({ ...renewed, dir: plugin.dir }, source, 'update', io);
  });

/** Removes a plugin and what was kept of it. Helm: uninstallPlugin. */
export async function removePlugin(plugin: Plugin, mayRun: boolean, io: Io): Promise<void> {
  const { dir, root, name, version } = plugin;
  rmSync(dir, { recursive: true });
  if (version !== '') {
    const archive = join(root, `${name}-${version}.tgz`);
    rmSync(archive, { force: true });
    rmSync(`${archive}.prov`, { force: true });
  }
  writePin(root, name, undefined);
  if (mayRun) await runHook(plugin, 'delete', io);
  else warnOn(io)('nobody has agreed to the code of the plugin: its delete hook was not run', { name });
}

/** How a plugin is signed. Helm: GetPluginSigningInfo. */
export function provenanceOf({ dir, root, name, version }: Plugin): string {
  if (lstatSync(dir).isSymbolicLink()) return 'local dev';
  const archive = join(root, `${name}-${version}.tgz`);
  if (!existsSync(archive) || !existsSync(`${archive}.prov`)) return 'unsigned';
  const text = readFileSync(`${archive}.prov`, 'latin1');
  if (!text.includes('-----BEGIN PGP SIGNED MESSAGE-----')) return 'invalid provenance';
  return text.includes(archiveDigest(archive)) && text.includes(basename(archive)) ? 'signed' : 'mismatched provenance';
}

const archiveDigest = (file: string): string =>
  `sha256:${createHash('sha256').update(readFileSync(file)).digest('hex')}`;
