// Writes docs/reference/commands.md from the commands' own help; with --check, only says whether it is fresh.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const FILE = 'docs/reference/commands.md';

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
const sections = [];
for (const { name } of rows) {
  sections.push(
    `## pack ${name}\n\n\`\`\`text\n${withoutGlobalFlags(await helpOf(name.split(' '))).trimEnd()}\n\`\`\`\n`,
  );
}
const flags = globalFlags(await helpOf(['version']))
  .replace('\nGlobal Flags:\n', '')
  .trimEnd();

const text = `# Commands

Made from the commands' own help by \`node scripts/docs.mjs\`. Errors go to standard error, Helm's text first, then where it
happened; the exit code is 1 after any error.

| command | what |
| --- | --- |
${rows.map(({ name, summary }) => `| [\`pack ${name}\`](#pack-${name.replaceAll(' ', '-')}) | ${summary} |`).join('\n')}

Groups may be written shorter: ${groups
  .filter(({ aliases }) => aliases)
  .map(({ name, aliases }) => `${aliases.map((alias) => `\`${alias}\``).join(', ')} for \`${name}\``)
  .join('; ')}.

${sections.join('\n')}
## Flags of all commands

\`\`\`text
${flags}
\`\`\`
`;

if (!process.argv.includes('--check')) writeFileSync(FILE, text);
else if (readFileSync(FILE, 'utf8') !== text) {
  console.error(`${FILE} is not fresh: run node scripts/docs.mjs`);
  process.exitCode = 1;
}
