/**
 * What a change of a CustomResourceDefinition would do to objects that are there. Rules: Kubernetes, "Versions in
 * CustomResourceDefinitions" (status.storedVersions) and "Extend the Kubernetes API with CustomResourceDefinitions" (pruning).
 */
import { encodeJson } from '@pack/core';
import type { KubeObject } from '@pack/kube';

export interface CrdRisk {
  /** `loss`: what is stored cannot be read any more, or loses fields. `break`: what is there may be refused from now on. */
  readonly severity: 'loss' | 'break';
  /** `spec.versions[v1].schema.spec.size` */
  readonly path: string;
  readonly message: string;
}

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
}

interface Version {
  readonly name: string;
  readonly served?: boolean;
  readonly storage?: boolean;
  readonly schema?: { readonly openAPIV3Schema?: Schema };
}

interface Spec {
  readonly scope?: string;
  readonly preserveUnknownFields?: boolean;
  readonly names?: { readonly kind?: string };
  readonly versions?: readonly Version[];
}

/** Deeper than any schema that an API server takes. */
const MAX_DEPTH = 100;

/** None for a definition that is safe to apply over the one that is there. */
export function crdRisks(before: KubeObject, after: KubeObject): CrdRisk[] {
  const [old, fresh] = [before.spec as Spec, after.spec as Spec];
  const { storedVersions = [] } = (before.status ?? {}) as { readonly storedVersions?: readonly string[] };
  const risks: CrdRisk[] = [];
  const add = (severity: CrdRisk['severity'], path: string, message: string): void => {
    risks.push({ severity, path, message });
  };
  if (old.scope !== fresh.scope) add('loss', 'spec.scope', `${old.scope} objects would become ${fresh.scope}`);
  if (old.names?.kind !== fresh.names?.kind) {
    add('loss', 'spec.names.kind', `objects of kind ${old.names?.kind} would have no kind`);
  }
  const versions = new Map(fresh.versions?.map((version) => [version.name, version]));
  for (const name of storedVersions.filter((stored) => !versions.has(stored))) {
    add(
      'loss',
      `spec.versions[${name}]`,
      `objects may be stored as ${name} (status.storedVersions), which would be gone`,
    );
  }
  for (const version of old.versions ?? []) {
    const { name } = version;
    const next = versions.get(name);
    if (next === undefined) {
      if (version.served && !storedVersions.includes(name)) {
        add('break', `spec.versions[${name}]`, `clients of ${name} would find nothing`);
      }
      continue;
    }
    if (version.served && !next.served) add('break', `spec.versions[${name}].served`, `${name} would not be served`);
    // What keeps all that it does not know of loses nothing.
    if (fresh.preserveUnknownFields === true) continue;
    const [was, is] = [version.schema?.openAPIV3Schema, next.schema?.openAPIV3Schema];
    if (was !== undefined) compare(was, is ?? {}, `spec.versions[${name}].schema`, add, 0);
  }
  return risks;
}

type Add = (severity: CrdRisk['severity'], path: string, message: string) => void;

function compare(was: Schema, is: Schema, path: string, add: Add, depth: number): void {
  if (depth > MAX_DEPTH) return;
  if (was.type !== undefined && is.type !== was.type && !takes(is, was.type)) {
    add('loss', path, `${was.type} would be ${is.type ?? 'anything'}`);
    return;
  }
  const isOpen = is['x-kubernetes-preserve-unknown-fields'] === true;
  if (was['x-kubernetes-preserve-unknown-fields'] === true && !isOpen) {
    add('loss', path, 'fields that the schema does not name would be dropped');
  }
  for (const [name, schema] of Object.entries(was.properties ?? {})) {
    const next =
      own(is.properties, name) ?? (typeof is.additionalProperties === 'object' ? is.additionalProperties : undefined);
    if (next !== undefined) compare(schema, next, `${path}.${name}`, add, depth + 1);
    else if (!isOpen && is.additionalProperties !== true) add('loss', `${path}.${name}`, 'the field would be dropped');
  }
  if (typeof was.additionalProperties === 'object' && !isOpen) {
    if (typeof is.additionalProperties === 'object') {
      compare(was.additionalProperties, is.additionalProperties, `${path}[*]`, add, depth + 1);
    } else if (is.additionalProperties !== true) add('loss', `${path}[*]`, 'the entries would be dropped');
  }
  if (was.items !== undefined) compare(was.items, is.items ?? {}, `${path}[]`, add, depth + 1);
  for (const name of (is.required ?? []).filter((each) => !was.required?.includes(each))) {
    add('break', `${path}.${name}`, 'the field would be required');
  }
  const texts = (values: readonly unknown[]): string[] => values.map((value) => encodeJson(value));
  if (is.enum !== undefined) {
    const allowed = new Set(texts(is.enum));
    if (was.enum === undefined) add('break', path, 'only some values would be allowed');
    else {
      for (const value of texts(was.enum).filter((each) => !allowed.has(each))) {
        add('break', path, `the value ${value} would be refused`);
      }
    }
  }
}

const own = <T>(map: Readonly<Record<string, T>> | undefined, name: string): T | undefined =>
  map !== undefined && Object.hasOwn(map, name) ? map[name] : undefined;

/** Whether every value of the type is one of the schema. */
function takes(schema: Schema, type: string): boolean {
  if (schema['x-kubernetes-int-or-string'] === true) return type === 'integer' || type === 'string';
  if (schema.type === 'number') return type === 'integer';
  return schema.type === undefined && schema['x-kubernetes-preserve-unknown-fields'] === true;
}
