/** What an API server refuses, in its words. apimachinery: pkg/api/errors. */
import type { KubeError, KubeStatus } from '../error.ts';
import { errorOf } from '../rest/status-error.ts';
import { groupOf, type Kind, qualifiedName } from './kinds.ts';

type Details = NonNullable<KubeStatus['details']>;

const refusal = (code: number, reason: string, message: string, details?: Details): KubeError =>
  errorOf({ code, reason, message, ...(details !== undefined && { details }) });

const named = (kind: Kind, name: string): Details => ({ name, group: groupOf(kind.apiVersion), kind: kind.name });

export const notFound = (kind: Kind, name: string): KubeError =>
  refusal(404, 'NotFound', `${qualifiedName(kind)} ${JSON.stringify(name)} not found`, named(kind, name));

export const alreadyExists = (kind: Kind, name: string): KubeError =>
  refusal(409, 'AlreadyExists', `${qualifiedName(kind)} ${JSON.stringify(name)} already exists`, named(kind, name));

export const conflict = (kind: Kind, name: string, why: string): KubeError =>
  refusal(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualifiedName(kind)} ${JSON.stringify(name)}: ${why}`,
    named(kind, name),
  );

export const modified = (kind: Kind, name: string): KubeError =>
  conflict(kind, name, 'the object has been modified; please apply your changes to the latest version and try again');

/** Of another manager's fields, or of several's. `causes` name each field. */
export const applyConflict = (message: string, causes: readonly { message: string; field: string }[]): KubeError =>
  refusal(409, 'Conflict', message, {
    causes: causes.map((cause) => ({ reason: 'FieldManagerConflict', ...cause })),
  });

export const forbidden = (kind: Kind, name: string, why: string): KubeError =>
  refusal(403, 'Forbidden', `${qualifiedName(kind)} ${JSON.stringify(name)} is forbidden: ${why}`, named(kind, name));

export function invalid(
  kind: Kind,
  name: string,
  field: string,
  message: string,
  reason = 'FieldValueInvalid',
): KubeError {
  const group = groupOf(kind.apiVersion);
  return refusal(
    422,
    'Invalid',
    `${kind.kind}${group === '' ? '' : `.${group}`} ${JSON.stringify(name)} is invalid: ${field}: ${message}`,
    { name, group, kind: kind.kind, causes: [{ reason, message, field }] },
  );
}

export const badRequest = (message: string): KubeError => refusal(400, 'BadRequest', message);

export const unsupportedMediaType = (accepted: readonly string[]): KubeError =>
  refusal(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  );

export const expired = (message: string): KubeError => refusal(410, 'Expired', message);
