/** What a hook of a pack says beyond Helm's annotations: how long it may take, and what becomes of it when it fails. */
import { parseDuration } from '@pack/core';
import type { KubeObject } from '@pack/kube';
import { GoError } from 'go-template';

import { ReleaseError } from './error.ts';

export interface HookPolicy {
  /** Milliseconds; that of the action if it is not said. */
  readonly timeout: number | undefined;
  /** How often it is tried again. */
  readonly retries: number;
  /** Whether all goes on when it failed. */
  readonly continues: boolean;
}

const PREFIX = 'sherpack.io/hook-';
/** Of `retry` without a number. */
const RETRIES = 3;
const MAX_RETRIES = 100;

/**
 * `sherpack.io/hook-timeout: 5m`, `hook-retries: "2"`, `hook-failure-policy: fail | continue | rollback | retry(2)`. What is
 * rolled back when a hook failed, is so with `--rollback-on-failure`. Throws RELEASE_INVALID.
 */
export function hookPolicyOf({ kind, metadata }: KubeObject): HookPolicy {
  const { annotations = {}, name } = metadata;
  const refuse = (what: string, text: string, hint: string): never => {
    throw new ReleaseError('RELEASE_INVALID', `${kind} ${name}: ${PREFIX}${what} is not understood: ${text}`, { hint });
  };
  const timeout = annotations[`${PREFIX}timeout`]?.trim();
  const retries = annotations[`${PREFIX}retries`]?.trim() ?? '0';
  const failure = annotations[`${PREFIX}failure-policy`]?.trim().toLowerCase() ?? 'fail';
  if (!/^\d{1,3}$/.test(retries)) refuse('retries', retries, 'a whole number');
  const [, own] = /^retry(?:[:(]?(\d{0,3})\)?)?$/.exec(failure) ?? [];
  const isRetry = own !== undefined || failure === 'retry';
  if (!isRetry && !['fail', 'abort', 'continue', 'rollback'].includes(failure)) {
    refuse('failure-policy', failure, 'fail, continue, rollback or retry(N)');
  }
  return {
    timeout: timeout === undefined ? undefined : millisOf(timeout, () => refuse('timeout', timeout, 'as in 5m or 90s')),
    retries: Math.min(MAX_RETRIES, isRetry ? Number(own || RETRIES) : Number(retries)),
    continues: failure === 'continue',
  };
}

/** Without a unit they are seconds. */
function millisOf(text: string, refuse: () => never): number {
  try {
    return Number(parseDuration(/^\d+$/.test(text) ? `${text}s` : text) / 1_000_000n);
  } catch (e) {
    if (e instanceof GoError) return refuse();
    throw e;
  }
}
