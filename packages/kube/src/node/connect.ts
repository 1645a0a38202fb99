/** A cluster of the real world. */
import type { Cluster } from '../cluster.ts';
import { createRestCluster } from '../rest/client.ts';
import { createDiscoveryCache } from './discovery-cache.ts';
import { type KubeconfigOptions, loadConnection } from './kubeconfig.ts';
import { createTransport } from './transport.ts';

export interface ConnectOptions extends KubeconfigOptions {
  /** Requests a second in the long run; no limit if absent or not positive. */
  readonly qps?: number | undefined;
  /** Requests at once before `qps` counts. */
  readonly burstLimit?: number | undefined;
  /** Milliseconds for which a server that has answered before may be away; half a minute if absent. */
  readonly patience?: number | undefined;
  /** Where discovery is kept; it is asked for by each process if absent. */
  readonly cacheFolder?: string | undefined;
  readonly userAgent?: string | undefined;
  readonly onWarning?: ((text: string) => void) | undefined;
  /** Whether a credential plugin may ask the person at the terminal; false if absent. */
  readonly isInteractive?: boolean | undefined;
}

export interface ClusterConnection extends Cluster {
  readonly server: string;
  /** Of the context. */
  readonly namespace: string;
  /** Ends idle connections now; they keep no process alive. */
  close(): Promise<void>;
}

/** Milliseconds. What the platform has in `performance` takes as long to load as an answer to come. */
function monotonic(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}

/** Reads the configuration and asks the server nothing yet. Throws KUBE_CONFIG_INVALID. */
export function connect(options: ConnectOptions): ClusterConnection {
  const config = loadConnection(options);
  const transport = createTransport(config, {
    env: options.env,
    isInteractive: options.isInteractive ?? false,
    now: Date.now,
  });
  const { cacheFolder } = options;
  const cluster = createRestCluster({
    fetch: transport.fetch,
    server: config.server,
    userAgent: options.userAgent,
    qps: options.qps,
    burstLimit: options.burstLimit,
    patience: options.patience,
    onWarning: options.onWarning,
    now: monotonic,
    ...(cacheFolder !== undefined && { discoveryCache: createDiscoveryCache(cacheFolder, config.server) }),
  });
  return { ...cluster, server: config.server, namespace: config.namespace, close: transport.close };
}
