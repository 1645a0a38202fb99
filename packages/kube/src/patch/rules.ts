/**
 * How lists and tables of built-in kinds are merged: the tags patchStrategy and patchMergeKey of k8s.io/api's structs.
 * `go run . rules` in conformance/kube prints them all; rules.test.ts holds this table to that.
 */
export interface MergeRule {
  /** `merge`: what both have is joined; else the new value takes the old one's place. */
  readonly merge: boolean;
  /** Of a list of tables: what tells its items apart. Lists of scalars have none. */
  readonly key?: string;
  /** Fields that the patch does not name are dropped, for only one of several may be set. */
  readonly retainKeys?: boolean;
}

const byKey = (key: string): MergeRule => ({ merge: true, key });
const oneOf = (key: string): MergeRule => ({ merge: true, key, retainKeys: true });
const SCALARS: MergeRule = { merge: true };
const REPLACE: MergeRule = { merge: false };

/** Wherever there is metadata: that of templates, too. */
const METADATA: Readonly<Record<string, MergeRule>> = {
  finalizers: SCALARS,
  ownerReferences: byKey('uid'),
};

/** Of pods, in whatever template. */
const POD_SPEC: Readonly<Record<string, MergeRule>> = {
  containers: byKey('name'),
  ephemeralContainers: byKey('name'),
  hostAliases: byKey('ip'),
  imagePullSecrets: byKey('name'),
  initContainers: byKey('name'),
  resourceClaims: oneOf('name'),
  schedulingGates: byKey('name'),
  topologySpreadConstraints: byKey('topologyKey'),
  volumes: oneOf('name'),
};

const CONTAINER: Readonly<Record<string, MergeRule>> = {
  env: byKey('name'),
  ports: byKey('containerPort'),
  volumeDevices: byKey('devicePath'),
  volumeMounts: byKey('mountPath'),
};

const CONTAINER_STATUS: Readonly<Record<string, MergeRule>> = {
  allocatedResourcesStatus: byKey('name'),
  volumeMounts: byKey('mountPath'),
};

const POD_STATUS: Readonly<Record<string, MergeRule>> = {
  hostIPs: byKey('ip'),
  podIPs: byKey('ip'),
  resourceClaimStatuses: oneOf('name'),
};

/** `Kind path`. */
const OF_KIND: Readonly<Record<string, MergeRule>> = {
  'CSINode spec.drivers': byKey('name'),
  'ComponentStatus conditions': byKey('type'),
  'Deployment spec.strategy': { merge: true, retainKeys: true },
  'MutatingAdmissionPolicy spec.matchConditions': byKey('name'),
  'MutatingWebhookConfiguration webhooks': byKey('name'),
  'MutatingWebhookConfiguration webhooks.matchConditions': byKey('name'),
  'Node spec.podCIDRs': SCALARS,
  'Node status.addresses': byKey('type'),
  'PodDisruptionBudget spec.selector': REPLACE,
  'PodGroup spec.resourceClaims': oneOf('name'),
  'ResourceClaim status.reservedFor': byKey('uid'),
  'Service spec.ports': byKey('port'),
  'ServiceAccount secrets': byKey('name'),
  'StatefulSet spec.volumeClaimTemplates.status.conditions': byKey('type'),
  'ValidatingAdmissionPolicy spec.matchConditions': byKey('name'),
  'ValidatingAdmissionPolicy spec.variables': byKey('name'),
  'ValidatingWebhookConfiguration webhooks': byKey('name'),
  'ValidatingWebhookConfiguration webhooks.matchConditions': byKey('name'),
  'Workload spec.podGroupTemplates.resourceClaims': oneOf('name'),
};

/** Their conditions are replaced as a whole. */
const WHOLE_CONDITIONS: ReadonlySet<string> = new Set([
  'CertificateSigningRequest',
  'CustomResourceDefinition',
  'StorageVersion',
  'ValidatingAdmissionPolicy',
]);

const CONTAINERS: ReadonlySet<string> = new Set(['containers', 'ephemeralContainers', 'initContainers']);

const own = (table: Readonly<Record<string, MergeRule>>, name: string): MergeRule | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;

/**
 * `parents` are the names of the fields around, from the outside; the items of lists count for nothing. Tables are joined
 * unless a rule says otherwise, lists replaced.
 */
export function ruleOf(kind: string, parents: readonly string[], name: string): MergeRule {
  const path = parents.length === 0 ? name : `${parents.join('.')}.${name}`;
  return own(OF_KIND, `${kind} ${path}`) ?? generalRule(kind, parents, name) ?? REPLACE;
}

function generalRule(kind: string, parents: readonly string[], name: string): MergeRule | undefined {
  const [parent, grandparent] = [parents.at(-1) ?? '', parents.at(-2) ?? ''];
  if (kind === 'CustomResourceDefinition') {
    // The names of properties are whatever their author likes.
    if (name === 'x-kubernetes-validations' && parents.includes('openAPIV3Schema')) return byKey('rule');
    return parent === 'metadata' && parents.length === 1 ? own(METADATA, name) : undefined;
  }
  if (parent === 'metadata') return own(METADATA, name);
  if (parent === 'status' && name === 'conditions' && parents.length === 1 && !WHOLE_CONDITIONS.has(kind)) {
    return byKey('type');
  }
  const isPodSpec = parent === 'spec' && (grandparent === 'template' || (kind === 'Pod' && parents.length === 1));
  if (isPodSpec) return own(POD_SPEC, name);
  if (CONTAINERS.has(parent)) return own(CONTAINER, name);
  if (!kind.startsWith('Pod') || parents[0] !== 'status') return undefined;
  if (parents.length === 1) return own(POD_STATUS, name);
  return parent.endsWith('ontainerStatuses') ? own(CONTAINER_STATUS, name) : undefined;
}

/** Of a table: nearly all are joined. */
export const tableRuleOf = (kind: string, parents: readonly string[], name: string): MergeRule => {
  const path = parents.length === 0 ? name : `${parents.join('.')}.${name}`;
  return own(OF_KIND, `${kind} ${path}`) ?? { merge: true };
};
