// What `show` prints of every chart of this folder and the examples, and of the values by JSONPath templates, against
// Helm. Prints what differs and `N passed, N failed, N skipped`.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compare } from './compare.js';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const charts = ['charts', '../../examples'].flatMap((folder) =>
  readdirSync(path(folder))
    .map((name) => join(path(folder), name))
    .filter((chart) => existsSync(join(chart, 'Chart.yaml'))),
);

/** Templates for the values of charts/lists and the like: texts, fields, slices, filters, ranges, faults. */
const templates = [
  'plain',
  '{.image}',
  '{.image.repository}x{.image.tag}',
  "{.image['repository','tag']}",
  '{.nope}',
  '{.image',
  '{..name}',
  '{.*}',
  '{.list[0]}{.list[-1:]}{.list[1:3]}{.list[::2]}{.list[9]}',
  '{range .list[*]}<{@}>{end}.',
  '{range .items[*]}{.name}{"\\n"}{end}',
  '{.items[?(@.name=="b")].value}',
  '{.items[?(@.value>1.5)].name}',
  '{.items[?(@.on)].name}',
  '{.items[?(@.on==true)].name}',
  '{.items[*].value}',
  '{.a\\.b}{.nothing}{.big}',
  '{end}',
  '{!}',
  '{.x[a]}',
];

const queue = [
  ...charts.flatMap((chart) => ['all', 'chart', 'values', 'readme', 'crds'].map((part) => ['show', part, chart])),
  ...templates.map((template) => ['show', 'values', path('charts/jsonpath'), '--jsonpath', template]),
];
let [passed, failed] = [0, 0];

/** What is taken of all members of a map comes in the order of a Go map, another one each time. */
const ofMaps = /^\{\.(?:\*|\.)/;
const inOrder = (text) => text.split(' ').sort().join(' ');

async function work() {
  for (let args = queue.shift(); args !== undefined; args = queue.shift()) {
    const difference = await compare(args, ofMaps.test(args.at(-1)) ? { canonical: inOrder } : {});
    if (difference === undefined) passed++;
    else {
      failed++;
      console.log(`DIFFERENT ${args.join(' ')}\n${difference}\n`);
    }
  }
}
await Promise.all([work(), work()]);

console.log(`${passed} passed, ${failed} failed, 0 skipped`);
process.exitCode = failed > 0 ? 1 : 0;
