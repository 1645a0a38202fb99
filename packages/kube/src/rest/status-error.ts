/** What an API server refuses, as client-go says it. */
import { KubeError, type KubeErrorCode, type KubeStatus } from '../error.ts';

/** The call that failed, for messages that the server leaves to the client. */
export interface Call {
  readonly method: string;
  /** client-go does not look into the answers to some calls, and has words of its own for them. */
  readonly isRaw?: boolean;
  /** Of the resource, as in `deployments.apps`. */
  readonly resource?: string | undefined;
  readonly name?: string | undefined;
}

/** Of an answer with an error status; `retryAfter` is in seconds. */
export function statusError(code: number, body: ErrorBody, call: Call, retryAfter?: number): KubeError {
  const said = call.isRaw === true && code !== 403 ? undefined : parseStatus(body.text);
  const text = body.isText ? body.text.slice(0, MAX_SHOWN).trim() : '';
  return errorOf({ code, ...(said ?? genericStatus(code, text, call, retryAfter)) });
}

interface ErrorBody {
  readonly text: string;
  /** Whether its type says that people can read it. */
  readonly isText: boolean;
}

export function errorOf(status: KubeStatus): KubeError {
  const message = status.message ?? `unknown (${status.reason ?? status.code ?? 'no reason'})`;
  const hint = hintOf(status, message);
  return new KubeError(codeOf(status), message, { status, ...(hint !== undefined && { hint }) });
}

/** client-go: rest.Request transformResponse shows as much of a body that is no Status. */
const MAX_SHOWN = 2048;

/** The members of a `metav1.Status` that are used, or undefined for what is none. */
function parseStatus(text: string): KubeStatus | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isStatus(parsed) ? toStatus(parsed) : undefined;
}

const isStatus = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'Status';

export function toStatus({ code, reason, message, details }: Record<string, unknown>): KubeStatus {
  return {
    ...(typeof code === 'number' && { code }),
    ...(typeof reason === 'string' && { reason }),
    ...(typeof message === 'string' && { message }),
    ...(typeof details === 'object' && details !== null && { details: details as NonNullable<KubeStatus['details']> }),
  };
}

const BY_REASON: Readonly<Record<string, KubeErrorCode>> = {
  AlreadyExists: 'KUBE_ALREADY_EXISTS',
  Conflict: 'KUBE_CONFLICT',
  Expired: 'KUBE_EXPIRED',
  Forbidden: 'KUBE_FORBIDDEN',
  Gone: 'KUBE_EXPIRED',
  Invalid: 'KUBE_INVALID',
  NotFound: 'KUBE_NOT_FOUND',
  ServerTimeout: 'KUBE_TIMEOUT',
  ServiceUnavailable: 'KUBE_UNAVAILABLE',
  Timeout: 'KUBE_TIMEOUT',
  TooManyRequests: 'KUBE_UNAVAILABLE',
  Unauthorized: 'KUBE_UNAUTHORIZED',
};

const BY_CODE: Readonly<Record<number, KubeErrorCode>> = {
  401: 'KUBE_UNAUTHORIZED',
  403: 'KUBE_FORBIDDEN',
  404: 'KUBE_NOT_FOUND',
  409: 'KUBE_CONFLICT',
  410: 'KUBE_EXPIRED',
  422: 'KUBE_INVALID',
  429: 'KUBE_UNAVAILABLE',
  502: 'KUBE_UNAVAILABLE',
  503: 'KUBE_UNAVAILABLE',
  504: 'KUBE_TIMEOUT',
};

const codeOf = ({ reason = '', code = 0 }: KubeStatus): KubeErrorCode =>
  (Object.hasOwn(BY_REASON, reason) ? BY_REASON[reason] : BY_CODE[code]) ?? 'KUBE_REFUSED';

/** apimachinery: api/errors NewGenericServerResponse, for an answer that did not come from an API server's handler. */
function genericStatus(code: number, text: string, { method, resource, name }: Call, retryAfter?: number): KubeStatus {
  const [reason, said] = generic(code, method, text === '' ? 'unknown' : text);
  const subject = [method.toLowerCase(), resource, name].filter((word) => word !== undefined && word !== '').join(' ');
  return {
    code,
    ...(reason !== '' && { reason }),
    message: resource === undefined ? said : `${said} (${subject})`,
    ...(retryAfter !== undefined && { details: { retryAfterSeconds: retryAfter } }),
  };
}

function generic(code: number, method: string, text: string): [reason: string, message: string] {
  switch (code) {
    case 400:
      return ['BadRequest', 'the server rejected our request for an unknown reason'];
    case 401:
      return ['Unauthorized', 'the server has asked for the client to provide credentials'];
    case 403:
      return ['Forbidden', text];
    case 404:
      return ['NotFound', 'the server could not find the requested resource'];
    case 405:
      return ['MethodNotAllowed', 'the server does not allow this method on the requested resource'];
    case 406:
      return [
        'NotAcceptable',
        text === 'unknown' ? 'the server was unable to respond with a content type that the client supports' : text,
      ];
    case 409:
      return [method === 'POST' ? 'AlreadyExists' : 'Conflict', 'the server reported a conflict'];
    case 415:
      return ['UnsupportedMediaType', text];
    case 422:
      return ['Invalid', 'the server rejected our request due to an error in our request'];
    case 429:
      return ['TooManyRequests', 'the server has received too many requests and has asked us to try again later'];
    case 503:
      return ['ServiceUnavailable', 'the server is currently unable to handle the request'];
    case 504:
      return [
        'Timeout',
        'the server was unable to return a response in the time allotted, but may still be processing the request',
      ];
    default:
      return code >= 500
        ? [
            'InternalError',
            `an error on the server (${JSON.stringify(text)}) has prevented the request from succeeding`,
          ]
        : ['', `the server responded with the status code ${code} but did not return more information`];
  }
}

/** As RBAC says it: `User "bob" cannot list resource "secrets" in API group "" in the namespace "default"`. */
const DENIED =
  /User "([^"]*)" cannot (\S+) resource "([^"]*)" in API group "([^"]*)"(?: in the namespace "([^"]*)"| at the cluster scope)?/;

function hintOf({ code, reason, details }: KubeStatus, message: string): string | undefined {
  if (code === 401 || reason === 'Unauthorized') {
    return 'the credentials of this context are not valid or have expired: log in again, or choose another with --kube-context or --kube-token';
  }
  const [, user, verb, resource, group, namespace] = DENIED.exec(message) ?? [];
  if (user !== undefined) {
    const where = namespace === undefined ? 'in all namespaces' : `in the namespace ${namespace}`;
    return `let a role of ${user} have the verb ${verb} on ${resource}${group === '' ? '' : `.${group}`} ${where}`;
  }
  const known = HINTS.map(([pattern, hint]) => {
    const [found, ...parts] = pattern.exec(message) ?? [];
    return found === undefined ? undefined : hint(...parts);
  }).find((hint) => hint !== undefined);
  if (known !== undefined) return known;
  const isTerminating = details?.causes?.some((cause) => cause.reason === 'NamespaceTerminating');
  return isTerminating ? 'the namespace is being deleted: wait until it is gone, or choose another' : undefined;
}

const HINTS: readonly [pattern: RegExp, hint: (...parts: string[]) => string][] = [
  [
    /in namespace (\S+) because it is being terminated/,
    (name) => `the namespace ${name} is being deleted: wait until it is gone, or choose another`,
  ],
  [/^namespaces "([^"]+)" not found$/, () => 'create the namespace with --create-namespace, or choose another'],
  [
    /exceeded quota: ([^\s,]+),/,
    (name) => `the quota ${name} has no room: raise it, or remove what is not needed; kubectl describe quota ${name}`,
  ],
  [
    /failed calling webhook "([^"]+)"/,
    (name) => `the webhook ${name} of this cluster does not answer: see to what serves it, or to its failurePolicy`,
  ],
  [
    /admission webhook "([^"]+)" denied the request/,
    (name) => `a rule of this cluster refuses it: change what it names, or ask those who run the webhook ${name}`,
  ],
];
