/** Ranges to versions. Helm: internal/resolver/resolver.go, which looks at the chart's own dependencies alone. */
import {
  type Constraint,
  type Dependency,
  parseConstraint,
  parseVersion,
  type SemVer,
  satisfies,
  type Time,
} from '@pack/core';
import { GoError, quoteGo } from 'go-template';

import { ResolverError } from './error.ts';
import { chartId, type DependencyGraph, edgeTo, type GraphNode } from './graph.ts';
import { isSameLock, type LockedDependency, type PackLock, type PackLockPart, sealLock } from './lock.ts';
import { type NamedRepository, resolveRepositoryNames } from './repository-names.ts';
import type { ChartSource } from './source.ts';

export interface ResolveInput {
  /** The chart's own name and version, for messages and trees. */
  readonly chart: { readonly name: string; readonly version: string };
  /** As Chart.yaml has them, with URLs for `@name`: see `resolveRepositoryNames`. */
  readonly dependencies: readonly Dependency[];
  /** The lock that is there. It is returned as it is, with its time, when nothing has changed. */
  readonly previous?: PackLock | undefined;
  /** Whether also what the dependencies depend on is resolved, one version of each chart for all. */
  readonly recursive?: boolean;
  /** For `@name` in what dependencies depend on. */
  readonly repositories?: readonly NamedRepository[];
  /** Of a pack: what its lock says of Pack.yaml. */
  readonly pack?: PackLockPart | undefined;
  readonly now: Time;
  readonly signal?: AbortSignal | undefined;
}

export interface Resolution {
  readonly lock: PackLock;
  readonly graph: DependencyGraph;
}

/**
 * Chooses a version for each dependency. Throws DEPENDENCY_INVALID for a bad range, DEPENDENCY_UNRESOLVED,
 * RESOLVE_CONFLICT, DEPENDENCY_CYCLE, and the errors of the source.
 */
export async function resolve(input: ResolveInput, source: ChartSource): Promise<Resolution> {
  const { chart, dependencies, previous, recursive = false, pack, now } = input;
  for (const dependency of dependencies) rangeOf(dependency);
  const offers = new Offers(source, input.signal);
  const chosen = recursive
    ? await resolveDeeply(input, source, offers)
    : await resolveFlatly(dependencies, source, offers);
  const locked = dependencies.map((dependency, i) => ({
    ...lockedAs(dependency, chosen.direct[i] as string),
    ...(pack !== undefined && ofPack(dependency)),
  }));
  const lock = await sealLock(
    dependencies,
    {
      dependencies: withKnownDigests(locked, previous),
      ...(recursive && { transitive: withKnownDigests(chosen.transitive, previous) }),
      ...(pack !== undefined && { pack }),
    },
    now,
  );
  const rootEdges = dependencies.map((dependency, i) =>
    edgeTo(recursive ? chartId(dependency) : flatId(dependency, i), dependency),
  );
  const nodes = recursive ? chosen.nodes : flatNodes(dependencies, locked);
  const root: GraphNode = { id: chart.name, repository: '', ...chart, edges: rootEdges };
  return { lock: isSameLock(lock, previous) && previous ? previous : lock, graph: { root, nodes } };
}

const flatId = (dependency: Dependency, position: number): string => `${position}:${chartId(dependency)}`;

const flatNodes = (
  dependencies: readonly Dependency[],
  locked: readonly LockedDependency[],
): ReadonlyMap<string, GraphNode> =>
  new Map(
    locked.map(({ name, repository = '', version }, i) => {
      const id = flatId(dependencies[i] as Dependency, i);
      return [id, { id, name, repository, version, edges: [] }];
    }),
  );

const lockedAs = ({ name, repository = '' }: Dependency, version: string): LockedDependency => ({
  name,
  repository,
  version,
});

const ofPack = ({ version = '', alias }: Dependency): Partial<LockedDependency> => ({
  constraint: version,
  ...(alias && { alias }),
});

/** An archive that is locked already must stay what it was. */
function withKnownDigests(locked: readonly LockedDependency[], previous: PackLock | undefined): LockedDependency[] {
  const known = new Map(
    [...(previous?.dependencies ?? []), ...(previous?.transitive ?? [])].map((entry) => [
      versionId(entry),
      entry.digest,
    ]),
  );
  return locked.map((entry) => {
    const digest = known.get(versionId(entry));
    return digest === undefined ? entry : { ...entry, digest };
  });
}

const versionId = (dependency: LockedDependency): string => `${chartId(dependency)}@${dependency.version}`;

function rangeOf({ name, version = '' }: Dependency): Constraint {
  try {
    return parseConstraint(version);
  } catch (e) {
    if (!(e instanceof GoError)) throw e;
    const message = `dependency ${quoteGo(name)} has an invalid version/constraint format: ${e.message}`;
    throw new ResolverError('DEPENDENCY_INVALID', message, { cause: e });
  }
}

interface Chosen {
  /** The versions of the chart's own dependencies. */
  readonly direct: readonly string[];
  readonly transitive: readonly LockedDependency[];
  readonly nodes: ReadonlyMap<string, GraphNode>;
}

/** The versions of each chart, asked for once. */
class Offers {
  private readonly source: ChartSource;
  private readonly signal: AbortSignal | undefined;
  private readonly known = new Map<string, Promise<readonly Offer[]>>();

  constructor(source: ChartSource, signal: AbortSignal | undefined) {
    this.source = source;
    this.signal = signal;
  }

  /** Those in the range, the best first. */
  async within(dependency: Dependency): Promise<string[]> {
    const range = rangeOf(dependency);
    const all = await this.all(dependency);
    return all.filter(({ parsed }) => satisfies(parsed, range)).map(({ version }) => version);
  }

  private all(dependency: Dependency): Promise<readonly Offer[]> {
    // What a registry offers for one version is that version, unseen.
    const key = `${chartId(dependency)} ${dependency.repository?.startsWith('oci://') ? dependency.version : ''}`;
    let offers = this.known.get(key);
    if (offers === undefined) {
      offers = this.source.versions(dependency, this.signal).then((versions) => versions.flatMap(offerOf));
      this.known.set(key, offers);
    }
    return offers;
  }
}

interface Offer {
  readonly version: string;
  readonly parsed: SemVer;
}

function offerOf(version: string): Offer[] {
  try {
    return [{ version, parsed: parseVersion(version) }];
  } catch (e) {
    if (e instanceof GoError) return [];
    throw e;
  }
}

const described = ({ name, repository = '', version = '' }: Dependency): string =>
  `${quoteGo(name)} (repository ${quoteGo(repository)}, version ${quoteGo(version)})`;

function unresolved(missing: readonly Dependency[]): ResolverError {
  return new ResolverError(
    'DEPENDENCY_UNRESOLVED',
    `can't get a valid version for ${missing.length} subchart(s): ${missing.map(described).join(', ')}. Make sure a matching chart version exists in the repo, or change the version constraint in Chart.yaml`,
  );
}

/** Each dependency by itself, as Helm does it. */
async function resolveFlatly(
  dependencies: readonly Dependency[],
  source: ChartSource,
  offers: Offers,
): Promise<Chosen> {
  const outcomes = await Promise.allSettled(
    dependencies.map(async (dependency) => {
      if (dependency.repository) return (await offers.within(dependency))[0];
      await source.local(dependency);
      return dependency.version ?? '';
    }),
  );
  // The first fault in the chart's own order is told, whichever came first.
  const found = outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
  const missing = dependencies.filter((_, i) => found[i] === undefined);
  if (missing.length > 0) throw unresolved(missing);
  return { direct: found as string[], transitive: [], nodes: new Map() };
}

/** That a chart, reached by a path, wants another within a range. */
interface Requirement {
  readonly dependency: Dependency;
  readonly range: Constraint;
  /** From the root to who wants it. */
  readonly path: readonly Selected[];
}

interface Selected {
  readonly id: string;
  readonly name: string;
  readonly repository: string;
  readonly version: string;
  readonly requirement: Requirement | undefined;
  dependencies: readonly Dependency[];
}

/** Why a choice of versions does not work, and whose choice it was. */
interface Conflict {
  readonly error: ResolverError;
  readonly involved: ReadonlySet<string>;
}

/** Versions tried before we give up. */
const MAX_STEPS = 20_000;
const MAX_CHARTS = 2_000;

/**
 * Depth first, the best version first. When two charts want what cannot be had together, the last choice that had a part
 * in it is taken back, and no other.
 */
async function resolveDeeply(input: ResolveInput, source: ChartSource, offers: Offers): Promise<Chosen> {
  const { chart, dependencies, repositories = [], signal } = input;
  const selected = new Map<string, Selected>();
  let steps = 0;
  const root: Selected = { id: '', ...chart, repository: '', requirement: undefined, dependencies };
  const requirementsOf = (parent: Selected, path: readonly Selected[]): Requirement[] =>
    parent.dependencies.map((dependency) => ({ dependency, range: rangeOf(dependency), path: [...path, parent] }));

  async function solve(pending: readonly Requirement[]): Promise<Conflict | undefined> {
    const [requirement, ...rest] = pending;
    if (requirement === undefined) return undefined;
    const { dependency, range, path } = requirement;
    const id = chartId(dependency);
    if (!dependency.repository) return solve(rest);
    if (path.some((step) => step.id === id)) return cycle(requirement);
    const present = selected.get(id);
    if (present !== undefined) {
      return satisfies(parseVersion(present.version), range) ? solve(rest) : conflict(requirement, present);
    }
    if (selected.size >= MAX_CHARTS) throw new ResolverError('DEPENDENCY_UNRESOLVED', `more than ${MAX_CHARTS} charts`);
    const versions = await offers.within(dependency);
    let last: Conflict = {
      error: path.length === 1 ? unresolved([dependency]) : unresolvedBelow(requirement),
      involved: involvedIn(requirement),
    };
    for (const version of versions) {
      if (++steps > MAX_STEPS) throw new ResolverError(last.error.code, last.error.message, { cause: last.error });
      signal?.throwIfAborted();
      const choice: Selected = {
        id,
        name: dependency.name,
        repository: dependency.repository ?? '',
        version,
        requirement,
        dependencies: await dependenciesOf(dependency, version),
      };
      selected.set(id, choice);
      const failed = await solve([...rest, ...requirementsOf(choice, path)]);
      if (failed === undefined) return undefined;
      selected.delete(id);
      if (!failed.involved.has(id)) return failed;
      last = {
        error: failed.error,
        involved: new Set([...last.involved, ...failed.involved].filter((one) => one !== id)),
      };
    }
    return last;
  }

  /** What an archive has within it and names no repository for is as it is. */
  async function dependenciesOf(dependency: Dependency, version: string): Promise<readonly Dependency[]> {
    const own = await source.dependencies(dependency, version, signal);
    const outside = own.filter(({ repository }) => repository);
    return resolveRepositoryNames(outside, repositories).map((child) => seenFrom(dependency, child));
  }

  for (const dependency of dependencies) if (!dependency.repository) await source.local(dependency);
  const failed = await solve(requirementsOf(root, []));
  if (failed !== undefined) throw failed.error;
  const own = new Set(dependencies.map(chartId));
  const byName = [...selected.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  return {
    direct: dependencies.map((dependency) => selected.get(chartId(dependency))?.version ?? dependency.version ?? ''),
    transitive: byName.filter(({ id }) => !own.has(id)).map((choice) => lockedAs(choice, choice.version)),
    nodes: new Map(
      byName.map(({ id, name, repository, version, dependencies: below }) => [
        id,
        { id, name, repository, version, edges: below.map((child) => edgeTo(chartId(child), child)) },
      ]),
    ),
  };
}

/** A relative folder is seen from the chart that names it. */
function seenFrom(parent: Dependency, child: Dependency): Dependency {
  const from = parent.repository ?? '';
  const { repository = '' } = child;
  if (!repository.startsWith('file://') || !from.startsWith('file://') || repository.startsWith('file:///'))
    return child;
  return { ...child, repository: `${from.replace(/\/$/, '')}/${repository.slice('file://'.length)}` };
}

const pathText = ({ path, dependency }: Requirement): string =>
  `${path.map(({ name, version }) => `${name} ${version}`.trim()).join(' → ')} wants ${dependency.name} ${dependency.version ?? ''}`.trim();

/** The charts whose versions made a requirement what it is. */
const involvedIn = ({ path }: Requirement): Set<string> => new Set(path.map(({ id }) => id));

function conflict(requirement: Requirement, present: Selected): Conflict {
  const first = present.requirement as Requirement;
  const message = `no version of ${requirement.dependency.name} from ${present.repository || 'charts/'} suits all that want it:\n  ${pathText(first)}\n  ${pathText(requirement)}`;
  return {
    error: new ResolverError('RESOLVE_CONFLICT', message, { hint: 'change one of the ranges' }),
    involved: new Set([...involvedIn(first), ...involvedIn(requirement), present.id]),
  };
}

function cycle(requirement: Requirement): Conflict {
  const { dependency, path } = requirement;
  const id = chartId(dependency);
  const names = path.slice(path.findIndex((step) => step.id === id)).map(({ name }) => name);
  return {
    error: new ResolverError(
      'DEPENDENCY_CYCLE',
      `charts depend on each other: ${[...names, dependency.name].join(' → ')}`,
    ),
    involved: involvedIn(requirement),
  };
}

function unresolvedBelow(requirement: Requirement): ResolverError {
  const message = `${unresolved([requirement.dependency]).message}\n  ${pathText(requirement)}`;
  return new ResolverError('DEPENDENCY_UNRESOLVED', message);
}
