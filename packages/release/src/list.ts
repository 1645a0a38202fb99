/** Releases, the newest revision of each. Helm: pkg/action/list.go. */
import { parseSelector } from '@pack/kube';

import { ensureReachable } from './act.ts';
import type { ReleasePorts, ReleaseRun } from './ports.ts';
import { isPending, type Release } from './record.ts';
import { headsOf } from './records.ts';
import type { RecordHead } from './storage/storage.ts';

export type ReleaseStateName = 'deployed' | 'failed' | 'pending' | 'superseded' | 'uninstalled' | 'uninstalling';

export interface ListInput {
  /** Which states; all if empty. */
  readonly states?: readonly ReleaseStateName[] | undefined;
  /** Of names. */
  readonly filter?: ((name: string) => boolean) | undefined;
  /** Of labels. */
  readonly selector?: string | undefined;
  readonly byDate?: boolean | undefined;
  readonly reverse?: boolean | undefined;
  /** All if 0. */
  readonly max?: number | undefined;
  readonly offset?: number | undefined;
}

/** Broken records are told of and left out. Throws KUBE_INVALID for a bad selector. */
export async function listReleases(
  input: ListInput,
  ports: Pick<ReleasePorts, 'cluster' | 'records'>,
  run: ReleaseRun = {},
): Promise<Release[]> {
  const {
    states = [],
    filter = () => true,
    selector = '',
    byDate = false,
    reverse = false,
    max = 0,
    offset = 0,
  } = input;
  await ensureReachable(ports.cluster, run);
  const all = (await ports.records.list({}, run.signal)).filter(({ name }) => filter(name));
  if (all.length === 0) return [];
  const matches = parseSelector(selector);
  // What was superseded is never the newest.
  const onlySuperseded = states.length === 1 && states[0] === 'superseded';
  const shown = (onlySuperseded ? all : newest(all))
    .filter(({ status }) => states.length === 0 || states.some((state) => isState(status, state)))
    .filter(({ labels }) => matches(labels));
  const byName = (a: RecordHead, b: RecordHead): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
  const sorted = shown.sort(byName);
  if (!byDate) {
    if (reverse) sorted.reverse();
    // Names decide, so that nothing is unpacked in vain.
    const page = sorted.slice(offset, max > 0 ? offset + max : undefined);
    return loaded(page, run);
  }
  const releases = (await loaded(sorted, run)).sort((a, b) => timeOf(a) - timeOf(b));
  if (reverse) releases.reverse();
  return releases.slice(offset, max > 0 ? offset + max : undefined);
}

const timeOf = ({ info }: Release): number => Date.parse(info.last_deployed ?? '') || 0;

const isState = (status: string, state: ReleaseStateName): boolean =>
  state === 'pending' ? isPending(status) : status === state;

function newest(heads: readonly RecordHead[]): RecordHead[] {
  const found = new Map<string, RecordHead>();
  for (const head of heads) {
    const key = `${head.namespace}/${head.name}`;
    const other = found.get(key);
    if (other === undefined || other.version <= head.version) found.set(key, head);
  }
  return [...found.values()];
}

async function loaded(heads: readonly RecordHead[], run: ReleaseRun): Promise<Release[]> {
  const releases = await Promise.all(
    heads.map(async (head) => {
      try {
        return [await head.load()];
      } catch (e) {
        run.onEvent?.({
          type: 'warning',
          level: 'WARN',
          message: 'a record of a release cannot be read',
          facts: { name: head.name, revision: String(head.version), error: (e as Error).message },
        });
        return [];
      }
    }),
  );
  return releases.flat();
}

/** Revisions of a release, the oldest first, at most the newest `max`. Throws RELEASE_NOT_FOUND. */
export async function historyOf(
  { name, max }: { readonly name: string; readonly max: number },
  ports: Pick<ReleasePorts, 'cluster' | 'records'>,
  run: ReleaseRun = {},
): Promise<Release[]> {
  await ensureReachable(ports.cluster, run);
  const heads = await headsOf(ports.records, name, run.signal);
  return Promise.all(heads.slice(Math.max(0, heads.length - max)).map((head) => head.load()));
}
