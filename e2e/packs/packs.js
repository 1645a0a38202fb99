// Usage: node e2e/packs/packs.js
// Packs wherever a chart is taken, on a cluster and a registry. Prints `N passed, N failed, N skipped`.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startControlPlane } from '../lib/control-plane.js';
import { compareObjects, objectsOf } from '../lib/objects.js';
import { suite } from '../lib/suite.js';

const { root, check, shown, good, bad, write, end, pack: run, startRegistry } = suite('packs');
const example = fileURLToPath(new URL('../../examples/shop', import.meta.url));
const plane = await startControlPlane();
const home = join(root, 'home');
mkdirSync(home);
await plane.createNamespace('packs');
const env = { KUBECONFIG: plane.kubeconfig, HELM_NAMESPACE: 'packs' };
const pack = (...args) => run(args, { home, cwd: root, env });
const object = async (path) => (await plane.api('GET', path)).body;
const configMap = (name) => object(`/api/v1/namespaces/packs/configmaps/${name}`);

// A new pack, from its making to its end.
good('a new pack', await pack('create', '--pack', 'web'), 'Creating web');
good('has no faults', await pack('lint', 'web', '--strict'), '0 chart(s) failed');
good('is shown', await pack('show', 'chart', 'web'), 'kind: Pack', 'name: web');
good('is rendered', await pack('template', 'rel', 'web', '--set', 'ingress.enabled=true'), 'kind: Ingress', 'rel-web');
bad('and held to its schema', await pack('template', 'rel', 'web', '--set', 'replicas=-1'), '/replicas');
good(
  'is installed',
  await pack('install', 'rel', 'web', '--wait', '--timeout', '60s'),
  'STATUS: deployed',
  'rel is installed',
);
good('is tested', await pack('test', 'rel', '--timeout', '60s', '--junit', 'junit.xml'), 'Succeeded');
check(
  'with a report',
  /<testsuite id="0" tests="\d+" failures="0" errors="0"/.test(readFileSync(join(root, 'junit.xml'), 'utf8')),
);
good('has a diff', await pack('diff', 'upgrade', 'rel', 'web', '--set', 'replicas=2'), 'spec.replicas: 1 → 2');
good('is upgraded', await pack('upgrade', 'rel', 'web', '--set', 'replicas=2'), 'has been upgraded');
good('is listed', await pack('list'), 'web-0.1.0');
good('goes back', await pack('rollback', 'rel', '1'), 'Rollback was a success');
check('to what it was', (await object('/apis/apps/v1/namespaces/packs/deployments/rel-web')).spec.replicas === 1);
good('is uninstalled', await pack('uninstall', 'rel'), 'uninstalled');

// Archives and registries.
{
  good('an archive', await pack('package', 'web', '--version', '1.2.0', '-d', 'out'), 'web-1.2.0.tgz');
  const archive = join(root, 'out/web-1.2.0.tgz');
  good('is rendered', await pack('template', 'rel', archive), 'name: rel-web');
  const again = await pack('package', 'web', '--version', '1.2.0', '-d', 'again');
  const same = readFileSync(archive).equals(readFileSync(join(root, 'again/web-1.2.0.tgz')));
  check('and is the same again', again.code === 0 && same);
  const served = await startRegistry(join(root, 'registry'), { home, cwd: root, env });
  const { address } = served;
  const pushed = await pack('push', archive, `oci://${address}/packs`, '--plain-http');
  check('is pushed', pushed.code === 0, shown(pushed));
  const remote = [`oci://${address}/packs/web`, '--version', '^1.0.0', '--plain-http'];
  good('is rendered from there', await pack('template', 'rel', ...remote), 'rel-web');
  served.child.kill();
  await served.ended;
}

// Packs and charts within each other, and libraries.
{
  const packYaml = (name, more = '') =>
    `apiVersion: sherpack.io/v1\nkind: Pack\n${more}metadata: {name: ${name}, version: 1.0.0}\n`;
  const depends = (...names) =>
    `dependencies:\n${names.map((name) => `- {name: ${name}, version: 1.0.0, repository: "file://../${name}"}\n`).join('')}`;
  const config = (color, name) =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {color: ${color}}\n`;
  write(join(root, 'kid-chart/Chart.yaml'), 'apiVersion: v2\nname: kid-chart\nversion: 1.0.0\n');
  write(join(root, 'kid-chart/values.yaml'), 'color: red\n');
  write(join(root, 'kid-chart/templates/a.yaml'), config('{{ .Values.color }}', 'of-chart'));
  write(join(root, 'kid-pack/Pack.yaml'), packYaml('kid-pack'));
  write(join(root, 'kid-pack/values.yaml'), 'color: blue\n');
  write(join(root, 'kid-pack/templates/a.yaml'), config('{{ values.color }}', 'of-pack'));
  write(join(root, 'common/Pack.yaml'), packYaml('common', 'type: library\n'));
  write(
    join(root, 'common/templates/_names.j2'),
    '{% macro named(text) %}{{ text }}-{{ release.name }}{% endmacro %}\n',
  );
  write(join(root, 'umbrella/Pack.yaml'), `${packYaml('umbrella')}${depends('kid-chart', 'kid-pack', 'common')}`);
  write(join(root, 'umbrella/values.yaml'), 'kid-chart: {color: green}\n');
  write(
    join(root, 'umbrella/templates/a.yaml'),
    `{%- from "common/_names.j2" import named with context -%}\n${config('none', '{{ named("own") }}')}`,
  );
  good('dependencies of both kinds', await pack('dependency', 'update', 'umbrella'));
  good('are rendered', await pack('template', 'rel', 'umbrella'), 'color: green', 'color: blue', 'name: own-rel');
  good('are installed', await pack('install', 'mixed', 'umbrella'), 'STATUS: deployed');
  const [chart, own] = [await configMap('of-chart'), await configMap('own-mixed')];
  check('as objects of one release', chart.data?.color === 'green' && own.kind === 'ConfigMap', shown({ chart, own }));
  write(join(root, 'over/Chart.yaml'), `apiVersion: v2\nname: over\nversion: 1.0.0\n${depends('kid-pack')}`);
  good('a chart with a pack', await pack('dependency', 'update', 'over'));
  good('is rendered', await pack('template', 'rel', 'over', '--set', 'kid-pack.color=pink'), 'color: pink');
  bad('a library is not installed', await pack('install', 'lib', 'common'), 'library charts are not installable');
  bad('nor upgraded to', await pack('upgrade', 'mixed', 'common'), 'library charts are not installable');
  check('so that nothing is removed', (await configMap('own-mixed')).kind === 'ConfigMap');
  bad('nor compared with', await pack('diff', 'upgrade', 'mixed', 'common'), 'library charts are not installable');
}

// Definitions of kinds, as a pack says of itself.
{
  const crd = (field) => `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gears.packs.example}
spec:
  group: packs.example
  scope: Namespaced
  names: {plural: gears, kind: Gear}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {${field}: {type: string}}}}}]
`;
  const of = (field, policy) => {
    const text = 'apiVersion: sherpack.io/v1\nkind: Pack\nmetadata: {name: gears, version: 1.0.0}\n';
    write(join(root, 'gears/Pack.yaml'), `${text}${policy === undefined ? '' : `crds: ${policy}\n`}`);
    write(join(root, 'gears/crds/gear.yaml'), crd(field));
    return 'gears';
  };
  const fields = async () => {
    const found = await object('/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gears.packs.example');
    return Object.keys(found.spec?.versions[0].schema.openAPIV3Schema.properties ?? {}).join();
  };
  await pack('install', 'gears', of('a', '{install: false}'));
  check('none are made if it says so', (await fields()) === '');
  await pack('upgrade', 'gears', of('a'));
  check('they are made with an upgrade', (await fields()) === 'a');
  bad('not changed where something is lost', await pack('upgrade', 'gears', of('b')), 'a: the field would be dropped');
  await pack('upgrade', 'gears', of('b', '{upgrade: {enabled: false}}'));
  check('nor where it says so', (await fields()) === 'a');
  good('unless it forces them', await pack('upgrade', 'gears', of('b', '{upgrade: {strategy: force}}')));
  check('which it did', (await fields()) === 'b');
}

// A chart becomes a pack that renders the same, and its release goes on.
{
  good('a chart', await pack('create', 'shop'), 'Creating shop');
  good('is installed', await pack('install', 'shop', 'shop'), 'STATUS: deployed');
  const migrated = await pack('migrate', 'shop', '--output', 'shop-pack', '--report', 'report.md');
  good('becomes a pack', migrated, '9 of 9 templates are Jinja', 'objects are the same');
  const report = readFileSync(join(root, 'report.md'), 'utf8');
  check(
    'which is reported',
    report.includes('| templates/deployment.yaml | converted |') && report.includes('- ingress.enabled=true'),
    report,
  );
  bad('what is there is not replaced', await pack('migrate', 'shop', '--output', 'shop-pack'), '--force');
  good('it has no faults', await pack('lint', 'shop-pack'), '0 chart(s) failed');
  const diff = await pack('diff', 'upgrade', 'shop', 'shop-pack');
  good('an upgrade from chart to pack changes nothing', diff, 'No differences.');
  good('and is one', await pack('upgrade', 'shop', 'shop-pack', '--set', 'replicaCount=2'), 'has been upgraded');
  // Subcharts stay what they are, in folders and archives, and what is included of a library is the pack's own.
  cpSync(example, join(root, 'store'), { recursive: true });
  for (const name of ['common', 'store']) {
    const folder = join(root, 'store/charts', name);
    good(`the subchart ${name} as an archive`, await pack('package', folder, '-d', 'store/charts'));
    if (name === 'common') rmSync(folder, { recursive: true });
    else rmSync(join(root, 'store/charts/store-0.3.2.tgz'));
  }
  good('with subcharts', await pack('migrate', 'store', '--output', 'store-pack'), '7 of 7 templates are Jinja');
  const parts = readdirSync(join(root, 'store-pack/charts')).sort().join();
  check('which stay', parts === 'common-1.0.4.tgz,store', parts);
  const [before, after] = [await pack('template', 'rel', 'store'), await pack('template', 'rel', 'store-pack')];
  const objects = objectsOf(before.stdout);
  const { same, first } = compareObjects({ once: objects, again: objects }, after.stdout);
  check('all renders as before', first === undefined && same === objects.size && same > 3, first);
  write(join(root, 'odd/Chart.yaml'), 'apiVersion: v2\nname: odd\nversion: 1.0.0\n');
  write(join(root, 'odd/notes.md'), 'mine\n');
  write(join(root, 'odd/templates/a.yaml'), 'a: {{ js "x" }}');
  write(join(root, 'odd/templates/b.yaml'), 'a: {{ 1000000.0 }}\nb: {{ .Release.Name }}\n');
  const odd = await pack('migrate', 'odd', '--in-place', '-o', 'json');
  const { converted, templates } = JSON.parse(odd.stdout);
  const kept = templates.map(({ template, outcome, line }) => `${template} ${outcome} ${line ?? ''}`).join();
  check(
    'what has no counterpart is kept',
    odd.code === 0 && converted === 1 && kept === 'templates/a.yaml kept 1,templates/b.yaml converted ',
    shown(odd),
  );
  const inPlace = readdirSync(join(root, 'odd')).sort().join();
  check('a folder changes in place', inPlace === 'Pack.yaml,notes.md,templates', inPlace);
  good('and renders as before', await pack('template', 'rel', 'odd'), 'a: x', 'a: 1000000', 'b: rel');
}

// What is wrong says where.
{
  const templates = {
    'a.yaml': 'a: {{ values.image.tga }}\n',
    'b.yaml': 'a: {{ range.constructor("return process")() }}\n',
    'c.yaml': 'a: {% if %}\n',
  };
  write(
    join(root, 'wrong/Pack.yaml'),
    'apiVersion: sherpack.io/v1\nkind: Pack\nmetadata: {name: wrong, version: 1.0.0}\n',
  );
  write(join(root, 'wrong/values.yaml'), 'image: {tag: x}\n');
  for (const [name, text] of Object.entries(templates)) write(join(root, 'wrong/templates', name), text);
  const places = Object.keys(templates).map((name) => `wrong/templates/${name}:1:`);
  bad('all templates at once', await pack('template', 'wrong'), ...places, 'tag');
  bad('and lint', await pack('lint', 'wrong'), 'templates/c.yaml', '1 chart(s) failed');
}

await plane.stop();
end();
