/**
 * Manifests that name another as their subject: the referrers API where the registry has it, else an index under a tag
 * made of the subject's digest, which clients keep. OCI distribution 1.1 §Listing Referrers, §Referrers Tag Schema.
 */
import type { Descriptor } from '../descriptor.ts';
import { isDigest } from '../digest.ts';
import { OciError } from '../error.ts';
import { type ImageIndex, isIndex, type Manifest, packIndex, parseManifest } from '../manifest.ts';
import type { Run } from '../store.ts';
import { list } from './list.ts';
import { deleteManifest, getManifest, type ManifestOptions, putManifest } from './manifest.ts';

/** The tag that stands for the API: `sha256-…`. */
export const referrersTag = (digest: string): string => digest.replace(':', '-').slice(0, 128);

export async function listReferrers(
  options: ManifestOptions,
  { digest }: Descriptor,
  artifactType: string | undefined,
  run?: Run,
): Promise<Descriptor[]> {
  const { name, transport } = options;
  const query = artifactType === undefined ? '' : `?artifactType=${encodeURIComponent(artifactType)}`;
  const found = await list(
    transport,
    { path: `/${name}/referrers/${digest}${query}`, scopes: [`repository:${name}:pull`], member: 'manifests' },
    run,
  );
  const all = (found as Descriptor[] | undefined) ?? (await readIndex(options, digest, run)).index.manifests;
  for (const descriptor of all) {
    if (!isDigest(descriptor?.digest)) throw new OciError('MANIFEST_INVALID', `a referrer of ${digest} has no digest`);
  }
  // A registry need not filter.
  return artifactType === undefined ? [...all] : all.filter((descriptor) => descriptor.artifactType === artifactType);
}

/** The index that stands for the API, and its digest if it is there. */
async function readIndex(
  options: ManifestOptions,
  subject: string,
  run?: Run,
): Promise<{ readonly index: ImageIndex; readonly digest?: string }> {
  try {
    const { descriptor, data } = await getManifest(options, referrersTag(subject), run);
    const index = parseManifest(data, descriptor.mediaType);
    if (isIndex(index)) return { index, digest: descriptor.digest };
  } catch (e) {
    if (!(e instanceof OciError) || e.code !== 'CONTENT_NOT_FOUND') throw e;
  }
  return { index: { schemaVersion: 2, manifests: [] } };
}

/** How a referrer is listed. */
export function referrerOf(descriptor: Descriptor, manifest: Manifest | ImageIndex): Descriptor {
  const artifactType = manifest.artifactType ?? (isIndex(manifest) ? undefined : manifest.config.mediaType);
  const { mediaType, digest, size } = descriptor;
  return {
    mediaType,
    digest,
    size,
    ...(artifactType !== undefined && { artifactType }),
    ...(manifest.annotations !== undefined && { annotations: manifest.annotations }),
  };
}

/** Changes the index that stands for the API. Two clients at once can lose an entry: the specification has no lock. */
async function changeIndex(
  options: ManifestOptions,
  subject: string,
  change: (manifests: readonly Descriptor[]) => readonly Descriptor[],
  run?: Run,
): Promise<void> {
  const { index, digest } = await readIndex(options, subject, run);
  const { manifests, annotations } = index;
  const changed = change(manifests);
  if (changed === manifests) return;
  if (changed.length === 0 && digest !== undefined) {
    // By its digest, for not every registry deletes tags.
    return deleteManifest(options, digest, run).catch(ignoreUnsupported);
  }
  const { descriptor, data } = packIndex({ manifests: changed, ...(annotations !== undefined && { annotations }) });
  await putManifest(options, referrersTag(subject), descriptor, data, run);
}

/** An empty index that cannot be deleted says the same. */
function ignoreUnsupported(e: unknown): void {
  if (!(e instanceof OciError) || (e.code !== 'UNSUPPORTED' && e.code !== 'CONTENT_NOT_FOUND')) throw e;
}

export const addReferrer = (
  options: ManifestOptions,
  subject: string,
  referrer: Descriptor,
  run?: Run,
): Promise<void> =>
  changeIndex(
    options,
    subject,
    (manifests) => (manifests.some(({ digest }) => digest === referrer.digest) ? manifests : [...manifests, referrer]),
    run,
  );

export const removeReferrer = (options: ManifestOptions, subject: string, digest: string, run?: Run): Promise<void> =>
  changeIndex(
    options,
    subject,
    (manifests) => {
      const left = manifests.filter((referrer) => referrer.digest !== digest);
      return left.length === manifests.length ? manifests : left;
    },
    run,
  );
