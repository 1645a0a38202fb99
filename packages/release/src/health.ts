/** When an object is as its chart wants it, beyond what its kind says: the annotation `sherpack.io/health-check`. */
import {
  type Cluster,
  conditionsOf,
  KubeError,
  type KubeObject,
  type ListQuery,
  type Status,
  selectorTextOf,
} from '@pack/kube';

import { ReleaseError } from './error.ts';
import type { ReleasePorts, ReleaseRun } from './ports.ts';

const HEALTH_CHECK = 'sherpack.io/health-check';
const SKIP_WAIT = 'sherpack.io/skip-wait';

/** Milliseconds between two requests to what answers. */
const INTERVAL = 1000;

/** What one command may take, milliseconds. */
const COMMAND_TIMEOUT = 30_000;

/**
 * `condition=Ready`, `condition=Ready=False`: a condition of the status. `jsonpath={.status.phase}=Running`: a field; without a
 * value, that it is there. `http=8080/healthz`: a service or pod answers with 2xx, asked by way of the API server.
 * `command=pg_isready -q` or `command=["pg_isready", "-q"]`: it ends well in the pod, or in the newest of those that run.
 */
export type HealthCheck =
  | { readonly type: 'condition'; readonly name: string; readonly value: string }
  | { readonly type: 'field'; readonly path: readonly string[]; readonly value: string | undefined }
  | { readonly type: 'http'; readonly port: string; readonly path: string }
  | { readonly type: 'command'; readonly command: readonly string[] };

const annotationsOf = ({ metadata }: KubeObject): Readonly<Record<string, string>> => metadata.annotations ?? {};

export const isAwaited = (object: KubeObject): boolean =>
  !['true', '1'].includes(annotationsOf(object)[SKIP_WAIT]?.trim().toLowerCase() ?? '');

/** Throws RELEASE_INVALID, which names the object. */
export function healthCheckOf(object: KubeObject): HealthCheck | undefined {
  const text = statedBy(annotationsOf(object));
  if (text === undefined) return undefined;
  const condition = /^condition=([^=]+)(?:=(.*))?$/.exec(text);
  if (condition !== null) return { type: 'condition', name: condition[1] as string, value: condition[2] ?? 'True' };
  const field = /^jsonpath=(.*)$/.exec(text);
  const path = field === null ? undefined : pathOf(field[1] as string);
  if (path !== undefined) return path;
  const http = /^http=([\w-]+)(\/\S*)?$/.exec(text);
  if (http !== null && (object.kind === 'Service' || object.kind === 'Pod')) {
    return { type: 'http', port: http[1] as string, path: http[2] ?? '/' };
  }
  const [, line] = /^command=(.*)$/s.exec(text) ?? [];
  const command = line === undefined || podsOf(object) === undefined ? undefined : commandOf(line.trim());
  if (command !== undefined) return { type: 'command', command };
  const { kind, metadata } = object;
  throw new ReleaseError('RELEASE_INVALID', `${kind} ${metadata.name}: ${HEALTH_CHECK} is not understood: ${text}`, {
    hint: 'condition=NAME[=VALUE], jsonpath={.PATH}[=VALUE], of a Service or Pod http=PORT[/PATH], of what has pods command=COMMAND',
  });
}

/** In one annotation, or as Sherpack has it in several. */
function statedBy(annotations: Readonly<Record<string, string>>): string | undefined {
  const text = annotations[HEALTH_CHECK]?.trim();
  if (text === 'false') return undefined;
  if (text !== 'true') return text;
  const part = (name: string): string => annotations[`${HEALTH_CHECK}-${name}`]?.trim() ?? '';
  const type = part('type');
  return type === 'http'
    ? `http=${part('port')}${part('path')}`
    : type === 'command'
      ? `command=${part('command')}`
      : text;
}

/** A list in JSON is run as it is, a text by the shell of the container. */
function commandOf(text: string): readonly string[] | undefined {
  if (!text.startsWith('[')) return text === '' ? undefined : ['sh', '-c', text];
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.length > 0 && list.every((word) => typeof word === 'string') ? list : undefined;
  } catch {
    return undefined;
  }
}

/** How the pods of an object are found; undefined where it has none. */
function podsOf({ kind, metadata, spec }: KubeObject): Pick<ListQuery, 'fieldSelector' | 'labelSelector'> | undefined {
  if (kind === 'Pod') return { fieldSelector: `metadata.name=${metadata.name}` };
  const { selector } = (spec ?? {}) as { readonly selector?: unknown };
  const isPlain = kind === 'Service' || kind === 'ReplicationController';
  const labelSelector = selectorTextOf(isPlain ? { matchLabels: selector } : selector);
  return labelSelector === undefined ? undefined : { labelSelector };
}

/** `{.status.parts[0]["a.b"].c}=value` */
function pathOf(text: string): HealthCheck | undefined {
  const match = /^'?\{?((?:\.[\w-]+|\[\d+\]|\["[^"]*"\]|\['[^']*'\])+)\}?'?(?:=(.*))?$/.exec(text);
  if (match === null) return undefined;
  const steps = [...(match[1] as string).matchAll(/\.([\w-]+)|\[(\d+)\]|\["([^"]*)"\]|\['([^']*)'\]/g)];
  const path = steps.map(([, name, index, quoted, single]) => (name ?? index ?? quoted ?? single) as string);
  return { type: 'field', path, value: match[2] };
}

/** What is still missing of a live object; undefined when nothing is. */
export function healthOf(object: KubeObject): Status | undefined {
  const check = healthCheckOf(object);
  if (check?.type === 'condition') {
    const found = conditionsOf(object).find(({ type }) => type === check.name);
    return found?.status === check.value ? undefined : missing(`condition ${check.name}`, check.value, found?.status);
  }
  if (check?.type === 'field') {
    const found = check.path.reduce<unknown>((value, step) => memberOf(value, step), object);
    const text = typeof found === 'object' ? JSON.stringify(found) : found === undefined ? undefined : String(found);
    const isThere = check.value === undefined ? text !== undefined : text === check.value;
    return isThere ? undefined : missing(`.${check.path.join('.')}`, check.value, text);
  }
  return undefined;
}

const missing = (what: string, wanted: string | undefined, found: string | undefined): Status => ({
  progress: 'InProgress',
  message: `${what} is ${found ?? 'not there'}${wanted === undefined ? '' : `, and is to be ${wanted}`}`,
});

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}

/** Until all that is to answer does. `timeout`: milliseconds. Throws KUBE_NOT_READY. */
export async function waitAnswers(
  objects: readonly KubeObject[],
  { timeout }: { readonly timeout: number },
  { cluster, now }: Pick<ReleasePorts, 'cluster' | 'now'>,
  run: ReleaseRun,
): Promise<void> {
  const millis = (): number => Number(now().nanoseconds() / 1_000_000n);
  const deadline = millis() + timeout;
  await Promise.all(
    objects.map(async (object) => {
      const check = healthCheckOf(object);
      if (check?.type !== 'http' && check?.type !== 'command') return;
      const { kind, metadata } = object;
      for (;;) {
        const left = Math.max(INTERVAL, Math.min(deadline - millis(), COMMAND_TIMEOUT));
        const fault = await (check.type === 'http'
          ? unanswered(object, check, cluster, run)
          : unfit(object, check.command, left, cluster, run));
        if (fault === undefined) return;
        if (millis() >= deadline) {
          throw new KubeError(
            'KUBE_NOT_READY',
            `resource ${kind}/${metadata.namespace ?? ''}/${metadata.name} not ready. status: InProgress, message: ${fault}\ncontext deadline exceeded`,
          );
        }
        await new Promise((resolve) => setTimeout(resolve, INTERVAL));
        run.signal?.throwIfAborted();
      }
    }),
  );
}

/** What is wrong with the answer; undefined for a good one. */
async function unanswered(
  { kind, metadata: { name, namespace = '' } }: KubeObject,
  { port, path }: { readonly port: string; readonly path: string },
  cluster: Cluster,
  { signal }: ReleaseRun,
): Promise<string | undefined> {
  const status = await cluster.probe({ kind: kind as 'Service' | 'Pod', namespace, name, port }, path, { signal });
  return status >= 200 && status < 300 ? undefined : `port ${port} answers ${path} with ${status}`;
}

/** What is wrong with the command, which may take `timeout` milliseconds; undefined when it ends well. */
async function unfit(
  object: KubeObject,
  command: readonly string[],
  timeout: number,
  cluster: Cluster,
  { signal }: ReleaseRun,
): Promise<string | undefined> {
  const late = AbortSignal.timeout(timeout);
  const run = { signal: signal === undefined ? late : AbortSignal.any([signal, late]) };
  try {
    const { namespace = '' } = object.metadata;
    const { items } = await cluster.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace, ...podsOf(object) }, run);
    const pod = items.filter(isRunning).toSorted((a, b) => (ageOf(a) < ageOf(b) ? 1 : -1))[0];
    if (pod === undefined) return 'no pod of it runs';
    const { name } = pod.metadata;
    const { code, output } = await cluster.exec({ namespace, name }, command, { container: containerOf(pod) }, run);
    const said = output.trim();
    return code === 0 ? undefined : `its command ends with ${code} in pod ${name}${said === '' ? '' : `: ${said}`}`;
  } catch (e) {
    signal?.throwIfAborted();
    if (late.aborted) return `its command takes longer than ${timeout / 1000} s`;
    // Rights do not come by waiting.
    if (!(e instanceof KubeError) || e.code === 'KUBE_FORBIDDEN' || e.code === 'KUBE_UNAUTHORIZED') throw e;
    return `its command does not run: ${e.message}`;
  }
}

const isRunning = ({ metadata, status }: KubeObject): boolean =>
  metadata.deletionTimestamp === undefined && (status as { readonly phase?: unknown } | undefined)?.phase === 'Running';

const ageOf = ({ metadata }: KubeObject): string => metadata.creationTimestamp ?? '';

/** kubectl: the first, unless the pod says which. */
function containerOf({ metadata, spec }: KubeObject): string | undefined {
  const { containers = [] } = (spec ?? {}) as { readonly containers?: readonly { readonly name?: string }[] };
  return metadata.annotations?.['kubectl.kubernetes.io/default-container'] ?? containers[0]?.name;
}
