/** Registries as the command line sees them: flags, the files of credentials, and charts in them. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { PackError } from '@pack/core';
import {
  Content,
  chartTag,
  chartVersionOfTag,
  digestHex,
  formatOciReference,
  OCI_MEDIA_TYPES,
  type OciReference,
  type OciSource,
  readContent,
  versionsOfTags,
} from '@pack/repo';
import {
  type Credential,
  createRegistry,
  type Descriptor,
  type HostsOf,
  type HttpFetch,
  isIndex,
  isLoopback,
  OciError,
  parseManifest,
  type Registry,
  type RegistryRepository,
  readAll,
} from 'oci-client-ts';
import { createFetch, dockerCredentials, readMirrors } from 'oci-client-ts/node';
import type { Io } from './command.ts';
import { bool, text } from './flags/common.ts';
import type { Flags, Given } from './flags/parse.ts';
import { pathErrorText } from './go-error.ts';
import { pathsOf, setting } from './settings.ts';

/** Flags of commands that talk to one registry. */
export const registryFlags: Flags = {
  'ca-file': text('verify certificates of the registry with this bundle'),
  'cert-file': text('identify to the registry with this certificate'),
  'insecure-skip-tls-verify': bool('accept any certificate of the registry'),
  'key-file': text('identify to the registry with this key'),
  password: text('password for the registry'),
  'plain-http': bool('use HTTP'),
  username: text('user name for the registry'),
};

/** Bytes: what a chart's layer may have at most. */
const MAX_ARCHIVE = 1024 * 1024 * 1024;
const MAX_PROV = 10 * 1024 * 1024;

export const USER_AGENT = 'Helm/4.2.4';

interface Certificates {
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly insecure?: boolean | undefined;
}

/** A transport with these certificates. Throws TLS_FILE_UNREADABLE. */
export function fetchWith({ caFile, certFile, keyFile, insecure = false }: Certificates, io: Io): HttpFetch {
  const [ca, cert, key] = [caFile, certFile, keyFile].map(readPem);
  return createFetch({
    env: io.env,
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    insecureSkipTlsVerify: insecure,
  });
}

function readPem(path: string | undefined): string | undefined {
  if (path === undefined || path === '') return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (e) {
    throw new PackError('TLS_FILE_UNREADABLE', pathErrorText('open', path, e), { cause: e });
  }
}

/** The transport that the flags ask for. */
export const fetchOf = (given: Given, io: Io): HttpFetch =>
  fetchWith(
    {
      caFile: given.string('ca-file'),
      certFile: given.string('cert-file'),
      keyFile: given.string('key-file'),
      insecure: given.bool('insecure-skip-tls-verify') || given.bool('insecure'),
    },
    io,
  );

/** Where `registry login` keeps what it was told; Docker's own file is asked after it. */
export function credentialsOf(given: Given, io: Io): ReturnType<typeof dockerCredentials> {
  const folder = io.env['DOCKER_CONFIG'] || join(io.env['HOME'] || homedir(), '.docker');
  return dockerCredentials({
    path: pathsOf(given, io.env).registryConfig,
    fallbackPath: join(folder, 'config.json'),
    env: io.env,
  });
}

/** Helm asks by HTTPS unless it is told otherwise; a registry on this machine seldom has a certificate. */
function plainHttpOf(given: Given, host: string): boolean {
  if (given.bool('plain-http')) return true;
  const asksForTls = ['ca-file', 'cert-file', 'insecure-skip-tls-verify', 'insecure'].some((name) => given.has(name));
  return isLoopback(host) && !asksForTls;
}

/** Where registries are mirrored, as containerd's and containers/image's files say: pack's own, so that none surprises. */
function hostsOf(given: Given, io: Io): Promise<HostsOf | undefined> {
  const { configHome } = pathsOf(given, io.env);
  return readMirrors({
    hostsFolder: setting(io.env, 'REGISTRY_HOSTS') ?? join(configHome, 'registry', 'certs.d'),
    registriesConf: setting(io.env, 'REGISTRIES_CONF') ?? join(configHome, 'registry', 'registries.conf'),
    fetchOptions: { env: io.env },
  });
}

/** A registry with the flags of the command; `credential` instead of those that are kept. */
export async function registryOf(host: string, given: Given, io: Io, credential?: Credential): Promise<Registry> {
  const [username, password] = [given.string('username') ?? '', given.string('password') ?? ''];
  const stated = credential ?? (username !== '' || password !== '' ? { username, password } : undefined);
  const kept = credentialsOf(given, io);
  const hosts = await hostsOf(given, io);
  return createRegistry(host, {
    ...(hosts && { hosts }),
    fetch: fetchOf(given, io),
    plainHttp: plainHttpOf(given, host),
    userAgent: USER_AGENT,
    credentials: stated === undefined ? (name) => kept.get(name) : () => stated,
  });
}

/** `registry/repository` as a repository. */
export async function repositoryOf(name: string, given: Given, io: Io): Promise<RegistryRepository> {
  const slash = name.indexOf('/');
  return (await registryOf(name.slice(0, slash), given, io)).repository(name.slice(slash + 1));
}

const CHARTS: readonly string[] = [OCI_MEDIA_TYPES.chart, OCI_MEDIA_TYPES.legacyChart];

/** What Helm says of a transfer; a tag cannot have the plus sign of a version. */
export const transferred = (verb: 'Pushed' | 'Pulled', reference: string, digest: string): string =>
  `${verb}: ${reference}\nDigest: ${digest}\n${reference.includes('_') ? `${reference} contains an underscore.\n${UNDERSCORE}` : ''}`;

const UNDERSCORE = `
OCI artifact references (e.g. tags) do not support the plus sign (+). To support
storing semantic versions, Helm adopts the convention of changing plus (+) to
an underscore (_) in chart version tags when pushing to a registry and back to
a plus (+) when pulling from a registry.
`;

/** Charts in registries, for what finds and fetches charts. */
export function ociSourceOf(given: Given, io: Io): OciSource {
  const known = new Map<string, Promise<RegistryRepository>>();
  const repository = (name: string): Promise<RegistryRepository> => {
    let found = known.get(name);
    if (found === undefined) known.set(name, (found = repositoryOf(name, given, io)));
    return found;
  };
  return {
    tags: async (name, signal) =>
      versionsOfTags((await (await repository(name)).tags({ signal })).map(chartVersionOfTag)),

    async resolve(name, tag, signal) {
      try {
        return (await (await repository(name)).resolve(chartTag(tag), { signal })).digest;
      } catch (e) {
        if (e instanceof OciError && e.code === 'CONTENT_NOT_FOUND') return undefined;
        throw e;
      }
    },

    async pull(wanted, { prov, cached, onChunk, signal }) {
      const { from, layer, proof, ...chart } = await layersOf(wanted, prov, repository, signal);
      const hex = digestHex(layer.digest);
      const known = hex === undefined ? undefined : await cached?.(hex);
      return {
        content:
          known === undefined
            ? await readContent(await from.fetch(layer, { signal }), {
                maxSize: MAX_ARCHIVE,
                digest: hex ?? false,
                onChunk,
              })
            : new Content([known]),
        ...(proof !== undefined && { prov: await proofOf(from, proof, signal) }),
        ...chart,
      };
    },

    async drain(wanted, { prov, has, sink, signal }) {
      const { from, layer, proof, ...chart } = await layersOf(wanted, prov, repository, signal);
      const digest = digestHex(layer.digest);
      if (digest === undefined) return undefined;
      const isAtHand = has(digest);
      if (!isAtHand) await from.drain(layer, sink, { signal });
      return {
        digest,
        size: isAtHand ? undefined : layer.size,
        ...(proof !== undefined && { prov: await proofOf(from, proof, signal) }),
        ...chart,
      };
    },
  };
}

const proofOf = async (from: RegistryRepository, proof: Descriptor, signal: AbortSignal | undefined) =>
  readAll(await from.fetch(proof, { signal }), MAX_PROV);

/** What a chart's manifest names. Throws CHART_NOT_FOUND, CONTENT_TOO_LARGE. */
async function layersOf(
  wanted: OciReference,
  prov: boolean,
  repository: (name: string) => Promise<RegistryRepository>,
  signal: AbortSignal | undefined,
): Promise<{
  readonly from: RegistryRepository;
  readonly layer: Descriptor;
  readonly proof: Descriptor | undefined;
  readonly manifestDigest: string;
  readonly reference: string;
}> {
  const from = await repository(wanted.repository);
  const reference = formatOciReference(wanted);
  const asked = wanted.digest ?? chartTag(wanted.tag ?? '');
  const { descriptor, data } = await from.manifest(asked, { signal }).catch((e: unknown) => {
    throw e instanceof OciError && e.code === 'CONTENT_NOT_FOUND'
      ? new OciError(e.code, `failed to perform "FetchReference" on source: ${reference}: not found`, { cause: e })
      : e;
  });
  const manifest = parseManifest(data, descriptor.mediaType);
  const layers = isIndex(manifest) ? [] : manifest.layers;
  const layer = layers.find(({ mediaType }) => CHARTS.includes(mediaType));
  if (layer === undefined) {
    throw new PackError('CHART_NOT_FOUND', `${reference} is no chart: it has no layer of ${OCI_MEDIA_TYPES.chart}`);
  }
  const proof = prov ? layers.find(({ mediaType }) => mediaType === OCI_MEDIA_TYPES.prov) : undefined;
  for (const [blob, limit] of [
    [layer, MAX_ARCHIVE],
    [proof, MAX_PROV],
  ] as const) {
    if (blob !== undefined && blob.size > limit)
      throw new OciError('CONTENT_TOO_LARGE', `${reference}: a layer of ${blob.size} bytes`);
  }
  return { from, layer, proof, manifestDigest: descriptor.digest, reference };
}
