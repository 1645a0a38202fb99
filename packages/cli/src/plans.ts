/** What the commands that make plans, and the one that applies them, share. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Chart } from '@pack/core';
import { writeAtomic } from '@pack/core/node';
import {
  crdFilesOf,
  deployedOf,
  PLAN_KEY_LENGTH,
  type PlannedAction,
  type PlanOptions,
  planAction,
  type Release,
  sealPlan,
} from '@pack/release';
import type { GoMap } from 'go-template';

import { type ReleaseContext, runOf } from './cluster.ts';
import type { Io } from './command.ts';
import { bool, text } from './flags/common.ts';
import { type Flags, type Given, UsageError } from './flags/parse.ts';
import { colorsOf } from './output/color.ts';
import { formatDiff } from './output/diff.ts';
import { withoutSecrets } from './output/secret-changes.ts';
import { hidePastSecrets, withoutSecretWords } from './secrets.ts';
import { pathsOf, setting } from './settings.ts';

export const planFlags: Flags = {
  'detailed-exitcode': bool('exit with 2 when there is something to change'),
  out: text('file to write the plan to', '', 'o'),
};

export const KEY_HELP =
  'Plans are sealed with the key in PACK_PLAN_KEY (64 hexadecimal digits), or else with one of your own, made when it is first needed.';

/** The key that plans are sealed with. Throws USAGE. */
export function planKeyOf(given: Given, io: Io, { create }: { readonly create: boolean }): Uint8Array {
  const stated = setting(io.env, 'PLAN_KEY');
  const hexadecimal = (value: string, source: string): Uint8Array => {
    if (value.length === PLAN_KEY_LENGTH * 2 && /^[0-9a-f]*$/i.test(value)) return Buffer.from(value, 'hex');
    throw new UsageError(
      `${source} is no key of ${PLAN_KEY_LENGTH * 2} hexadecimal digits`,
      'openssl rand -hex 32 makes one',
    );
  };
  if (stated) return hexadecimal(stated, 'PACK_PLAN_KEY');
  const file = join(pathsOf(given, io.env).dataHome, 'plan.key');
  if (!existsSync(file)) {
    if (!create)
      throw new UsageError(
        'there is no key to open plans with',
        'set PACK_PLAN_KEY to the key that the plan was made with',
      );
    mkdirSync(dirname(file), { recursive: true });
    writeAtomic(file, `${randomBytes(PLAN_KEY_LENGTH).toString('hex')}\n`, { mode: 0o600 });
  }
  return hexadecimal(readFileSync(file, 'utf8').trim(), file);
}

/** Of all files of a chart. */
export function chartDigest({ raw }: Chart): string {
  const hash = createHash('sha256');
  for (const { name, data } of raw.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    hash.update(`${name}\0${data.length}\0`).update(data);
  }
  return hash.digest('hex');
}

interface Planned {
  readonly action: PlannedAction;
  readonly target: Release;
  readonly options: PlanOptions;
  readonly revision?: number;
  /** What it was rendered from, and by which values. */
  readonly from?: { readonly source: string; readonly chart: Chart; readonly values: GoMap };
}

/** Prints what is planned and writes it down; the exit code. */
export async function writePlan(
  { action, target, options, revision, from }: Planned,
  given: Given,
  io: Io,
  context: ReleaseContext,
): Promise<number> {
  const file = given.string('out') ?? '';
  if (file === '') throw new UsageError('a plan needs a file', 'give -o FILE');
  const crds = from === undefined ? [] : crdFilesOf(from.chart, from.values);
  const planned = await planAction({ action, target, revision, crds, options }, context, runOf(given, io));
  if (action === 'upgrade') await hidePastSecrets(await deployedOf(target.name, context), given, io);
  const plan = {
    ...planned,
    target: withoutSecretWords(planned.target, io),
    changes: await withoutSecrets(planned.changes, io),
  };
  // What comes from elsewhere is named by its version; what lies here may be edited.
  const source =
    from !== undefined && existsSync(from.source)
      ? { path: resolve(from.source), digest: chartDigest(from.chart) }
      : undefined;
  const key = planKeyOf(given, io, { create: true });
  const { changes } = plan;
  io.stdout(formatDiff(changes, 'table', colorsOf(given, io)));
  const faults = changes.filter(({ fault }) => fault !== undefined);
  if (faults.length > 0)
    throw new UsageError(`the server would refuse ${faults.length} of the objects: no plan was written`);
  writeAtomic(
    file,
    await sealPlan({ plan, source, generated: context.secrets.pending() }, key, new Date().toISOString()),
    { mode: 0o600 },
  );
  io.stderr(`The plan is in ${file}; pack apply ${file} does it.\n`);
  return given.bool('detailed-exitcode') && changes.length > 0 ? 2 : 0;
}
