/** Charts as they lie in registries: the very bytes that Helm pushes. Helm: pkg/registry/{client,chart,constants}.go. */
import {
  encodeJson,
  encodeStruct,
  loadArchive,
  METADATA,
  type Metadata,
  parseStrictVersion,
  withoutEmpty,
} from '@pack/core';
import { GoError, newMap, toBytes } from 'go-template';

import { sortVersions } from './chart-index.ts';
import { sha256 } from './content.ts';
import type { OciReference } from './oci-reference.ts';

export const OCI_MEDIA_TYPES = {
  config: 'application/vnd.cncf.helm.config.v1+json',
  chart: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip',
  /** Still pulled, no longer pushed. */
  legacyChart: 'application/tar+gzip',
  prov: 'application/vnd.cncf.helm.chart.provenance.v1.prov',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
} as const;

export interface ChartOciOptions {
  /** The provenance file, to be pushed along. */
  readonly prov?: Uint8Array;
  /** `org.opencontainers.image.created`, RFC 3339: the time of the archive's file. */
  readonly created: string;
}

export interface OciBlob {
  readonly mediaType: string;
  /** `sha256:…` */
  readonly digest: string;
  readonly size: number;
  readonly data: Uint8Array;
}

export interface ChartOci {
  readonly metadata: Metadata;
  /** `name:tag`, which goes behind the address that is pushed to. */
  readonly reference: string;
  readonly config: OciBlob;
  /** In the order of the manifest: by digest. */
  readonly layers: readonly OciBlob[];
  readonly manifest: OciBlob;
}

/** What to push for an archive. Throws the codes of a chart that cannot be read. */
export async function chartOci(archive: Uint8Array, { prov, created }: ChartOciOptions): Promise<ChartOci> {
  // Hashed beside, while it is unpacked.
  const [{ metadata }, layer] = await Promise.all([loadArchive(archive), blob(OCI_MEDIA_TYPES.chart, archive)]);
  const config = await blob(OCI_MEDIA_TYPES.config, toBytes(encodeStruct(withoutEmpty(metadata), METADATA)));
  const layers = [layer, ...(prov === undefined ? [] : [await blob(OCI_MEDIA_TYPES.prov, prov)])].sort((a, b) =>
    a.digest < b.digest ? -1 : 1,
  );
  const text = `{"schemaVersion":2,"config":${descriptor(config)},"layers":[${layers.map(descriptor).join(',')}],"annotations":${encodeJson(annotationsOf(metadata, created))}}`;
  return {
    metadata,
    reference: `${metadata.name}:${chartTag(metadata.version)}`,
    config,
    layers,
    manifest: await blob(OCI_MEDIA_TYPES.manifest, toBytes(text)),
  };
}

const blob = async (mediaType: string, data: Uint8Array): Promise<OciBlob> => ({
  mediaType,
  digest: `sha256:${await sha256(data)}`,
  size: data.length,
  data,
});

const descriptor = ({ mediaType, digest, size }: OciBlob): string => JSON.stringify({ mediaType, digest, size });

const PREFIX = 'org.opencontainers.image.';
/** What the chart's own annotations cannot change. */
const FIXED: ReadonlySet<string> = new Set([`${PREFIX}version`, `${PREFIX}title`]);

/** Helm: generateOCIAnnotations. */
function annotationsOf(metadata: Metadata, created: string): Record<string, string> {
  const { name, version, description, home, sources, maintainers, annotations } = metadata;
  const authors = maintainers
    ?.map((maintainer) => `${maintainer.name ?? ''}${maintainer.email ? ` (${maintainer.email})` : ''}`)
    .join(', ');
  const own = { description, title: name, version, url: home, created, source: sources?.[0], authors };
  const out = newMap() as Record<string, string>;
  for (const [key, value] of Object.entries(own)) if (value?.trim()) out[PREFIX + key] = value;
  for (const [key, value] of Object.entries(annotations ?? {})) if (!FIXED.has(key)) out[key] = value;
  return out;
}

/** A version as a tag, which cannot have a `+`. */
export const chartTag = (version: string): string => version.replaceAll('+', '_');

/** `registry/repository:tag@digest`, as it is shown. */
export const formatOciReference = ({ repository, tag, digest }: OciReference): string =>
  `${repository}${tag === undefined ? '' : `:${chartTag(tag)}`}${digest === undefined ? '' : `@${digest}`}`;

export const chartVersionOfTag = (tag: string): string => tag.replaceAll('_', '+');

/** The versions among the tags of a repository, the highest first; other tags are none of ours. Helm: Client.Tags. */
export function versionsOfTags(tags: readonly string[]): string[] {
  const versions = tags.map(chartVersionOfTag).filter(isStrictVersion);
  return sortVersions(versions, (version) => version);
}

function isStrictVersion(text: string): boolean {
  try {
    parseStrictVersion(text);
    return true;
  } catch (e) {
    if (e instanceof GoError) return false;
    throw e;
  }
}
