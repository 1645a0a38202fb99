/** argv to one command to an exit code. Touches no global, so that tests run it in their own process. */
import { isCodedError } from '@pack/core';
import type { Command, Io, Row } from './command.ts';
import { globalFlags } from './flags/common.ts';
import { parseFlags, UsageError } from './flags/parse.ts';
import { printError } from './output/error.ts';
import { commandHelp, rootHelp } from './output/help.ts';
import { aliases, commands } from './registry.ts';

/** 0, or 1 after any error. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  const debug = argv.includes('--debug');
  try {
    await dispatch(argv, io);
    return 0;
  } catch (e) {
    if (isStackError(e)) throw e;
    printError(e, debug, io);
    return 1;
  }
}

/** Whether a render ended because this thread's stack is too small; with a larger one it may succeed. */
export const isStackError = (e: unknown): boolean =>
  isCodedError(e) && e.code === 'RENDER_LIMIT' && isCodedError(e.cause) && e.cause.code === 'TEMPLATE_STACK';

async function dispatch(argv: readonly string[], io: Io): Promise<void> {
  const found = findCommand(argv);
  if (found === undefined) {
    const word = firstWords(argv, 1)[0]?.word;
    if (word === undefined || word === 'help') return io.stdout(rootHelp(commands));
    const group = commands.filter(({ name }) => name.startsWith(`${aliases[word] ?? word} `));
    if (group.length > 0) return io.stdout(rootHelp(group));
    throw new UsageError(`unknown command ${JSON.stringify(word)} for "pack"`, "run 'pack --help' for usage");
  }
  const { row, rest } = found;
  const { command } = await row.load();
  const given = parseFlags(rest, { ...globalFlags, ...command.flags });
  if (given.bool('help')) return io.stdout(commandHelp(command));
  checkCount(row, command, given.args.length);
  await command.run(given, io);
}

function checkCount(row: Row, { args: [least, most], usage }: Command, count: number): void {
  const plural = (n: number): string => `${n} argument${n === 1 ? '' : 's'}`;
  const wanted =
    least === most && count !== least ? plural(least) : count < least ? `at least ${plural(least)}` : undefined;
  if (wanted !== undefined) {
    throw new UsageError(`"pack ${row.name}" requires ${wanted}\n\nUsage:  pack ${usage}`);
  }
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

function findCommand(argv: readonly string[]): { row: Row; rest: string[] } | undefined {
  const [first, second] = firstWords(argv, 2);
  if (first === undefined) return undefined;
  const group = aliases[first.word] ?? first.word;
  const single = commands.find(({ name }) => name === first.word);
  if (single !== undefined) return { row: single, rest: argv.filter((_, i) => i !== first.at) };
  if (second === undefined) return undefined;
  const row = commands.find(({ name }) => name === `${group} ${aliases[second.word] ?? second.word}`);
  return row === undefined ? undefined : { row, rest: argv.filter((_, i) => i !== first.at && i !== second.at) };
}
