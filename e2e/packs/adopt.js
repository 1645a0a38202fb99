// Usage: node e2e/packs/adopt.js
// What is in a cluster already is taken over without a change, and Helm reads and upgrades it afterwards. PACK_HELM names
// Helm's binary. Prints `N passed, N failed, N skipped`.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startControlPlane } from '../lib/control-plane.js';
import { suite } from '../lib/suite.js';

const { root, check, shown, good, bad, write, end, pack: runPack, helm: runHelm } = suite('adopt');
const plane = await startControlPlane();
const home = join(root, 'home');
mkdirSync(home);
await plane.createNamespace('adopt');
const env = { KUBECONFIG: plane.kubeconfig, HELM_NAMESPACE: 'adopt' };
const pack = (args, input = '') => runPack(args, { home, cwd: root, env, input });
const helm = (...args) => runHelm(args, { home, cwd: root, env });
const deploymentPath = '/apis/apps/v1/namespaces/adopt/deployments';
const get = async (path) => (await plane.api('GET', path)).body;
const until = async (holds) => {
  for (let turn = 0; turn < 150 && !(await holds()); turn++) await new Promise((resolve) => setTimeout(resolve, 200));
};
/** Pods by uid: the same list says that nothing has restarted. */
const podsOf = async (app) =>
  (await get(`/api/v1/namespaces/adopt/pods?labelSelector=app=${app}`)).items
    .map(({ metadata }) => metadata.uid)
    .sort();
const isReady = async (name) => ((await get(`${deploymentPath}/${name}`)).status?.readyReplicas ?? 0) > 0;

const deployment = (name, image, replicas = 1) => `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, labels: {app: ${name}}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: main, image: "${image}"}]}
`;
const service = (name) => `apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {selector: {app: ${name}}, ports: [{port: 80}]}
`;
const chart = (name, template) => {
  write(join(root, name, 'Chart.yaml'), `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n`);
  write(join(root, name, 'templates/all.yaml'), template);
};

// A release that Helm made.
{
  chart('web', `${deployment('web', '{{ .Values.image }}')}---\n${service('web')}`);
  good('Helm installs', await helm('install', 'web', 'web', '--set', 'image=web:1', '--labels', 'team=x'), 'deployed');
  await until(() => isReady('web'));
  const [pods, before] = [await podsOf('web'), await get(`${deploymentPath}/web`)];
  good('a dry run', await pack(['adopt', 'web', '--from-helm', '--dry-run']), 'No differences.', 'would be adopted');
  good('it is taken over', await pack(['adopt', 'web', '--from-helm']), 'release "web" is adopted, revision 1');
  good('once', await pack(['adopt', 'web', '--from-helm']), 'adopted already');
  const after = await get(`${deploymentPath}/web`);
  check('its objects are as before', before.metadata.resourceVersion === after.metadata.resourceVersion);
  check('no pod is another', (await podsOf('web')).join() === pods.join());
  good('Helm lists it', await helm('list', '-l', 'pack.sherpack.io/adopted=true,team=x'), 'web');
  good('Helm upgrades it', await helm('upgrade', 'web', 'web', '--set', 'image=web:2'), 'REVISION: 2');
  good('it is still ours', await helm('list', '-l', 'pack.sherpack.io/adopted=true'), 'web-1.0.0');
  good('pack upgrades it', await pack(['upgrade', 'web', 'web', '--set', 'image=web:3']), 'REVISION: 3');
  good('it is given back', await pack(['adopt', 'web', '--to-helm']), 'is given back to Helm');
  good('once', await pack(['adopt', 'web', '--to-helm']), "is Helm's already");
  const marked = await helm('list', '-l', 'pack.sherpack.io/adopted=true', '--short');
  check('no revision is marked', marked.code === 0 && marked.stdout.trim() === '', shown(marked));
  good('Helm goes back', await helm('rollback', 'web', '1'), 'Rollback was a success');
  good('and has its labels', await helm('list', '-l', 'team=x'), 'web-1.0.0');
  await plane.api(
    'PATCH',
    `${deploymentPath}/web`,
    { spec: { replicas: 3 } },
    {
      contentType: 'application/merge-patch+json',
    },
  );
  bad(
    'what departs is refused',
    await pack(['adopt', 'web', '--from-helm']),
    'spec.replicas: 3 → 1',
    'nothing was done',
  );
  good('unless it is forced', await pack(['adopt', 'web', '--from-helm', '--force']), 'is adopted, revision 4');
  check('and is left as it is', (await get(`${deploymentPath}/web`)).spec.replicas === 3);
  bad('one that is not there', await pack(['adopt', 'none', '--from-helm']), 'release: not found');
}

// Objects that nobody manages.
{
  const json = (value) => plane.api('POST', ...value);
  await json([
    deploymentPath,
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'plain', labels: { app: 'plain' } },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: 'plain' } },
        template: {
          metadata: { labels: { app: 'plain' } },
          spec: { containers: [{ name: 'main', image: 'plain:1' }] },
        },
      },
    },
  ]);
  await json([
    '/api/v1/namespaces/adopt/services',
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'plain' },
      spec: { selector: { app: 'plain' }, ports: [{ port: 80 }] },
    },
  ]);
  await until(() => isReady('plain'));
  const pods = await podsOf('plain');
  const before = await get(`${deploymentPath}/plain`);
  const manifests = `${deployment('plain', 'plain:1')}---\n${service('plain')}`;
  write(join(root, 'plain.yaml'), manifests);
  bad(
    'manifests that say otherwise',
    await pack(['adopt', 'plain', '--from-manifests', '-'], deployment('plain', 'plain:2')),
    '"plain:1" → "plain:2"',
    'nothing was done',
  );
  bad(
    'objects that are not there',
    await pack(['adopt', 'x', '--from-manifests', '-'], service('x')),
    'is not in the cluster',
  );
  bad(
    'objects of a release',
    await pack(['adopt', 'x', '--from-manifests', '-'], service('web')),
    'belongs to release "web" in namespace "adopt"',
  );
  good('a dry run', await pack(['adopt', 'plain', '--from-manifests', 'plain.yaml', '--dry-run']), 'would be adopted');
  check(
    'changes nothing',
    (await get(`${deploymentPath}/plain`)).metadata.resourceVersion === before.metadata.resourceVersion,
  );
  good(
    'they are taken over',
    await pack(['adopt', 'plain', '--from-manifests', 'plain.yaml']),
    'is adopted, revision 1',
  );
  const after = await get(`${deploymentPath}/plain`);
  check('by their metadata alone', JSON.stringify(after.spec) === JSON.stringify(before.spec));
  check(
    'which says whose they are',
    after.metadata.labels['app.kubernetes.io/managed-by'] === 'Helm' &&
      after.metadata.annotations['meta.helm.sh/release-name'] === 'plain',
  );
  check('no pod is another', (await podsOf('plain')).join() === pods.join());
  good('Helm lists it', await helm('list'), 'plain-0.1.0', 'deployed');
  good('Helm reads its manifest', await helm('get', 'manifest', 'plain'), 'kind: Deployment', 'kind: Service');
  good('and its status', await helm('status', 'plain'), 'STATUS: deployed');
  good('nothing drifts', await pack(['status', 'plain', '--drift']), 'No differences.');
  chart('plain', deployment('plain', '{{ .Values.image }}'));
  good('Helm upgrades it', await helm('upgrade', 'plain', 'plain', '--set', 'image=plain:2'), 'REVISION: 2');
  const upgraded = await get(`${deploymentPath}/plain`);
  check('to the new image', upgraded.spec.template.spec.containers[0].image === 'plain:2', shown(upgraded.spec));
  check(
    'without what is no longer wanted',
    (await plane.api('GET', '/api/v1/namespaces/adopt/services/plain')).status === 404,
  );
  good('pack goes back', await pack(['rollback', 'plain', '1']), 'Rollback was a success');
  check(
    'to what was taken over',
    (await get(`${deploymentPath}/plain`)).spec.template.spec.containers[0].image === 'plain:1',
  );
  good('Helm uninstalls it', await helm('uninstall', 'plain'), 'uninstalled');
  check('with its objects', (await plane.api('GET', `${deploymentPath}/plain`)).status === 404);
}

await plane.stop();
end();
