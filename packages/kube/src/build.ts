/** The objects of a manifest, as the API server will know them. Helm: pkg/kube/client.go Build, kubectl's resource builder. */
import { decodeYaml, splitManifests } from '@pack/core';
import { GoError, isMap, quoteGo } from 'go-template';

import type { ApiResource, Cluster, ClusterRun } from './cluster.ts';
import { KubeError } from './error.ts';
import type { KubeObject } from './object.ts';
import { ownRun } from './run.ts';

/** Lists within lists are of no use to anyone. */
const MAX_DEPTH = 10;

/** Of an object: which groups come before it (HIP-0025). For who applies it alone: no API server takes a key with two slashes. */
export const DEPENDS_ON_GROUPS = 'helm.sh/depends-on/resource-groups';

/** An object as a manifest has it, and the template it is of; '' where no comment says so. */
export interface ManifestObject {
  readonly object: KubeObject;
  readonly source: string;
}

/** The objects of a manifest in the order of {@link buildObjects}, which asks no cluster. Throws KUBE_INVALID. */
export const parseManifest = (manifest: string): ManifestObject[] =>
  splitManifests(manifest).flatMap((text) => {
    const [, source = ''] = /^# Source: (.+)$/m.exec(text) ?? [];
    return parsed(text).map((object) => ({ object, source }));
  });

/**
 * Every object of a manifest in its order, those of lists one by one, with `namespace` where they are of one and name
 * none. Throws KUBE_INVALID for what is no object, KUBE_KIND_UNKNOWN for kinds that the cluster does not have: all of
 * them in one error, as Helm says it.
 */
export async function buildObjects(
  cluster: Cluster,
  manifest: string,
  namespace: string,
  run?: ClusterRun,
): Promise<KubeObject[]> {
  const outcomes = await Promise.all(
    parseManifest(manifest).map(async ({ object }) => {
      try {
        return placed(sendable(object), await cluster.resourceOf(object, run && ownRun(run)), namespace);
      } catch (e) {
        if (e instanceof KubeError && e.code === 'KUBE_KIND_UNKNOWN') return { fault: unknownKind(object), cause: e };
        throw e;
      }
    }),
  );
  const faults = outcomes.filter((outcome): outcome is { fault: string; cause: KubeError } => 'fault' in outcome);
  const [first] = faults;
  if (first === undefined) return outcomes as KubeObject[];
  const messages = [...new Set(faults.map(({ fault }) => fault))];
  const message = messages.length === 1 ? (messages[0] as string) : `[${messages.join(', ')}]`;
  throw new KubeError('KUBE_KIND_UNKNOWN', message, { cause: first.cause });
}

function parsed(text: string): KubeObject[] {
  let value: unknown;
  try {
    // Helm sends integers as they are spelled.
    value = decodeYaml(text, { exact: true });
  } catch (e) {
    if (e instanceof GoError) throw new KubeError('KUBE_INVALID', `error parsing : ${e.message}`, { cause: e });
    throw e;
  }
  return value === null || value === undefined ? [] : flattened(value, 0);
}

function flattened(value: unknown, depth: number): KubeObject[] {
  const fail = (why: string): never => {
    throw new KubeError('KUBE_INVALID', `unable to decode "": ${why}`);
  };
  if (!isMap(value)) return fail('json: cannot unmarshal into an object');
  if (depth > MAX_DEPTH) return fail('lists are nested too deeply');
  if (typeof value.kind !== 'string' || value.kind === '') {
    return fail(`Object 'Kind' is missing in '${JSON.stringify(value).slice(0, 200)}'`);
  }
  if (typeof value.apiVersion !== 'string') return fail(`Object 'apiVersion' is missing in '${value.kind}'`);
  if (Array.isArray(value.items) && value.kind.endsWith('List')) {
    return value.items.flatMap((item) => flattened(item, depth + 1));
  }
  const metadata = value.metadata ?? {};
  if (!isMap(metadata)) return fail('metadata is no object');
  return [{ ...value, metadata } as unknown as KubeObject];
}

function sendable(object: KubeObject): KubeObject {
  const { annotations } = object.metadata;
  if (!isMap(annotations) || !(DEPENDS_ON_GROUPS in annotations)) return object;
  const { [DEPENDS_ON_GROUPS]: _, ...rest } = annotations;
  return { ...object, metadata: { ...object.metadata, annotations: rest as Record<string, string> } };
}

function placed(object: KubeObject, { namespaced }: ApiResource, namespace: string): KubeObject {
  const { namespace: own, ...metadata } = object.metadata;
  if (!namespaced) return own === undefined ? object : { ...object, metadata };
  return own ? object : { ...object, metadata: { ...metadata, namespace } };
}

/** client-go: meta.NoKindMatchError within the builder's own words. */
const unknownKind = ({ apiVersion, kind, metadata: { name = '', namespace = '' } }: KubeObject): string =>
  `resource mapping not found for name: ${quoteGo(name)} namespace: ${quoteGo(namespace)} from "": no matches for kind ${quoteGo(kind)} in version ${quoteGo(apiVersion)}\nensure CRDs are installed first`;
