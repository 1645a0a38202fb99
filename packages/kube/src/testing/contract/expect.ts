/** What the cases have in common. */
import { KubeError, type KubeErrorCode } from '../../error.ts';
import type { KubeObject, ObjectRef, ObjectType } from '../../object.ts';
import { isEqual } from '../../patch/json.ts';

export const CONFIG_MAP: ObjectType = { apiVersion: 'v1', kind: 'ConfigMap' };
export const DEPLOYMENT: ObjectType = { apiVersion: 'apps/v1', kind: 'Deployment' };

const printed = (value: unknown): string =>
  JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? `${each}n` : each));

export function same(what: string, seen: unknown, wanted: unknown): void {
  if (isEqual(seen, wanted)) return;
  throw new Error(`${what}: ${printed(seen)} instead of ${printed(wanted)}`);
}

export function ensure(what: string, good: boolean, seen?: unknown): void {
  if (!good) throw new Error(seen === undefined ? what : `${what}: ${printed(seen)}`);
}

/** What a promise is rejected with. */
export async function refused(promise: Promise<unknown>, code: KubeErrorCode, message?: string): Promise<KubeError> {
  try {
    await promise;
  } catch (e) {
    if (!(e instanceof KubeError)) throw e;
    same('the code', e.code, code);
    if (message !== undefined) same('the message', e.message, message);
    return e;
  }
  throw new Error(`it was not refused with ${code}`);
}

/** Asks again until it is so. */
export async function eventually(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 600; i++) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, i < 20 ? 5 : 50));
  }
  throw new Error(`never: ${what}`);
}

export const configMap = (
  namespace: string,
  name: string,
  data: Record<string, string> = {},
  metadata: Partial<KubeObject['metadata']> = {},
): KubeObject => ({ ...CONFIG_MAP, metadata: { ...metadata, name, namespace }, data });

export const refTo = (namespace: string, name: string, type: ObjectType = CONFIG_MAP): ObjectRef => ({
  ...type,
  name,
  namespace,
});

export const deployment = (
  namespace: string,
  name: string,
  {
    replicas = 0,
    labels = {},
    ...pod
  }: { replicas?: number; labels?: Record<string, string>; [field: string]: unknown } = {},
): KubeObject => ({
  ...DEPLOYMENT,
  metadata: { name, namespace },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name, ...labels } },
      spec: { containers: [{ name: 'main', image: 'main:1' }], ...pod },
    },
  },
});
