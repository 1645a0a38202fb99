/** Records that live as long as the process. Helm: pkg/storage/driver/memory.go. */
import { parseSelector } from '@pack/kube';

import type { Release } from '../record.ts';
import { alreadyExists, keyOf, labelsOf, notFound, ownLabels, type ReleaseStorage } from './storage.ts';

/** `now`: milliseconds since the epoch. */
export function createMemoryStorage({ now }: { readonly now: () => number }): ReleaseStorage {
  const records = new Map<string, { release: Release; labels: Record<string, string> }>();
  const put = (release: Release, written: 'createdAt' | 'modifiedAt'): void => {
    records.set(keyOf(release.name, release.version), {
      release,
      labels: labelsOf(release, written, Math.floor(now() / 1000)),
    });
  };
  return {
    name: 'Memory',
    async list(query) {
      return this.collect(query, (head) => head);
    },
    async collect({ name, status, selector = '' }, pick) {
      const matches = parseSelector(selector);
      return [...records.values()]
        .filter(({ release }) => name === undefined || release.name === name)
        .filter(({ release }) => status === undefined || release.info.status === status)
        .filter(({ labels }) => matches(labels))
        .map(({ release, labels }) => {
          const { name: own, namespace, version, info } = release;
          const load = async (): Promise<Release> => ({ ...release, labels });
          return pick({ name: own, namespace, version, status: info.status, labels, load });
        });
    },
    async get(name, version) {
      const found = records.get(keyOf(name, version));
      if (found === undefined) throw notFound();
      return { ...found.release, labels: ownLabels(found.labels) };
    },
    async create(release) {
      if (records.has(keyOf(release.name, release.version))) throw alreadyExists();
      put(release, 'createdAt');
    },
    async update(release) {
      if (!records.has(keyOf(release.name, release.version))) throw notFound();
      put(release, 'modifiedAt');
    },
    async delete(name, version) {
      if (!records.delete(keyOf(name, version))) throw notFound();
    },
  };
}
