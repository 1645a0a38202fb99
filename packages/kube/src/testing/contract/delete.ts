import type { Cluster } from '../../cluster.ts';
import type { KubeObject } from '../../object.ts';
import type { ContractCase } from '../contract.ts';
import { configMap, ensure, eventually, refTo, refused, same } from './expect.ts';

async function family(cluster: Cluster, namespace: string): Promise<void> {
  const { apiVersion, kind, metadata } = await cluster.create(configMap(namespace, 'parent'));
  const owner = { apiVersion, kind, name: metadata.name, uid: metadata.uid, blockOwnerDeletion: true };
  await cluster.create(configMap(namespace, 'child', {}, { ownerReferences: [owner] }));
}

const isGone = (cluster: Cluster, namespace: string, name: string) => async (): Promise<boolean> =>
  (await cluster.get(refTo(namespace, name))) === undefined;

export const deleteCases: readonly ContractCase[] = [
  {
    name: 'deletes the object that is meant',
    async check(cluster, namespace) {
      const { metadata } = await cluster.create(configMap(namespace, 'd'));
      const other = '00000000-0000-0000-0000-000000000000';
      await refused(
        cluster.delete(refTo(namespace, 'd'), { uid: other }),
        'KUBE_CONFLICT',
        `Operation cannot be fulfilled on ConfigMap "d": the UID in the precondition (${other}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
      );
      same('the one', await cluster.delete(refTo(namespace, 'd'), { uid: metadata.uid }), true);
      same('again', await cluster.delete(refTo(namespace, 'd')), false);
    },
  },
  {
    name: 'waits for finalizers',
    async check(cluster, namespace) {
      await cluster.create(configMap(namespace, 'f', {}, { finalizers: ['contract.test/hold'] }));
      const ref = refTo(namespace, 'f');
      same('deleted', await cluster.delete(ref), true);
      const held = await cluster.get(ref);
      ensure('still there', held?.metadata.deletionTimestamp !== undefined, held?.metadata);
      same('deleted again', await cluster.delete(ref), true);
      await cluster.patch(ref, { type: 'merge', body: { metadata: { finalizers: null } } });
      same('gone', await cluster.get(ref), undefined);
    },
  },
  {
    name: 'deletes what an object owns',
    async check(cluster, namespace) {
      await family(cluster, namespace);
      await cluster.delete(refTo(namespace, 'parent'), { propagation: 'Background' });
      await eventually('the child is gone', isGone(cluster, namespace, 'child'));
    },
  },
  {
    name: 'deletes what an object owns before it',
    async check(cluster, namespace) {
      await family(cluster, namespace);
      await cluster.patch(refTo(namespace, 'child'), {
        type: 'merge',
        body: { metadata: { finalizers: ['contract.test/hold'] } },
      });
      await cluster.delete(refTo(namespace, 'parent'), { propagation: 'Foreground' });
      await eventually(
        'the child is leaving',
        async () => (await cluster.get(refTo(namespace, 'child')))?.metadata.deletionTimestamp !== undefined,
      );
      const parent = await cluster.get(refTo(namespace, 'parent'));
      same('the parent waits', parent?.metadata.finalizers, ['foregroundDeletion']);
      await cluster.patch(refTo(namespace, 'child'), { type: 'merge', body: { metadata: { finalizers: null } } });
      await eventually('the parent is gone', isGone(cluster, namespace, 'parent'));
      same('the child too', await isGone(cluster, namespace, 'child')(), true);
    },
  },
  {
    name: 'leaves orphans',
    async check(cluster, namespace) {
      await family(cluster, namespace);
      await cluster.delete(refTo(namespace, 'parent'), { propagation: 'Orphan' });
      await eventually('the parent is gone', isGone(cluster, namespace, 'parent'));
      const child = (await cluster.get(refTo(namespace, 'child'))) as KubeObject;
      same('the child has no owner', child.metadata.ownerReferences, undefined);
    },
  },
  {
    name: 'deletes a namespace with all that is in it',
    async check(cluster, namespace) {
      const name = `${namespace}-more`;
      const type = { apiVersion: 'v1', kind: 'Namespace' };
      const made = await cluster.create({ ...type, metadata: { name } });
      same('its label', made.metadata.labels, { 'kubernetes.io/metadata.name': name });
      await cluster.create(configMap(name, 'inside'));
      same('deleted', await cluster.delete({ ...type, name }), true);
      await eventually('gone', async () => (await cluster.get({ ...type, name })) === undefined);
      same('and all in it', await cluster.get(refTo(name, 'inside')), undefined);
      await refused(
        cluster.delete({ ...type, name: 'default' }),
        'KUBE_FORBIDDEN',
        'namespaces "default" is forbidden: this namespace may not be deleted',
      );
    },
  },
];
