// Usage: node e2e/parity/create.js
// Runs create and `dependency list` of Helm and of pack, each in a folder of its own, and compares output, exit codes
// and the trees of files that are there afterwards.
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runHelm, runPack } from '../lib/programs.js';
import { errorOf } from './compare.js';

/** Makes files of `tree` in a folder; a text that begins with `->` is a link, with `tgz:` a packed folder beside it. */
function make(folder, tree) {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(tree)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    if (text.startsWith('->')) symlinkSync(text.slice(2), path);
    else if (text.startsWith('tgz:')) {
      const packed = join(folder, text.slice(4));
      execFileSync('tar', ['-czf', path, '-C', dirname(packed), packed.slice(dirname(packed).length + 1)]);
    } else if (name.endsWith('/')) mkdirSync(path, { recursive: true });
    else writeFileSync(path, text);
  }
}

/** Every file and folder with its text; an archive with the texts of its files, in any order. */
function treeOf(folder) {
  const lines = [];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(folder.length + 1);
    if (entry.isDirectory()) lines.push(`${name}/`);
    else if (entry.name.endsWith('.tgz')) lines.push(`${name}: ${textsOf(path)}`);
    else lines.push(`${name}: ${entry.isSymbolicLink() ? 'link' : readFileSync(path, 'latin1')}`);
  }
  return lines.sort();
}

const textsOf = (archive) => {
  try {
    return execFileSync('tar', ['-xzOf', archive], { encoding: 'latin1', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return 'no archive';
  }
};

const chart = (name, version = '0.1.0', more = '') => `apiVersion: v2\nname: ${name}\nversion: ${version}\n${more}`;
const starter = {
  'home/starters/base/Chart.yaml': chart('base', '9.9.9'),
  'home/starters/base/values.yaml': '# of <CHARTNAME>\nname: <CHARTNAME>\n',
  'home/starters/base/values.schema.json': '{"title": "<CHARTNAME>"}',
  'home/starters/base/templates/a.yaml': 'a: <CHARTNAME> <CHARTNAME>\n',
  'home/starters/base/README.md': 'left as it is: <CHARTNAME>\n',
  'home/starters/base/charts/sub/Chart.yaml': chart('sub'),
  'home/starters/base/charts/sub/templates/a.yaml': 'a: <CHARTNAME>\n',
};

const dependency = (name, version, more = '') => `- name: ${name}\n  version: "${version}"\n${more}`;
const statuses = {
  'c/Chart.yaml': chart(
    'c',
    '0.1.0',
    `dependencies:\n${[
      dependency('ok', '1.2.x', '  repository: https://example.com/charts\n'),
      dependency('missing', '1.0.0', '  repository: "@stable"\n'),
      dependency('folder', '>=1'),
      dependency(
        'wrong',
        '2.0.0',
        '  repository: oci://example.com/some/quite/long/path/of/a/registry/that/is/longer/than/eighty/characters\n',
      ),
      dependency('wrong-folder', '~2'),
      dependency('corrupt', '1.0.0'),
      dependency('misnamed', '1.0.0'),
      dependency('many', '1.0.0'),
      dependency('several', '1.0.0'),
      dependency('invalid', 'what'),
      dependency('"[bad"', '1.0.0'),
      dependency('"日本"', '1.0.0', '  alias: nihon\n'),
    ].join('')}`,
  ),
  'src/ok/Chart.yaml': chart('ok', '1.2.3'),
  'c/charts/ok-1.2.3.tgz': 'tgz:src/ok',
  'c/charts/folder/Chart.yaml': chart('folder', '1.5.0'),
  'src/wrong/Chart.yaml': chart('wrong', '1.0.0'),
  'c/charts/wrong-1.0.0.tgz': 'tgz:src/wrong',
  'c/charts/wrong-folder/Chart.yaml': chart('wrong-folder', '1.0.0'),
  'src/other/Chart.yaml': chart('other', '1.0.0'),
  'c/charts/misnamed-1.0.0.tgz': 'tgz:src/other',
  'src/many/Chart.yaml': chart('many', '1.0.0'),
  'c/charts/many-1.0.0.tgz': 'tgz:src/many',
  'c/charts/many-2.0.0.tgz': 'tgz:src/many',
  'src/several/Chart.yaml': chart('several', '1.0.0'),
  'c/charts/several-1.0.0.tgz': 'tgz:src/several',
  'src/several-more/Chart.yaml': chart('several-more', '1.0.0'),
  'c/charts/several-more-1.0.0.tgz': 'tgz:src/several-more',
  'src/invalid/Chart.yaml': chart('invalid', '1.0.0'),
  'c/charts/invalid-1.0.0.tgz': 'tgz:src/invalid',
  'c/charts/stranger/Chart.yaml': chart('stranger'),
  'c/charts/README.md': 'no chart',
};

const cases = [
  ['create a chart', {}, ['create', 'my-chart']],
  ['create in a folder', { 'a/b/': '' }, ['create', 'a/b/x.y_Z-1']],
  ['create by an absolute path', {}, ['create', '$CWD/abs']],
  ['create where there is no folder', {}, ['create', 'no/where']],
  ['create with a slash at the end', {}, ['create', 'slash/']],
  ['create within with a slash at the end', { 'slash/': '' }, ['create', 'slash/']],
  ['create below a file', { f: 'x' }, ['create', 'f/x']],
  ['create over a file', { f: 'x' }, ['create', 'f']],
  [
    'create over a chart',
    { 'c/values.yaml': 'mine', 'c/templates/NOTES.txt': 'mine', 'c/own.txt': 'mine' },
    ['create', 'c'],
  ],
  ['create with a bad name', {}, ['create', 'a b']],
  ['create with a name of other letters', {}, ['create', 'é']],
  ['create with a long name', {}, ['create', 'x'.repeat(251)]],
  ['create here', {}, ['create', '.']],
  ['create without a name', {}, ['create', '']],
  ['create for API version v3', {}, ['create', 'c', '--chart-api-version', 'v3']],
  ['create for API version v2', {}, ['create', 'c', '--chart-api-version', 'v2']],
  ['create for API version v7', {}, ['create', 'c', '--chart-api-version=v7']],
  ['create from a starter', starter, ['create', 'mine', '--starter', 'base']],
  ['create from a starter by path', starter, ['create', 'mine', '-p', '$CWD/home/starters/base']],
  ['create from a starter over a chart', { ...starter, 'mine/values.yaml': 'x' }, ['create', 'mine', '-p', 'base']],
  ['create from a starter over a file', { ...starter, mine: 'x' }, ['create', 'mine', '-p', 'base']],
  ['create from a starter into no folder', starter, ['create', 'no/mine', '-p', 'base']],
  ['create from a starter that is none', { 'home/starters/base/x': 'x' }, ['create', 'mine', '-p', 'base']],
  ['create from no starter', {}, ['create', 'mine', '-p', 'base']],
  ['create from a starter with a bad name', starter, ['create', 'a: [b', '-p', 'base']],
  [
    'create from an archive',
    { ...starter, 'base.tgz': 'tgz:home/starters/base' },
    ['create', 'mine', '-p', '$CWD/base.tgz'],
  ],
  ['list statuses', statuses, ['dependency', 'list', 'c']],
  ['list here', { 'Chart.yaml': statuses['c/Chart.yaml'] }, ['dep', 'ls']],
  ['list with a width', statuses, ['dependency', 'list', './c/', '--max-col-width', '12']],
  ['list without a width', statuses, ['dependencies', 'list', 'c', '--max-col-width=0']],
  ['list with no number', statuses, ['dependency', 'list', 'c', '--max-col-width', '-1']],
  ['list of a chart that has none', { 'c/Chart.yaml': chart('c') }, ['dependency', 'list', 'c']],
  ['list of an empty list', { 'c/Chart.yaml': chart('c', '0.1.0', 'dependencies: []\n') }, ['dependency', 'list', 'c']],
  ['list of an archive', { ...statuses, 'c.tgz': 'tgz:src/ok' }, ['dependency', 'list', 'c.tgz']],
  ['list of nothing', {}, ['dependency', 'list', 'nowhere']],
  ['list of no chart', { 'c/x': 'x' }, ['dependency', 'list', 'c']],
  [
    'list of v1',
    {
      'c/Chart.yaml': 'apiVersion: v1\nname: c\nversion: 1.0.0\n',
      'c/requirements.yaml': 'dependencies:\n- name: x\n  version: 1.0.0\n  repository: alias:y\n',
    },
    ['dependency', 'list', 'c'],
  ],
  ['list with too much', {}, ['dependency', 'list', 'a', 'b']],
];

async function outcome(program, tree, args) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'pack-create-')));
  try {
    make(folder, tree);
    const { code, stdout, stderr } = await program(
      args.map((arg) => arg.replace('$CWD', folder)),
      { cwd: folder, env: { HELM_DATA_HOME: join(folder, 'home') } },
    );
    const lines = [`exit ${code}`, ...stdout.split('\n'), errorOf(stderr)];
    return [...lines, ...treeOf(folder)].map((line) => line.replaceAll(folder, '$CWD'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

let failed = 0;
for (const [name, tree, args] of cases) {
  const [helm, pack] = await Promise.all([outcome(runHelm, tree, args), outcome(runPack, tree, args)]);
  // The usage line names the program, and a hint may follow Helm's error.
  const wanted = helm.map((line) => line.replaceAll('helm ', 'pack '));
  const at = wanted.findIndex((line, i) => line !== pack[i] && !pack[i]?.startsWith(`${line}\nHint`));
  const same = at < 0 && wanted.length === pack.length;
  if (!same) failed++;
  console.log(same ? `ok   ${name}` : `FAIL ${name}\n- ${wanted[at]}\n+ ${pack[at < 0 ? wanted.length : at]}`);
}
console.log(`${cases.length - failed} passed, ${failed} failed, 0 skipped`);
process.exitCode = failed > 0 ? 1 : 0;
