import type { TableQuery, WatchEvent } from '../../cluster.ts';
import type { KubeObject } from '../../object.ts';
import type { ContractCase } from '../contract.ts';
import { CONFIG_MAP, configMap, ensure, refTo, refused, same } from './expect.ts';

const names = ({ items }: { readonly items: readonly { metadata: { name: string } }[] }): string[] =>
  items.map(({ metadata: { name } }) => name);

const shown = ({ type, object }: WatchEvent): string => `${type} ${object.kind} ${object.metadata.name}`;

export const readCases: readonly ContractCase[] = [
  {
    name: 'has nothing under a name that is free',
    async check(cluster, namespace) {
      same('get', await cluster.get(refTo(namespace, 'none')), undefined);
      same('delete', await cluster.delete(refTo(namespace, 'none')), false);
      await refused(
        cluster.patch(refTo(namespace, 'none'), { type: 'merge', body: {} }),
        'KUBE_NOT_FOUND',
        'configmaps "none" not found',
      );
      await refused(cluster.replace(configMap(namespace, 'none')), 'KUBE_NOT_FOUND', 'configmaps "none" not found');
    },
  },
  {
    name: 'takes no name that leads out of its path',
    async check(cluster, namespace) {
      await refused(cluster.get(refTo(namespace, '../../../version')), 'KUBE_INVALID');
    },
  },
  {
    name: 'lists by labels and fields',
    async check(cluster, namespace) {
      for (const [name, tier] of [
        ['b', 'back'],
        ['a', 'front'],
        ['c', ''],
      ] as const) {
        await cluster.create(
          configMap(namespace, name, { k: 'v' }, { labels: { set: 'labels', ...(tier && { tier }) } }),
        );
      }
      const select = async (labelSelector: string, more = {}): Promise<string> =>
        names(
          await cluster.list(CONFIG_MAP, {
            namespace,
            labelSelector: ['set=labels', labelSelector].filter(Boolean).join(),
            ...more,
          }),
        ).join();
      for (const [selector, wanted] of [
        ['tier', 'a,b'],
        ['!tier', 'c'],
        ['tier=back', 'b'],
        ['tier!=back', 'a,c'],
        ['tier in (back, front)', 'a,b'],
        ['tier notin (back)', 'a,c'],
      ] as const) {
        same(selector, await select(selector), wanted);
      }
      same('a field', await select('', { fieldSelector: 'metadata.name=b' }), 'b');
      same('another', await select('', { fieldSelector: 'metadata.name!=b' }), 'a,c');
      same('all namespaces', names(await cluster.list(CONFIG_MAP, { labelSelector: 'set=labels' })).join(), 'a,b,c');
    },
  },
  {
    name: 'lists in pages, or metadata alone',
    async check(cluster, namespace) {
      for (let i = 0; i < 5; i++)
        await cluster.create(configMap(namespace, `p${i}`, { a: 'b' }, { labels: { page: 'y' } }));
      const query = { namespace, labelSelector: 'page=y' };
      const first = await cluster.list(CONFIG_MAP, { ...query, limit: 2 });
      const second = await cluster.list(CONFIG_MAP, { ...query, limit: 2, continue: first.continue });
      const last = await cluster.list(CONFIG_MAP, { ...query, continue: second.continue });
      same('pages', [first, second, last].map(names), [['p0', 'p1'], ['p2', 'p3'], ['p4']]);
      same('the end', last.continue, undefined);
      const { items } = await cluster.list(CONFIG_MAP, { ...query, metadataOnly: true });
      ensure(
        'metadata',
        items.every(
          ({ kind, data, metadata }) => kind === 'ConfigMap' && data === undefined && metadata.labels?.page === 'y',
        ),
        items,
      );
    },
  },
  {
    name: 'picks what is wanted of the objects of a list',
    async check(cluster, namespace) {
      const labels = { set: 'each' };
      const data = { text: 'so "schön" {[\\' };
      for (const name of ['c', 'a', 'b']) await cluster.create(configMap(namespace, name, data, { labels }));
      const query = { namespace, labelSelector: 'set=each' };
      const read = (more = {}): Promise<KubeObject[]> =>
        cluster.collect(CONFIG_MAP, { ...query, ...more }, (object) => object);
      const { items } = await cluster.list(CONFIG_MAP, query);
      const known = items.map(({ metadata: { name } }) => ({ name, namespace, labels }));
      same(
        'objects',
        await read(),
        known.map((metadata) => ({ ...CONFIG_MAP, metadata, data })),
      );
      same(
        'metadata',
        await read({ metadataOnly: true }),
        known.map((metadata) => ({ ...CONFIG_MAP, metadata })),
      );
      const secret = { apiVersion: 'v1', kind: 'Secret' };
      await cluster.create({
        ...secret,
        metadata: { name: 's', namespace, annotations: { a: 'b' } },
        data: { k: 'AP8=' },
      });
      const [found] = await cluster.collect(
        secret,
        { namespace, fieldSelector: 'metadata.name=s' },
        (object) => object,
      );
      same('bytes', [found?.type, found?.data, found?.metadata.annotations], ['Opaque', { k: 'AP8=' }, { a: 'b' }]);
      const namespaces = await cluster.collect(
        { apiVersion: 'v1', kind: 'Namespace' },
        { fieldSelector: `metadata.name=${namespace}` },
        ({ kind, status }) => [kind, (status as { phase?: string }).phase],
      );
      same('what is no data', namespaces, [['Namespace', 'Active']]);
      same('one', names({ items: await read({ fieldSelector: 'metadata.name=b' }) }).join(), 'b');
      same('none', await read({ labelSelector: 'set=none' }), []);
      same('names', await cluster.collect(CONFIG_MAP, query, ({ metadata }) => metadata.name), ['a', 'b', 'c']);
      await refused(read({ fieldSelector: 'x=y' }), 'KUBE_REFUSED');
    },
  },
  {
    name: 'shows objects as rows of cells',
    async check(cluster, namespace) {
      const labels = { set: 'table' };
      for (const name of ['b', 'a']) await cluster.create(configMap(namespace, name, {}, { labels }));
      const shownBy = async (query: TableQuery): Promise<unknown> => {
        const table = await cluster.table(CONFIG_MAP, { namespace, ...query });
        const at = table?.columns.findIndex(({ name, priority }) => name === 'Name' && priority === 0) ?? -1;
        return table?.rows.map((cells) => cells[at]);
      };
      same('a list', await shownBy({ labelSelector: 'set=table' }), ['a', 'b']);
      same('an empty one', await shownBy({ labelSelector: 'set=none' }), []);
      same('an object', await shownBy({ name: 'a' }), ['a']);
      same('none', await shownBy({ name: 'none' }), undefined);
      const age = await cluster.table(CONFIG_MAP, { namespace, name: 'a' });
      const last = String(age?.rows[0]?.at(-1));
      ensure('its age', age?.columns.at(-1)?.name === 'Age' && /^\d+s$/.test(last), last);
    },
  },
  {
    name: 'tells what happens after a list',
    async check(cluster, namespace) {
      // Controllers put objects of their own into a namespace.
      const query = { namespace, labelSelector: 'set=events' };
      const labels = { set: 'events' };
      const { resourceVersion } = await cluster.list(CONFIG_MAP, query);
      await cluster.create(configMap(namespace, 'early', {}, { labels }));
      const seen: string[] = [];
      const watching = (async () => {
        for await (const event of cluster.watch(CONFIG_MAP, { ...query, resourceVersion })) {
          seen.push(shown(event));
          if (seen.length === 4) return;
        }
      })();
      await cluster.create(configMap(namespace, 'w', {}, { labels }));
      await cluster.patch(refTo(namespace, 'w'), { type: 'merge', body: { data: { a: 'b' } } });
      await cluster.delete(refTo(namespace, 'w'));
      await watching;
      same('events', seen, [
        'ADDED ConfigMap early',
        'ADDED ConfigMap w',
        'MODIFIED ConfigMap w',
        'DELETED ConfigMap w',
      ]);
    },
  },
  {
    name: 'tells what enters a selection and leaves it',
    async check(cluster, namespace) {
      const labels = { watched: 'yes' };
      await cluster.create(configMap(namespace, 'there', {}, { labels }));
      await cluster.create(configMap(namespace, 'other'));
      const seen: string[] = [];
      const relabel = (name: string, watched: string | null) =>
        cluster.patch(refTo(namespace, name), { type: 'merge', body: { metadata: { labels: { watched } } } });
      for await (const event of cluster.watch(CONFIG_MAP, { namespace, labelSelector: 'watched=yes' })) {
        seen.push(shown(event));
        if (seen.length === 1) await relabel('other', 'yes');
        if (seen.length === 2) await relabel('there', null);
        if (seen.length === 3) break;
      }
      same('events', seen, ['ADDED ConfigMap there', 'ADDED ConfigMap other', 'DELETED ConfigMap there']);
    },
  },
  {
    name: 'stops when it is told to',
    async check(cluster, namespace) {
      const stop = new AbortController();
      setTimeout(() => stop.abort(), 20);
      const seen: string[] = [];
      for await (const event of cluster.watch(CONFIG_MAP, { namespace, labelSelector: 'no=one' }, stop)) {
        seen.push(shown(event));
      }
      same('events', seen, []);
      const late = await cluster.get(refTo(namespace, 'x'), stop).then(
        () => 'done',
        () => 'refused',
      );
      same('a call after that', late, 'refused');
    },
  },
];
