/** What changes objects: create, replace, the four kinds of patch, delete. kubernetes: registry/generic/registry. */
import type { DeleteOptions, Patch, PatchOptions, WriteOptions } from '../cluster.ts';
import type { KubeObject, ObjectRef } from '../object.ts';
import { type Fields, isEqual, isFields } from '../patch/json.ts';
import { applyMergePatch } from '../patch/json-merge.ts';
import { applyStrategicPatch } from '../patch/strategic.ts';
import { checkChange, checkName, initialStatus, isOtherwiseWanted, withDefaults } from './admission.ts';
import { applyConfiguration, track, type Writer } from './field-managers.ts';
import type { Garbage } from './garbage.ts';
import { applyJsonPatch, JsonPatchError } from './json-patch.ts';
import { CRD, type Kind, kindsOfDefinition } from './kinds.ts';
import {
  alreadyExists,
  badRequest,
  conflict,
  forbidden,
  invalid,
  modified,
  notFound,
  unsupportedMediaType,
} from './refusals.ts';
import type { Store } from './store.ts';

export interface Writes {
  create(kind: Kind, object: KubeObject, options: WriteOptions): KubeObject;
  replace(kind: Kind, object: KubeObject, options: WriteOptions): KubeObject;
  patch(kind: Kind, ref: ObjectRef, patch: Patch, options: PatchOptions): KubeObject;
  delete(kind: Kind, ref: ObjectRef, options: DeleteOptions): boolean;
}

/** Of clients that do not name themselves. */
const MANAGER = 'pack';
/** Namespaces that a server does not let go. */
const KEPT: ReadonlySet<string> = new Set(['default', 'kube-public', 'kube-system']);

export function createWrites(store: Store, namespaces: Kind, garbage: Garbage, now: () => number): Writes {
  const time = (): string => new Date(now()).toISOString().replace(/\.\d+Z$/, 'Z');

  const writer = (kind: Kind, { fieldManager, subresource }: PatchOptions): Writer => ({
    manager: fieldManager ?? MANAGER,
    apiVersion: kind.apiVersion,
    subresource,
    time: time(),
  });

  const namespaceOf = (kind: Kind, { namespace }: { readonly namespace?: string | undefined }): string | undefined =>
    kind.namespaced ? (namespace ?? 'default') : undefined;

  function placed(kind: Kind, object: KubeObject): KubeObject {
    const copy = structuredClone(object);
    const { namespace: _asked, ...metadata } = copy.metadata;
    const namespace = namespaceOf(kind, copy.metadata);
    return { ...copy, metadata: { ...metadata, ...(namespace !== undefined && { namespace }) } };
  }

  function checkNamespace(kind: Kind, object: KubeObject): void {
    const { namespace, name } = object.metadata;
    if (namespace === undefined) return;
    const found = store.get(namespaces, undefined, namespace);
    if (found === undefined) throw notFound(namespaces, namespace);
    if (found.metadata.deletionTimestamp !== undefined) {
      throw forbidden(
        kind,
        name,
        `unable to create new content in namespace ${namespace} because it is being terminated`,
      );
    }
  }

  /** Stores what is new. */
  function add(kind: Kind, asked: KubeObject, dryRun: boolean | undefined): KubeObject {
    checkName(kind, asked.metadata.name);
    checkNamespace(kind, asked);
    const status = kind.hasStatus ? initialStatus(kind) : asked.status;
    const { status: _asked, ...rest } = asked;
    const object: KubeObject = {
      ...(rest as KubeObject),
      metadata: {
        ...asked.metadata,
        uid: crypto.randomUUID(),
        creationTimestamp: time(),
        ...(kind.hasGeneration && { generation: 1 }),
      },
      ...(status !== undefined && { status }),
    };
    return dryRun === true ? object : store.put(kind, object);
  }

  /** Stores what has changed, if it has. */
  function change(kind: Kind, before: KubeObject, asked: KubeObject, options: PatchOptions): KubeObject {
    const { name, resourceVersion, uid } = asked.metadata;
    const old = before.metadata;
    if (resourceVersion !== undefined && resourceVersion !== old.resourceVersion) throw modified(kind, name);
    if (uid !== undefined && uid !== old.uid) {
      throw conflict(
        kind,
        name,
        `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${String(old.uid)}`,
      );
    }
    const { uid: oldUid, resourceVersion: oldVersion, creationTimestamp, generation, deletionTimestamp } = old;
    const {
      deletionTimestamp: _never,
      deletionGracePeriodSeconds: _grace,
      generation: _count,
      ...metadata
    } = asked.metadata;
    const object: KubeObject = {
      ...asked,
      metadata: {
        ...metadata,
        ...(oldUid !== undefined && { uid: oldUid }),
        ...(oldVersion !== undefined && { resourceVersion: oldVersion }),
        ...(creationTimestamp !== undefined && { creationTimestamp }),
        ...(deletionTimestamp !== undefined && { deletionTimestamp, deletionGracePeriodSeconds: 0 }),
        ...(generation !== undefined && { generation }),
      },
    };
    checkChange(kind, before, object);
    if (generation !== undefined && isOtherwiseWanted(kind, before, object)) {
      object.metadata.generation = generation + 1;
    }
    if (isEqual(before, object) || options.dryRun === true) return object;
    const stored = store.put(kind, object);
    if (deletionTimestamp !== undefined) garbage.settle(time());
    return stored;
  }

  /** A main resource does not write the status, nor its subresource anything else. */
  function withOwnPart(kind: Kind, before: KubeObject, asked: KubeObject, subresource: string | undefined): KubeObject {
    if (subresource === 'status') {
      return {
        ...before,
        metadata: { ...before.metadata, ...(asked.metadata.managedFields !== undefined && asked.metadata) },
        ...(asked.status !== undefined && { status: asked.status }),
      };
    }
    if (!kind.hasStatus) return asked;
    const { status: _asked, ...rest } = asked;
    return { ...(rest as KubeObject), ...(before.status !== undefined && { status: before.status }) };
  }

  function create(kind: Kind, asked: KubeObject, options: WriteOptions): KubeObject {
    if (asked.metadata.resourceVersion) throw badRequest('resourceVersion should not be set on objects to be created');
    const placedObject = placed(kind, asked);
    const { generateName } = placedObject.metadata;
    if (!placedObject.metadata.name) {
      placedObject.metadata.name = generateName ? generateName + crypto.randomUUID().slice(0, 5) : '';
    }
    const object = withDefaults(kind, placedObject);
    const { namespace, name } = object.metadata;
    if (store.get(kind, namespace, name) !== undefined) throw alreadyExists(kind, name);
    return add(kind, track(undefined, object, kind, writer(kind, options)), options.dryRun);
  }

  function replace(kind: Kind, asked: KubeObject, options: WriteOptions): KubeObject {
    const object = withDefaults(kind, placed(kind, asked));
    const { namespace, name, resourceVersion } = object.metadata;
    const before = store.get(kind, namespace, name);
    if (before === undefined) throw notFound(kind, name);
    if (!resourceVersion && !kind.isBuiltin) {
      throw invalid(kind, name, 'metadata.resourceVersion', 'Invalid value: 0: must be specified for an update');
    }
    const after = withOwnPart(kind, before, object, undefined);
    return change(kind, before, track(before, after, kind, writer(kind, options)), options);
  }

  function apply(kind: Kind, ref: ObjectRef, body: unknown, options: PatchOptions): KubeObject {
    const { fieldManager = '', force = false, subresource, dryRun } = options;
    const invalidOptions = (why: string): never => {
      throw invalid({ ...kind, apiVersion: 'meta.k8s.io/v1', kind: 'PatchOptions' }, '', 'fieldManager', why);
    };
    if (fieldManager === '') invalidOptions('Required value: is required for apply patch');
    if (!isFields(body)) throw badRequest('error decoding YAML: an object is applied');
    const asked = placed(kind, { ...body, metadata: { ...(body.metadata as Fields), name: ref.name } } as KubeObject);
    if (asked.metadata.managedFields !== undefined) throw badRequest('metadata.managedFields must be nil');
    const object = asked.metadata.namespace === undefined ? asked : placed(kind, withNamespace(asked, ref));
    const { namespace, name } = object.metadata;
    const before = store.get(kind, namespace, name);
    if (before === undefined && subresource !== undefined) throw notFound(kind, name);
    const after = applyConfiguration(before, object, kind, writer(kind, options), force);
    if (before === undefined) return add(kind, withDefaults(kind, after), dryRun);
    const { resourceVersion, uid } = object.metadata;
    return change(
      kind,
      before,
      withOwnPart(
        kind,
        before,
        withDefaults(kind, {
          ...after,
          metadata: { ...after.metadata, ...(resourceVersion && { resourceVersion }), ...(uid && { uid }) },
        }),
        subresource,
      ),
      options,
    );
  }

  const withNamespace = (object: KubeObject, { namespace = 'default' }: ObjectRef): KubeObject => ({
    ...object,
    metadata: { ...object.metadata, namespace },
  });

  function patch(kind: Kind, ref: ObjectRef, { type, body }: Patch, options: PatchOptions): KubeObject {
    if (type === 'apply') return apply(kind, ref, body, options);
    if (type === 'strategic' && !kind.isBuiltin) {
      throw unsupportedMediaType([
        'application/json-patch+json',
        'application/merge-patch+json',
        'application/apply-patch+yaml',
        'application/apply-patch+cbor',
      ]);
    }
    const before = store.get(kind, namespaceOf(kind, ref), ref.name);
    if (before === undefined) throw notFound(kind, ref.name);
    const patched = patchedObject(kind, before, type, structuredClone(body));
    if (patched.metadata?.name !== ref.name) {
      throw badRequest(
        `the name of the object (${String(patched.metadata?.name)}) does not match the name on the URL (${ref.name})`,
      );
    }
    if (patched.metadata.namespace !== before.metadata.namespace) {
      throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
    }
    const after = withOwnPart(kind, before, withDefaults(kind, patched), options.subresource);
    return change(kind, before, track(before, after, kind, writer(kind, options)), options);
  }

  function remove(kind: Kind, ref: ObjectRef, { propagation = 'Background', dryRun, uid }: DeleteOptions): boolean {
    const object = store.get(kind, namespaceOf(kind, ref), ref.name);
    if (object === undefined) return false;
    if (uid !== undefined && uid !== object.metadata.uid) {
      throw conflict(
        { ...kind, name: kind.kind },
        ref.name,
        `the UID in the precondition (${uid}) does not match the UID in record (${String(object.metadata.uid)}). The object might have been deleted and then recreated`,
      );
    }
    if (kind === namespaces && KEPT.has(ref.name)) throw forbidden(kind, ref.name, 'this namespace may not be deleted');
    if (dryRun === true) return true;
    if (kind.kind === CRD.kind && kind.apiVersion === CRD.apiVersion) {
      for (const own of kindsOfDefinition(object)) {
        for (const instance of store.list(own)) garbage.remove(own, instance, 'Background', time());
      }
    }
    garbage.remove(kind, object, propagation, time());
    return true;
  }

  return { create, replace, patch, delete: remove };
}

function patchedObject(kind: Kind, before: KubeObject, type: Patch['type'], body: unknown): KubeObject {
  try {
    switch (type) {
      case 'merge':
        return applyMergePatch(before, body) as KubeObject;
      case 'json':
        return applyJsonPatch(before, body) as KubeObject;
      default:
        return applyStrategicPatch(kind.kind, { ...before }, body as Fields) as KubeObject;
    }
  } catch (e) {
    const { name } = before.metadata;
    if (e instanceof JsonPatchError) throw invalid(kind, name, 'patch', `Invalid value: ${e.message}`);
    throw e;
  }
}
