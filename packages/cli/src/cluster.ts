/** What commands need of a cluster and its releases: connection, records, engine, and who hears of the work. */
import { join } from 'node:path';
import { fromNanoseconds, type Location, loadLocation, PackError, UTC } from '@pack/core';
import type { LiveLookup } from '@pack/engine';
import { systemWorld } from '@pack/engine/node';
import { type Cluster, KubeError } from '@pack/kube';
import { type ClusterConnection, connect } from '@pack/kube/node';
import {
  createMemoryStorage,
  createObjectStorage,
  type ReleaseEvent,
  type ReleasePorts,
  type ReleaseRun,
  type ReleaseStorage,
  type Render,
} from '@pack/release';
import { GoError, type GoMap, newMap } from 'go-template';
import type { Io } from './command.ts';
import { addressesOf } from './dns.ts';
import { type Given, isTrue } from './flags/parse.ts';
import { type KeptSecrets, keptSecrets } from './generated.ts';
import { lockIn } from './lock-holder.ts';
import { warnOn } from './output/warn.ts';
import { pathsOf, setting } from './settings.ts';

/** The cluster that flags, variables and kubeconfig name; nothing is asked of it yet. */
export function connectionOf(given: Given, io: Io): ClusterConnection {
  const of = (flag: string, name: string): string | undefined =>
    given.string(flag) || setting(io.env, name) || undefined;
  const groups = given.has('kube-as-group')
    ? given.list('kube-as-group')
    : (setting(io.env, 'KUBEASGROUPS') ?? '').split(',').filter((group) => group !== '');
  return connect({
    env: io.env,
    kubeconfig: given.string('kubeconfig') || undefined,
    kubeContext: of('kube-context', 'KUBECONTEXT'),
    kubeApiServer: of('kube-apiserver', 'KUBEAPISERVER'),
    kubeToken: of('kube-token', 'KUBETOKEN'),
    kubeAsUser: of('kube-as-user', 'KUBEASUSER'),
    kubeAsGroups: groups,
    kubeCaFile: of('kube-ca-file', 'KUBECAFILE'),
    kubeTlsServerName: of('kube-tls-server-name', 'KUBETLS_SERVER_NAME'),
    kubeInsecureSkipTlsVerify:
      given.bool('kube-insecure-skip-tls-verify') || isTrue(setting(io.env, 'KUBEINSECURE_SKIP_TLS_VERIFY')),
    qps: Number(of('qps', 'QPS') ?? 0),
    burstLimit: Number(of('burst-limit', 'BURST_LIMIT') ?? 100),
    cacheFolder: join(pathsOf(given, io.env).cacheHome, 'discovery'),
    userAgent: 'Helm/4.2.4',
    isInteractive: io.terminal === true,
    onWarning: (text) => io.stderr(`Warning: ${text}\n`),
  });
}

export interface ReleaseContext extends ReleasePorts {
  readonly cluster: ClusterConnection;
  /** Of the release: that of the flag, of the variable, of the context. */
  readonly namespace: string;
  readonly secrets: KeptSecrets;
}

/** Throws KUBE_CONFIG_INVALID, in Helm's words. */
export function contextOf(
  given: Given,
  io: Io,
  { allNamespaces = false, ...stated }: { readonly allNamespaces?: boolean; readonly namespace?: string } = {},
): ReleaseContext {
  let cluster: ClusterConnection;
  try {
    cluster = connectionOf(given, io);
  } catch (e) {
    if (!(e instanceof KubeError)) throw e;
    throw new KubeError(e.code, `kubernetes cluster unreachable: ${e.message}`, {
      cause: e,
      ...(e.hint !== undefined && { hint: e.hint }),
    });
  }
  const namespace =
    stated.namespace ?? (given.string('namespace') || setting(io.env, 'NAMESPACE') || cluster.namespace || 'default');
  let location: Location | undefined;
  const secrets = keptSecrets(cluster, io);
  return {
    cluster,
    namespace,
    secrets,
    lock: lockIn(namespace),
    records: secrets.records(storageOf(cluster, allNamespaces ? '' : namespace, io)),
    render: renderOf(cluster, secrets, given, io),
    now: () =>
      fromNanoseconds(
        BigInt(Date.now()) * 1_000_000n + (process.hrtime.bigint() % 1_000_000n),
        (location ??= localZone(io.env['TZ'])),
      ),
  };
}

/** Where this machine is, or TZ says; UTC for what is no zone, as in Go. */
function localZone(tz: string | undefined): Location {
  const { timeZone, zoneData } = systemWorld({ ...(tz !== undefined && { tz }) });
  try {
    return loadLocation(timeZone, zoneData);
  } catch (e) {
    if (e instanceof GoError) return UTC;
    throw e;
  }
}

/** Helm: HELM_DRIVER. */
function storageOf(cluster: Cluster, namespace: string, io: Io): ReleaseStorage {
  const driver = (setting(io.env, 'DRIVER') ?? '').toLowerCase();
  const chunked = isTrue(setting(io.env, 'DRIVER_CHUNKED'));
  const options = { cluster, namespace, now: Date.now, chunked };
  switch (driver) {
    case '':
    case 'secret':
    case 'secrets':
      return createObjectStorage({ kind: 'Secret', ...options });
    case 'configmap':
    case 'configmaps':
      return createObjectStorage({ kind: 'ConfigMap', ...options });
    case 'memory':
      return createMemoryStorage({ now: Date.now });
    case 'sql':
      return lazyStorage('SQL', async () => {
        const { openSqlStorage } = await import('@pack/release/node');
        const connection = setting(io.env, 'DRIVER_SQL_CONNECTION_STRING') ?? '';
        return openSqlStorage({ connection, namespace, now: Date.now });
      });
    default:
      throw new PackError('DRIVER_UNKNOWN', `unknown driver ${JSON.stringify(driver)}`, {
        hint: 'HELM_DRIVER is secret, configmap, memory or sql',
      });
  }
}

/** A storage that is opened when it is first used. */
function lazyStorage(name: string, open: () => Promise<ReleaseStorage>): ReleaseStorage {
  let opened: Promise<ReleaseStorage> | undefined;
  const storage = (): Promise<ReleaseStorage> => (opened ??= open());
  return {
    name,
    list: async (...args) => (await storage()).list(...args),
    collect: async (...args) => (await storage()).collect(...args),
    get: async (...args) => (await storage()).get(...args),
    create: async (...args) => (await storage()).create(...args),
    update: async (...args) => (await storage()).update(...args),
    delete: async (...args) => (await storage()).delete(...args),
  };
}

/** What templates look up is asked of the cluster. */
function renderOf(cluster: Cluster, secrets: KeptSecrets, given: Given, io: Io): Render {
  return async ({ live, ...request }, signal) => {
    const input = {
      ...request,
      ...(await secrets.generatorFor({ ...request, live }, signal)),
      world: systemWorld({ ...(io.env['TZ'] !== undefined && { tz: io.env['TZ'] }) }),
      warn: warnOn(io),
    };
    const lookup = live ? lookupIn(cluster, signal) : undefined;
    const resolveHost = given.bool('enable-dns') ? addressesOf : undefined;
    // Most of what talks to a cluster renders nothing.
    const { renderThrough } = await import('./plugins/render.ts');
    return renderThrough(input, { lookup, resolveHost }, given, io, signal);
  };
}

/** Helm: pkg/engine/lookup_func.go. */
export const lookupIn =
  (cluster: Cluster, signal?: AbortSignal): LiveLookup =>
  async (apiVersion, kind, namespace, name) => {
    const type = { apiVersion, kind };
    try {
      const { namespaced } = await cluster.resourceOf(type, { signal });
      const within = namespaced && namespace !== '' ? { namespace } : {};
      if (name !== '') {
        const object = await cluster.get({ ...type, ...within, name }, { signal });
        return object === undefined ? newMap() : (goValue(object) as GoMap);
      }
      const { items, resourceVersion } = await cluster.list(type, within, { signal });
      return goValue({
        apiVersion,
        kind: `${kind}List`,
        metadata: { resourceVersion },
        items: items.map((object) => ({ ...object, ...type })),
      }) as GoMap;
    } catch (e) {
      if (e instanceof KubeError && e.code === 'KUBE_NOT_FOUND') return newMap();
      if (e instanceof KubeError && e.code === 'KUBE_KIND_UNKNOWN') {
        throw new GoError(
          `unable to get apiresource from unstructured: ${apiVersion}, Kind=${kind}: the server could not find the requested resource`,
        );
      }
      throw e instanceof KubeError ? new GoError(e.message) : e;
    }
  };

/** JSON as client-go reads it: whole numbers are int64. */
function goValue(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(goValue);
  if (typeof value !== 'object' || value === null) return value;
  const out = newMap();
  for (const [name, item] of Object.entries(value)) out[name] = goValue(item);
  return out;
}

/** What happens is shown to a person at a terminal; what Helm logs is logged. */
export function runOf(given: Given, io: Io, say: (text: string) => void = () => undefined): ReleaseRun {
  const signal = io.interrupts?.();
  return {
    ...(signal !== undefined && { signal }),
    onEvent: (event) => hear(event, given.bool('debug'), io, say),
  };
}

function hear(event: ReleaseEvent, debug: boolean, io: Io, say: (text: string) => void): void {
  switch (event.type) {
    case 'warning':
      return io.stderr(
        `level=${event.level} msg=${quoted(event.message)}${Object.entries(event.facts ?? {})
          .map(([key, value]) => ` ${key}=${quoted(value)}`)
          .join('')}\n`,
      );
    case 'log':
      return io.stderr(event.text);
    case 'wait':
      return say(
        `Waiting: ${event.done} of ${event.count} ready, ${event.ref.kind} ${event.ref.name}: ${event.status.message}`,
      );
    case 'hook':
      say(`Hook ${event.name} (${event.event}): ${event.phase}`);
      break;
    case 'apply':
      say(`${event.change} ${event.ref.kind} ${event.ref.name}`);
      if (debug) {
        io.stderr(
          `level=DEBUG msg=${event.change} kind=${event.ref.kind} namespace=${event.ref.namespace ?? '""'} name=${event.ref.name}\n`,
        );
      }
      break;
    case 'record':
      break;
  }
}

const quoted = (text: string): string => (/^[^\s"=]+$/.test(text) ? text : JSON.stringify(text));

/** An error with words before it and all else as it was. */
export function prefixed(prefix: string, e: unknown): unknown {
  if (!(e instanceof Error)) return e;
  if (e.name === 'AbortError') return new PackError('INTERRUPTED', `${prefix}context canceled`, { cause: e });
  const { code, hint, at, source } = e as Partial<PackError>;
  if (!(e instanceof PackError) && e.name !== 'GoError') return e;
  return new PackError(code ?? 'RENDER_EXEC', `${prefix}${e.message}`, {
    cause: e,
    ...(hint !== undefined && { hint }),
    ...(at !== undefined && { at }),
    ...(source !== undefined && { source }),
  });
}
