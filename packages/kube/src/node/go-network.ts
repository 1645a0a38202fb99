/** What is wrong with a connection, in the words of Go's net and crypto/tls. */
import { isIP } from 'node:net';

/**
 * `isLost`: there was a connection, and nobody knows what became of the request; `isUnsent`: there was none, and the
 * request reached nobody.
 */
export class ConnectionError extends Error {
  readonly isLost: boolean;
  readonly isUnsent: boolean;

  constructor(
    message: string,
    { isLost = false, isUnsent = false, cause }: { isLost?: boolean; isUnsent?: boolean; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.name = 'ConnectionError';
    this.isLost = isLost;
    this.isUnsent = isUnsent;
  }
}

interface NodeError extends Error {
  readonly code?: string;
  readonly address?: string;
  readonly port?: number;
  readonly cert?: { readonly subjectaltname?: string };
  readonly errors?: readonly NodeError[];
}

const DIAL: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ETIMEDOUT: 'connect: connection timed out',
  EADDRNOTAVAIL: 'connect: cannot assign requested address',
  EACCES: 'connect: permission denied',
};

const UNKNOWN_AUTHORITY = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
]);

/** `serverName` is the name that the certificate must have. */
export function goConnectionError(
  e: unknown,
  { hostname, port }: { hostname: string; port: string },
  serverName = hostname,
): ConnectionError {
  if (e instanceof ConnectionError) return e;
  const cause = (e instanceof AggregateError ? e.errors[0] : e) as NodeError;
  const { code = '', message } = cause;
  const dial = Object.hasOwn(DIAL, code) ? DIAL[code] : undefined;
  if (dial !== undefined) {
    const address = cause.address ?? hostname;
    return new ConnectionError(`dial tcp ${withPort(address, String(cause.port ?? port))}: ${dial}`, {
      isUnsent: true,
      cause,
    });
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    const [resolver] = process.getBuiltinModule('node:dns').getServers();
    const on =
      resolver === undefined
        ? ''
        : ` on ${/:\d+$/.test(resolver) && isIP(resolver) === 0 ? resolver : withPort(resolver, '53')}`;
    const reason = code === 'ENOTFOUND' ? 'no such host' : 'server misbehaving';
    return new ConnectionError(`dial tcp: lookup ${hostname}${on}: ${reason}`, { isUnsent: true, cause });
  }
  const certificate = certificateFault(cause, serverName);
  if (certificate !== undefined) {
    return new ConnectionError(`tls: failed to verify certificate: x509: ${certificate}`, { cause });
  }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) return new ConnectionError(tlsFault(code, message), { cause });
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    const text = message === 'socket hang up' || message === 'aborted' ? 'EOF' : 'read: connection reset by peer';
    return new ConnectionError(text, { isLost: true, cause });
  }
  return new ConnectionError(message, { cause });
}

export const withPort = (host: string, port: string): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

function certificateFault({ code = '', cert }: NodeError, serverName: string): string | undefined {
  if (UNKNOWN_AUTHORITY.has(code)) return 'certificate signed by unknown authority';
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    return 'certificate has expired or is not yet valid';
  if (code !== 'ERR_TLS_CERT_ALTNAME_INVALID') return undefined;
  const wanted = isIP(serverName) === 0 ? 'DNS:' : 'IP Address:';
  const names = (cert?.subjectaltname ?? '')
    .split(', ')
    .filter((name) => name.startsWith(wanted))
    .map((name) => name.slice(wanted.length));
  if (names.length > 0) return `certificate is valid for ${names.join(', ')}, not ${serverName}`;
  return isIP(serverName) === 0
    ? `certificate is not valid for any names, but wanted to match ${serverName}`
    : `cannot validate certificate for ${serverName} because it doesn't contain any IP SANs`;
}

function tlsFault(code: string, message: string): string {
  if (/wrong version number|packet length too long|http request/i.test(message)) {
    return 'http: server gave HTTP response to HTTPS client';
  }
  const [, alert] = /alert ([a-z ]+)|tlsv1[23]? alert ([a-z ]+)/i.exec(message) ?? [];
  return alert === undefined ? `tls: ${code}` : `remote error: tls: ${alert.trim()}`;
}
