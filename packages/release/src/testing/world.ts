/** What the tests of actions work with: a cluster and a storage in memory, charts of a few lines, and what was heard. */
import { type Chart, fromNanoseconds, parseChart, UTC } from '@pack/core';
import type { KubeObject } from '@pack/kube';
import { createMemoryCluster, type MemoryCluster, type MemoryClusterOptions } from '@pack/kube/testing';
import { type GoMap, newMap } from 'go-template';

import type { ReleaseEvent, ReleasePorts, ReleaseRun } from '../ports.ts';
import { createMemoryStorage } from '../storage/memory.ts';
import type { ReleaseStorage } from '../storage/storage.ts';

export const NAMESPACE = 'shop';

export interface World {
  readonly cluster: MemoryCluster;
  readonly records: ReleaseStorage;
  readonly ports: ReleasePorts;
  readonly run: ReleaseRun;
  /** What was heard, a line for each event. */
  readonly heard: string[];
  /** Names of the ConfigMaps, or of objects of another kind; sorted. */
  names(kind?: string, apiVersion?: string): Promise<string[]>;
  data(name: string): Promise<unknown>;
  /** `1 superseded, 2 deployed` */
  history(name?: string): Promise<string>;
}

/** Controllers run. In templates NAME is the release's, COLOR the value `color`. */
export function createWorld(options: MemoryClusterOptions = {}): World {
  const cluster = createMemoryCluster({ namespaces: [NAMESPACE], simulate: true, step: 1, ...options });
  const records = createMemoryStorage({ now: Date.now });
  const heard: string[] = [];
  const ports: ReleasePorts = {
    cluster,
    records,
    render: async ({ chart, values, release }) => ({
      chart,
      files: Object.fromEntries(
        chart.templates.map(({ name, data }) => [
          `${chart.metadata.name}/${name}`,
          new TextDecoder()
            .decode(data as Uint8Array)
            .replaceAll('NAME', release.name)
            .replaceAll('COLOR', String(values.color ?? 'none')),
        ]),
      ),
    }),
    now: () => fromNanoseconds(BigInt(Date.now()) * 1_000_000n, UTC),
  };
  return {
    cluster,
    records,
    ports,
    heard,
    run: { onEvent: (event) => heard.push(lineOf(event)) },
    async names(kind = 'ConfigMap', apiVersion = 'v1') {
      const { items } = await cluster.list({ apiVersion, kind }, { namespace: NAMESPACE });
      return items
        .map(({ metadata }) => metadata.name)
        .filter((name) => name !== 'kube-root-ca.crt')
        .sort();
    },
    data: async (name) =>
      (await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: NAMESPACE, name }))?.data,
    async history(name = 'web') {
      const heads = await records.list({ name });
      return heads
        .toSorted((a, b) => a.version - b.version)
        .map(({ version, status }) => `${version} ${status}`)
        .join(', ');
    },
  };
}

function lineOf(event: ReleaseEvent): string {
  switch (event.type) {
    case 'record':
      return `record ${event.release.version} ${event.status}`;
    case 'apply':
      return `${event.change} ${event.ref.kind} ${event.ref.name}`;
    case 'hook':
      return `${event.event} ${event.name} ${event.phase}`;
    case 'wait':
      return `wait for ${event.ref.kind} ${event.ref.name}`;
    case 'log':
      return `log of ${event.pod}/${event.container}: ${event.text}`;
    case 'warning':
      return `${event.level} ${event.message}`;
  }
}

/** Templates by name, without their folder and extension. */
export const chartOf = (templates: Readonly<Record<string, string>>, version = '1.0.0'): Chart =>
  parseChart(
    Object.entries({
      'Chart.yaml': `apiVersion: v2\nname: app\nversion: ${version}\n`,
      ...Object.fromEntries(
        Object.entries(templates).map(([name, text]) => [name.includes('.') ? name : `templates/${name}.yaml`, text]),
      ),
    }).map(([name, text]) => ({ name, data: new TextEncoder().encode(text) })),
  );

export const configMap = (name: string, annotations: Readonly<Record<string, string>> = {}): string =>
  manifestOf({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, annotations }, data: { color: 'COLOR' } });

/** `outcome`: what becomes of it, for the simulated controllers. */
export const pod = (
  name: string,
  annotations: Readonly<Record<string, string>> = {},
  outcome: '' | 'fail' | 'hang' | 'crash' | 'unready' = '',
): string =>
  manifestOf({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, annotations, ...(outcome !== '' && { labels: { 'e2e-outcome': outcome } }) },
    spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'main:1' }] },
  });

export const hook = (events: string, more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  'helm.sh/hook': events,
  ...Object.fromEntries(Object.entries(more).map(([name, value]) => [`helm.sh/hook-${name}`, value])),
});

/** JSON is YAML. */
export const manifestOf = (object: KubeObject): string => `${JSON.stringify(object)}\n`;

export function valuesOf(values: Readonly<Record<string, unknown>> = {}): GoMap {
  return Object.assign(newMap(), values);
}

/** What a promise is rejected with. */
export async function faultOf(promise: Promise<unknown>): Promise<Error & { code?: string; hint?: string }> {
  try {
    await promise;
  } catch (e) {
    return e as Error;
  }
  throw new Error('it was not refused');
}
