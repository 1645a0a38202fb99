import type { Cluster, PatchOptions } from '../../cluster.ts';
import { upgradeManagedFields } from '../../managed-fields.ts';
import { type KubeObject, refOf } from '../../object.ts';
import type { ContractCase } from '../contract.ts';
import { CONFIG_MAP, configMap, deployment, refTo, refused, same } from './expect.ts';

const applyTo =
  (cluster: Cluster) =>
  (object: KubeObject, fieldManager: string, options: PatchOptions = {}): Promise<KubeObject> =>
    cluster.patch(refOf(object), { type: 'apply', body: object }, { fieldManager, ...options });

const managersOf = ({ metadata: { managedFields } }: KubeObject): string[] =>
  (managedFields as { manager: string; operation: string }[]).map(
    ({ manager, operation }) => `${manager} ${operation}`,
  );

const containersOf = (object: KubeObject): { name: string; image?: string; env?: unknown }[] =>
  (object.spec as { template: { spec: { containers: { name: string }[] } } }).template.spec.containers;

export const applyCases: readonly ContractCase[] = [
  {
    name: 'applies what is not there yet',
    async check(cluster, namespace) {
      const apply = applyTo(cluster);
      const made = await apply(configMap(namespace, 'a', { color: 'red' }, { labels: { x: 'y' } }), 'one');
      same('data', made.data, { color: 'red' });
      const [entry] = made.metadata.managedFields as { [field: string]: unknown }[];
      const { manager, operation, apiVersion, fieldsType, fieldsV1 } = entry ?? {};
      same(
        'its fields',
        { manager, operation, apiVersion, fieldsType, fieldsV1 },
        {
          manager: 'one',
          operation: 'Apply',
          apiVersion: 'v1',
          fieldsType: 'FieldsV1',
          fieldsV1: { 'f:data': { 'f:color': {} }, 'f:metadata': { 'f:labels': { 'f:x': {} } } },
        },
      );
      const again = await apply(configMap(namespace, 'a', { color: 'red' }, { labels: { x: 'y' } }), 'one');
      same('nothing new', again.metadata.resourceVersion, made.metadata.resourceVersion);
      const dry = await apply(configMap(namespace, 'a', { color: 'blue' }), 'one', { dryRun: true });
      same('a dry run', [dry.data, (await cluster.get(refOf(made)))?.data], [{ color: 'blue' }, { color: 'red' }]);
    },
  },
  {
    name: 'removes what is no longer applied',
    async check(cluster, namespace) {
      const apply = applyTo(cluster);
      await apply(configMap(namespace, 'a', { a: '1', b: '1', c: '1' }), 'one');
      await apply(configMap(namespace, 'a', { c: '1' }), 'two');
      const left = await apply(configMap(namespace, 'a', { a: '2' }), 'one');
      same('data', left.data, { a: '2', c: '1' });
      same('managers', managersOf(left).sort(), ['one Apply', 'two Apply']);
    },
  },
  {
    name: 'refuses to take fields of others',
    async check(cluster, namespace) {
      const apply = applyTo(cluster);
      await apply(configMap(namespace, 'a', { color: 'red', size: '1' }), 'other');
      const wanted = configMap(namespace, 'a', { color: 'blue' });
      const one = await refused(
        apply(wanted, 'one'),
        'KUBE_CONFLICT',
        'Apply failed with 1 conflict: conflict with "other": .data.color',
      );
      same('its causes', one.status?.details?.causes, [
        { reason: 'FieldManagerConflict', message: 'conflict with "other"', field: '.data.color' },
      ]);
      await refused(
        apply(configMap(namespace, 'a', { color: 'blue', size: '2' }), 'one'),
        'KUBE_CONFLICT',
        'Apply failed with 2 conflicts: conflicts with "other":\n- .data.color\n- .data.size',
      );
      const forced = await apply(wanted, 'one', { force: true });
      same('by force', forced.data, { color: 'blue', size: '1' });
      await refused(
        apply(configMap(namespace, 'a', { color: 'green' }), 'other'),
        'KUBE_CONFLICT',
        'Apply failed with 1 conflict: conflict with "one": .data.color',
      );
    },
  },
  {
    name: 'shares fields on which all agree',
    async check(cluster, namespace) {
      const apply = applyTo(cluster);
      await apply(configMap(namespace, 'a', { color: 'red' }), 'one');
      await apply(configMap(namespace, 'a', { color: 'red' }), 'two');
      const left = await apply(configMap(namespace, 'a', {}), 'one');
      same('still there', left.data, { color: 'red' });
    },
  },
  {
    name: 'makes fields theirs who changes them',
    async check(cluster, namespace) {
      const apply = applyTo(cluster);
      await apply(configMap(namespace, 'a', { color: 'red' }), 'one');
      const body = { data: { color: 'blue' } };
      await cluster.patch(refTo(namespace, 'a'), { type: 'merge', body }, { fieldManager: 'editor' });
      await refused(
        apply(configMap(namespace, 'a', { color: 'red' }), 'one'),
        'KUBE_CONFLICT',
        'Apply failed with 1 conflict: conflict with "editor" using v1: .data.color',
      );
    },
  },
  {
    name: 'applies containers of several managers',
    async check(cluster, namespace) {
      const apply = applyTo(cluster);
      await apply(deployment(namespace, 'd'), 'one');
      const side = (containers: unknown[]): KubeObject => ({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'd', namespace },
        spec: { template: { spec: { containers } } },
      });
      const names = (object: KubeObject): string =>
        containersOf(object)
          .map(({ name }) => name)
          .join();
      const two = await apply(side([{ name: 'side', image: 'side:1', env: [{ name: 'A', value: '1' }] }]), 'two');
      same('both', names(two), 'main,side');
      const conflict = await refused(apply(side([{ name: 'main', image: 'main:2' }]), 'two'), 'KUBE_CONFLICT');
      same(
        'a conflict',
        conflict.message,
        'Apply failed with 1 conflict: conflict with "one": .spec.template.spec.containers[name="main"].image',
      );
      const changed = await apply(side([{ name: 'side', image: 'side:2' }]), 'two');
      same(
        'its own',
        containersOf(changed).map(({ image, env }) => [image, env]),
        [
          ['main:1', undefined],
          ['side:2', undefined],
        ],
      );
      same('without it', names(await apply(side([]), 'two')), 'main');
    },
  },
  {
    name: 'asks who applies',
    async check(cluster, namespace) {
      const body = configMap(namespace, 'a');
      await refused(cluster.patch(refTo(namespace, 'a'), { type: 'apply', body }), 'KUBE_INVALID');
    },
  },
  {
    name: 'hands the fields of changes over to apply',
    async check(cluster, namespace) {
      const object = configMap(namespace, 'a', { a: '1', b: '1' });
      const made = await cluster.create(object, { fieldManager: 'one' });
      same('at first', managersOf(made), ['one Update']);
      const body = upgradeManagedFields(made, 'one');
      const upgraded = await cluster.patch(
        refTo(namespace, 'a', CONFIG_MAP),
        { type: 'json', body },
        { fieldManager: 'one' },
      );
      same('then', managersOf(upgraded), ['one Apply']);
      const applied = await applyTo(cluster)(configMap(namespace, 'a', { a: '2' }), 'one');
      same('as if applied from the start', applied.data, { a: '2' });
      await refused(
        cluster.patch(refTo(namespace, 'a', CONFIG_MAP), { type: 'json', body }, { fieldManager: 'one' }),
        'KUBE_CONFLICT',
      );
    },
  },
];
