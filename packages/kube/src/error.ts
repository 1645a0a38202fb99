import { PackError } from '@pack/core/error';

import type { Diagnosis } from './diagnosis.ts';

export type KubeErrorCode =
  | 'KUBE_ALREADY_EXISTS'
  | 'KUBE_CONFIG_INVALID'
  | 'KUBE_CONFLICT'
  | 'KUBE_EXPIRED'
  | 'KUBE_FORBIDDEN'
  | 'KUBE_INVALID'
  | 'KUBE_KIND_UNKNOWN'
  | 'KUBE_NOT_FOUND'
  | 'KUBE_NOT_READY'
  | 'KUBE_REFUSED'
  | 'KUBE_TIMEOUT'
  | 'KUBE_UNAUTHORIZED'
  | 'KUBE_UNAVAILABLE';

/** A `metav1.Status` of the API server, less what is of no use. */
export interface KubeStatus {
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: {
    readonly causes?: readonly { readonly reason?: string; readonly message?: string; readonly field?: string }[];
    readonly retryAfterSeconds?: number;
    readonly [field: string]: unknown;
  };
}

/**
 * Its message is the server's, as client-go gives it; `status` what the server answered, if it did. With KUBE_NOT_READY
 * `reasons` tells of each object what a person needs to know; an error around another one has the other's.
 */
export class KubeError extends PackError<KubeErrorCode> {
  declare readonly status?: KubeStatus;
  declare readonly reasons?: readonly Diagnosis[];

  constructor(
    code: KubeErrorCode,
    message: string,
    more: { hint?: string; cause?: unknown; status?: KubeStatus; reasons?: readonly Diagnosis[] } = {},
  ) {
    super(code, message, more);
    this.name = 'KubeError';
    if (more.status !== undefined) this.status = more.status;
    const reasons = more.reasons ?? (more.cause instanceof KubeError ? more.cause.reasons : undefined);
    if (reasons !== undefined) this.reasons = reasons;
  }
}
