/** What a plugin completes: by its completion.yaml, and by its program plugin.complete. Helm: load_plugins.go. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isCodedError } from '@pack/core';
import { fromBytes } from 'go-template';
import { parse } from 'yaml';
import type { Completions, Io } from '../command.ts';
import { globalFlags } from '../flags/common.ts';
import type { Choice } from '../flags/parse.ts';
import { divideArgs, settingsIn } from './command.ts';
import { pluginEnvironment } from './environment.ts';
import type { Plugin } from './folder.ts';
import { runProcess } from './process.ts';
import { distrust } from './trust.ts';

interface Static {
  readonly name: string;
  readonly validArgs: readonly string[];
  readonly flags: readonly string[];
  readonly commands: readonly Static[];
}

/** Milliseconds: who types does not wait for longer. */
const TIMEOUT = 5000;
const MAX_FILE = 1024 * 1024;
const MAX_DEPTH = 32;

/** What may follow `before`, of which the last begins with `word`. */
export async function completePlugin(
  plugin: Plugin,
  before: readonly string[],
  word: string,
  io: Io,
): Promise<Completions> {
  let at = readStatic(plugin);
  const path: string[] = [];
  for (const part of before) {
    const next = at.commands.find(({ name }) => name === part);
    if (next === undefined) break;
    path.push(part);
    at = next;
  }
  if (word.startsWith('-')) return { choices: starting(word, flagsOf(at)) };
  const fixed = [...at.commands.map(({ name }) => name).sort(), ...at.validArgs];
  if (fixed.length > 0)
    return {
      choices: starting(
        word,
        fixed.map((name): Choice => [name]),
      ),
    };
  return askPlugin(plugin, path, before, word, io);
}

const starting = (word: string, choices: readonly Choice[]): Choice[] =>
  choices.filter(([choice]) => choice.startsWith(word));

const flagsOf = ({ flags }: Static): Choice[] => [
  ...flags.map((name): Choice => [name.length === 1 ? `-${name}` : `--${name}`]),
  ...Object.entries(globalFlags).flatMap(([name, { hidden, usage }]) =>
    hidden === true ? [] : [[`--${name}`, usage] as const],
  ),
];

/** What cannot be read says nothing. */
function readStatic({ dir, name }: Plugin): Static {
  try {
    const text = readFileSync(join(dir, 'completion.yaml'), 'utf8');
    return text.length > MAX_FILE ? staticOf({ name }, 0) : staticOf(parse(text, { maxAliasCount: 0 }), 0);
  } catch {
    return staticOf({ name }, 0);
  }
}

function staticOf(value: unknown, depth: number): Static {
  const { name, validArgs, flags, commands } = (typeof value === 'object' && value !== null ? value : {}) as Record<
    keyof Static,
    unknown
  >;
  const texts = (list: unknown): string[] =>
    Array.isArray(list) ? list.filter((item) => typeof item === 'string' && /^\P{C}+$/u.test(item)) : [];
  return {
    name: typeof name === 'string' ? name : '',
    validArgs: texts(validArgs),
    flags: texts(flags),
    commands:
      Array.isArray(commands) && depth < MAX_DEPTH
        ? commands.map((item) => staticOf(item, depth + 1)).filter((item) => /^\P{C}+$/u.test(item.name))
        : [],
  };
}

const [NO_SPACE, NO_FILES] = [2, 4];

/** Only what was agreed to runs, and nobody is asked while typing. */
async function askPlugin(
  plugin: Plugin,
  path: readonly string[],
  before: readonly string[],
  word: string,
  io: Io,
): Promise<Completions> {
  const files: Completions = { choices: [], files: true };
  const program = join(plugin.dir, 'plugin.complete');
  if (!existsSync(program)) return files;
  try {
    if (distrust(plugin) !== undefined) return files;
    const { own, others } = divideArgs(before.slice(path.length));
    const args = plugin.ignoreFlags ? path : [...path, ...others, word];
    const env = pluginEnvironment(plugin, io, settingsIn(own));
    const { code, stdout } = await runProcess({ command: program, args, env, timeout: TIMEOUT });
    if (code !== 0) return files;
    const lines = fromBytes(stdout)
      .split('\n')
      .filter((line) => line !== '');
    const [, stated] = /^:(\d+)$/.exec(lines.at(-1) ?? '') ?? [];
    const directive = stated === undefined ? 0 : Number(stated);
    if (stated !== undefined) lines.pop();
    const choices = lines.map((line): Choice => {
      const [choice = '', meaning] = line.trim().split('\t');
      return meaning === undefined ? [choice] : [choice, meaning];
    });
    return {
      choices: starting(word, choices),
      files: (directive & NO_FILES) === 0,
      open: (directive & NO_SPACE) !== 0,
    };
  } catch (e) {
    if (!isCodedError(e)) throw e;
    return files;
  }
}
