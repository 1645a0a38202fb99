/** Deletion: finalizers, what objects own, and what is in a namespace. kubernetes: pkg/controller/garbagecollector. */
import type { DeleteOptions } from '../cluster.ts';
import type { KubeObject } from '../object.ts';
import { isFields } from '../patch/json.ts';
import { groupOf, type Kind } from './kinds.ts';
import type { Store } from './store.ts';

const FOREGROUND = 'foregroundDeletion';

export interface Garbage {
  /** Begins to delete an object, and does all that follows of it. */
  remove(kind: Kind, object: KubeObject, propagation: NonNullable<DeleteOptions['propagation']>, time: string): void;
  /** Ends deletions that nothing holds up any more. */
  settle(time: string): void;
}

export function createGarbage(store: Store, kindOf: (object: KubeObject) => Kind | undefined): Garbage {
  const ownersOf = ({ metadata: { ownerReferences } }: KubeObject): readonly { uid?: unknown }[] =>
    Array.isArray(ownerReferences) ? ownerReferences.filter(isFields) : [];

  const dependentsOf = (uid: string | undefined): KubeObject[] =>
    store.all().filter((object) => ownersOf(object).some((owner) => owner.uid === uid));

  function begin(kind: Kind, object: KubeObject, time: string, finalizers: readonly string[]): void {
    const { deletionTimestamp = time } = object.metadata;
    const metadata = { ...object.metadata, deletionTimestamp, deletionGracePeriodSeconds: 0 };
    store.put(kind, {
      ...object,
      metadata: { ...metadata, ...(finalizers.length > 0 && { finalizers }) },
      ...(isNamespace(kind) && { status: { ...(isFields(object.status) && object.status), phase: 'Terminating' } }),
    });
  }

  function remove(
    kind: Kind,
    object: KubeObject,
    propagation: NonNullable<DeleteOptions['propagation']>,
    time: string,
  ): void {
    const { uid } = object.metadata;
    const dependents = dependentsOf(uid);
    if (propagation === 'Orphan') {
      for (const dependent of dependents) {
        const owners = ownersOf(dependent).filter((owner) => owner.uid !== uid);
        const { ownerReferences: _before, ...metadata } = dependent.metadata;
        const own = kindOf(dependent);
        if (own === undefined) continue;
        store.put(own, {
          ...dependent,
          metadata: { ...metadata, ...(owners.length > 0 && { ownerReferences: owners }) },
        });
      }
    }
    const finalizers = finalizersOf(object);
    const isForeground = propagation === 'Foreground' && dependents.length > 0 && !finalizers.includes(FOREGROUND);
    if (isForeground || finalizers.length > 0 || isNamespace(kind)) {
      if (object.metadata.deletionTimestamp === undefined || isForeground) {
        begin(kind, object, time, isForeground ? [...finalizers, FOREGROUND] : finalizers);
      }
      if (isForeground) {
        for (const dependent of dependents) removeAgain(dependent, 'Foreground', time);
      }
      if (isNamespace(kind)) {
        for (const inside of contentsOf(object)) removeAgain(inside, 'Background', time);
      }
    } else store.remove(kind, object);
    settle(time);
  }

  /** As it is now: what was deleted before may have changed or taken it along. */
  function removeAgain(object: KubeObject, propagation: 'Background' | 'Foreground', time: string): void {
    const kind = kindOf(object);
    const current = kind && store.get(kind, object.metadata.namespace, object.metadata.name);
    if (kind === undefined || current === undefined || current.metadata.deletionTimestamp !== undefined) return;
    remove(kind, current, propagation, time);
  }

  const contentsOf = ({ metadata: { name } }: KubeObject): KubeObject[] =>
    store.all().filter(({ metadata: { namespace } }) => namespace === name);

  function isDone(kind: Kind, object: KubeObject): boolean {
    const finalizers = finalizersOf(object);
    if (finalizers.some((name) => name !== FOREGROUND)) return false;
    if (finalizers.includes(FOREGROUND) && dependentsOf(object.metadata.uid).length > 0) return false;
    return !isNamespace(kind) || contentsOf(object).length === 0;
  }

  function settle(time: string): void {
    for (let isChanged = true; isChanged; ) {
      isChanged = false;
      const all = store.all();
      const uids = new Set(all.map(({ metadata: { uid } }) => uid));
      for (const object of all) {
        const kind = kindOf(object);
        if (kind === undefined) continue;
        const { deletionTimestamp } = object.metadata;
        if (deletionTimestamp !== undefined) {
          if (!isDone(kind, object)) continue;
          store.remove(kind, object);
          isChanged = true;
          break;
        }
        const owners = ownersOf(object);
        if (owners.length === 0 || owners.some(({ uid }) => uids.has(uid as string))) continue;
        removeAgain(object, 'Background', time);
        isChanged = true;
        break;
      }
    }
  }

  return { remove, settle };
}

function finalizersOf({ metadata: { finalizers } }: KubeObject): string[] {
  return Array.isArray(finalizers) ? finalizers.map(String) : [];
}

const isNamespace = ({ kind, apiVersion }: Kind): boolean => kind === 'Namespace' && groupOf(apiVersion) === '';
