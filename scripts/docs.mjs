// Writes docs/reference/commands.md and a page for each command from the commands' own help, and jinja.md from the engine's own
// table; with --check, only says whether they are fresh.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { reference } from '../packages/jinja/dist/index.js';
import { jinjaReference } from './lib/jinja-reference.mjs';

const { commands, groups, main } = createRequire(import.meta.url)('../packages/cli/bin/load.js').load('bin.js');

async function helpOf(words) {
  let text = '';
  const io = { stdout: (out) => (text += out), stderr() {}, stdin: async () => '', env: {} };
  if ((await main(['help', ...words], io)) !== 0) throw new Error(`no help for ${words.join(' ')}`);
  return text;
}

const globalFlags = (help) => help.slice(help.indexOf('\nGlobal Flags:\n'));
const withoutGlobalFlags = (help) => help.slice(0, help.indexOf('\nGlobal Flags:\n'));

const rows = commands.filter(({ hidden }) => !hidden);
const FOLDER = 'docs/reference/commands';
const pageOf = (name) => `pack-${name.replaceAll(' ', '-')}.md`;
const linkTo = (name, folder) => `[\`pack ${name}\`](${folder}${pageOf(name)})`;

/** Others of its group, and what else it may be called. */
function around({ name, aliases = [] }) {
  const [first, last] = name.split(' ');
  const group = last === undefined ? undefined : groups.find((each) => each.name === first);
  const prefix = group === undefined ? '' : `${first} `;
  const others = rows.filter((row) => group !== undefined && row.name !== name && row.name.startsWith(prefix));
  const also = [
    ...aliases.map((alias) => `${prefix}${alias}`),
    ...(group?.aliases ?? []).map((alias) => `${alias} ${last}`),
  ];
  return [
    ...(also.length > 0 ? [`Also ${also.map((words) => `\`pack ${words}\``).join(', ')}.`] : []),
    `See also ${[...others.map((row) => linkTo(row.name, '')), '[all commands](../commands.md)'].join(', ')}.`,
  ].join('\n\n');
}

const commandPages = {};
for (const row of rows) {
  const help = withoutGlobalFlags(await helpOf(row.name.split(' '))).trimEnd();
  const at = help.indexOf('\nUsage:\n');
  const [words, usage] = at < 0 ? ['', help] : [help.slice(0, at).trim(), help.slice(at + 1)];
  commandPages[`${FOLDER}/${pageOf(row.name)}`] = [
    `# pack ${row.name}`,
    words === '' ? `${row.summary[0].toUpperCase()}${row.summary.slice(1)}.` : words,
    `\`\`\`text\n${usage}\n\`\`\``,
    'The [flags of all commands](../commands.md#flags-of-all-commands) are taken too.',
    `${around(row)}\n`,
  ].join('\n\n');
}
const flags = globalFlags(await helpOf(['version']))
  .replace('\nGlobal Flags:\n', '')
  .trimEnd();

const text = `# Commands

Made from the commands' own help by \`node scripts/docs.mjs\`. Errors go to standard error, Helm's text first, then where it
happened; the exit code is 1 after any error.

| command | what |
| --- | --- |
${rows.map(({ name, summary }) => `| ${linkTo(name, 'commands/')} | ${summary} |`).join('\n')}

Groups may be written shorter: ${groups
  .filter(({ aliases }) => aliases)
  .map(({ name, aliases }) => `${aliases.map((alias) => `\`${alias}\``).join(', ')} for \`${name}\``)
  .join('; ')}.

## Flags of all commands

\`\`\`text
${flags}
\`\`\`
`;

const pages = {
  ...commandPages,
  'docs/reference/commands.md': text,
  'docs/reference/jinja.md': jinjaReference(reference),
};
const isCheck = process.argv.includes('--check');
mkdirSync(FOLDER, { recursive: true });
const present = (file) => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
};
const stale = readdirSync(FOLDER)
  .map((name) => `${FOLDER}/${name}`)
  .filter((file) => !Object.hasOwn(pages, file));
for (const [file, page] of [...Object.entries(pages), ...stale.map((file) => [file, undefined])]) {
  if (isCheck && present(file) !== page) {
    console.error(`${file} is not fresh: run node scripts/docs.mjs`);
    process.exitCode = 1;
  }
  if (isCheck) continue;
  if (page === undefined) rmSync(file);
  else writeFileSync(file, page);
}
