/** The charts of a registry's namespace, where the registry lists its repositories: what `search repo oci://…` looks in. */
import { chartTag, chartVersionOfTag, OCI_MEDIA_TYPES, type SearchSource, versionsOfTags } from '@pack/repo';
import { isIndex, OciError, parseManifest, type RegistryRepository, readAll } from 'oci-client-ts';
import type { Io } from './command.ts';
import type { Given } from './flags/parse.ts';
import { registryOf } from './oci.ts';
import { warnOn } from './output/warn.ts';

/** Bytes: what Chart.yaml may have. */
const MAX_CONFIG = 1024 * 1024;
const CONCURRENCY = 16;

interface Release {
  readonly version: string;
  readonly appVersion: string;
  readonly description: string;
  readonly keywords: readonly string[];
}

/** `every`: all versions, each a question of its own; else only the newest that is no pre-release. */
export async function registrySource(
  address: string,
  { every }: { every: boolean },
  given: Given,
  io: Io,
): Promise<SearchSource> {
  const [host = '', ...segments] = address.slice('oci://'.length).replace(/\/+$/, '').split('/');
  const prefix = segments.map((segment) => `${segment}/`).join('');
  const registry = await registryOf(host, given, io);
  const names = (await registry.catalog()).filter((name) => name.startsWith(prefix));
  const warn = warnOn(io);
  const found = await inParallel(names, async (name) => ({
    name: name.slice(prefix.length),
    releases: await releasesOf(registry.repository(name), every).catch((e: unknown): Release[] => {
      // One that is closed to us, or was deleted meanwhile, hides no other.
      if (!(e instanceof OciError)) throw e;
      warn('repository cannot be read', { repository: name, error: e.message });
      return [];
    }),
  }));
  const listed = found.filter(({ releases }) => releases.length > 0);
  const charts = listed.map(({ name, releases }, i) => {
    const first = listed.slice(0, i).reduce((sum, other) => sum + other.releases.length, 0);
    return {
      name,
      versions: releases.map(({ version }) => version),
      appVersions: releases.map(({ appVersion }) => appVersion),
      texts: releases.map((_, k) => first + k),
      withoutUrl: [],
      from: [],
      to: [],
    };
  });
  const texts = listed.flatMap(({ name, releases }) =>
    releases.map(({ description, keywords }) => ({ name, description, keywords })),
  );
  return { repository: `${host}/${prefix}`.replace(/\/$/, ''), summary: { charts, texts, column: 0 } };
}

async function releasesOf(repository: RegistryRepository, every: boolean): Promise<Release[]> {
  const versions = versionsOfTags((await repository.tags()).map(chartVersionOfTag));
  const newest = versions.find((version) => !/^[^+]*-/.test(version));
  const wanted = every ? versions : newest === undefined ? [] : [newest];
  return (await inParallel(wanted, (version) => releaseOf(repository, version))).flatMap((release) => release ?? []);
}

/** undefined for what is no chart. */
async function releaseOf(repository: RegistryRepository, version: string): Promise<Release | undefined> {
  const { descriptor, data } = await repository.manifest(chartTag(version));
  const manifest = parseManifest(data, descriptor.mediaType);
  if (isIndex(manifest) || manifest.config.mediaType !== OCI_MEDIA_TYPES.config || manifest.config.size > MAX_CONFIG)
    return undefined;
  const config = await readAll(await repository.fetch(manifest.config), MAX_CONFIG);
  const said = objectOf(new TextDecoder().decode(config));
  if (said === undefined) return undefined;
  const { appVersion, description, keywords } = said;
  const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
  return {
    version,
    appVersion: textOf(appVersion),
    description: textOf(description),
    keywords: Array.isArray(keywords) ? keywords.map(textOf) : [],
  };
}

function objectOf(json: string): { appVersion?: unknown; description?: unknown; keywords?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i] as T);
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, items.length) }, worker));
  return results;
}
