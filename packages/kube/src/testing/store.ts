/** Objects and what happened to them, under one ever growing version. */
import type { KubeObject } from '../object.ts';
import { groupOf, type Kind } from './kinds.ts';

/** One change; `before` is absent for what is new. An object is never changed in place. */
export interface Change {
  readonly version: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly collection: string;
  readonly object: KubeObject;
  readonly before?: KubeObject | undefined;
}

export interface Store {
  /** Of the last change. */
  readonly version: number;
  /** Changes up to this one are forgotten. */
  readonly forgotten: number;
  get(kind: Kind, namespace: string | undefined, name: string): KubeObject | undefined;
  /** In the order of their keys. */
  list(kind: Kind, namespace?: string): KubeObject[];
  all(): KubeObject[];
  /** With the new version as `metadata.resourceVersion`. */
  put(kind: Kind, object: KubeObject): KubeObject;
  remove(kind: Kind, object: KubeObject): void;
  /** What came after a version that is not forgotten. */
  since(version: number): readonly Change[];
  forget(): void;
  subscribe(listener: (change: Change) => void): () => void;
}

/** All versions of a group share their objects. */
export const collectionOf = ({ apiVersion, name }: Kind): string => `${groupOf(apiVersion)}/${name}`;

export const keyOf = (namespace: string | undefined, name: string): string => `${namespace ?? ''}/${name}`;

/** `limit`: how many changes are remembered. */
export function createStore(limit: number): Store {
  const collections = new Map<string, Map<string, KubeObject>>();
  const listeners = new Set<(change: Change) => void>();
  let changes: Change[] = [];
  let [version, forgotten] = [0, 0];

  function collection(kind: Kind): Map<string, KubeObject> {
    const name = collectionOf(kind);
    let objects = collections.get(name);
    if (objects === undefined) {
      objects = new Map();
      collections.set(name, objects);
    }
    return objects;
  }

  function record(change: Change): void {
    changes.push(change);
    // In halves, so that one more does not move them all.
    if (changes.length > 2 * limit) {
      changes = changes.slice(-limit);
      forgotten = (changes[0] as Change).version - 1;
    }
    for (const listener of [...listeners]) listener(change);
  }

  const withVersion = (object: KubeObject): KubeObject => ({
    ...object,
    metadata: { ...object.metadata, resourceVersion: String(++version) },
  });

  return {
    get version() {
      return version;
    },
    get forgotten() {
      return forgotten;
    },
    get: (kind, namespace, name) => collection(kind).get(keyOf(kind.namespaced ? namespace : undefined, name)),
    list: (kind, namespace) =>
      [...collection(kind)]
        .filter(([, object]) => namespace === undefined || !kind.namespaced || object.metadata.namespace === namespace)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, object]) => object),
    all: () => [...collections.values()].flatMap((objects) => [...objects.values()]),
    put(kind, object) {
      const objects = collection(kind);
      const key = keyOf(object.metadata.namespace, object.metadata.name);
      const before = objects.get(key);
      const stored = withVersion(object);
      objects.set(key, stored);
      const type = before === undefined ? 'ADDED' : 'MODIFIED';
      record({ version, type, collection: collectionOf(kind), object: stored, before });
      return stored;
    },
    remove(kind, object) {
      collection(kind).delete(keyOf(object.metadata.namespace, object.metadata.name));
      const last = withVersion(object);
      record({ version, type: 'DELETED', collection: collectionOf(kind), object: last, before: object });
    },
    since: (from) => changes.filter((change) => change.version > from),
    forget() {
      changes = [];
      forgotten = version;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
