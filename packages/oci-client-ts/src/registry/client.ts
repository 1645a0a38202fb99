/** A registry as a store. */
import type { Descriptor } from '../descriptor.ts';
import { isDigest, readAll, verified, verifyBytes } from '../digest.ts';
import { OciError } from '../error.ts';
import type { HttpFetch } from '../http.ts';
import { isManifestType, parseManifest } from '../manifest.ts';
import { isLoopback, isRegistryHost, isRepository, isTag } from '../reference.ts';
import { type Content, openContent, type Run, type Store, streamOf } from '../store.ts';
import { type BlobOptions, blobExists, deleteBlob, drainBlob, fetchBlob, mountBlob, pushBlob } from './blob.ts';
import type { Credentials } from './credentials.ts';
import { list } from './list.ts';
import { deleteManifest, getManifest, type ManifestOptions, putManifest, resolveManifest } from './manifest.ts';
import type { HostsOf, MirrorEndpoint } from './mirror.ts';
import { addReferrer, listReferrers, referrerOf, removeReferrer } from './referrers.ts';
import { RETRY, type RetryOptions } from './retry.ts';
import { createTransport, type Transport } from './transport.ts';

export interface RegistryOptions {
  /** The global one if absent; it must not follow redirects where it is told `manual`. */
  readonly fetch?: HttpFetch;
  readonly credentials?: Credentials;
  /** HTTP instead of HTTPS; if absent, for loopback alone. */
  readonly plainHttp?: boolean;
  readonly userAgent?: string;
  readonly retry?: Partial<RetryOptions>;
  /** Requests at once; 6 if absent. */
  readonly concurrency?: number;
  /** Milliseconds until an answer begins; 60,000 if absent. */
  readonly timeout?: number;
  /** Milliseconds that a body may stand still; 60,000 if absent. */
  readonly idleTimeout?: number;
  /** Bytes; blobs that are larger are sent in pieces. 64 MiB if absent. */
  readonly chunkSize?: number;
  /** Bytes; 4 MiB if absent, as the specification has it. */
  readonly manifestLimit?: number;
  /** Where else content may be had, and what to ask instead of the registry itself. */
  readonly hosts?: HostsOf;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** A repository of a registry. */
export interface RegistryRepository extends Store {
  readonly place: { readonly host: string; readonly name: string };
  mount(descriptor: Descriptor, from: string, run?: Run): Promise<boolean>;
  /**
   * Hands a blob's bytes to `sink`, which may use each piece until it returns: quicker than {@link Store.fetch} where the
   * bytes are many. What came counts only when the promise is kept, for its digest is known only then.
   */
  drain(descriptor: Descriptor, sink: (bytes: Uint8Array) => void, run?: Run): Promise<void>;
  /** The bytes of a manifest and what points at them. */
  manifest(tagOrDigest: string, run?: Run): Promise<{ readonly descriptor: Descriptor; readonly data: Uint8Array }>;
  /** Puts a manifest under a tag, in one request. */
  pushTagged(descriptor: Descriptor, data: Uint8Array, tag: string, run?: Run): Promise<void>;
}

export interface Registry {
  readonly host: string;
  /** Whether there is a registry that takes one's credentials. Throws AUTH_REQUIRED, AUTH_DENIED, … */
  ping(run?: Run): Promise<void>;
  /** All repositories, where the registry lists them. Throws UNSUPPORTED. */
  catalog(run?: Run): Promise<readonly string[]>;
  repository(name: string): RegistryRepository;
}

/** Docker's name is not that of its registry. */
const apiHost = (host: string): string =>
  host === 'docker.io' || host === 'index.docker.io' ? 'registry-1.docker.io' : host;

/** Throws REFERENCE_INVALID for what is no host. */
export function createRegistry(host: string, options: RegistryOptions = {}): Registry {
  if (!isRegistryHost(host)) throw new OciError('REFERENCE_INVALID', `invalid registry ${JSON.stringify(host)}`);
  const settings = {
    fetch: options.fetch ?? globalThis.fetch.bind(globalThis),
    credentials: options.credentials ?? (() => undefined),
    userAgent: options.userAgent ?? 'oci-client-ts',
    retry: { ...RETRY, ...options.retry },
    concurrency: options.concurrency ?? 6,
    timeout: options.timeout ?? 60_000,
    now: options.now ?? Date.now,
  };
  const scheme = (options.plainHttp ?? isLoopback(host)) ? 'http' : 'https';
  const home = createTransport({ url: `${scheme}://${apiHost(host)}/v2`, host }, settings);
  const known = new Map<string, Transport>();
  const placeOf = (
    { url, overridePath = false, repository, headers, fetch = settings.fetch }: MirrorEndpoint,
    name: string,
  ): Place => {
    const base = `${url.replace(/\/+$/, '')}${overridePath ? '' : '/v2'}`;
    const key = JSON.stringify([base, headers]);
    let transport = known.get(key);
    if (transport === undefined) {
      transport = createTransport({ url: base, host: new URL(base).host, headers }, { ...settings, fetch });
      known.set(key, transport);
    }
    return { transport, name: repository ?? name };
  };
  const blobs = {
    retry: settings.retry,
    chunkSize: options.chunkSize ?? 64 * 1024 * 1024,
    idleTimeout: options.idleTimeout ?? 60_000,
  };
  const manifestLimit = options.manifestLimit ?? 4 * 1024 * 1024;

  return {
    host,

    async ping(run) {
      const response = await home.send({ method: 'GET', path: '/', scopes: [], ok: [200], run });
      await response.body?.cancel();
    },

    async catalog(run) {
      const names = await list(
        home,
        { path: '/_catalog?n=1000', scopes: ['registry:catalog:*'], member: 'repositories' },
        run,
      );
      if (names === undefined) throw new OciError('UNSUPPORTED', `${host} does not list its repositories`);
      return names.filter((name): name is string => typeof name === 'string' && isRepository(name));
    },

    repository(name) {
      if (!isRepository(name)) throw new OciError('REFERENCE_INVALID', `invalid repository ${JSON.stringify(name)}`);
      const { mirrors, server } = options.hosts?.(host, name) ?? { mirrors: [] };
      return createRepository({
        place: { host, name },
        home: server === undefined ? { transport: home, name } : placeOf(server, name),
        mirrors: mirrors.map((mirror) => ({ ...placeOf(mirror, name), capabilities: mirror.capabilities })),
        blobs,
        manifestLimit,
      });
    },
  };
}

/** A repository somewhere. */
interface Place {
  readonly transport: Transport;
  readonly name: string;
}

interface RepositoryParts {
  readonly place: RegistryRepository['place'];
  readonly home: Place;
  readonly mirrors: readonly (Place & { readonly capabilities: readonly string[] })[];
  readonly blobs: Pick<BlobOptions, 'retry' | 'chunkSize' | 'idleTimeout'>;
  readonly manifestLimit: number;
}

const UNANSWERED: readonly string[] = ['REGISTRY_UNREACHABLE', 'REGISTRY_TIMEOUT', 'REGISTRY_FAILED', 'RATE_LIMITED'];

function createRepository({ place, home, mirrors, blobs, manifestLimit }: RepositoryParts): RegistryRepository {
  const blobsOf = ({ name, transport }: Place): BlobOptions => ({ name, transport, ...blobs });
  const manifestsOf = ({ name, transport }: Place): ManifestOptions => ({ name, transport, manifestLimit });

  /** Asks the mirrors that can, in order, and the registry last; what none has is the registry's fault to name. */
  const reading = async <T>(capability: string, ask: (place: Place) => Promise<T>, run?: Run): Promise<T> => {
    for (const mirror of mirrors) {
      if (!mirror.capabilities.includes(capability)) continue;
      try {
        return await ask(mirror);
      } catch (e) {
        if (run?.signal?.aborted || !(e instanceof OciError)) throw e;
      }
    }
    return ask(home);
  };

  /** Lists are the registry's to make, for a mirror may have but a part; mirrors are asked when it gives no answer. */
  const listing = async <T>(ask: (place: Place) => Promise<T>, run?: Run): Promise<T> => {
    try {
      return await ask(home);
    } catch (e) {
      if (run?.signal?.aborted || !(e instanceof OciError) || !UNANSWERED.includes(e.code)) throw e;
      for (const mirror of mirrors) {
        if (!mirror.capabilities.includes('resolve')) continue;
        try {
          return await ask(mirror);
        } catch (fault) {
          if (run?.signal?.aborted || !(fault instanceof OciError)) throw fault;
        }
      }
      throw e;
    }
  };

  const manifest: RegistryRepository['manifest'] = (reference, run) => {
    checkReference(reference);
    return reading(
      isDigest(reference) ? 'pull' : 'resolve',
      (from) => getManifest(manifestsOf(from), reference, run),
      run,
    );
  };

  const put = async (descriptor: Descriptor, data: Uint8Array, reference: string, run?: Run): Promise<void> => {
    verifyBytes(data, descriptor);
    const parsed = parseManifest(data, descriptor.mediaType);
    const { keepsReferrers } = await putManifest(manifestsOf(home), reference, descriptor, data, run);
    if (parsed.subject !== undefined && !keepsReferrers) {
      await addReferrer(manifestsOf(home), parsed.subject.digest, referrerOf(descriptor, parsed), run);
    }
  };

  return {
    place,
    manifest,

    exists: async (descriptor, run) => {
      if (!isManifestType(descriptor.mediaType))
        return reading('pull', (from) => blobExists(blobsOf(from), descriptor, run), run);
      try {
        await resolveManifest(manifestsOf(home), descriptor.digest, run);
        return true;
      } catch (e) {
        if (e instanceof OciError && e.code === 'CONTENT_NOT_FOUND') return false;
        throw e;
      }
    },

    async fetch(descriptor, run) {
      if (!isManifestType(descriptor.mediaType)) {
        return reading('pull', (from) => fetchBlob(blobsOf(from), descriptor, run), run);
      }
      const { data } = await manifest(descriptor.digest, run);
      run?.onBytes?.(data.length);
      return verified(streamOf(data), descriptor);
    },

    drain: (descriptor, sink, run) => reading('pull', (from) => drainBlob(blobsOf(from), descriptor, sink, run), run),

    async push(descriptor, content, run) {
      if (!isManifestType(descriptor.mediaType)) return pushBlob(blobsOf(home), descriptor, content, run);
      const data = await bytesOf(content, manifestLimit);
      await put(descriptor, data, descriptor.digest, run);
      run?.onBytes?.(data.length);
    },

    pushTagged: (descriptor, data, tag, run) => {
      checkReference(tag);
      return put(descriptor, data, tag, run);
    },

    resolve(reference, run) {
      checkReference(reference);
      return reading('resolve', (from) => resolveManifest(manifestsOf(from), reference, run), run);
    },

    async tag(descriptor, tag, run) {
      checkReference(tag);
      const { data } = await getManifest(manifestsOf(home), descriptor.digest, run);
      await putManifest(manifestsOf(home), tag, descriptor, data, run);
    },

    async tags(run) {
      const found = await listing(
        ({ transport, name }) =>
          list(
            transport,
            { path: `/${name}/tags/list?n=1000`, scopes: [`repository:${name}:pull`], member: 'tags' },
            run,
          ),
        run,
      );
      if (found === undefined) {
        throw new OciError('CONTENT_NOT_FOUND', `${place.host}/${place.name}: there is no such repository`, {
          status: 404,
        });
      }
      return found.filter((tag): tag is string => typeof tag === 'string' && isTag(tag)).sort();
    },

    async deleteManifest(reference, run) {
      checkReference(reference);
      const { descriptor, data } = await getManifest(manifestsOf(home), reference, run);
      const { subject } = parseManifest(data, descriptor.mediaType);
      await deleteManifest(manifestsOf(home), reference, run);
      // Where the registry keeps referrers by itself there is no index under a tag, and nothing is changed.
      if (subject !== undefined) await removeReferrer(manifestsOf(home), subject.digest, descriptor.digest, run);
    },

    deleteBlob: (descriptor, run) => deleteBlob(blobsOf(home), descriptor, run),
    referrers: (subject, artifactType, run) =>
      listing((from) => listReferrers(manifestsOf(from), subject, artifactType, run), run),
    mount: (descriptor, from, run) => mountBlob(blobsOf(home), descriptor, from, run),
  };
}

function checkReference(reference: string): void {
  if (!isTag(reference) && !isDigest(reference)) {
    throw new OciError('REFERENCE_INVALID', `${JSON.stringify(reference)} is neither a tag nor a digest`);
  }
}

const bytesOf = async (content: Content, limit: number): Promise<Uint8Array> =>
  content instanceof Uint8Array ? content : readAll(await openContent(content), limit);
