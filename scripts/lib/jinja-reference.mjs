/** The page of what packs' templates may call, from the rows that the engine runs by. */

const code = (text) => `\`${text.replaceAll('|', '\\|')}\``;
const cell = (text) => text.replaceAll('|', '\\|');

const shown = ([template, output]) =>
  `${code(template)} → ${output === '' ? 'nothing' : code(JSON.stringify(output).slice(1, -1).replaceAll('\\"', '"'))}`;

const named = ({ aliases }) => (aliases.length > 0 ? ` Also ${aliases.map(code).join(', ')}.` : '');

const table = (rows, heading) =>
  `| ${heading} | what | example |\n| --- | --- | --- |\n${[...rows]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(
      (row) =>
        `| ${code(row.signature)} | ${cell(row.about)}${named(row)} | ${row.example ? shown(row.example) : ''} |`,
    )
    .join('\n')}\n`;

export const jinjaReference = ({ filters, tests, functions }) => `# Jinja in packs

Made from the engine's own table by \`node scripts/docs.mjs\`; each example is run by a test. Parameters with \`=\` or \`?\` may
be left out, and all may be given by name; the first of a filter or test is the value before it. Every function of Sprig's and
Helm's may be called by its own name besides, as a function, or as a filter that takes the value last.

## Filters

${table(filters, 'filter')}
## Tests

${table(tests, 'test')}
## Functions

${table(functions, 'function')}`;
