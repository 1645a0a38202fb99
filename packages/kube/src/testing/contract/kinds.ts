import { KubeError } from '../../error.ts';
import { type KubeObject, type ObjectType, refOf } from '../../object.ts';
import type { ContractCase } from '../contract.ts';
import { CONFIG_MAP, DEPLOYMENT, ensure, eventually, refTo, refused, same } from './expect.ts';

/** A kind of its own group, so that cases do not meet. */
function definition(group: string, more: Record<string, unknown> = {}): { crd: KubeObject; type: ObjectType } {
  const free = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const version = {
    name: 'v1',
    served: true,
    storage: true,
    schema: { openAPIV3Schema: { type: 'object', properties: { spec: free, status: free } } },
    ...more,
  };
  return {
    type: { apiVersion: `${group}/v1`, kind: 'Widget' },
    crd: {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `widgets.${group}` },
      spec: {
        group,
        names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
        scope: 'Namespaced',
        versions: [version],
      },
    },
  };
}

const isUnknown = (e: unknown): undefined => {
  if (e instanceof KubeError && (e.code === 'KUBE_KIND_UNKNOWN' || e.code === 'KUBE_NOT_FOUND')) return undefined;
  throw e;
};

export const kindCases: readonly ContractCase[] = [
  {
    name: 'says its version',
    async check(cluster) {
      const { major, minor, gitVersion } = await cluster.version();
      ensure('a version', gitVersion.startsWith(`v${major}.${minor}.`), { major, minor, gitVersion });
    },
  },
  {
    name: 'lists its kinds',
    async check(cluster) {
      const kinds = await cluster.resources();
      const has = (type: ObjectType, name: string, namespaced: boolean): boolean =>
        kinds.some(
          (each) =>
            each.apiVersion === type.apiVersion &&
            each.kind === type.kind &&
            each.name === name &&
            each.namespaced === namespaced &&
            each.verbs.includes('watch'),
        );
      ensure('deployments', has(DEPLOYMENT, 'deployments', true));
      ensure('namespaces', has({ apiVersion: 'v1', kind: 'Namespace' }, 'namespaces', false));
      const { name, namespaced } = await cluster.resourceOf(CONFIG_MAP);
      same('the resource of a kind', { name, namespaced }, { name: 'configmaps', namespaced: true });
    },
  },
  {
    name: 'knows no kind that is not defined',
    async check(cluster, namespace) {
      const type = { apiVersion: 'none.contract.test/v1', kind: 'Widget' };
      const message = 'no matches for kind "Widget" in version "none.contract.test/v1"';
      await refused(cluster.resourceOf(type), 'KUBE_KIND_UNKNOWN', message);
      await refused(cluster.get(refTo(namespace, 'w', type)), 'KUBE_KIND_UNKNOWN', message);
      await refused(cluster.list(type), 'KUBE_KIND_UNKNOWN', message);
    },
  },
  {
    name: 'serves a kind once it is defined, and no longer than that',
    async check(cluster, namespace) {
      const { crd, type } = definition('life.contract.test');
      await cluster.create(crd);
      await eventually('served', async () => (await cluster.list(type).catch(isUnknown)) !== undefined);
      const made = await cluster.create({
        ...type,
        metadata: { name: 'w', namespace },
        spec: { exact: 9007199254740993n },
      });
      same('its generation', made.metadata.generation, 1);
      const read = await cluster.get(refTo(namespace, 'w', type));
      same('an integer beyond 2^53', read?.spec, { exact: 9007199254740993n });
      await cluster.delete(refOf(crd));
      await eventually('no longer served', async () => {
        const kinds = await cluster.resources({ fresh: true });
        return !kinds.some(({ apiVersion }) => apiVersion === type.apiVersion);
      });
    },
  },
  {
    name: 'keeps the status of a kind apart',
    async check(cluster, namespace) {
      const { crd, type } = definition('status.contract.test', { subresources: { status: {} } });
      await cluster.create(crd);
      await eventually('served', async () => (await cluster.list(type).catch(isUnknown)) !== undefined);
      const ref = refTo(namespace, 'w', type);
      const asked = { ...type, metadata: { name: 'w', namespace }, spec: { a: 1 }, status: { b: 1 } };
      same('a status that is made with it', (await cluster.create(asked)).status, undefined);
      const body = { spec: { a: 2 }, status: { b: 2 } };
      const told = await cluster.patch(ref, { type: 'merge', body }, { subresource: 'status' });
      same('through the status', [told.spec, told.status, told.metadata.generation], [{ a: 1 }, { b: 2 }, 1]);
      const changed = await cluster.patch(ref, { type: 'merge', body: { spec: { a: 3 }, status: { b: 3 } } });
      same('through the object', [changed.spec, changed.status, changed.metadata.generation], [{ a: 3 }, { b: 2 }, 2]);
      await cluster.delete(refOf(crd));
    },
  },
  {
    name: 'merges no lists of kinds that it knows nothing of',
    async check(cluster, namespace) {
      const { crd, type } = definition('lists.contract.test');
      await cluster.create(crd);
      await eventually('served', async () => (await cluster.list(type).catch(isUnknown)) !== undefined);
      const ref = refTo(namespace, 'w', type);
      const body = (...names: string[]): KubeObject => ({
        ...type,
        metadata: { name: 'w', namespace },
        spec: { containers: names.map((name) => ({ name })) },
      });
      await cluster.patch(ref, { type: 'apply', body: body('a', 'b') }, { fieldManager: 'one' });
      const replaced = await cluster.patch(ref, { type: 'apply', body: body('c') }, { fieldManager: 'one' });
      same('its list', replaced.spec, { containers: [{ name: 'c' }] });
      const conflict = await refused(
        cluster.patch(ref, { type: 'apply', body: body('d') }, { fieldManager: 'two' }),
        'KUBE_CONFLICT',
      );
      same('the conflict', conflict.message, 'Apply failed with 1 conflict: conflict with "one": .spec.containers');
      const strategic = await refused(cluster.patch(ref, { type: 'strategic', body: { spec: {} } }), 'KUBE_REFUSED');
      same('a strategic patch', strategic.status?.code, 415);
      const { resourceVersion: _version, ...metadata } = replaced.metadata;
      await refused(cluster.replace({ ...replaced, metadata }), 'KUBE_INVALID');
      await cluster.delete(refOf(crd));
    },
  },
];
