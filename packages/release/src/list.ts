/** Releases, the newest revision of each. Helm: pkg/action/list.go. */
import { parseSelector } from '@pack/kube';

import { ensureReachable } from './act.ts';
import { ReleaseError } from './error.ts';
import type { ReleasePorts, ReleaseRun } from './ports.ts';
import { isPending } from './record.ts';
import { headsOf } from './records.ts';
import type { RecordHead } from './storage/storage.ts';
import { createSummaryReader, type ReleaseSummary, summariesOf } from './summary.ts';

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

type ListPorts = Pick<ReleasePorts, 'cluster' | 'records'>;

/**
 * Broken records are told of and left out. Labels say which are shown, so that of thousands of records only those are read.
 * Throws KUBE_INVALID for a bad selector.
 */
export async function listReleases(
  input: ListInput,
  ports: ListPorts,
  run: ReleaseRun = {},
): Promise<ReleaseSummary[]> {
  const { byDate = false, reverse = false } = input;
  const chosen = choose(await headsThere(ports, run), input);
  if (!byDate) return summarized(pageOf(reverse ? chosen.reverse() : chosen, input), ports, run);
  const releases = (await summarized(chosen, ports, run)).sort(byTime);
  return pageOf(reverse ? releases.reverse() : releases, input);
}

/** As {@link listReleases}; where dates do not matter no record is even asked for. */
export async function listNames(input: ListInput, ports: ListPorts, run: ReleaseRun = {}): Promise<string[]> {
  if (input.byDate) return (await listReleases(input, ports, run)).map(({ name }) => name);
  const chosen = choose(await headsThere(ports, run), input);
  return pageOf(input.reverse ? chosen.reverse() : chosen, input).map(({ name }) => name);
}

/** Of a cluster that cannot be reached it is said as Helm says it, which asks for that first. */
async function headsThere({ cluster, records }: ListPorts, run: ReleaseRun): Promise<readonly RecordHead[]> {
  if (records.isInCluster !== true) await ensureReachable(cluster, run);
  try {
    return await records.list({ headsOnly: true }, run.signal);
  } catch (e) {
    run.signal?.throwIfAborted();
    if (records.isInCluster === true) await ensureReachable(cluster, run);
    throw e;
  }
}

/** Sorted by name. */
function choose(
  heads: readonly RecordHead[],
  { states = [], filter = () => true, selector = '' }: ListInput,
): RecordHead[] {
  const all = heads.filter(({ name }) => filter(name));
  if (all.length === 0) return [];
  const matches = parseSelector(selector);
  // What was superseded is never the newest.
  const onlySuperseded = states.length === 1 && states[0] === 'superseded';
  return (onlySuperseded ? all : newest(all))
    .filter(({ status }) => states.length === 0 || states.some((state) => isState(status, state)))
    .filter(({ labels }) => matches(labels))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

const pageOf = <T>(all: readonly T[], { max = 0, offset = 0 }: ListInput): T[] =>
  all.slice(offset, max > 0 ? offset + max : undefined);

const byTime = ({ info: a }: ReleaseSummary, { info: b }: ReleaseSummary): number =>
  timeOf(a) - timeOf(b) || fractionOf(a) - fractionOf(b);

const timeOf = ({ last_deployed = '' }: ReleaseSummary['info']): number => Date.parse(last_deployed) || 0;

/** Nanoseconds, of which a date of JavaScript has the first digits alone. */
const fractionOf = ({ last_deployed = '' }: ReleaseSummary['info']): number =>
  Number((/\.(\d+)/.exec(last_deployed)?.[1] ?? '').padEnd(9, '0'));

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

async function summarized(
  heads: readonly RecordHead[],
  { records }: ListPorts,
  run: ReleaseRun,
): Promise<ReleaseSummary[]> {
  if (heads.length === 0) return [];
  const wanted = new Map(heads.map((head, i) => [idOf(head), i]));
  const reader = createSummaryReader();
  const add = (head: RecordHead): void => {
    const place = wanted.get(idOf(head));
    if (place === undefined) return;
    wanted.delete(idOf(head));
    reader.add(place, head);
  };
  await records.collect({ among: heads }, add, run.signal);
  // Since they were listed they have changed.
  for (const place of wanted.values()) reader.add(place, heads[place] as RecordHead);
  return (await reader.read()).flatMap((summary, i) => {
    if (!(summary instanceof Error)) return [summary];
    // Somebody has removed it meanwhile.
    if (summary instanceof ReleaseError && summary.code === 'RELEASE_NOT_FOUND') return [];
    const { name, version } = heads[i] as RecordHead;
    run.onEvent?.({
      type: 'warning',
      level: 'WARN',
      message: 'a record of a release cannot be read',
      facts: { name, revision: String(version), error: summary.message },
    });
    return [];
  });
}

const idOf = ({ namespace, name, version }: RecordHead): string => `${namespace}/${name}/${version}`;

/** Revisions of a release, the oldest first, at most the newest `max`. Throws RELEASE_NOT_FOUND. */
export async function historyOf(
  { name, max }: { readonly name: string; readonly max: number },
  ports: Pick<ReleasePorts, 'cluster' | 'records'>,
  run: ReleaseRun = {},
): Promise<ReleaseSummary[]> {
  await ensureReachable(ports.cluster, run);
  const heads = await headsOf(ports.records, name, run.signal);
  const summaries = await summariesOf(heads.slice(Math.max(0, heads.length - max)));
  return summaries.map((summary) => {
    if (summary instanceof Error) throw summary;
    return summary;
  });
}
