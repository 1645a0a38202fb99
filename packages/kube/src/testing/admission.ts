/** What the server checks of an object and fills in before it stores it. */
import type { KubeObject } from '../object.ts';
import { type Fields, isEqual, isFields } from '../patch/json.ts';
import type { Kind } from './kinds.ts';
import { invalid } from './refusals.ts';

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = String.raw`${LABEL}(\.${LABEL})*`;
const ROLES: ReadonlySet<string> = new Set(['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding']);
const LABELS: ReadonlySet<string> = new Set(['Namespace', 'Service']);

/** Throws KUBE_INVALID. apimachinery: validation.NameIsDNSSubdomain and its like. */
export function checkName(kind: Kind, name: string): void {
  const fail = (message: string, reason?: string): never => {
    throw invalid(kind, name, 'metadata.name', message, reason);
  };
  if (name === '') fail('Required value: name or generateName is required', 'FieldValueRequired');
  // Those of RBAC may have colons and more.
  if (kind.isBuiltin && ROLES.has(kind.kind)) return;
  const isLabel = kind.isBuiltin && LABELS.has(kind.kind);
  const pattern = isLabel ? LABEL : SUBDOMAIN;
  const limit = isLabel ? 63 : 253;
  const shown = `Invalid value: ${JSON.stringify(name)}`;
  if (name.length > limit) fail(`${shown}: must be no more than ${limit} bytes`);
  if (new RegExp(`^${pattern}$`).test(name)) return;
  if (isLabel) {
    fail(
      `${shown}: a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${LABEL}')`,
    );
  }
  fail(
    `${shown}: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${SUBDOMAIN}')`,
  );
}

const fields = (value: unknown): Fields => (isFields(value) ? value : {});

type Default = (object: KubeObject) => KubeObject;

const withSpec =
  (defaults: Fields): Default =>
  (object) => ({ ...object, spec: { ...defaults, ...fields(object.spec) } });

/** Not all that a server fills in: what clients and controllers look at. */
const DEFAULTS: Readonly<Record<string, Default>> = {
  CronJob: withSpec({ concurrencyPolicy: 'Allow', suspend: false }),
  Deployment: withSpec({ replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 }),
  Job: withSpec({ backoffLimit: 6, completions: 1, parallelism: 1, suspend: false }),
  Namespace: (object) => ({
    ...object,
    metadata: {
      ...object.metadata,
      labels: { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name },
    },
    spec: { finalizers: ['kubernetes'], ...fields(object.spec) },
  }),
  PersistentVolumeClaim: withSpec({ volumeMode: 'Filesystem' }),
  Pod: withSpec({ restartPolicy: 'Always', terminationGracePeriodSeconds: 30 }),
  ReplicaSet: withSpec({ replicas: 1 }),
  Secret: (object) => {
    const { stringData, ...rest } = object;
    const texts = Object.entries(fields(stringData)).map(([name, text]) => [name, base64(String(text))]);
    const data = { ...fields(rest.data), ...Object.fromEntries(texts) };
    return { type: 'Opaque', ...rest, ...((texts.length > 0 || isFields(rest.data)) && { data }) } as KubeObject;
  },
  Service: withSpec({ type: 'ClusterIP', sessionAffinity: 'None' }),
  StatefulSet: withSpec({ replicas: 1, podManagementPolicy: 'OrderedReady' }),
};

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

export const withDefaults = (kind: Kind, object: KubeObject): KubeObject =>
  kind.isBuiltin && Object.hasOwn(DEFAULTS, kind.kind) ? (DEFAULTS[kind.kind] as Default)(object) : object;

/** The status of what has just been made. */
export function initialStatus({ kind, isBuiltin }: Kind): Fields | undefined {
  if (!isBuiltin) return undefined;
  switch (kind) {
    case 'Namespace':
      return { phase: 'Active' };
    case 'Pod':
    case 'PersistentVolumeClaim':
      return { phase: 'Pending' };
    case 'CustomResourceDefinition':
      return {
        conditions: [
          { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' },
          {
            type: 'Established',
            status: 'True',
            reason: 'InitialNamesAccepted',
            message: 'the initial names have been accepted',
          },
        ],
      };
    default:
      return undefined;
  }
}

/** The fields that cannot be changed once they are there. */
const IMMUTABLE: Readonly<Record<string, readonly string[]>> = {
  DaemonSet: ['spec.selector'],
  Deployment: ['spec.selector'],
  Job: ['spec.selector', 'spec.template'],
  PersistentVolumeClaim: ['spec.accessModes', 'spec.storageClassName'],
  ReplicaSet: ['spec.selector'],
  Secret: ['type'],
  StatefulSet: ['spec.selector', 'spec.serviceName'],
};

/** Throws KUBE_INVALID for a change of what cannot be changed. */
export function checkChange(kind: Kind, before: KubeObject, after: KubeObject): void {
  if (!kind.isBuiltin) return;
  const { name } = after.metadata;
  if (before.immutable === true && !isEqual(before.data, after.data)) {
    throw invalid(kind, name, 'data', 'Forbidden: field is immutable when `immutable` is set', 'FieldValueForbidden');
  }
  for (const path of IMMUTABLE[kind.kind] ?? []) {
    const value = at(after, path);
    if (!isEqual(at(before, path), value)) {
      throw invalid(kind, name, path, `Invalid value: ${JSON.stringify(value)}: field is immutable`);
    }
  }
}

function at(object: KubeObject, path: string): unknown {
  let value: unknown = object;
  for (const name of path.split('.')) value = fields(value)[name];
  return value;
}

/** Whether what is wanted differs: what `metadata.generation` counts. */
export function isOtherwiseWanted(kind: Kind, before: KubeObject, after: KubeObject): boolean {
  const wanted = ({ metadata: _metadata, status, ...rest }: KubeObject): Fields =>
    kind.hasStatus ? rest : { ...rest, status };
  return !isEqual(wanted(before), wanted(after));
}
