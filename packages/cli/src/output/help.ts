/** Help in the layout that users of Helm know. */
import type { Command, Group, Row } from '../command.ts';
import { globalFlags } from '../flags/common.ts';
import type { Flag, Flags } from '../flags/parse.ts';
import { commands, groups } from '../registry.ts';

const ROOT = `The package manager for Kubernetes, in the place of Helm.

Settings come from flags, then from the variables that 'pack env' lists (PACK_X wins over HELM_X).`;

/** `plugins` are commands too. */
export function rootHelp(plugins: readonly { readonly name: string; readonly summary: string }[] = []): string {
  const rows = [...commands.filter(({ name, hidden }) => !hidden && !name.includes(' ')), ...groups, ...plugins];
  return `${ROOT}\n\nUsage:\n  pack [command]\n\n${available(rows.map(({ name, summary }) => [name, summary]))}\n\n${flagsHelp({}, { top: true })}\n${more('pack')}`;
}

export function groupHelp({ name, summary, aliases }: Group): string {
  const rows = commands.filter((row) => !row.hidden && row.name.startsWith(`${name} `));
  const within = rows.map((row) => [row.name.slice(name.length + 1), row.summary] as const);
  return `${sentence(summary)}\n\nUsage:\n  pack ${name} [command]\n\n${aliasesHelp(name, aliases)}${available(within)}\n\n${flagsHelp({})}\n${more(`pack ${name}`)}`;
}

export const commandHelp = ({ name, summary, aliases }: Row, { usage, description, flags }: Command): string =>
  `${description ?? sentence(summary)}\n\nUsage:\n  pack ${usage}\n\n${aliasesHelp(name.split(' ').at(-1) as string, aliases)}${flagsHelp(flags)}`;

const sentence = (summary: string): string => `${summary[0]?.toUpperCase()}${summary.slice(1)}.`;

const more = (name: string): string => `Use "${name} [command] --help" for more information about a command.\n`;

const aliasesHelp = (name: string, aliases: readonly string[] = []): string =>
  aliases.length === 0 ? '' : `Aliases:\n  ${[name, ...aliases].join(', ')}\n\n`;

function available(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length), 11) + 1;
  const lines = [...rows]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, summary]) => `  ${name.padEnd(width)}${summary}`);
  return `Available Commands:\n${lines.join('\n')}`;
}

const HELP: Flag = { type: 'bool', usage: 'help for the command', short: 'h' };

function flagsHelp(flags: Flags, { top = false }: { top?: boolean } = {}): string {
  const { help: _, ...others } = globalFlags;
  return top
    ? `Flags:\n${flagLines({ ...others, help: HELP })}\n`
    : `Flags:\n${flagLines({ ...flags, help: HELP })}\n\nGlobal Flags:\n${flagLines(others)}\n`;
}

const KINDS: Record<Flag['type'], string> = { bool: '', string: 'string', list: 'stringArray' };

function flagLines(flags: Flags): string {
  const rows = Object.entries(flags)
    .filter(([, flag]) => flag.hidden !== true)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, flag]) => {
      const kind = flag.kind ?? KINDS[flag.type];
      const quoted = kind === 'string' ? JSON.stringify(flag.preset) : flag.preset;
      return {
        left: `  ${flag.short === undefined ? '    ' : `-${flag.short}, `}--${name}${kind === '' ? '' : ` ${kind}`}${flag.bare === undefined ? '' : `[="${flag.bare}"]`}`,
        right: flag.usage + (flag.preset ? ` (default ${quoted})` : ''),
      };
    });
  const width = Math.max(...rows.map(({ left }) => left.length)) + 3;
  return rows.map(({ left, right }) => left.padEnd(width) + right).join('\n');
}
