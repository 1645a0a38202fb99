/** Lists, their pages, and watches. */
import type { ClusterRun, ListQuery, ObjectList, WatchEvent, WatchQuery } from '../cluster.ts';
import type { KubeObject } from '../object.ts';
import { parseSelector } from '../selector.ts';
import { text } from '../status.ts';
import type { Kind } from './kinds.ts';
import { badRequest, expired } from './refusals.ts';
import { type Change, collectionOf, keyOf, type Store } from './store.ts';

type Matcher = (object: KubeObject) => boolean;

/** Throws KUBE_INVALID, or KUBE_REFUSED for a field that is not selected by. */
function matcherOf(kind: Kind, { namespace, labelSelector = '', fieldSelector = '' }: WatchQuery): Matcher {
  const matchesLabels = parseSelector(labelSelector);
  const terms = fieldSelector.split(',').filter((term) => term.trim() !== '');
  const matchers = terms.map((term) => fieldMatcher(kind, term));
  return (object) =>
    (namespace === undefined || !kind.namespaced || object.metadata.namespace === namespace) &&
    matchesLabels(object.metadata.labels ?? {}) &&
    matchers.every((matches) => matches(object));
}

/** What is selected by besides names. kubernetes: the conversions of field labels of pkg/apis. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  Event: [
    'involvedObject.kind',
    'involvedObject.name',
    'involvedObject.namespace',
    'involvedObject.uid',
    'reason',
    'type',
  ],
  Pod: ['spec.nodeName', 'spec.restartPolicy', 'status.phase', 'status.podIP'],
  Secret: ['type'],
};

function fieldMatcher(kind: Kind, term: string): Matcher {
  const [, path = '', verb, value = ''] = /^\s*([\w.]+)\s*(==|=|!=)\s*(.*?)\s*$/.exec(term) ?? [];
  if (verb === undefined) throw badRequest(`invalid selector: '${term}'; can't understand '${term}'`);
  const own = kind.isBuiltin ? (FIELDS[kind.kind] ?? []) : [];
  if (!['metadata.name', 'metadata.namespace', ...own].includes(path)) {
    throw badRequest(`field label not supported: ${path}`);
  }
  return (object) => (text(object, path, '') === value) === (verb !== '!=');
}

/** As a kind's other version, or its metadata alone, and never the stored object itself. */
export function shown(kind: Kind, object: KubeObject, metadataOnly = false): KubeObject {
  const { apiVersion } = kind;
  const whole = metadataOnly ? { apiVersion, kind: kind.kind, metadata: object.metadata } : { ...object, apiVersion };
  return structuredClone(whole);
}

export function listObjects(store: Store, kind: Kind, query: ListQuery): ObjectList {
  const matches = matcherOf(kind, query);
  const after = query.continue === undefined ? undefined : placeOf(query.continue, store);
  const all = store
    .list(kind, query.namespace)
    .filter(matches)
    .filter(({ metadata: { namespace, name } }) => after === undefined || keyOf(namespace, name) > after);
  const page = query.limit === undefined || query.limit <= 0 ? all : all.slice(0, query.limit);
  const last = page.at(-1);
  return {
    items: page.map((object) => shown(kind, object, query.metadataOnly)),
    resourceVersion: String(store.version),
    ...(last !== undefined &&
      page.length < all.length && {
        continue: btoa(
          JSON.stringify({ rv: store.version, start: keyOf(last.metadata.namespace, last.metadata.name) }),
        ),
      }),
  };
}

/** The key after which a page begins. Throws KUBE_EXPIRED for one of a list that is forgotten. */
function placeOf(token: string, store: Store): string {
  let place: { rv?: unknown; start?: unknown };
  try {
    place = JSON.parse(atob(token));
  } catch {
    throw badRequest('continue key is not valid');
  }
  if (typeof place?.rv !== 'number' || typeof place.start !== 'string') throw badRequest('continue key is not valid');
  if (place.rv < store.forgotten) {
    throw expired(
      'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.',
    );
  }
  return place.start;
}

/** `closers` gets what ends the watch as a server does. */
export async function* watchObjects(
  store: Store,
  kind: Kind,
  query: WatchQuery,
  closers: Set<() => void>,
  run: ClusterRun = {},
): AsyncGenerator<WatchEvent> {
  const matches = matcherOf(kind, query);
  const queue = startOf(store, kind, query, matches);
  let isOpen = true;
  let wake = (): void => undefined;
  const close = (): void => {
    isOpen = false;
    wake();
  };
  const unsubscribe = store.subscribe((change) => {
    const event = eventOf(change, kind, matches);
    if (event === undefined) return;
    queue.push(event);
    wake();
  });
  closers.add(close);
  run.signal?.addEventListener('abort', close, { once: true });
  try {
    while (isOpen && run.signal?.aborted !== true) {
      const event = queue.shift();
      if (event !== undefined) yield event;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    unsubscribe();
    closers.delete(close);
    run.signal?.removeEventListener('abort', close);
  }
}

function startOf(store: Store, kind: Kind, { namespace, resourceVersion }: WatchQuery, matches: Matcher): WatchEvent[] {
  if (resourceVersion === undefined || resourceVersion === '') {
    const all = store.list(kind, namespace).filter(matches);
    return all.map((object) => ({ type: 'ADDED', object: shown(kind, object) }));
  }
  if (!/^\d+$/.test(resourceVersion)) {
    throw badRequest(
      `resourceVersion: Invalid value: ${JSON.stringify(resourceVersion)}: strconv.ParseUint: parsing ${JSON.stringify(resourceVersion)}: invalid syntax`,
    );
  }
  const from = Number(resourceVersion);
  if (from < store.forgotten) throw expired(`too old resource version: ${from} (${store.forgotten})`);
  return store.since(from).flatMap((change) => eventOf(change, kind, matches) ?? []);
}

/** What leaves a selection is deleted for who watches it, and what enters it is added. */
function eventOf(change: Change, kind: Kind, matches: Matcher): WatchEvent | undefined {
  if (change.collection !== collectionOf(kind)) return undefined;
  const before = change.before !== undefined && matches(change.before);
  const after = change.type !== 'DELETED' && matches(change.object);
  if (!before && !after) return undefined;
  const type = before ? (after ? 'MODIFIED' : 'DELETED') : 'ADDED';
  return { type, object: shown(kind, change.object) };
}
