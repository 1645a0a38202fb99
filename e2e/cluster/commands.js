// Commands that talk to a cluster, beside Helm: what they refuse, print and complete. Prints `N passed, N failed, N skipped`.
import { execFileSync } from 'node:child_process';
import { appendFileSync, copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startControlPlane } from '../lib/control-plane.js';
import { startPostgres } from '../lib/postgres.js';
import { suite } from '../lib/suite.js';

const { root, check, write, end, ...run } = suite('commands');
const cluster = await startControlPlane();
const home = join(root, 'home');
const env = { KUBECONFIG: cluster.kubeconfig, TZ: 'UTC' };
const programs = {
  helm: (args, more = {}) => run.helm(args, { home, ...more, env: { ...env, ...more.env } }),
  pack: (args, more = {}) => run.pack(args, { home, ...more, env: { ...env, ...more.env } }),
};

const firstLine = (text) => text.split('\n').filter((line) => !line.startsWith('level='))[0] ?? '';

/** Exit code, output and first line of the error must be the same. */
async function same(args, more) {
  const [helm, pack] = [await programs.helm(args, more), await programs.pack(args, more)];
  // The version of a list is that of the whole store, which goes on while one looks.
  const own = (text) => text.replaceAll('"helm ', '"pack ').replaceAll(/(metadata\W+resourceVersion\W+)\d+/g, '$1N');
  const seen = ({ code, stdout, stderr }) => JSON.stringify([code, own(stdout), own(firstLine(stderr))], null, 1);
  check(args.join(' ').slice(0, 150), seen(helm) === seen(pack), `${seen(helm)}\n${seen(pack)}`);
}

function makeChart() {
  const chart = join(root, 'web');
  write(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: web\nversion: 0.1.0\nappVersion: "1"\n');
  write(
    join(chart, 'templates/a.yaml'),
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\ndata: {ns: {{ .Release.Namespace }}, there: {{ (lookup "v1" "Namespace" "" "default").metadata.name | default "no" | quote }}}\n',
  );
  return chart;
}

async function refusals(chart) {
  const lines = [
    ['install'],
    ['install', chart],
    ['install', 'a', chart, 'c'],
    ['install', 'a', chart, '--generate-name'],
    ['install', 'a', chart, '--timeout', 'x'],
    ['install', 'a', chart, '--labels', 'x'],
    ['install', 'a', chart, '--wait=x'],
    ['install', 'a', chart, '--dry-run=x'],
    ['install', 'a', chart, '--server-side=x'],
    ['install', 'a', chart, '-o', 'x'],
    ['install', 'a', chart, '--force-replace', '--force-conflicts'],
    ['install', 'a', chart, '--hide-secret'],
    ['install', 'a', './nowhere'],
    ['install', 'UPPER', chart],
    ['install', 'a', chart, '--labels', 'owner=me'],
    ['upgrade', 'a', chart, '--server-side=x'],
    ['upgrade', 'a', chart],
    ['upgrade', 'a'],
    ['rollback', 'a', 'x'],
    ['rollback', 'a', '--', '-1'],
    ['uninstall', 'a', '--cascade', 'x'],
    ['uninstall', 'a'],
    ['status'],
    ['status', 'a'],
    ['list', 'x'],
    ['list', '--max', 'x'],
    ['list', '-l', 'a b'],
    ['history', 'a'],
    ['get', 'values'],
    ['get', 'values', 'a'],
    ['test', 'a'],
  ];
  for (const line of lines) await same(line);
  await same(['list'], { env: { KUBECONFIG: '/nowhere' } });
  await same(['install', 'a', chart], { env: { KUBECONFIG: '/nowhere' } });
  await same(['upgrade', 'a', chart, '--kube-context', 'none']);
}

async function printing(chart) {
  for (const name of ['one', 'two', 'three']) {
    await programs.helm(['install', name, chart, '--labels', `n=${name}`, '-n', 'default']);
  }
  await programs.helm(['upgrade', 'two', chart, '--set', 'a=1']);
  await programs.pack(['uninstall', 'three', '--keep-history']);
  const lines = [
    ['list'],
    ['list', '-q'],
    ['list', '-q', '-o', 'json'],
    ['list', '-q', '-o', 'yaml'],
    ['list', '--no-headers'],
    ['list', '-o', 'yaml'],
    ['list', '-r'],
    ['list', '-d'],
    ['list', '-d', '-r'],
    ['list', '-m', '1'],
    ['list', '-m', '1', '--offset', '1'],
    ['list', '--offset', '9'],
    ['list', '-f', '^t'],
    ['list', '-f', '('],
    ['list', '-l', 'n=two'],
    ['list', '-l', 'n!=two'],
    ['list', '-l', 'n in (one, two)'],
    ['list', '--deployed'],
    ['list', '--uninstalled'],
    ['list', '--superseded'],
    ['list', '--pending'],
    ['list', '--failed', '--uninstalled'],
    ['list', '-A'],
    ['list', '-n', 'kube-system'],
    ['list', '--time-format', '2006'],
    ['list', '--color', 'always'],
    ['history', 'two'],
    ['history', 'two', '--max', '1'],
    ['history', 'two', '-o', 'yaml'],
    ['history', 'two', '--max', '0'],
    ['get', 'metadata', 'two', '--revision', '1'],
    ['get', 'metadata', 'two', '-o', 'yaml'],
    ['get', 'values', 'two', '-a'],
    ['get', 'values', 'one'],
    ['get', 'manifest', 'one'],
    ['get', 'hooks', 'one'],
    ['get', 'notes', 'one'],
    ['get', 'all', 'one'],
    ['get', 'values', 'two', '--revision', '9'],
    ['status', 'two', '--revision', '9'],
    ['env', 'HELM_NAMESPACE'],
    ['template', 'x', chart],
    ['template', 'x', chart, '--dry-run=server'],
    ['template', 'x', chart, '--validate'],
    ['template', 'one', chart, '--dry-run=server'],
    ['template', 'x', chart, '--dry-run=none'],
    ['install', 'one', chart, '--dry-run=client'],
    ['install', 'one', chart, '--dry-run'],
  ];
  // The moment at which something was tried is of that moment.
  const isTimed = ([verb]) => verb === 'install';
  for (const line of lines) if (!isTimed(line)) await same(line);
  const context = cluster.writeKubeconfig('elsewhere', { namespace: 'kube-public' });
  await same(['template', 'x', chart], { env: { KUBECONFIG: context } });
  await same(['env', 'HELM_NAMESPACE'], { env: { KUBECONFIG: context } });
  await same(['list', '-q'], { env: { KUBECONFIG: context } });
  for (const line of [
    ['status', ''],
    ['rollback', 'two', ''],
    ['get', 'values', ''],
    ['uninstall', 'one', ''],
  ]) {
    await same(['__complete', ...line]);
  }
}

/** What becomes of a release's objects, as the server shows them. */
async function states() {
  const chart = join(root, 'stated');
  write(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: stated\nversion: 0.1.0\n');
  write(
    join(chart, 'templates/a.yaml'),
    `{{- range $i, $data := list "{a: b}" "{}" }}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: "map-{{ $i }}"}
data: {{ $data }}
{{- end }}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: main, image: "main:1"}]}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: once}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: "main:1"}]}}}
`,
  );
  const { code, stderr } = await programs.helm(['install', 'stated', chart, '--wait', '--wait-for-jobs']);
  check('a release of many kinds', code === 0, stderr);
  await same(['status', 'stated', '-o', 'json']);
  await same(['status', 'stated', '-o', 'yaml']);
  await cluster.api('DELETE', '/api/v1/namespaces/default/configmaps/map-1');
  // Helm's kinds come in random order, and the ages of things are of the moment.
  const groups = ({ stdout }) => {
    const [head, rest = ''] = stdout.replaceAll(/\b\d+(?:s|m\d*s?)$/gm, 'AGE').split('RESOURCES:\n');
    const [objects, tail] = rest.split('\n\n\n');
    return JSON.stringify([head, objects.split('\n\n').sort(), tail]);
  };
  const [helm, pack] = [await programs.helm(['status', 'stated']), await programs.pack(['status', 'stated'])];
  const [ours, theirs] = [groups(pack), groups(helm)];
  check('status', ours === theirs && ours.includes('v1/Pod(related)'), `${helm.stdout}\n${pack.stdout}`);
}

/** The same releases in ConfigMaps. */
async function drivers(chart) {
  const driver = { env: { HELM_DRIVER: 'configmap' } };
  const installed = await programs.pack(['install', 'mapped', chart], driver);
  check('a release in a ConfigMap', installed.code === 0, installed.stderr);
  await same(['list', '-q'], driver);
  await same(['get', 'manifest', 'mapped'], driver);
  const removed = await programs.helm(['uninstall', 'mapped'], driver);
  check('is removed by helm', removed.code === 0, removed.stderr);
  const unknown = await programs.pack(['list'], { env: { HELM_DRIVER: 'nonsense' } });
  check('a driver that is none', unknown.code === 1 && unknown.stderr.includes('unknown driver'), unknown.stderr);
}

/** What would change is shown before it does, and nothing is changed by that. */
async function differences(chart) {
  const next = join(root, 'next');
  write(join(next, 'Chart.yaml'), 'apiVersion: v2\nname: web\nversion: 0.2.0\n');
  write(
    join(next, 'templates/a.yaml'),
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\ndata: {ns: {{ .Release.Namespace }}, fresh: "yes"}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: hush}\nstringData: {password: {{ .Values.password | default "hunter2" }}}\n',
  );
  await programs.helm(['install', 'seen', chart]);
  const expect = async (title, args, code, texts, not = []) => {
    const result = await programs.pack(args);
    const good =
      result.code === code &&
      texts.every((text) => result.stdout.includes(text)) &&
      not.every((text) => !(result.stdout + result.stderr).includes(text));
    check(title, good, JSON.stringify(result, null, 1));
    return result.stdout;
  };
  const secret = ['hunter', btoa('hunter2').slice(0, 8)];
  await expect(
    'diff upgrade',
    ['diff', 'upgrade', 'seen', next, '--detailed-exitcode'],
    2,
    [
      '~ ConfigMap seen',
      '+ data.fresh: "yes"',
      '- data.there: "default"',
      '+ Secret hush',
      '1 added, 1 changed, 0 removed',
    ],
    secret,
  );
  const json = await expect(
    'diff upgrade -o json',
    ['diff', 'upgrade', 'seen', next, '-o', 'json'],
    0,
    ['"fields"'],
    secret,
  );
  check('is data', JSON.parse(json).length === 2, json);
  await expect('diff install', ['diff', 'install', 'other', next], 0, ['+ ConfigMap other', '2 added'], secret);
  await expect('diff install, of a name in use', ['diff', 'install', 'seen', next], 1, []);
  const first = ['seen-first', next, '--install'];
  await expect('diff upgrade, of what is not there', ['diff', 'upgrade', 'seen-first', next], 1, []);
  await expect(
    'diff upgrade --install',
    ['diff', 'upgrade', ...first, '--detailed-exitcode'],
    2,
    ['+ ConfigMap seen-first', '2 added'],
    secret,
  );
  const file = join(root, 'first.plan');
  await expect('plan upgrade --install', ['plan', 'upgrade', ...first, '-o', file], 0, ['2 added'], secret);
  const tried = await programs.pack(['upgrade', ...first, '--diff', '--dry-run=server', '--hide-secret']);
  check('upgrade --install --diff', tried.code === 0 && tried.stderr.includes('+ Secret hush'), tried.stderr);
  await expect('nothing was made', ['list', '-q', '-f', '^seen-first$'], 0, [], ['seen-first']);
  await expect('nothing was changed', ['history', 'seen', '-o', 'json'], 0, ['"revision":1'], ['"revision":2']);
  const whole = ['1 added, 1 changed, 0 removed', '+ Secret hush'];
  for (const verb of ['diff', 'plan']) {
    const args = [verb, 'upgrade', 'seen', next, '--hide-secret', ...(verb === 'plan' ? ['-o', file] : [])];
    await expect(`${verb} upgrade --hide-secret leaves no Secret out`, args, 0, whole, secret);
  }
  const upgraded = await programs.pack(['upgrade', 'seen', next, '--diff', '--debug']);
  check('upgrade --diff', upgraded.code === 0 && upgraded.stderr.includes('~ ConfigMap seen'), upgraded.stderr);
  await expect('what is done is no difference', ['diff', 'upgrade', 'seen', next, '--detailed-exitcode'], 0, [
    'No differences.',
  ]);
  await expect(
    'diff rollback',
    ['diff', 'rollback', 'seen', '1'],
    0,
    ['- Secret hush', '+ data.there: "default"'],
    secret,
  );
  await expect('diff revision', ['diff', 'revision', 'seen', '1', '2'], 0, ['+ Secret hush', 'data.fresh'], secret);
  await programs.helm(['install', 'twin', chart]);
  await expect('diff release', ['diff', 'release', 'twin', 'seen'], 0, ['+ Secret hush'], secret);
  await expect('no drift', ['status', 'seen', '--drift', '--detailed-exitcode'], 0, ['No differences.']);
  await cluster.api(
    'PATCH',
    '/api/v1/namespaces/default/configmaps/seen?fieldManager=hand',
    { data: { fresh: 'no', more: 'theirs' } },
    { contentType: 'application/merge-patch+json' },
  );
  await expect(
    'drift',
    ['status', 'seen', '--drift', '--detailed-exitcode'],
    2,
    ['~ data.fresh: "no" → "yes"'],
    ['theirs'],
  );
  await expect(
    'a secret that changes',
    ['diff', 'upgrade', 'seen', next, '--set', 'password=hunter33'],
    0,
    ['(hidden, 7 bytes, old)', '(hidden, 8 bytes, new)'],
    secret,
  );
  await expect('a revision that is none', ['diff', 'revision', 'seen', 'x'], 1, []);
}

/** The same releases in a real PostgreSQL. */
async function database(chart) {
  const postgres = startPostgres(join(root, 'postgres'));
  try {
    const sql = { env: { HELM_DRIVER: 'sql', HELM_DRIVER_SQL_CONNECTION_STRING: postgres.connection } };
    for (const [first, second] of [
      ['pack', 'helm'],
      ['helm', 'pack'],
    ]) {
      const steps = [
        [first, 'install', 'kept', chart, '--labels', 'a=b'],
        [second, 'upgrade', 'kept', chart, '--set', 'x=1'],
        [first, 'rollback', 'kept', '1'],
        [second, 'upgrade', 'kept', chart, '--history-max', '2'],
      ];
      for (const [program, ...args] of steps) {
        const { code, stderr } = await programs[program](args, sql);
        check(`${program} ${args[0]}, records in SQL`, code === 0, stderr);
      }
      for (const line of [
        ['list'],
        ['list', '-l', 'a=b', '-q'],
        ['history', 'kept'],
        ['get', 'values', 'kept'],
        ['status', 'none'],
      ]) {
        await same(line, sql);
      }
      const removed = await programs[first](['uninstall', 'kept'], sql);
      check(`${first} uninstall, records in SQL`, removed.code === 0, removed.stderr);
    }
    const wrong = {
      env: {
        ...sql.env,
        HELM_DRIVER_SQL_CONNECTION_STRING: postgres.connection.replace('user=test', 'user=none password=hidden'),
      },
    };
    const refused = await programs.pack(['list'], wrong);
    check('no password in an error', refused.code === 1 && !refused.stderr.includes('hidden'), refused.stderr);
  } finally {
    postgres.stop();
  }
}

/** `install --verify`. */
async function signatures(chart) {
  const folder = join(root, 'gnupg');
  mkdirSync(folder, { mode: 0o700 });
  const gpg = (...args) =>
    execFileSync('gpg', ['--homedir', folder, '--batch', '--pinentry-mode', 'loopback', '--passphrase', '', ...args], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  gpg('--quick-gen-key', 'test@example.com', 'rsa2048', 'sign', 'never');
  const [secret, keyring] = ['secring.gpg', 'pubring.gpg'].map((name) => join(root, name));
  write(secret, gpg('--export-secret-keys'));
  write(keyring, gpg('--export'));
  const signed = await programs.pack([
    'package',
    chart,
    '-d',
    root,
    '--sign',
    '--key',
    'test@example.com',
    '--keyring',
    secret,
  ]);
  check('a chart is signed', signed.code === 0, signed.stderr);
  const archive = join(root, 'web-0.1.0.tgz');
  for (const program of ['helm', 'pack']) {
    const good = await programs[program](['install', `signed-${program}`, archive, '--verify', '--keyring', keyring]);
    check(`${program} installs what is signed`, good.code === 0, good.stderr);
  }
  const changed = join(root, 'changed', 'web-0.1.0.tgz');
  mkdirSync(join(root, 'changed'));
  copyFileSync(archive, changed);
  copyFileSync(`${archive}.prov`, `${changed}.prov`);
  appendFileSync(changed, 'x');
  const unsigned = join(root, 'unsigned', 'web-0.1.0.tgz');
  mkdirSync(join(root, 'unsigned'));
  copyFileSync(archive, unsigned);
  for (const [title, file] of [
    ['what was changed', changed],
    ['what is not signed', unsigned],
  ]) {
    for (const verb of [['install'], ['upgrade', '--install']]) {
      const refused = await programs.pack([...verb, 'bad', file, '--verify', '--keyring', keyring]);
      check(`${verb.join(' ')} refuses ${title}`, refused.code === 1, refused.stdout);
    }
  }
  const there = await programs.helm(['list', '-q', '-f', '^bad$']);
  check('nothing of it is in the cluster', there.stdout === '', there.stdout);
}

try {
  const chart = makeChart();
  await refusals(chart);
  await printing(chart);
  await differences(chart);
  await states();
  await drivers(chart);
  await database(chart);
  await signatures(chart);
} finally {
  await cluster.stop();
}
end();
