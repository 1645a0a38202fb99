/**
 * How lists and tables of built-in kinds are merged. Go's structs say it in the tags patchStrategy and patchMergeKey of
 * k8s.io/api; a field's name says nearly always which, so that this table of names is enough.
 */
export interface MergeRule {
  /** `merge`: items with equal keys are one; else the whole is replaced. */
  readonly merge: boolean;
  /** Of a list of tables; lists of scalars have none. */
  readonly key?: string;
  /** Fields that the patch does not name are dropped, for one of several may be set. */
  readonly retainKeys?: boolean;
}

const byKey = (key: string): MergeRule => ({ merge: true, key });
const REPLACE: MergeRule = { merge: false };

const RULES: Readonly<Record<string, MergeRule>> = {
  addresses: byKey('type'),
  allocatedResourcesStatus: byKey('name'),
  conditions: byKey('type'),
  containers: byKey('name'),
  drivers: byKey('name'),
  env: byKey('name'),
  ephemeralContainers: byKey('name'),
  hostAliases: byKey('ip'),
  initContainers: byKey('name'),
  matchConditions: byKey('name'),
  ownerReferences: byKey('uid'),
  resourceClaimStatuses: { ...byKey('name'), retainKeys: true },
  resourceClaims: { ...byKey('name'), retainKeys: true },
  schedulingGates: byKey('name'),
  secrets: byKey('name'),
  strategy: { merge: true, retainKeys: true },
  topologySpreadConstraints: byKey('topologyKey'),
  variables: byKey('name'),
  volumeDevices: byKey('devicePath'),
  volumeMounts: byKey('mountPath'),
  volumes: { ...byKey('name'), retainKeys: true },
  webhooks: byKey('name'),
};

const CONTAINERS: ReadonlySet<string> = new Set(['containers', 'ephemeralContainers', 'initContainers']);

/** `parents` are the names of the fields around, from the outside; the items of lists count for nothing. */
export function ruleOf(kind: string, parents: readonly string[], name: string): MergeRule {
  const parent = parents.at(-1);
  switch (name) {
    case 'ports':
      if (parent !== undefined && CONTAINERS.has(parent)) return byKey('containerPort');
      return kind === 'Service' && parents.join('.') === 'spec' ? byKey('port') : REPLACE;
    case 'imagePullSecrets':
      // Those of a ServiceAccount are replaced.
      return parent === 'spec' ? byKey('name') : REPLACE;
    case 'finalizers':
      return parents.join('.') === 'metadata' ? { merge: true } : REPLACE;
    default:
      return Object.hasOwn(RULES, name) ? (RULES[name] as MergeRule) : REPLACE;
  }
}
