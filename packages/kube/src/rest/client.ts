/** A cluster behind an API server's REST interface. */
import type {
  ApiResource,
  Cluster,
  ClusterRun,
  CollectQuery,
  ListQuery,
  ObjectList,
  Patch,
  WriteOptions,
} from '../cluster.ts';
import { collected } from '../collected.ts';
import { KubeError, type KubeErrorCode } from '../error.ts';
import { type KubeObject, type ObjectType, refOf } from '../object.ts';
import { toTable } from '../table.ts';
import { builtinResource } from './builtin.ts';
import { discover } from './discovery.ts';
import { EXEC_PROTOCOLS, executedOf, readExec } from './exec.ts';
import { type HttpFetch, readText } from './http.ts';
import { readItems } from './items.ts';
import { formatJson, parseJson } from './json.ts';
import { collectionPath, objectPath, queryText } from './path.ts';
import { decodeObject, isProtobufKind, PROTOBUF, readProtobufItems } from './protobuf.ts';
import { createSend, type Sent } from './send.ts';
import { readLines, toEvent } from './watch.ts';
import { isWithin } from './within.ts';

/** Where discovery is kept between processes. Neither fails: what cannot be kept is asked for again. */
export interface DiscoveryCache {
  load(): Promise<readonly ApiResource[] | undefined>;
  save(resources: readonly ApiResource[]): Promise<void>;
}

export interface RestClusterOptions {
  readonly fetch: HttpFetch;
  /** `https://host:port` and perhaps a path. */
  readonly server: string;
  readonly userAgent?: string | undefined;
  /** Requests a second in the long run; no limit if absent or not positive: API servers see to fairness themselves. */
  readonly qps?: number | undefined;
  /** Requests at once before `qps` counts; 10 if absent. */
  readonly burstLimit?: number | undefined;
  readonly discoveryCache?: DiscoveryCache | undefined;
  /** Milliseconds for which a server that has answered before may be away; half a minute if absent. */
  readonly patience?: number | undefined;
  /** For calls whose run has none. */
  readonly onWarning?: ((text: string) => void) | undefined;
  /** By default the world's clock; tests have their own. */
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly now?: () => number;
}

export function createRestCluster(options: RestClusterOptions): Cluster {
  const server = options.server.replace(/\/+$/, '');
  const send = createSend({
    fetch: options.fetch,
    server,
    userAgent: options.userAgent,
    qps: options.qps,
    burst: options.burstLimit,
    patience: options.patience,
    onWarning: options.onWarning,
    sleep: options.sleep ?? sleep,
    now: options.now ?? (() => performance.now()),
  });
  const { discoveryCache } = options;

  /** What all callers share, so nobody's signal stops it. */
  let known: Promise<readonly ApiResource[]> | undefined;
  let discoveries = 0;

  function discoverAgain(): Promise<readonly ApiResource[]> {
    discoveries++;
    const asked = discover(send).then(async (found) => {
      await discoveryCache?.save(found);
      return found;
    });
    known = asked;
    asked.catch(() => {
      if (known === asked) known = undefined;
    });
    return asked;
  }

  function cachedResources(): Promise<readonly ApiResource[]> {
    known ??= (async () => (await discoveryCache?.load()) ?? discoverAgain())();
    return known;
  }

  const resources: Cluster['resources'] = ({ fresh = false } = {}, run) =>
    abortable(fresh ? discoverAgain() : cachedResources(), run?.signal);

  async function resourceOf(type: ObjectType, run?: ClusterRun): Promise<ApiResource> {
    const builtin = builtinResource(type);
    if (builtin !== undefined) return builtin;
    const before = discoveries;
    let found = find(await resources({}, run), type);
    if (found === undefined && discoveries === before) found = find(await resources({ fresh: true }, run), type);
    if (found === undefined) {
      throw new KubeError('KUBE_KIND_UNKNOWN', `no matches for kind "${type.kind}" in version "${type.apiVersion}"`, {
        hint: 'install the CustomResourceDefinition of this kind first',
      });
    }
    return found;
  }

  async function askJson(sent: Sent, run: ClusterRun | undefined): Promise<unknown> {
    const text = await send({ ...sent, signal: run?.signal, onWarning: run?.onWarning }, (response) =>
      readText(response),
    );
    try {
      return parseJson(text);
    } catch (cause) {
      throw new KubeError('KUBE_REFUSED', `${sent.method} ${sent.path}: the answer is no JSON`, { cause });
    }
  }

  async function write(
    sent: Omit<Sent, 'path'>,
    path: string,
    { dryRun, fieldManager, fieldValidation, force }: WriteOptions & { force?: boolean | undefined },
    run: ClusterRun | undefined,
  ): Promise<KubeObject> {
    const query = queryText({ dryRun: dryRun && 'All', fieldManager, fieldValidation, force });
    return (await askJson({ ...sent, path: path + query }, run)) as KubeObject;
  }

  const get: Cluster['get'] = async (ref, run) => {
    const resource = await resourceOf(ref, run);
    const path = objectPath(resource, ref.namespace, ref.name);
    return unlessMissing(askJson({ ...callOf('GET', resource, ref.name), path }, run) as Promise<KubeObject>);
  };

  /** A write whose first answer was lost fails the second time because it was done: then the object is as it was sent. */
  async function orDone(
    object: KubeObject,
    refusal: KubeErrorCode,
    act: (onRepeat: () => void) => Promise<KubeObject>,
    run: ClusterRun | undefined,
  ): Promise<KubeObject> {
    let isRepeated = false;
    try {
      return await act(() => {
        isRepeated = true;
      });
    } catch (e) {
      if (!isRepeated || !(e instanceof KubeError) || e.code !== refusal) throw e;
      const found = await get(refOf(object), run);
      if (found === undefined || !isWithin(sentBy(object), found)) throw e;
      return found;
    }
  }

  return {
    resources,
    resourceOf,
    get,

    async version(run) {
      const { major, minor, gitVersion } = (await askJson(
        { method: 'GET', path: '/version', isRaw: true },
        run,
      )) as Record<string, string>;
      return { major: major ?? '', minor: minor ?? '', gitVersion: gitVersion ?? '' };
    },

    async list(type, query = {}, run) {
      const answer = await askJson(listCall(await resourceOf(type, run), query), run);
      return toList(answer as ListAnswer, type);
    },

    async collect<T>(type: ObjectType, query: CollectQuery, pick: (object: KubeObject) => T, run?: ClusterRun) {
      const { metadataOnly = false } = query;
      const call = listCall(await resourceOf(type, run), query);
      const accept = metadataOnly
        ? `${METADATA_PROTOBUF},${METADATA_LIST}`
        : isProtobufKind(type)
          ? `${PROTOBUF},application/json`
          : undefined;
      const sent = { ...call, ...(accept !== undefined && { accept }), signal: run?.signal, onWarning: run?.onWarning };
      return send(sent, async ({ headers, body }) => {
        const picked: T[] = [];
        if (headers.get('content-type')?.startsWith(PROTOBUF)) {
          for await (const item of readProtobufItems(body ?? none())) {
            picked.push(pick(decodeObject(item, type, metadataOnly)));
          }
        } else {
          for await (const item of readItems(body ?? none())) picked.push(pick(collected(item as KubeObject, type)));
        }
        return picked;
      });
    },

    async table(type, { namespace, name, labelSelector }, run) {
      const resource = await resourceOf(type, run);
      const path = name === undefined ? collectionPath(resource, namespace) : objectPath(resource, namespace, name);
      const sent = {
        ...callOf('GET', resource, name),
        path: path + queryText({ labelSelector, includeObject: 'None' }),
        accept: TABLE,
      };
      const answer = await unlessMissing(askJson(sent, run));
      return answer === undefined ? undefined : toTable(answer, Date.now());
    },

    async create(object, writeOptions = {}, run) {
      const resource = await resourceOf(object, run);
      const { namespace } = object.metadata;
      const call = callOf('POST', resource, object.metadata.name);
      const path = collectionPath(resource, namespace ?? 'default');
      // A name that the server makes would be another the second time.
      const sent = { ...call, body: formatJson(object), idempotent: Boolean(object.metadata.name) };
      return orDone(
        object,
        'KUBE_ALREADY_EXISTS',
        (onRepeat) => write({ ...sent, onRepeat }, path, writeOptions, run),
        run,
      );
    },

    async replace(object, writeOptions = {}, run) {
      const ref = refOf(object);
      const resource = await resourceOf(ref, run);
      const path = objectPath(resource, ref.namespace, ref.name);
      const sent = { ...callOf('PUT', resource, ref.name), body: formatJson(object), idempotent: true };
      return orDone(object, 'KUBE_CONFLICT', (onRepeat) => write({ ...sent, onRepeat }, path, writeOptions, run), run);
    },

    async patch(ref, { type, body }, { force, subresource, ...writeOptions } = {}, run) {
      const resource = await resourceOf(ref, run);
      const path = objectPath(resource, ref.namespace, ref.name);
      return write(
        {
          ...callOf('PATCH', resource, ref.name),
          body: formatJson(body),
          contentType: PATCH_TYPES[type],
          idempotent: type !== 'json',
        },
        subresource === undefined ? path : `${path}/${subresource}`,
        { ...writeOptions, ...(type === 'apply' && { force }) },
        run,
      );
    },

    async delete(ref, { propagation, dryRun, uid } = {}, run) {
      const resource = await resourceOf(ref, run);
      const body = {
        kind: 'DeleteOptions',
        apiVersion: 'v1',
        ...(propagation !== undefined && { propagationPolicy: propagation }),
        ...(dryRun === true && { dryRun: ['All'] }),
        ...(uid !== undefined && { preconditions: { uid } }),
      };
      const path = objectPath(resource, ref.namespace, ref.name);
      const call = callOf('DELETE', resource, ref.name);
      let isRepeated = false;
      const onRepeat = (): void => {
        isRepeated = true;
      };
      const sent = { ...call, path, body: JSON.stringify(body), idempotent: true, onRepeat, signal: run?.signal };
      const answer = send({ ...sent, onWarning: run?.onWarning }, (response) => readText(response));
      // What is missing the second time may have gone the first time.
      return (await unlessMissing(answer)) !== undefined || isRepeated;
    },

    async *watch(type, query = {}, run) {
      const resource = await resourceOf(type, run);
      const { namespace, ...rest } = query;
      const path = collectionPath(resource, namespace) + queryText({ ...rest, watch: true });
      const call = callOf('GET', resource);
      // Ends the connection with the loop of who iterates, too.
      const stop = new AbortController();
      const signal = run?.signal === undefined ? stop.signal : AbortSignal.any([run.signal, stop.signal]);
      try {
        const { body } = await send({ ...call, path, signal, onWarning: run?.onWarning, streaming: true });
        if (body === null) return;
        for await (const line of readLines(body)) {
          const event = toEvent(line, type);
          if (event !== undefined) yield event;
        }
      } catch (e) {
        if (run?.signal?.aborted === true) return;
        // A connection that breaks ends a watch as the server would: who watches goes on from where it was.
        if (e instanceof KubeError) throw e;
        if (!(e instanceof SyntaxError || isConnectionFault(e))) throw e;
      } finally {
        stop.abort();
      }
    },

    async probe({ kind, namespace, name, port }, path, run) {
      const plural = kind === 'Service' ? 'services' : 'pods';
      const resource = { apiVersion: 'v1', kind, name: plural, namespaced: true, verbs: [] };
      const proxied = `${objectPath(resource, namespace, `${name}:${port}`)}/proxy${path.startsWith('/') ? path : `/${path}`}`;
      // What answers is not the API server: that it is away is an answer, too.
      const call = { ...callOf('GET', resource, name), path: proxied, accept: '*/*', isOptional: true };
      try {
        const { status } = await send({ ...call, signal: run?.signal, onWarning: run?.onWarning });
        return status;
      } catch (e) {
        const code = e instanceof KubeError ? e.status?.code : undefined;
        if (code === undefined) throw e;
        return code;
      }
    },

    async exec({ namespace, name }, command, { container } = {}, run) {
      const path = `${objectPath(PODS, namespace, name)}/exec${queryText({ container, stdout: true, stderr: true })}`;
      const words = command.map((word) => `&command=${encodeURIComponent(word)}`).join('');
      const call = { ...callOf('GET', PODS, name), path: path + words, accept: '*/*', streaming: true };
      // Nobody knows what it did when no answer came.
      const sent = { ...call, protocols: EXEC_PROTOCOLS, idempotent: false, isOptional: true };
      const heard = await send({ ...sent, signal: run?.signal, onWarning: run?.onWarning }, readExec);
      run?.signal?.throwIfAborted();
      return executedOf(heard);
    },

    async logs({ namespace, name }, { container, tailLines, follow = false } = {}, run) {
      const path = `${objectPath(PODS, namespace, name)}/log${queryText({ container, tailLines, follow })}`;
      const call = { ...callOf('GET', PODS, name), path, accept: '*/*', streaming: follow };
      const { body } = await send({ ...call, signal: run?.signal, onWarning: run?.onWarning });
      return toStream(body);
    },
  };
}

const PODS: ApiResource = { apiVersion: 'v1', kind: 'Pod', name: 'pods', namespaced: true, verbs: [] };

async function* none(): AsyncGenerator<never> {}

const find = (resources: readonly ApiResource[], type: ObjectType): ApiResource | undefined =>
  resources.find(
    ({ apiVersion, kind, name }) => kind === type.kind && apiVersion === type.apiVersion && !name.includes('/'),
  );

const PATCH_TYPES: Readonly<Record<Patch['type'], string>> = {
  apply: 'application/apply-patch+yaml',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  json: 'application/json-patch+json',
};

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
const METADATA_PROTOBUF = 'application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

/** Without a limit a server answers with all at once; `resourceVersion` is then the newest. */
const listQuery = ({ labelSelector, fieldSelector, limit, continue: page }: ListQuery) => ({
  labelSelector,
  fieldSelector,
  limit,
  continue: page,
});

const listCall = (resource: ApiResource, { namespace, metadataOnly = false, ...rest }: ListQuery): Sent => ({
  ...callOf('GET', resource),
  path: collectionPath(resource, namespace) + queryText(listQuery(rest)),
  ...(metadataOnly && { accept: METADATA_LIST }),
});

interface ListAnswer {
  readonly items?: KubeObject[] | null;
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
}

function toList({ items, metadata }: ListAnswer, { apiVersion, kind }: ObjectType): ObjectList {
  return {
    // The items of built-in kinds do not say what they are, and metadata alone says that it is metadata.
    items: (items ?? []).map((item) => ({ ...item, apiVersion, kind })),
    resourceVersion: metadata?.resourceVersion ?? '',
    ...(metadata?.continue ? { continue: metadata.continue } : {}),
  };
}

function callOf(method: string, { name: plural, apiVersion }: ApiResource, name?: string) {
  const [group] = apiVersion.includes('/') ? apiVersion.split('/') : [];
  return { method, resource: group === undefined ? plural : `${plural}.${group}`, name };
}

async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (e) {
    if (e instanceof KubeError && e.code === 'KUBE_NOT_FOUND') return undefined;
    throw e;
  }
}

/** Without what each write changes by itself. */
function sentBy({ metadata, ...object }: KubeObject): unknown {
  const { resourceVersion: _, managedFields: __, generation: ___, ...rest } = metadata;
  return { ...object, metadata: rest };
}

const isConnectionFault = (e: unknown): boolean =>
  e instanceof Error && ('isLost' in e || 'code' in e || e.name === 'TypeError');

function toStream(body: AsyncIterable<Uint8Array> | null): ReadableStream<Uint8Array> {
  const chunks = body?.[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const next = await chunks?.next();
      if (next === undefined || next.done === true) controller.close();
      else controller.enqueue(next.value);
    },
    async cancel() {
      await chunks?.return?.();
    },
  });
}

/** Waits for a promise that others wait for too. */
async function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  signal.throwIfAborted();
  const ended = new AbortController();
  try {
    return await Promise.race([
      promise,
      new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { signal: ended.signal });
      }),
    ]);
  } finally {
    ended.abort();
  }
}

const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', stop, { once: true });
  });
