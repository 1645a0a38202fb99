/** When an object is as its chart wants it, beyond what its kind says: the annotation `sherpack.io/health-check`. */
import { conditionsOf, KubeError, type KubeObject, type Status } from '@pack/kube';

import { ReleaseError } from './error.ts';
import type { ReleasePorts, ReleaseRun } from './ports.ts';

const HEALTH_CHECK = 'sherpack.io/health-check';
const SKIP_WAIT = 'sherpack.io/skip-wait';

/** Milliseconds between two requests to what answers. */
const INTERVAL = 1000;

/**
 * `condition=Ready`, `condition=Ready=False`: a condition of the status. `jsonpath={.status.phase}=Running`: a field; without a
 * value, that it is there. `http=8080/healthz`: a service or pod answers with 2xx, asked by way of the API server.
 */
export type HealthCheck =
  | { readonly type: 'condition'; readonly name: string; readonly value: string }
  | { readonly type: 'field'; readonly path: readonly string[]; readonly value: string | undefined }
  | { readonly type: 'http'; readonly port: string; readonly path: string };

const annotationsOf = ({ metadata }: KubeObject): Readonly<Record<string, string>> => metadata.annotations ?? {};

export const isAwaited = (object: KubeObject): boolean =>
  !['true', '1'].includes(annotationsOf(object)[SKIP_WAIT]?.trim().toLowerCase() ?? '');

/** Throws RELEASE_INVALID, which names the object. */
export function healthCheckOf(object: KubeObject): HealthCheck | undefined {
  const text = annotationsOf(object)[HEALTH_CHECK]?.trim();
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
  const { kind, metadata } = object;
  throw new ReleaseError('RELEASE_INVALID', `${kind} ${metadata.name}: ${HEALTH_CHECK} is not understood: ${text}`, {
    hint: 'condition=NAME[=VALUE], jsonpath={.PATH}[=VALUE], or of a Service or Pod http=PORT[/PATH]',
  });
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
      if (check?.type !== 'http') return;
      const { kind, metadata } = object;
      const { name, namespace = '' } = metadata;
      for (;;) {
        const target = { kind: kind as 'Service' | 'Pod', namespace, name, port: check.port };
        const status = await cluster.probe(target, check.path, { signal: run.signal });
        if (status >= 200 && status < 300) return;
        if (millis() >= deadline) {
          throw new KubeError(
            'KUBE_NOT_READY',
            `resource ${kind}/${namespace}/${name} not ready. status: InProgress, message: port ${check.port} answers ${check.path} with ${status}\ncontext deadline exceeded`,
          );
        }
        await new Promise((resolve) => setTimeout(resolve, INTERVAL));
        run.signal?.throwIfAborted();
      }
    }),
  );
}
