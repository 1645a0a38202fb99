/** Plugins in registries. Helm: pkg/registry plugin.go. */

import { PackError } from '@pack/core';
import { parseOciReference } from '@pack/repo';
import { isIndex, parseManifest, readAll } from 'oci-client-ts';
import type { Io } from '../command.ts';
import type { Given } from '../flags/parse.ts';
import { repositoryOf } from '../oci.ts';

const ARTIFACT = 'application/vnd.helm.plugin.v1+json';
const TITLE = 'org.opencontainers.image.title';
const MAX_ARCHIVE = 1024 * 1024 * 1024;
const MAX_PROV = 10 * 1024 * 1024;

export interface OciPlugin {
  readonly data: Uint8Array;
  readonly prov?: Uint8Array;
  readonly reference: string;
  readonly digest: string;
  /** Of the layer of the provenance. */
  readonly provName?: string;
}

export const ociPluginName = (source: string): string =>
  parseOciReference(source).repository.split('/').at(-1) as string;

/** Throws PLUGIN_INVALID with Helm's words, and what registries throw. */
export async function pullPlugin(source: string, given: Given, io: Io): Promise<OciPlugin> {
  const { repository, tag, digest } = parseOciReference(source);
  const from = await repositoryOf(repository, given, io);
  const signal = io.interrupts?.();
  const { descriptor, data } = await from.manifest(digest ?? tag?.replaceAll('+', '_') ?? 'latest', { signal });
  const manifest = parseManifest(data, descriptor.mediaType);
  if (isIndex(manifest)) throw invalid(`expected artifact type ${ARTIFACT}, got an index`);
  const { artifactType = '', config, layers } = manifest;
  if (artifactType !== '' && artifactType !== ARTIFACT)
    throw invalid(`expected artifact type ${ARTIFACT}, got ${artifactType}`);
  if (artifactType === '' && config.mediaType !== ARTIFACT) {
    throw invalid(`expected config media type ${ARTIFACT} for legacy compatibility, got ${config.mediaType}`);
  }
  const name = ociPluginName(source);
  const titled = (ending: string) =>
    layers.find(({ annotations }) => {
      const title = annotations?.[TITLE] ?? '';
      return title.startsWith(`${name}-`) && title.endsWith(ending);
    });
  const [layer, proof] = [titled('.tgz'), titled('.tgz.prov')];
  if (layer === undefined) throw invalid(`required layer matching pattern ${name}-VERSION.tgz not found in manifest`);
  return {
    data: await readAll(await from.fetch(layer, { signal }), MAX_ARCHIVE),
    ...(proof !== undefined && {
      prov: await readAll(await from.fetch(proof, { signal }), MAX_PROV),
      provName: proof.annotations?.[TITLE] as string,
    }),
    reference: `${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`,
    digest: descriptor.digest,
  };
}

const invalid = (message: string): PackError => new PackError('PLUGIN_INVALID', message);
