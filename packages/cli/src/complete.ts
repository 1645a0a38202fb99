/**
 * What a shell's completion asks: `__complete WORDS…`, of which the last is the one to complete. Answers in cobra's
 * form, so that scripts made for Helm serve too: a word a line, a tab before its meaning, and `:N` at the end, the sum
 * of what the shell is to do.
 */
import type { Command, Completions, Io } from './command.ts';
import { globalFlags } from './flags/common.ts';
import { type Choice, type Flag, type Flags, type Given, parseFlags } from './flags/parse.ts';
import { findCommand } from './main.ts';
import { mayHavePlugins } from './plugins/paths.ts';
import { commands, groups } from './registry.ts';

/** cobra's ShellCompDirective. */
const [DEFAULT, NO_SPACE, NO_FILES] = [0, 2, 4];

const namesOf = (directive: number): string =>
  [...(directive & NO_SPACE ? ['NoSpace'] : []), ...(directive & NO_FILES ? ['NoFileComp'] : [])]
    .map((name) => `ShellCompDirective${name}`)
    .join(', ') || 'ShellCompDirectiveDefault';

export async function complete(words: readonly string[], { described }: { described: boolean }, io: Io): Promise<void> {
  const { choices, files = false, open = false } = await completionsOf(words, io);
  const directive = (open ? NO_SPACE : DEFAULT) | (files ? DEFAULT : NO_FILES);
  const lines = choices.map(([word, meaning]) => (described && meaning ? `${word}\t${meaning}` : word));
  io.stdout([...lines, `:${directive}`, ''].join('\n'));
  io.stderr(`Completion ended with directive: ${namesOf(directive)}\n`);
}

const FILES: Completions = { choices: [], files: true };

async function completionsOf(words: readonly string[], io: Io): Promise<Completions> {
  const before = words[0] === 'help' ? words.slice(1, -1) : words.slice(0, -1);
  const word = words.at(-1) ?? '';
  const { row, rest, words: named } = findCommand(before);
  const command = row === undefined ? undefined : (await row.load()).command;
  const flags: Flags = { ...globalFlags, ...command?.flags };

  const value = valueFlag(rest, word, flags);
  if (value !== undefined) {
    const { choices, ...how } = await valuesOf(value, command, flags, io);
    return { choices: startingWith(value.word, choices), ...how };
  }
  const withPlugins = command === undefined && mayHavePlugins(io);
  if (withPlugins && named.length > 0) {
    const { commandPlugin } = await import('./plugins/command.ts');
    const plugin = commandPlugin(named[0] as string, io);
    if (plugin !== undefined) {
      const { completePlugin } = await import('./plugins/command-completion.ts');
      return completePlugin(plugin, rest.toSpliced(rest.indexOf(plugin.name), 1), word, io);
    }
  }
  if (word.startsWith('-')) return { choices: startingWith(word, flagNames(flags)) };
  if (withPlugins && named.length === 0) {
    const { commandPlugins } = await import('./plugins/command.ts');
    const plugins = commandPlugins(io).map(({ name, summary }): Choice => [name, summary]);
    const all = [...subcommands(named), ...plugins].sort(([a], [b]) => (a < b ? -1 : 1));
    return { choices: startingWith(word, all) };
  }
  if (command === undefined) return { choices: startingWith(word, subcommands(named)) };
  return argumentsOf(command, rest, flags, word, io);
}

interface FlagValue {
  readonly name: string;
  readonly flag: Flag;
  readonly word: string;
  /** The words of the command without the flag. */
  readonly before: readonly string[];
}

/** The flag whose value is being typed, if one is. */
function valueFlag(before: readonly string[], word: string, flags: Flags): FlagValue | undefined {
  const inline = /^--([^=]+)=(.*)$/s.exec(word);
  if (inline !== null) {
    const name = inline[1] as string;
    const flag = Object.hasOwn(flags, name) ? flags[name] : undefined;
    return flag === undefined ? undefined : { name, flag, word: inline[2] as string, before };
  }
  const last = before.at(-1) ?? '';
  const name = last.startsWith('--')
    ? last.slice(2)
    : /^-\w$/.test(last)
      ? Object.keys(flags).find((n) => flags[n]?.short === last[1])
      : undefined;
  const flag = name !== undefined && Object.hasOwn(flags, name) ? flags[name] : undefined;
  if (name === undefined || flag === undefined || flag.type === 'bool' || flag.bare !== undefined) return undefined;
  return { name, flag, word, before: before.slice(0, -1) };
}

async function valuesOf(
  { name, flag, before }: FlagValue,
  command: Command | undefined,
  flags: Flags,
  io: Io,
): Promise<Completions> {
  if (flag.choices !== undefined) return { choices: flag.choices };
  const complete = command?.completeFlag?.[name];
  const given = complete === undefined ? undefined : parsed(before, flags);
  return complete === undefined || given === undefined ? FILES : complete(given, io);
}

/** A line that is not yet right is completed by what is known without it. */
function parsed(words: readonly string[], flags: Flags): Given | undefined {
  try {
    return parseFlags(words, flags);
  } catch {
    return undefined;
  }
}

function subcommands([first]: readonly string[]): Choice[] {
  const group = groups.find(({ name, aliases = [] }) => first !== undefined && [name, ...aliases].includes(first));
  if (group === undefined && first !== undefined) return [];
  const rows = commands.filter(
    ({ name, hidden }) => !hidden && name.startsWith(group === undefined ? '' : `${group.name} `),
  );
  const own = rows
    .map(({ name, summary }): Choice => [group === undefined ? name : name.slice(group.name.length + 1), summary])
    .filter(([name]) => !name.includes(' '));
  const all =
    group === undefined
      ? [
          ...own,
          ...groups.map(({ name, summary }): Choice => [name, summary]),
          ['help', 'help about a command'] as const,
        ]
      : own;
  return [...all].sort(([a], [b]) => (a < b ? -1 : 1));
}

const flagNames = (flags: Flags): Choice[] =>
  Object.entries(flags)
    .filter(([, { hidden }]) => hidden !== true)
    .flatMap(([name, { short, usage }]): Choice[] => [
      [`--${name}`, usage],
      ...(short === undefined ? [] : [[`-${short}`, usage] as const]),
    ])
    .sort(([a], [b]) => (a.replace(/^-+/, '') < b.replace(/^-+/, '') ? -1 : 1));

const startingWith = (word: string, choices: readonly Choice[]): Choice[] =>
  choices.filter(([choice]) => choice.startsWith(word));

async function argumentsOf(
  command: Command,
  rest: readonly string[],
  flags: Flags,
  word: string,
  io: Io,
): Promise<Completions> {
  const given = parsed(rest, flags);
  if (given === undefined) return FILES;
  if (given.args.length >= command.args[1]) return { choices: [] };
  if (command.complete === undefined) return FILES;
  const { choices, ...how } = await command.complete(given, word, io);
  return { choices: startingWith(word, choices), ...how };
}
