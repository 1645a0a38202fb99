/** Whose an object is. Helm: pkg/action/validate.go. */
import { type Cluster, type ClusterRun, KubeError, type KubeObject, refOf } from '@pack/kube';
import { quoteGo } from 'go-template';
import { ReleaseError } from './error.ts';
import { inTurns } from './in-turns.ts';

const MANAGED_BY = 'app.kubernetes.io/managed-by';
const MANAGER = 'Helm';
const NAME = 'meta.helm.sh/release-name';
const NAMESPACE = 'meta.helm.sh/release-namespace';

export interface Owner {
  readonly name: string;
  readonly namespace: string;
}

/** Objects that say whose they are. */
export const owned = (objects: readonly KubeObject[], { name, namespace }: Owner): KubeObject[] =>
  objects.map((object) => ({
    ...object,
    metadata: {
      ...object.metadata,
      labels: { ...object.metadata.labels, [MANAGED_BY]: MANAGER },
      annotations: { ...object.metadata.annotations, [NAME]: name, [NAMESPACE]: namespace },
    },
  }));

/**
 * Those that are there already. Throws RELEASE_NOT_OWNED for one of somebody else's, unless it is taken over.
 */
export async function existing(
  cluster: Cluster,
  objects: readonly KubeObject[],
  owner: Owner,
  { takeOwnership }: { readonly takeOwnership: boolean },
  run: ClusterRun,
): Promise<KubeObject[]> {
  const found: KubeObject[] = [];
  const outcomes = await inTurns(objects, async (object) => {
    if (isGenerated(object)) return undefined;
    try {
      return await cluster.get(refOf(object), run);
    } catch (e) {
      if (!(e instanceof KubeError)) throw e;
      throw new KubeError(e.code, `could not get information about the resource ${described(object)}: ${e.message}`, {
        cause: e,
        ...(e.hint !== undefined && { hint: e.hint }),
        ...(e.status !== undefined && { status: e.status }),
      });
    }
  });
  for (const [i, object] of objects.entries()) {
    const present = outcomes[i];
    if (present === undefined) continue;
    const faults = takeOwnership ? [] : faultsOf(present, owner);
    if (faults.length > 0) {
      throw new ReleaseError(
        'RELEASE_NOT_OWNED',
        `${described(object)} exists and cannot be imported into the current release: invalid ownership metadata; ${faults.join('; ')}`,
        { hint: 'rename it in the chart, or take it over with --take-ownership' },
      );
    }
    found.push(object);
  }
  return found;
}

function isGenerated(object: KubeObject): boolean {
  const { name, generateName } = object.metadata;
  if (name && generateName) {
    throw new ReleaseError('RELEASE_INVALID', `${described(object)} cannot set both a name and a generateName`);
  }
  return Boolean(generateName);
}

/** Who manages an object that is there, other than the release; undefined if nobody does. */
export function ownerOf({ metadata }: KubeObject, { name, namespace }: Owner): string | undefined {
  const { labels = {}, annotations = {} } = metadata;
  const of = annotations[NAME];
  if (of !== undefined || annotations[NAMESPACE] !== undefined) {
    const place = annotations[NAMESPACE] ?? '';
    return of === name && place === namespace
      ? undefined
      : `belongs to release ${quoteGo(of ?? '')} in namespace ${quoteGo(place)}`;
  }
  if (labels[MANAGED_BY] !== undefined) return `has the label ${MANAGED_BY}=${labels[MANAGED_BY]}`;
  const owners = (metadata.ownerReferences ?? []) as readonly { kind?: string; name?: string; controller?: boolean }[];
  const controller = owners.find((owner) => owner.controller === true);
  return controller && `is made by ${controller.kind} ${quoteGo(controller.name ?? '')}`;
}

export const described = ({ kind, metadata: { name = '', namespace = '' } }: KubeObject): string =>
  `${kind} ${quoteGo(name)} in namespace ${quoteGo(namespace)}`;

function faultsOf({ metadata: { labels = {}, annotations = {} } }: KubeObject, { name, namespace }: Owner): string[] {
  return [
    faultOf('label', labels, MANAGED_BY, MANAGER),
    faultOf('annotation', annotations, NAME, name),
    faultOf('annotation', annotations, NAMESPACE, namespace),
  ].filter((fault) => fault !== undefined);
}

function faultOf(
  what: string,
  present: Readonly<Record<string, string>>,
  key: string,
  wanted: string,
): string | undefined {
  const value = present[key];
  if (value === wanted) return undefined;
  return value === undefined
    ? `${what} validation error: missing key ${quoteGo(key)}: must be set to ${quoteGo(wanted)}`
    : `${what} validation error: key ${quoteGo(key)} must equal ${quoteGo(wanted)}: current value is ${quoteGo(value)}`;
}
