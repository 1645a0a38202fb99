/** `registry/repository:tag@digest`. OCI distribution 1.1 §Pulling manifests; the grammar of distribution/reference. */
import { type Digest, isDigest } from './digest.ts';
import { OciError } from './error.ts';

export interface Reference {
  /** Host and port. */
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const HOST =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/;

const MAX_REPOSITORY = 255;
const MAX_REFERENCE = 4096;

export interface ParseReferenceOptions {
  /** The registry of a reference whose first part is no host, as Docker has docker.io; an error without it. */
  readonly defaultRegistry?: string;
}

export const isTag = (text: string): boolean => TAG.test(text);
export const isRepository = (text: string): boolean => text.length <= MAX_REPOSITORY && REPOSITORY.test(text);
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/;

export const isLoopback = (host: string): boolean => LOOPBACK.test(host);
export const isRegistryHost = (text: string): boolean => HOST.test(text);

/** Throws REFERENCE_INVALID. */
export function parseReference(text: string, { defaultRegistry }: ParseReferenceOptions = {}): Reference {
  const fail = (why: string): never => {
    throw new OciError('REFERENCE_INVALID', `invalid reference ${JSON.stringify(text.slice(0, 200))}: ${why}`);
  };
  if (text.length > MAX_REFERENCE) fail('it is too long');
  const [name, digest, ...more] = text.split('@') as [string, string?, ...string[]];
  if (more.length > 0) fail('it has more than one @');
  if (digest !== undefined && !isDigest(digest)) fail('what stands behind the @ is no digest');
  const colon = name.lastIndexOf(':');
  const hasTag = colon > name.lastIndexOf('/');
  const tag = hasTag ? name.slice(colon + 1) : undefined;
  const path = hasTag ? name.slice(0, colon) : name;
  if (tag !== undefined && !isTag(tag)) fail('its tag is no tag');
  const slash = path.indexOf('/');
  const first = slash < 0 ? '' : path.slice(0, slash);
  const isHost = /[.:]/.test(first) || first === 'localhost' || /[A-Z]/.test(first) || defaultRegistry === undefined;
  const registry = isHost ? first : (defaultRegistry as string);
  let repository = isHost ? path.slice(slash + 1) : path;
  if (slash < 0 && defaultRegistry === undefined) fail('it has no registry');
  if (!isRegistryHost(registry)) fail('its registry is no host');
  if (registry === 'docker.io' && !repository.includes('/')) repository = `library/${repository}`;
  if (!isRepository(repository)) fail('its repository is not made of lower-case letters, digits and separators');
  return { registry, repository, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) };
}

export const formatReference = ({ registry, repository, tag, digest }: Reference): string =>
  `${registry}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
