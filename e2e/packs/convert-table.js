// Usage: node e2e/packs/convert-table.js DIR…
// Makes packs of all charts under the folders, and prints a table in Markdown: what `pack migrate` makes of each, and, where
// SHERPACK names its program, what `sherpack convert` does. Each pack is rendered by its own tool and compared with what Helm
// renders of the chart, object by object: ours with the default values and those of ci/, Sherpack's with the first of them that
// Helm takes. What differs between two renderings by Helm itself is no difference. Run by hand: charts are other people's.
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { compareObjects, objectsOf, sherpackText } from '../lib/objects.js';
import { run, runHelm, runPack } from '../lib/programs.js';

const sherpack = process.env.SHERPACK;
const root = mkdtempSync(join(tmpdir(), 'pack-convert-'));

function chartsIn(folder) {
  if (existsSync(join(folder, 'Chart.yaml'))) return [folder];
  return readdirSync(folder, { withFileTypes: true })
    .filter((each) => each.isDirectory() && !/^(?:\.|node_modules$)/.test(each.name))
    .flatMap(({ name }) => chartsIn(join(folder, name)));
}

/** Values that Helm takes, with what it makes of them. */
async function renderings(chart) {
  const ci = join(chart, 'ci');
  const files = existsSync(ci) ? readdirSync(ci).filter((name) => /\.ya?ml$/.test(name)) : [];
  const found = [];
  for (const file of [undefined, ...files.sort()]) {
    const args = ['template', 'release-name', chart, ...(file === undefined ? [] : ['-f', join(ci, file)])];
    const [once, again] = [await runHelm(args), await runHelm(args)];
    if (once.code !== 0) continue;
    const objects = (text) => objectsOf(Buffer.from(text, 'latin1').toString('utf8'));
    found.push({ file, once: objects(once.stdout), again: objects(again.stdout) });
  }
  return found;
}

const valuesOf = (chart, { file }) => (file === undefined ? [] : ['-f', join(chart, 'ci', file)]);
const utf8 = (text) => Buffer.from(text, 'latin1').toString('utf8');
const firstLine = (text) => text.trim().split('\n')[0]?.trim() ?? '';

async function ours(chart, sets) {
  const target = join(root, `${basename(chart)}-pack`);
  const migrated = await runPack(['migrate', chart, '--output', target, '--force', '-o', 'json']);
  if (!existsSync(target)) return { templates: 0, converted: 0, good: 0, first: firstLine(migrated.stderr) };
  const { templates, converted } = JSON.parse(migrated.stdout);
  let [good, first] = [0, undefined];
  for (const set of sets) {
    const rendered = await runPack(['template', 'release-name', target, ...valuesOf(chart, set)]);
    const found = compareObjects(set, utf8(rendered.stdout));
    if (rendered.code === 0 && found.first === undefined) good++;
    else first ??= `${set.file ?? 'default values'}: ${rendered.code === 0 ? found.first : firstLine(rendered.stderr)}`;
  }
  const kept = templates.filter(({ outcome }) => outcome === 'kept');
  rmSync(target, { recursive: true });
  return { templates: templates.length, converted, good, first, kept };
}

async function theirs(chart, [set]) {
  const target = join(root, `${basename(chart)}-sherpack`);
  const made = await run(sherpack, ['convert', chart, '--output', target, '--force']);
  if (made.code !== 0) return { converts: false, same: 0 };
  const rendered = await run(sherpack, ['template', 'release-name', target, ...valuesOf(chart, set)]);
  const found =
    rendered.code === 0
      ? compareObjects(set, sherpackText(utf8(rendered.stdout)))
      : { same: 0, first: 'it does not render' };
  rmSync(target, { recursive: true, force: true });
  return { converts: true, renders: rendered.code === 0, isSame: found.first === undefined, same: found.same };
}

const row = (...cells) => console.log(`| ${cells.join(' | ')} |`);
const percent = (part, whole) => `${((100 * part) / (whole || 1)).toFixed(1)} %`;

const folders = process.argv.slice(2);
const charts = folders.flatMap((folder) =>
  chartsIn(folder).map((chart) => [relative(folder, chart) || basename(chart), chart]),
);
const head = ['chart', 'templates', 'Jinja', 'Go', 'same as Helm, of sets of values'];
if (sherpack !== undefined) head.push('Sherpack converts', 'it renders', 'same objects');
row(...head);
row(...head.map(() => '---'));
const total = { charts: 0, templates: 0, converted: 0, sets: 0, good: 0, objects: 0 };
const sums = { converts: 0, renders: 0, isSame: 0, same: 0 };
const notes = [];
for (const [name, chart] of charts) {
  const sets = await renderings(chart);
  if (sets.length === 0) {
    notes.push(`${name} is left out: Helm does not render it`);
    continue;
  }
  const own = await ours(chart, sets);
  const objects = sets[0].once.size;
  const cells = [name, own.templates, own.converted, own.templates - own.converted, `${own.good} of ${sets.length}`];
  total.charts++;
  total.templates += own.templates;
  total.converted += own.converted;
  total.sets += sets.length;
  total.good += own.good;
  total.objects += objects;
  if (own.first !== undefined) notes.push(`${name}: ${own.first}`);
  for (const { template, reason } of own.kept ?? []) notes.push(`${name}/${template} stays: ${reason.slice(0, 200)}`);
  if (sherpack !== undefined) {
    const other = await theirs(chart, sets);
    for (const key of ['converts', 'renders', 'isSame']) sums[key] += other[key] ? 1 : 0;
    sums.same += other.same;
    cells.push(other.converts ? 'yes' : 'no', other.renders ? 'yes' : 'no', `${other.same} of ${objects}`);
  }
  row(...cells);
}
row(
  `${total.charts} charts`,
  total.templates,
  `${total.converted} (${percent(total.converted, total.templates)})`,
  total.templates - total.converted,
  `${total.good} of ${total.sets} (${percent(total.good, total.sets)})`,
  ...(sherpack === undefined
    ? []
    : [sums.converts, sums.renders, `${sums.same} of ${total.objects}; all of ${sums.isSame} charts`]),
);
if (notes.length > 0) console.log(`\n${notes.map((note) => `- ${note.replaceAll('\n', ' ')}`).join('\n')}`);
rmSync(root, { recursive: true, force: true });
process.exitCode = total.good === total.sets ? 0 : 1;
