/** argv to one command to an exit code. Touches no global, so that tests run it in their own process. */
import type { Command, Io, Row } from './command.ts';
import { globalFlags } from './flags/common.ts';
import { type Given, parseFlags, UsageError } from './flags/parse.ts';
import { secretIo } from './output/secret-io.ts';
import { commands, groups } from './registry.ts';

/** 0, or what the command says, or 1 after any error. */
export async function main(argv: readonly string[], outside: Io): Promise<number> {
  const io = secretIo(outside);
  try {
    const code = await dispatch(argv, io);
    // Commands end with what writing gives back, too.
    return typeof code === 'number' ? code : 0;
  } catch (e) {
    if (isStackError(e)) throw e;
    const { printError } = await import('./output/error.ts');
    printError(e, argv.includes('--debug'), io);
    return 1;
  }
}

/** Whether a render ended because this thread's stack is too small; with a larger one it may succeed. */
export const isStackError = (e: unknown): boolean =>
  codeOf(e) === 'RENDER_LIMIT' && codeOf((e as Error).cause) === 'TEMPLATE_STACK';

const codeOf = (e: unknown): unknown => (e instanceof Error && 'code' in e ? e.code : undefined);

async function dispatch(argv: readonly string[], io: Io): Promise<void | number> {
  if (argv[0] === '__complete' || argv[0] === '__completeNoDesc') {
    const { complete } = await import('./complete.ts');
    return complete(argv.slice(1), { described: argv[0] === '__complete' }, io);
  }
  if (argv[0] === '--version') {
    const { ownVersion } = await import('./commands/version.ts');
    return io.stdout(ownVersion());
  }
  const help = argv[0] === 'help';
  const { row, rest, words } = findCommand(help ? argv.slice(1) : argv);
  if (row === undefined) return withoutCommand(words, rest, help, io);
  const { command } = await row.load();
  if (help) return io.stdout((await import('./output/help.ts')).commandHelp(row, command));
  const given = parseFlags(rest, { ...globalFlags, ...command.flags });
  checkColor(given);
  if (given.bool('help')) return io.stdout((await import('./output/help.ts')).commandHelp(row, command));
  for (const [name, { deprecated }] of Object.entries(command.flags)) {
    if (deprecated !== undefined && given.has(name)) io.stderr(`Flag --${name} has been deprecated, ${deprecated}\n`);
  }
  checkCount(row, command, given.args.length);
  checkExclusive(command, given);
  return command.run(given, io, firstWordsOf());
}

const firstWordsOf = (): ReadonlySet<string> =>
  new Set([
    'help',
    ...[...groups, ...commands].flatMap(({ name, aliases = [] }) => (name.includes(' ') ? [] : [name, ...aliases])),
  ]);

/** Helm looks at this before anything else, `--help` included: a word that is none is no request for `auto`. */
function checkColor(given: Given): void {
  for (const mode of [given.string('color'), given.string('colour')]) {
    if (mode === undefined || globalFlags['color']?.choices?.some(([word]) => word === mode)) continue;
    throw new UsageError(`invalid color mode ${JSON.stringify(mode)}: must be one of: never, auto, always`);
  }
}

function checkExclusive({ exclusive = [] }: Command, given: Given): void {
  for (const group of exclusive) {
    const set = group.filter((name) => given.has(name));
    if (set.length < 2) continue;
    throw new UsageError(
      `if any flags in the group [${group.join(' ')}] are set none of the others can be; [${set.sort().join(' ')}] were all set`,
    );
  }
}

/** The help of the program or of a group of commands, or a plugin; a word that is none of them is an error. */
async function withoutCommand(
  [first, second]: readonly string[],
  argv: readonly string[],
  help: boolean,
  io: Io,
): Promise<void | number> {
  const { groupHelp, rootHelp } = await import('./output/help.ts');
  const { mayHavePlugins } = await import('./plugins/paths.ts');
  if (first === undefined) {
    if (!mayHavePlugins(io)) return io.stdout(rootHelp());
    const { commandPlugins } = await import('./plugins/command.ts');
    return io.stdout(rootHelp(commandPlugins(io)));
  }
  const group = groups.find(({ name, aliases = [] }) => [name, ...aliases].includes(first));
  if (group !== undefined && second === undefined) return io.stdout(groupHelp(group));
  if (group === undefined && mayHavePlugins(io)) {
    const { commandPlugin, pluginHelp, runPluginCommand } = await import('./plugins/command.ts');
    const plugin = commandPlugin(first, io);
    if (plugin !== undefined && help) return io.stdout(pluginHelp(plugin));
    if (plugin !== undefined) return runPluginCommand(plugin, argv.toSpliced(argv.indexOf(first), 1), io);
  }
  const [word, within] = group === undefined ? [first, 'pack'] : [second as string, `pack ${group.name}`];
  const known = (group === undefined ? [...groups, ...commands] : commands).map(({ name }) =>
    group === undefined ? name : name.slice(group.name.length + 1),
  );
  const { nearest } = await import('go-template/near');
  const near = nearest(word, known);
  throw new UsageError(
    `unknown command ${JSON.stringify(word)} for ${JSON.stringify(within)}`,
    near === undefined ? `run '${within} --help' for usage` : `did you mean '${near}'?`,
  );
}

function checkCount(row: Row, { args: [least, most], usage }: Command, count: number): void {
  if (count >= least && count <= most) return;
  const plural = (n: number): string => `${n} argument${n === 1 ? '' : 's'}`;
  const wanted =
    most === 0
      ? `"pack ${row.name}" accepts no arguments`
      : count > most && least < most
        ? `"pack ${row.name}" accepts at most ${plural(most)}`
        : `"pack ${row.name}" requires ${least === most ? '' : 'at least '}${plural(least)}`;
  throw new UsageError(`${wanted}\n\nUsage:  pack ${usage}`);
}

/** The command that the words name, and the words that are left for it. */
export function findCommand(argv: readonly string[]): { row?: Row; rest: string[]; words: string[] } {
  const [first, second] = firstWords(argv, 2);
  const words = [first, second].flatMap((found) => (found === undefined ? [] : [found.word]));
  const without = (...at: number[]): string[] => argv.filter((_, i) => !at.includes(i));
  if (first === undefined) return { rest: [...argv], words };
  const group = groups.find(({ name, aliases = [] }) => [name, ...aliases].includes(first.word));
  const row =
    group &&
    second &&
    commands.find(
      ({ name, aliases = [] }) =>
        name === `${group.name} ${second.word}` || (name.startsWith(`${group.name} `) && aliases.includes(second.word)),
    );
  if (row !== undefined && second !== undefined) return { row, rest: without(first.at, second.at), words };
  const single = commands.find(({ name, aliases = [] }) => name === first.word || aliases.includes(first.word));
  if (single !== undefined && !single.name.includes(' ')) return { row: single, rest: without(first.at), words };
  return { rest: [...argv], words };
}

/** Words before flags that take values could be those values; the names of commands come first in practice. */
function firstWords(argv: readonly string[], n: number): { word: string; at: number }[] {
  const words: { word: string; at: number }[] = [];
  for (let at = 0; at < argv.length && words.length < n; at++) {
    const word = argv[at] as string;
    if (!word.startsWith('-')) words.push({ word, at });
    else if (takesValue(word)) at++;
  }
  return words;
}

function takesValue(word: string): boolean {
  const name = word.startsWith('--')
    ? word.slice(2)
    : Object.keys(globalFlags).find((n) => globalFlags[n]?.short === word[1] && word.length === 2);
  const flag = name === undefined ? undefined : globalFlags[name];
  return flag !== undefined && flag.type !== 'bool' && flag.bare === undefined;
}
