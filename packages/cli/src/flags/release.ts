/** Flags of commands that change releases, and what they mean. Helm: pkg/cmd/{flags,helpers,install,upgrade}.go. */
import { parseDuration } from '@pack/core';
import { GoError } from 'go-template';

import type { Io } from '../command.ts';
import { setting } from '../settings.ts';
import { bool, int, list, text } from './common.ts';
import { type Flag, type Flags, type Given, isFalse, isTrue, UsageError } from './parse.ts';
import { secretsFlag } from './secrets.ts';

const durationFault = (value: string): string | undefined => {
  try {
    parseDuration(value);
    return undefined;
  } catch (e) {
    if (e instanceof GoError) return e.message;
    throw e;
  }
};

export const duration = (usage: string, preset: string): Flag => ({
  ...text(usage, preset),
  kind: 'duration',
  fault: durationFault,
});

const WAIT = ['watcher', 'hookOnly', 'legacy', 'ordered'] as const;
export type WaitStrategy = (typeof WAIT)[number];

const waitFault = (value: string): string | undefined =>
  [...WAIT, 'true', 'false'].includes(value)
    ? undefined
    : `invalid wait input ${JSON.stringify(value)}. Valid inputs are watcher, hookOnly, and legacy`;

const pairFault = (value: string): string | undefined => {
  const bad = splitPairs(value).find((pair) => !pair.includes('='));
  return bad === undefined ? undefined : `${bad} must be formatted as key=value`;
};

/** pflag reads pairs as a line of CSV. */
function splitPairs(value: string): string[] {
  return value === ''
    ? []
    : (value.match(/(?:"(?:[^"]|"")*"|[^,"])+/g) ?? []).map((pair) =>
        pair.replaceAll(/^"|"$/g, '').replaceAll('""', '"'),
      );
}

/** Of every command that waits for objects. */
export const waitFlags: Flags = {
  timeout: duration('time to wait for any one operation on the cluster', '5m0s'),
  wait: {
    ...text('wait until all is ready: watcher, hookOnly, legacy or ordered', 'hookOnly'),
    bare: 'watcher',
    kind: 'strategy',
    fault: waitFault,
    choices: [
      ['watcher', 'by the status of every object'],
      ['hookOnly', 'for hooks alone'],
      ['legacy', 'as Helm 3 did'],
      ['ordered', 'between groups of objects and subcharts, too (HIP-0025)'],
    ],
  },
  'wait-for-jobs': bool('with --wait, wait for jobs to complete too'),
  'readiness-timeout': duration('with --wait=ordered, time for one group to get ready; at most --timeout', '1m0s'),
};

export const dryRunFlag: Flag = {
  ...text('only simulate it: client, or server', 'none'),
  bare: 'unset',
  choices: [['none'], ['client', 'without a cluster'], ['server', 'with what the cluster says']],
};

/** Of every command that applies objects. */
export const applyFlags: Flags = {
  'force-conflicts': bool('take fields over from other managers'),
  'force-replace': bool('replace objects'),
  force: { ...bool('deprecated'), hidden: true, deprecated: 'use --force-replace instead' },
  'no-hooks': bool('run no hooks'),
};

export const EXCLUSIVE: readonly (readonly string[])[] = [
  ['force-replace', 'force-conflicts'],
  ['force', 'force-conflicts'],
];

/** Of `install`, `upgrade` and `template`, which takes them and does nothing with most. */
export const deployFlags: Flags = {
  ...applyFlags,
  ...waitFlags,
  atomic: { ...bool('deprecated'), hidden: true, deprecated: 'use --rollback-on-failure instead' },
  'create-namespace': bool('create the namespace of the release if there is none'),
  'dependency-update': bool('update missing dependencies first'),
  description: text('description of the release'),
  'disable-openapi-validation': bool('do not check against the OpenAPI schema of the cluster'),
  'enable-dns': bool('let templates resolve names of hosts'),
  labels: {
    type: 'list',
    usage: 'labels of the release: key=value,…',
    short: 'l',
    kind: 'stringToString',
    fault: pairFault,
  },
  'post-renderer': list('plugin, kustomize[=DIR] or program that changes what was rendered; may be repeated'),
  'post-renderer-args': list('argument for the post-renderer'),
  'rollback-on-failure': bool('undo all after a failure; waits for readiness'),
  secrets: secretsFlag,
  'skip-crds': bool('install no CRDs'),
  'skip-schema-validation': bool('do not check the values against the schema'),
  'take-ownership': bool('take over objects that are not of the release'),
};

const POLICIES = ['create', 'upgrade', 'skip'] as const;

/** Of `install` and `upgrade`: what becomes of definitions in crds/. */
export const crdFlags: Flags = {
  crds: {
    ...text('what becomes of CRDs: create, upgrade or skip (default as Helm: install applies, upgrade skips)'),
    fault: (value) => ((POLICIES as readonly string[]).includes(value) ? undefined : 'must be create, upgrade or skip'),
    choices: [
      ['create', 'make those that are missing'],
      ['upgrade', 'change those that are there too, if nothing is lost'],
      ['skip', 'leave them all alone'],
    ],
  },
  'force-crds': bool('with --crds=upgrade, upgrade them even if what is stored would be lost'),
};

/** Of `install` and `upgrade`. */
export const explainFlag = bool('show where each value comes from, before anything is done');

export const crdsOf = (given: Given): (typeof POLICIES)[number] | undefined =>
  given.bool('skip-crds') ? 'skip' : POLICIES.find((policy) => policy === given.string('crds'));

/** Of `install` and `upgrade`: what is printed. */
export const notesFlags: Flags = {
  'hide-notes': bool('print no notes'),
  'hide-secret': bool('with --dry-run, print no Secrets'),
  'render-subchart-notes': bool('print the notes of subcharts too'),
};

export type DryRun = 'none' | 'client' | 'server';

/** Throws USAGE. `warn` hears of the old forms. */
export function dryRunOf(given: Given, io: Io, { template = false }: { readonly template?: boolean } = {}): DryRun {
  const value = given.string('dry-run') ?? (template ? 'client' : 'none');
  const warn = (message: string): void => io.stderr(`level=WARN msg=${JSON.stringify(message)}\n`);
  if (value === 'unset') {
    warn("--dry-run is deprecated and should be replaced with '--dry-run=client'");
    return 'client';
  }
  if (value === 'client' || value === 'server') return value;
  const wanted = template ? 'Must be "server" or "client"' : 'Must be "none", "server", or "client"';
  const invalid = (): UsageError => new UsageError(`invalid dry-run value (${JSON.stringify(value)}). ${wanted}`);
  if (value === 'none') {
    if (template) throw invalid();
    return 'none';
  }
  const isClient = isTrue(value);
  if (!isClient && (template || !isFalse(value))) throw invalid();
  const meant = isClient ? 'client' : 'none';
  warn(`boolean '--dry-run=${isClient}' flag is deprecated and must be replaced with '--dry-run=${meant}'`);
  return meant;
}

export function waitOf(given: Given, io: Io): WaitStrategy {
  const value = given.string('wait') ?? 'hookOnly';
  if (value !== 'true' && value !== 'false') return value as WaitStrategy;
  const meant = value === 'true' ? 'watcher' : 'hookOnly';
  const message = `--wait=${value} is deprecated (boolean value) and can be replaced with --wait=${meant}`;
  io.stderr(`level=WARN msg=${JSON.stringify(message)}\n`);
  return meant;
}

/** Milliseconds. */
export const timeoutOf = (given: Given): number => Number(parseDuration(given.string('timeout') ?? '5m') / 1_000_000n);

/** Milliseconds; undefined where nobody says it. Throws USAGE. */
export function readinessTimeoutOf(given: Given): number | undefined {
  const stated = given.string('readiness-timeout');
  if (stated === undefined) return undefined;
  const readiness = Number(parseDuration(stated) / 1_000_000n);
  if (readiness <= timeoutOf(given)) return readiness;
  const most = given.string('timeout') ?? '5m0s';
  throw new UsageError(`--readiness-timeout (${stated}) must not exceed --timeout (${most})`);
}

/** The last value of each key. */
export const labelsOf = (given: Given): Record<string, string> =>
  Object.fromEntries(
    given
      .list('labels')
      .flatMap(splitPairs)
      .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );

/** `auto` takes the way of the release before; what is none of the three is refused by the action. */
export function serverSideOf(given: Given): boolean | string {
  const value = given.string('server-side') ?? 'auto';
  return value === 'true' ? true : value === 'false' ? false : value;
}

export const historyMaxFlag = int('revisions that are kept; 0 keeps all', '10');

/** Helm: HELM_MAX_HISTORY is the default. */
export function historyMaxOf(given: Given, io: Io): number {
  const stated = given.string('history-max') ?? setting(io.env, 'MAX_HISTORY') ?? '';
  return /^[-+]?\d+$/.test(stated) ? Number(stated) : 10;
}
