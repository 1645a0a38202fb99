/** What an API server can be asked for. */
import type { ApiResource } from '../cluster.ts';
import { readText } from './http.ts';
import { versionPath } from './path.ts';
import type { Send } from './send.ts';

/** In order of preference; a server from before 1.26 takes the last and answers group by group. */
const AGGREGATED = [
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
  'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList',
  'application/json',
].join(',');

/** How many groups are asked for at once where each is a request. */
const PARALLEL = 10;

/**
 * Every resource, and subresources as `deployments/scale`, in the server's order: of each group the preferred version
 * first. A group whose own server is away is left out, as kubectl leaves it out.
 */
export async function discover(send: Send, signal?: AbortSignal): Promise<ApiResource[]> {
  const ask = (path: string): Promise<Root> =>
    send({ method: 'GET', path, accept: AGGREGATED, isRaw: true, signal }, async (response) => ({
      isAggregated: response.headers.get('content-type')?.includes('as=APIGroupDiscoveryList') === true,
      text: await readText(response),
    }));
  const lists = await Promise.all(['/api', '/apis'].map(async (path) => readRoot(await ask(path), path, send, signal)));
  return lists.flat();
}

interface Root {
  readonly isAggregated: boolean;
  readonly text: string;
}

async function readRoot(
  { isAggregated, text }: Root,
  path: string,
  send: Send,
  signal?: AbortSignal,
): Promise<ApiResource[]> {
  const root: unknown = JSON.parse(text);
  if (isAggregated) return fromAggregated(root);
  const versions = path === '/api' ? textsOf(root, 'versions') : groupVersionsOf(root);
  const found: ApiResource[][] = [];
  const queue = versions.entries();
  const work = async (): Promise<void> => {
    for (const [i, apiVersion] of queue) found[i] = await readVersion(apiVersion, send, signal);
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  return found.flat();
}

async function readVersion(apiVersion: string, send: Send, signal?: AbortSignal): Promise<ApiResource[]> {
  let text: string;
  try {
    text = await send({ method: 'GET', path: versionPath(apiVersion), signal, isOptional: true }, (response) =>
      readText(response),
    );
  } catch (e) {
    signal?.throwIfAborted();
    // Its server is away, or it went between two requests.
    if (e instanceof Error && 'status' in e) return [];
    throw e;
  }
  return listOf(JSON.parse(text), 'resources').map((resource) => ({
    apiVersion,
    kind: textOf(resource, 'kind'),
    name: textOf(resource, 'name'),
    namespaced: member(resource, 'namespaced') === true,
    verbs: textsOf(resource, 'verbs'),
  }));
}

function fromAggregated(root: unknown): ApiResource[] {
  return listOf(root, 'items').flatMap((group) => {
    const groupName = textOf(member(group, 'metadata'), 'name');
    return listOf(group, 'versions').flatMap((version) => {
      if (member(version, 'freshness') === 'Stale') return [];
      const apiVersion = groupName === '' ? textOf(version, 'version') : `${groupName}/${textOf(version, 'version')}`;
      return listOf(version, 'resources').flatMap((resource) => {
        const name = textOf(resource, 'resource');
        const namespaced = member(resource, 'scope') === 'Namespaced';
        const shared = { apiVersion, namespaced };
        return [
          { ...shared, name, kind: kindOf(resource), verbs: textsOf(resource, 'verbs') },
          ...listOf(resource, 'subresources').map((sub) => ({
            ...shared,
            name: `${name}/${textOf(sub, 'subresource')}`,
            kind: kindOf(sub),
            verbs: textsOf(sub, 'verbs'),
          })),
        ];
      });
    });
  });
}

const kindOf = (resource: unknown): string => textOf(member(resource, 'responseKind'), 'kind');

const groupVersionsOf = (root: unknown): string[] =>
  listOf(root, 'groups').flatMap((group) =>
    listOf(group, 'versions').map((version) => textOf(version, 'groupVersion')),
  );

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

const listOf = (value: unknown, name: string): unknown[] => {
  const list = member(value, name);
  return Array.isArray(list) ? list : [];
};

const textOf = (value: unknown, name: string): string => {
  const text = member(value, name);
  return typeof text === 'string' ? text : '';
};

const textsOf = (value: unknown, name: string): string[] =>
  listOf(value, name).filter((text): text is string => typeof text === 'string');
