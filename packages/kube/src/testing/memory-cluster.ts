/** A cluster in memory, held to the same contract as a real one: for tests, and for trying things out. */
import type { ApiResource, Cluster, ClusterRun, ClusterVersion, Executed, Patch } from '../cluster.ts';
import { collected } from '../collected.ts';
import { KubeError } from '../error.ts';
import type { KubeObject, ObjectType } from '../object.ts';
import { refOf } from '../object.ts';
import { segment } from '../rest/path.ts';
import { plainTable } from '../table.ts';
import { simulate } from './controllers.ts';
import { createGarbage } from './garbage.ts';
import { BUILTIN_KINDS, CRD, type Kind, kindsOfDefinition } from './kinds.ts';
import { listObjects, shown, watchObjects } from './reads.ts';
import { notFound } from './refusals.ts';
import { createStore } from './store.ts';
import { createWrites } from './writes.ts';

export interface MemoryClusterOptions {
  readonly version?: ClusterVersion | undefined;
  /** Besides `default`, `kube-public` and `kube-system`. */
  readonly namespaces?: readonly string[] | undefined;
  /** Controllers make pods, jobs and claims ready a few milliseconds later. */
  readonly simulate?: boolean | undefined;
  /** How long a simulated controller takes for one step, ms. */
  readonly step?: number | undefined;
  /** How many changes can be watched afterwards. */
  readonly history?: number | undefined;
  /** Milliseconds since the epoch. */
  readonly now?: (() => number) | undefined;
  /** What becomes of a command in a container; if absent all end well but `false`. */
  readonly exec?: ((pod: KubeObject, command: readonly string[]) => Executed | Promise<Executed>) | undefined;
  /** What a container has printed. */
  readonly logs?: ((pod: KubeObject, container: string) => string) | undefined;
}

export interface MemoryRequest {
  readonly verb:
    | 'create'
    | 'delete'
    | 'exec'
    | 'get'
    | 'list'
    | 'logs'
    | 'patch'
    | 'probe'
    | 'replace'
    | 'resources'
    | 'version'
    | 'watch';
  readonly apiVersion?: string | undefined;
  readonly kind?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly patch?: Patch | undefined;
}

export interface MemoryCluster extends Cluster {
  /** How many requests were made. */
  readonly requests: number;
  /** Called before each request is done, which waits for it and fails as it throws. Returns what takes it away. */
  onRequest(hook: (request: MemoryRequest) => void | Promise<void>): () => void;
  /** Ends all watches, as a server does now and then. */
  endWatches(): void;
  /** No change of before can be watched any more. */
  forgetHistory(): void;
}

const NAMESPACE: ObjectType = { apiVersion: 'v1', kind: 'Namespace' };
const POD: ObjectType = { apiVersion: 'v1', kind: 'Pod' };
const VERSION: ClusterVersion = { major: '1', minor: '36', gitVersion: 'v1.36.3' };
const LOG = 'the simulated pod says hello\nand goodbye\n';

const simulated = (_: KubeObject, [program]: readonly string[]): Executed => ({
  code: program === 'false' ? 1 : 0,
  output: '',
});

const find = (kinds: readonly Kind[], { apiVersion, kind }: ObjectType): Kind | undefined =>
  kinds.find((each) => each.kind === kind && each.apiVersion === apiVersion);

export function createMemoryCluster(options: MemoryClusterOptions = {}): MemoryCluster {
  const {
    version = VERSION,
    namespaces = [],
    history = 10_000,
    now = Date.now,
    logs = () => LOG,
    exec = simulated,
  } = options;
  const store = createStore(history);
  const [namespaceKind, podKind, definitions] = [NAMESPACE, POD, CRD].map((type) => find(BUILTIN_KINDS, type)) as [
    Kind,
    Kind,
    Kind,
  ];
  const custom = (): Kind[] => store.list(definitions).flatMap(kindsOfDefinition);
  const kindOf = (type: ObjectType): Kind | undefined => find(BUILTIN_KINDS, type) ?? find(custom(), type);
  const garbage = createGarbage(store, kindOf);
  const writes = createWrites(store, namespaceKind, garbage, now);
  const hooks = new Set<(request: MemoryRequest) => void | Promise<void>>();
  const closers = new Set<() => void>();
  let requests = 0;

  for (const name of ['default', 'kube-public', 'kube-system', ...namespaces]) {
    writes.create(namespaceKind, { ...NAMESPACE, metadata: { name } }, {});
  }
  if (options.simulate === true) simulate(store, writes, kindOf, options.step ?? 2, now);

  async function begin(request: MemoryRequest, run: ClusterRun | undefined): Promise<void> {
    run?.signal?.throwIfAborted();
    requests++;
    for (const hook of [...hooks]) await hook(request);
    run?.signal?.throwIfAborted();
  }

  function served(type: ObjectType): Kind {
    const found = kindOf(type);
    if (found !== undefined) return found;
    throw new KubeError('KUBE_KIND_UNKNOWN', `no matches for kind "${type.kind}" in version "${type.apiVersion}"`, {
      hint: 'install the CustomResourceDefinition of this kind first',
    });
  }

  async function ask(request: MemoryRequest & ObjectType, run: ClusterRun | undefined): Promise<Kind> {
    const { namespaced } = served(request);
    if (request.name !== undefined) segment('resource name', request.name);
    if (namespaced && request.namespace !== undefined) segment('namespace', request.namespace);
    await begin(request, run);
    // What the hook did may have changed it.
    const kind = served(request);
    if (kind.warning !== undefined) run?.onWarning?.(kind.warning);
    return kind;
  }

  const resourceOf = (kind: Kind): ApiResource => {
    const { apiVersion, name, namespaced, verbs } = kind;
    return { apiVersion, kind: kind.kind, name, namespaced, verbs };
  };

  return {
    get requests() {
      return requests;
    },
    onRequest(hook) {
      hooks.add(hook);
      return () => hooks.delete(hook);
    },
    endWatches() {
      for (const close of [...closers]) close();
    },
    forgetHistory: () => store.forget(),

    async version(run) {
      await begin({ verb: 'version' }, run);
      return version;
    },
    async resources(_options, run) {
      await begin({ verb: 'resources' }, run);
      return [...BUILTIN_KINDS, ...custom()].map(resourceOf);
    },
    async resourceOf(type, run) {
      run?.signal?.throwIfAborted();
      return resourceOf(served(type));
    },
    async get(ref, run) {
      const kind = await ask({ verb: 'get', ...ref }, run);
      const object = store.get(kind, ref.namespace ?? 'default', ref.name);
      return object && shown(kind, object);
    },
    async list(type, query = {}, run) {
      const { apiVersion, kind } = type;
      const found = await ask({ verb: 'list', apiVersion, kind, namespace: query.namespace }, run);
      return listObjects(store, found, query);
    },
    async collect(type, query, pick, run) {
      const { apiVersion, kind } = type;
      const found = await ask({ verb: 'list', apiVersion, kind, namespace: query.namespace }, run);
      return listObjects(store, found, query).items.map((object) => pick(collected(object, type)));
    },
    async table(type, { namespace, name, labelSelector }, run) {
      const { apiVersion, kind } = type;
      const found = await ask({ verb: name === undefined ? 'list' : 'get', apiVersion, kind, namespace, name }, run);
      if (name === undefined) return plainTable(listObjects(store, found, { namespace, labelSelector }).items, now());
      const object = store.get(found, namespace ?? 'default', name);
      return object && plainTable([object], now());
    },
    async create(object, writeOptions = {}, run) {
      const { apiVersion, kind, metadata } = object;
      const { namespace, name } = metadata;
      const request = { verb: 'create', apiVersion, kind, namespace, ...(name && { name }) } as const;
      const found = await ask(request, run);
      return shown(found, writes.create(found, object, writeOptions));
    },
    async replace(object, writeOptions = {}, run) {
      const kind = await ask({ verb: 'replace', ...refOf(object) }, run);
      return shown(kind, writes.replace(kind, object, writeOptions));
    },
    async patch(ref, patch, patchOptions = {}, run) {
      const kind = await ask({ verb: 'patch', ...ref, patch }, run);
      return shown(kind, writes.patch(kind, ref, patch, patchOptions));
    },
    async delete(ref, deleteOptions = {}, run) {
      const kind = await ask({ verb: 'delete', ...ref }, run);
      return writes.delete(kind, ref, deleteOptions);
    },
    async *watch(type, query = {}, run) {
      const { apiVersion, kind } = type;
      if (run?.signal?.aborted === true) return;
      const found = await ask({ verb: 'watch', apiVersion, kind, namespace: query.namespace }, run);
      yield* watchObjects(store, found, query, closers, run);
    },
    async probe({ kind, namespace, name }, _, run) {
      const found = await ask({ verb: 'probe', apiVersion: 'v1', kind, namespace, name }, run);
      return store.get(found, namespace, name) === undefined ? 404 : 200;
    },
    async exec({ namespace, name }, command, _, run) {
      await ask({ verb: 'exec', ...POD, namespace, name }, run);
      const pod = store.get(podKind, namespace, name);
      if (pod === undefined) throw notFound(podKind, name);
      return exec(pod, command);
    },
    async logs({ namespace, name }, { container, tailLines } = {}, run) {
      await ask({ verb: 'logs', ...POD, namespace, name }, run);
      const pod = store.get(podKind, namespace, name);
      if (pod === undefined) throw notFound(podKind, name);
      const { containers = [] } = (pod.spec ?? {}) as { containers?: readonly { name: string }[] };
      const text = logs(pod, container ?? containers[0]?.name ?? '');
      const lines = text.split(/(?<=\n)/);
      const shownText = tailLines === undefined ? text : lines.slice(lines.length - tailLines).join('');
      return new Blob([shownText]).stream();
    },
  };
}
