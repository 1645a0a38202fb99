/** What `--post-renderer` names: a plugin, kustomize, or a program. */
import {
  accessSync,
  constants,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import { PackError } from '@pack/core';
import type { PostRenderer } from '@pack/release';
import { fromBytes, toBytes } from 'go-template';
import { parseDocument } from 'yaml';
import type { Io } from '../command.ts';
import { type Given, UsageError } from '../flags/parse.ts';
import { timeoutOf } from '../flags/release.ts';
import { pluginEnvironment } from './environment.ts';
import { findPlugin, type Plugin } from './folder.ts';
import { isWithoutPlugins } from './paths.ts';
import { prepareCommand } from './platform-command.ts';
import { type ProcessInput, runProcess } from './process.ts';
import { ensureTrusted } from './trust.ts';

/** How processes are run: by when they must have ended, and where what they say goes. */
type Run = Pick<ProcessInput, 'timeout' | 'onStderr'>;

/**
 * In the order in which they were given. `--post-renderer-args` are for the one that was given last. Throws USAGE with
 * Helm's text for one that is not there.
 */
export async function findPostRenderers(given: Given, io: Io): Promise<PostRenderer[]> {
  const names = given.list('post-renderer').filter((name) => name !== '');
  const args = given.list('post-renderer-args');
  const run: Run = { timeout: timeoutOf(given), onStderr: (text) => io.stderr(text) };
  const renderers: PostRenderer[] = [];
  for (const [i, name] of names.entries()) {
    renderers.push(await postRendererOf(name, i === names.length - 1 ? args : [], run, io));
  }
  return renderers;
}

async function postRendererOf(name: string, args: readonly string[], run: Run, io: Io): Promise<PostRenderer> {
  const plugin = isWithoutPlugins(io) ? undefined : findPlugin(name, io, 'postrenderer/v1');
  if (plugin !== undefined) {
    await ensureTrusted(plugin, io);
    return pluginRenderer(plugin, args, run, io);
  }
  const kustomize = /^kustomize(?:=(.*))?$/s.exec(name);
  if (kustomize !== null) return kustomizeRenderer(kustomize[1] ?? '.', args, run, io);
  const [command = '', ...own] = wordsOf(name);
  if (programAt(command, io) === undefined) {
    throw new UsageError(
      `invalid argument ${JSON.stringify(name)} for "--post-renderer" flag: plugin: {Name:${name} Type:postrenderer/v1} not found`,
    );
  }
  return programRenderer(name, command, [...own, ...args], run, io);
}

/** Helm: runPostrenderer. */
function pluginRenderer(plugin: Plugin, extraArgs: readonly string[], run: Run, io: Io): PostRenderer {
  const { name, platformCommand } = plugin;
  const failed = (message: string, cause?: unknown): PackError =>
    new PackError('PLUGIN_FAILED', `failed to invoke post-renderer plugin ${JSON.stringify(name)}: ${message}`, {
      cause,
    });
  return {
    name,
    async run(input, signal) {
      const env = pluginEnvironment(plugin, io);
      let code: number;
      let stdout: Uint8Array;
      try {
        const command = prepareCommand(platformCommand, { env, extraArgs });
        ({ code, stdout } = await runProcess({ ...command, env, input, signal, ...run }));
      } catch (e) {
        if (!(e instanceof PackError)) throw e;
        const context = e.code === 'PLUGIN_COMMAND_MISSING' ? 'failed to prepare plugin command: ' : '';
        throw failed(context + e.message, e);
      }
      if (code !== 0) throw failed(`plugin ${JSON.stringify(name)} exited with error: exit status ${code}`);
      return fromBytes(stdout);
    },
  };
}

const programRenderer = (
  name: string,
  command: string,
  args: readonly string[],
  run: Run,
  io: Io,
  cwd?: string,
): PostRenderer => ({
  name,
  async run(input, signal) {
    const { code, stdout } = await runProcess({
      command,
      args,
      env: io.env,
      input,
      signal,
      ...(cwd !== undefined && { cwd }),
      ...run,
    });
    if (code !== 0) throw new PackError('PLUGIN_FAILED', `post-renderer ${JSON.stringify(name)}: exit status ${code}`);
    return fromBytes(stdout);
  },
});

/** Words as a shell divides them; nothing in them is expanded. */
function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const [word] of text.matchAll(/(?:[^\s'"\\]|'[^']*'|"(?:[^"\\]|\\.)*"|\\.)+/gs)) {
    words.push(
      word.replace(
        /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/gs,
        (_, single?: string, double?: string, plain?: string) =>
          single ?? double?.replace(/\\(.)/gs, '$1') ?? plain ?? '',
      ),
    );
  }
  return words;
}

/** A path, or a program of PATH. */
function programAt(command: string, { env }: Io): string | undefined {
  if (command === '') return undefined;
  if (/[/\\]/.test(command)) return isProgram(command) ? command : undefined;
  const endings = process.platform === 'win32' ? ['', ...(env['PATHEXT'] ?? '.EXE;.CMD').split(';')] : [''];
  return (env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .flatMap((folder) => endings.map((ending) => join(folder, command + ending)))
    .find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

const KUSTOMIZATIONS = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];
const RENDERED = 'pack-rendered.yaml';

/**
 * The kustomization of a folder, with what was rendered as the first of its resources. It is built in a copy beside the
 * folder: paths in it stay right, and the folder itself is not written to.
 */
function kustomizeRenderer(dir: string, args: readonly string[], run: Run, io: Io): PostRenderer {
  const folder = resolve(dir || '.');
  const file = KUSTOMIZATIONS.find((name) => existsSync(join(folder, name)));
  if (file === undefined) {
    throw new UsageError(
      `invalid argument ${JSON.stringify(`kustomize=${dir}`)} for "--post-renderer" flag: ${folder} has no kustomization.yaml`,
    );
  }
  const [program, ...own] =
    programAt('kustomize', io) === undefined ? ['kubectl', 'kustomize'] : ['kustomize', 'build'];
  if (programAt(program as string, io) === undefined) {
    throw new PackError('PLUGIN_UNSTARTABLE', 'neither kustomize nor kubectl is found in PATH');
  }
  return {
    name: 'kustomize',
    async run(input, signal) {
      const copy = mkdtempSync(join(dirname(folder), `.${basename(folder)}-pack-`));
      try {
        cpSync(folder, copy, { recursive: true, filter: (path) => basename(path) !== '.git' });
        writeFileSync(join(copy, RENDERED), Buffer.from(toBytes(input)));
        const kustomization = parseDocument(readFileSync(join(copy, file), 'utf8'));
        const resources = (kustomization.toJS() as { resources?: unknown } | null)?.resources;
        kustomization.set('resources', [RENDERED, ...(Array.isArray(resources) ? resources : [])]);
        writeFileSync(join(copy, file), kustomization.toString());
        const renderer = programRenderer('kustomize', program as string, [...own, copy, ...args], run, io);
        return await renderer.run(input, signal);
      } finally {
        rmSync(copy, { recursive: true, force: true });
      }
    },
  };
}
