/** Help in the layout that users of Helm know. */
import type { Command, Row } from '../command.ts';
import { globalFlags } from '../flags/common.ts';
import type { Flag, Flags } from '../flags/parse.ts';

export function rootHelp(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(({ name }) => name.length)) + 2;
  const lines = rows.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`);
  return `Usage:\n  pack [command]\n\nAvailable Commands:\n${lines.join('\n')}\n\nFlags:\n${flagLines(globalFlags)}\n\nUse "pack [command] --help" for more information about a command.\n`;
}

export const commandHelp = ({ usage, summary, description, flags }: Command): string =>
  `${description ?? summary}\n\nUsage:\n  pack ${usage}\n\nFlags:\n${flagLines(flags)}\n\nGlobal Flags:\n${flagLines(globalFlags)}\n`;

const KINDS: Record<Flag['type'], string> = { bool: '', string: ' string', list: ' stringArray' };

function flagLines(flags: Flags): string {
  const rows = Object.entries(flags)
    .filter(([, flag]) => flag.hidden !== true)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, flag]) => ({
      left: `  ${flag.short === undefined ? '    ' : `-${flag.short}, `}--${name}${KINDS[flag.type]}${flag.bare === undefined ? '' : `[="${flag.bare}"]`}`,
      right: flag.usage + (flag.preset ? ` (default "${flag.preset}")` : ''),
    }));
  const width = Math.max(...rows.map(({ left }) => left.length)) + 3;
  return rows.map(({ left, right }) => left.padEnd(width) + right).join('\n');
}
