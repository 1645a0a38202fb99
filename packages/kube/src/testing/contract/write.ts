import type { ContractCase } from '../contract.ts';
import { configMap, deployment, ensure, refTo, refused, same } from './expect.ts';

export const writeCases: readonly ContractCase[] = [
  {
    name: 'makes objects, each once',
    async check(cluster, namespace) {
      const made = await cluster.create(configMap(namespace, 'made', { a: '1' }));
      const { uid, resourceVersion, creationTimestamp } = made.metadata;
      ensure('metadata', Boolean(uid && resourceVersion && creationTimestamp), made.metadata);
      same('what is there', await cluster.get(refTo(namespace, 'made')), made);
      await refused(
        cluster.create(configMap(namespace, 'made')),
        'KUBE_ALREADY_EXISTS',
        'configmaps "made" already exists',
      );
      await cluster.create(deployment(namespace, 'made'));
      await refused(
        cluster.create(deployment(namespace, 'made')),
        'KUBE_ALREADY_EXISTS',
        'deployments.apps "made" already exists',
      );
    },
  },
  {
    name: 'makes nothing in a namespace that is not there',
    async check(cluster) {
      const message = 'namespaces "not-there" not found';
      await refused(cluster.create(configMap('not-there', 'a')), 'KUBE_NOT_FOUND', message);
      const body = configMap('not-there', 'a');
      await refused(
        cluster.patch(refTo('not-there', 'a'), { type: 'apply', body }, { fieldManager: 'one' }),
        'KUBE_NOT_FOUND',
        message,
      );
    },
  },
  {
    name: 'takes no name that is none',
    async check(cluster, namespace) {
      const fault = await refused(cluster.create(configMap(namespace, 'Not A Name')), 'KUBE_INVALID');
      same('the field', fault.status?.details?.causes?.[0]?.field, 'metadata.name');
      ensure(
        'the message',
        fault.message.startsWith('ConfigMap "Not A Name" is invalid: metadata.name: '),
        fault.message,
      );
    },
  },
  {
    name: 'makes names up',
    async check(cluster, namespace) {
      const { name: _name, ...metadata } = configMap(namespace, '', {}, { generateName: 'made-up-' }).metadata;
      const { name } = (
        await cluster.create({ ...configMap(namespace, ''), metadata: metadata as typeof metadata & { name: string } })
      ).metadata;
      ensure('a name', /^made-up-\w{5}$/.test(name), name);
    },
  },
  {
    name: 'does nothing in a dry run',
    async check(cluster, namespace) {
      const dryRun = true;
      const dry = await cluster.create(configMap(namespace, 'dry'), { dryRun });
      ensure('an answer', dry.metadata.uid !== undefined, dry.metadata);
      same('create', await cluster.get(refTo(namespace, 'dry')), undefined);
      const before = await cluster.create(configMap(namespace, 'dry', { a: '1' }));
      const replaced = await cluster.replace(configMap(namespace, 'dry', { a: '2' }), { dryRun });
      same('what it would be', replaced.data, { a: '2' });
      await cluster.patch(refTo(namespace, 'dry'), { type: 'merge', body: { data: { a: '3' } } }, { dryRun });
      same('delete', await cluster.delete(refTo(namespace, 'dry'), { dryRun }), true);
      same('as before', await cluster.get(refTo(namespace, 'dry')), before);
    },
  },
  {
    name: 'replaces what nobody changed meanwhile',
    async check(cluster, namespace) {
      const first = await cluster.create(configMap(namespace, 'r', { a: '1', b: '1' }));
      const second = await cluster.replace({ ...first, data: { a: '2' } });
      same('as a whole', second.data, { a: '2' });
      same('one object', second.metadata.uid, first.metadata.uid);
      ensure('a new version', second.metadata.resourceVersion !== first.metadata.resourceVersion);
      await refused(
        cluster.replace({ ...first, data: { a: '3' } }),
        'KUBE_CONFLICT',
        'Operation cannot be fulfilled on configmaps "r": the object has been modified; please apply your changes to the latest version and try again',
      );
      same('without a version', (await cluster.replace(configMap(namespace, 'r', { a: '4' }))).data, { a: '4' });
      const third = await cluster.get(refTo(namespace, 'r'));
      same('nothing new', (await cluster.replace(configMap(namespace, 'r', { a: '4' }))).metadata, third?.metadata);
    },
  },
  {
    name: 'counts changes of what is wanted',
    async check(cluster, namespace) {
      const ref = refTo(namespace, 'g', deployment(namespace, 'g'));
      same('at first', (await cluster.create(deployment(namespace, 'g'))).metadata.generation, 1);
      const merge = async (body: unknown): Promise<unknown> =>
        (await cluster.patch(ref, { type: 'merge', body })).metadata.generation;
      same('a label', await merge({ metadata: { labels: { a: 'b' } } }), 1);
      same('the specification', await merge({ spec: { minReadySeconds: 1 } }), 2);
      same('the same again', await merge({ spec: { minReadySeconds: 1 } }), 2);
    },
  },
  {
    name: 'does not let go of what must stay',
    async check(cluster, namespace) {
      await cluster.create(deployment(namespace, 'kept'));
      const body = {
        spec: { selector: { matchLabels: { app: 'other' } }, template: { metadata: { labels: { app: 'other' } } } },
      };
      const ref = refTo(namespace, 'kept', deployment(namespace, 'kept'));
      const fault = await refused(cluster.patch(ref, { type: 'merge', body }), 'KUBE_INVALID');
      ensure(
        'the message',
        /^Deployment\.apps "kept" is invalid: spec\.selector: .*field is immutable$/.test(fault.message),
        fault.message,
      );
    },
  },
  {
    name: 'keeps the texts of secrets as data',
    async check(cluster, namespace) {
      const secret = await cluster.create({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 's', namespace },
        data: { a: 'MQ==' },
        stringData: { b: 'ä' },
      });
      same('secret', [secret.type, secret.data, secret.stringData], ['Opaque', { a: 'MQ==', b: 'w6Q=' }, undefined]);
    },
  },
];
