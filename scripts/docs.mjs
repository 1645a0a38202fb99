// Writes docs/reference/commands.md from the commands' own help, and jinja.md from the engine's own table; with --check,
// only says whether they are fresh.
import { readFileSync, writeFileSync } from 'node:fs';
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

const pages = {
  'docs/reference/commands.md': text,
  'docs/reference/jinja.md': jinjaReference(reference),
};
for (const [file, page] of Object.entries(pages)) {
  if (!process.argv.includes('--check')) writeFileSync(file, page);
  else if (readFileSync(file, 'utf8') !== page) {
    console.error(`${file} is not fresh: run node scripts/docs.mjs`);
    process.exitCode = 1;
  }
}
