import type { Patch } from '../../cluster.ts';
import type { KubeObject } from '../../object.ts';
import type { ContractCase } from '../contract.ts';
import { configMap, deployment, refTo, refused, same } from './expect.ts';

interface PodSpec {
  readonly containers: readonly { readonly name: string; readonly [field: string]: unknown }[];
  readonly volumes?: readonly { readonly name: string; readonly [field: string]: unknown }[];
}

const podOf = (object: KubeObject): PodSpec => (object.spec as { template: { spec: PodSpec } }).template.spec;
const toPod = (spec: unknown): Patch => ({ type: 'strategic', body: { spec: { template: { spec } } } });

export const patchCases: readonly ContractCase[] = [
  {
    name: 'merges patches',
    async check(cluster, namespace) {
      await cluster.create(configMap(namespace, 'm', { a: '1', b: '1' }, { annotations: { x: 'y' } }));
      const body = { metadata: { annotations: null }, data: { a: null, c: '2' } };
      const { data, metadata } = await cluster.patch(refTo(namespace, 'm'), { type: 'merge', body });
      same('merged', [data, metadata.annotations], [{ b: '1', c: '2' }, undefined]);
      await refused(
        cluster.patch(refTo(namespace, 'm'), { type: 'merge', body: { metadata: { resourceVersion: '1' } } }),
        'KUBE_CONFLICT',
      );
    },
  },
  {
    name: 'patches by operations',
    async check(cluster, namespace) {
      await cluster.create(configMap(namespace, 'j', { a: '1', b: '2', 'x.y': '3' }));
      const ref = refTo(namespace, 'j');
      const body = [
        { op: 'test', path: '/data/a', value: '1' },
        { op: 'add', path: '/data/d', value: '4' },
        { op: 'replace', path: '/data/a', value: '5' },
        { op: 'move', from: '/data/b', path: '/data/e' },
        { op: 'copy', from: '/data/e', path: '/data/f' },
        { op: 'remove', path: '/data/x.y' },
        { op: 'add', path: '/metadata/annotations', value: { 'a/b': '1' } },
        { op: 'replace', path: '/metadata/annotations/a~1b', value: '2' },
      ];
      const { data, metadata } = await cluster.patch(ref, { type: 'json', body });
      same('patched', [data, metadata.annotations], [{ a: '5', d: '4', e: '2', f: '2' }, { 'a/b': '2' }]);
      const failing = [
        { op: 'remove', path: '/data/a' },
        { op: 'test', path: '/data/d', value: 'x' },
      ];
      await refused(cluster.patch(ref, { type: 'json', body: failing }), 'KUBE_INVALID');
      same('all or nothing', (await cluster.get(ref))?.data, data);
    },
  },
  {
    name: 'merges containers by name',
    async check(cluster, namespace) {
      const ref = refTo(namespace, 'c', deployment(namespace, 'c'));
      await cluster.create(deployment(namespace, 'c'));
      const images = async (containers: unknown[], more = {}): Promise<string> =>
        podOf(await cluster.patch(ref, toPod({ containers, ...more })))
          .containers.map(({ name, image }) => `${name}=${String(image)}`)
          .join();
      same('added', await images([{ name: 'side', image: 'side:1' }]), 'side=side:1,main=main:1');
      same('changed', await images([{ name: 'main', image: 'main:2' }]), 'side=side:1,main=main:2');
      const $order = { '$setElementOrder/containers': [{ name: 'main' }, { name: 'side' }] };
      same('ordered', await images([{ name: 'main', image: 'main:3' }], $order), 'main=main:3,side=side:1');
      same('deleted', await images([{ name: 'side', $patch: 'delete' }]), 'main=main:3');
    },
  },
  {
    name: 'keeps of a volume what the patch says',
    async check(cluster, namespace) {
      const ref = refTo(namespace, 'v', deployment(namespace, 'v'));
      await cluster.create(deployment(namespace, 'v', { volumes: [{ name: 'data', emptyDir: {} }] }));
      const volumes = [{ name: 'data', $retainKeys: ['name', 'hostPath'], hostPath: { path: '/x', type: '' } }];
      const patched = await cluster.patch(ref, toPod({ volumes }));
      same('volumes', podOf(patched).volumes, [{ name: 'data', hostPath: { path: '/x', type: '' } }]);
    },
  },
  {
    name: 'merges finalizers',
    async check(cluster, namespace) {
      const ref = refTo(namespace, 'f');
      await cluster.create(configMap(namespace, 'f', {}, { finalizers: ['a.test/x', 'a.test/y'] }));
      const change = async (metadata: unknown): Promise<unknown> =>
        (await cluster.patch(ref, { type: 'strategic', body: { metadata } })).metadata.finalizers;
      same('added', await change({ finalizers: ['a.test/z'] }), ['a.test/z', 'a.test/x', 'a.test/y']);
      same('deleted', await change({ '$deleteFromPrimitiveList/finalizers': ['a.test/y'] }), ['a.test/z', 'a.test/x']);
      same('all gone', await change({ finalizers: null }), undefined);
    },
  },
];
