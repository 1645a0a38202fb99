/**
 * Plans as files. What a person reviews is in the clear, with secrets masked; all else is sealed with a key that is not in the
 * file, and so that nothing of what was reviewed can be changed.
 */
import { fromBytes, toBytes } from 'go-template';

import { fromBase64, gunzip, gzip, toBase64 } from './bytes.ts';
import { ReleaseError } from './error.ts';
import type { Plan } from './plan.ts';
import { packRecord, unpackRecord } from './record.ts';

const API_VERSION = 'pack/v1';
const KIND = 'Plan';
const ALGORITHM = 'AES-GCM';
/** Bytes of a key, and of what makes each sealing another. */
export const PLAN_KEY_LENGTH = 32;
const NONCE_LENGTH = 12;
/** Bytes that a plan may unpack to. */
const MAX_LENGTH = 256 * 1024 * 1024;

/** What stands in the clear. */
export interface PlanSummary {
  readonly created: string;
  readonly action: Plan['action'];
  readonly release: { readonly name: string; readonly namespace: string; readonly revision: number };
  readonly chart: string;
  readonly changes: Plan['changes'];
  /** `pre-upgrade Job migrate` */
  readonly hooks: readonly string[];
}

/** What a plan is kept with: whence its chart came, for whoever wants to look whether it moved. */
export interface SealedPlan {
  readonly plan: Plan;
  readonly source?: { readonly path: string; readonly digest: string } | undefined;
  /** Secrets that templates had made, by name, to be kept when the plan is applied. */
  readonly generated?: Readonly<Record<string, string>> | undefined;
}

const unreadable = (why: string, hint: string, cause?: unknown): ReleaseError =>
  new ReleaseError('RELEASE_PLAN_UNREADABLE', `the plan cannot be read: ${why}`, { hint, cause });

const importKey = (key: Uint8Array): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', key as Uint8Array<ArrayBuffer>, ALGORITHM, false, ['encrypt', 'decrypt']);

export function summaryOf({ action, target, changes, base }: Plan, created: string): PlanSummary {
  const { name, version } = target.chart?.metadata ?? { name: '', version: '' };
  return {
    created,
    action,
    release: { name: target.name, namespace: target.namespace, revision: base?.version ?? 0 },
    chart: `${name}-${version}`,
    changes: changes.map((change) => ({ ...change, fields: change.fields.map((field) => ({ ...field })) })),
    hooks: target.hooks.map(({ events, kind, name: own }) => `${events.join(',')} ${kind} ${own}`),
  };
}

/** The text of a file. `key`: PLAN_KEY_LENGTH bytes; `created`: RFC 3339. */
export async function sealPlan(
  { plan, source, generated }: SealedPlan,
  key: Uint8Array,
  created: string,
): Promise<string> {
  const { target, changes: _, ...rest } = plan;
  const clear = { apiVersion: API_VERSION, kind: KIND, ...summaryOf(plan, created) };
  const secret = JSON.stringify({
    ...rest,
    source,
    generated,
    target: await packRecord(target),
    labels: target.labels,
  });
  const iv = crypto.getRandomValues(new Uint8Array(NONCE_LENGTH));
  const additionalData = clearBytes(clear);
  const data = (await gzip(toBytes(secret))) as Uint8Array<ArrayBuffer>;
  const sealed = await crypto.subtle.encrypt({ name: ALGORITHM, iv, additionalData }, await importKey(key), data);
  const bytes = new Uint8Array([...iv, ...new Uint8Array(sealed)]);
  return `${JSON.stringify({ ...clear, sealed: toBase64(bytes) }, plainNumbers, 2)}\n`;
}

/** What is in the clear, however it is laid out. */
const clearBytes = (clear: object): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(JSON.stringify(clear, plainNumbers)) as Uint8Array<ArrayBuffer>;

const plainNumbers = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? Number(value) : value);

/** Throws RELEASE_PLAN_UNREADABLE for what is no plan, was changed, or was sealed with another key. */
export async function openPlan(text: string, key: Uint8Array): Promise<SealedPlan> {
  const { sealed, ...clear } = parsed(text);
  const bytes = fromBase64(sealed);
  if (bytes.length <= NONCE_LENGTH) throw unreadable('it is cut short', 'make the plan again');
  let secret: string;
  try {
    const [iv, data] = [bytes.slice(0, NONCE_LENGTH), bytes.slice(NONCE_LENGTH)] as Uint8Array<ArrayBuffer>[];
    const additionalData = clearBytes(clear);
    const opened = await crypto.subtle.decrypt(
      { name: ALGORITHM, iv: iv as Uint8Array<ArrayBuffer>, additionalData },
      await importKey(key),
      data as Uint8Array<ArrayBuffer>,
    );
    secret = fromBytes(await gunzip(new Uint8Array(opened), MAX_LENGTH));
  } catch (e) {
    throw unreadable(
      'it was changed, or made with another key',
      'make the plan again, or give the key it was made with',
      e,
    );
  }
  const { target, labels, source, generated, ...plan } = JSON.parse(secret) as Omit<Plan, 'target' | 'changes'> & {
    readonly target: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly source?: SealedPlan['source'];
    readonly generated?: SealedPlan['generated'];
  };
  const release = await unpackRecord(target, labels);
  return { plan: { ...plan, target: release, changes: clear.changes }, source, generated };
}

function parsed(text: string): PlanSummary & { readonly sealed: string } {
  const hint = 'pack plan writes such files';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // What V8 says of it quotes the text: who names the wrong file may have named one of secrets.
    throw unreadable('it is no JSON', hint);
  }
  const { apiVersion, kind, sealed, changes } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (apiVersion !== API_VERSION || kind !== KIND || typeof sealed !== 'string' || !Array.isArray(changes)) {
    throw unreadable(`it is no ${KIND} of ${API_VERSION}`, hint);
  }
  return value as PlanSummary & { readonly sealed: string };
}
