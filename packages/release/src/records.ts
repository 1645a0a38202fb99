/** The history of a release in its storage. Helm: pkg/storage/storage.go. */
import { ReleaseError } from './error.ts';
import type { Release } from './record.ts';
import { notFound, type RecordHead, type ReleaseStorage } from './storage/storage.ts';

/** Every revision, the oldest first. Throws RELEASE_NOT_FOUND when there is none. */
export async function headsOf(
  storage: ReleaseStorage,
  name: string,
  signal?: AbortSignal,
): Promise<readonly RecordHead[]> {
  const heads = await storage.list({ name }, signal);
  if (heads.length === 0) throw notFound();
  return [...heads].sort((a, b) => a.version - b.version);
}

/** The newest revision, with the storage's labels. Throws RELEASE_NOT_FOUND. */
export const lastOf = async (storage: ReleaseStorage, name: string, signal?: AbortSignal): Promise<Release> =>
  (await headsOf(storage, name, signal)).at(-1)?.load() as Promise<Release>;

export const noDeployed = (name: string): ReleaseError =>
  new ReleaseError('RELEASE_NOT_FOUND', `${JSON.stringify(name)} has no deployed releases`);

/** One revision, the newest for 0. Throws RELEASE_NOT_FOUND. */
export const revisionOf = (
  storage: ReleaseStorage,
  name: string,
  version: number,
  signal?: AbortSignal,
): Promise<Release> => (version <= 0 ? lastOf(storage, name, signal) : storage.get(name, version, signal));

/**
 * Makes room for a new revision, so that there are at most `max`; 0 keeps all. That which is deployed stays. Helm:
 * removeLeastRecent.
 */
export async function makeRoom(
  storage: ReleaseStorage,
  { name, version: next }: Pick<Release, 'name' | 'version'>,
  max: number,
  signal?: AbortSignal,
): Promise<void> {
  // Revisions are numbered from 1: there are not as many before this one.
  if (max <= 0 || next <= max) return;
  const heads = [...(await storage.list({ name }, signal))].sort((a, b) => a.version - b.version);
  const surplus = heads.length - (max - 1);
  if (surplus <= 0) return;
  const deployed = heads.filter(({ status }) => status === 'deployed').at(-1);
  const old = heads.filter(({ version }) => version !== deployed?.version).slice(0, surplus);
  await Promise.all(old.map(({ version }) => storage.delete(name, version, signal)));
}
