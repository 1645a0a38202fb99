import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { PackError } from '@pack/core';
import { type Release, type ReleaseHook, testRelease } from '@pack/release';
import { contextOf, prefixed, type ReleaseContext } from '../cluster.ts';
import type { Command, Io } from '../command.ts';
import { completeReleases } from '../completions-release.ts';
import { bool, text, uint } from '../flags/common.ts';
import { timeoutOf, waitFlags } from '../flags/release.ts';
import { pathErrorText } from '../go-error.ts';
import { colorsOf } from '../output/color.ts';
import { formatStatus } from '../output/release.ts';
import { watched } from '../watched.ts';

export const command: Command = {
  usage: 'test [RELEASE] [flags]',
  description: 'Runs the tests of a release: its hooks of the event test.',
  args: [1, 1],
  complete: (given, _, io) => (given.args.length === 0 ? completeReleases(given, io) : { choices: [] }),
  flags: {
    cleanup: bool('remove the objects of the tests afterwards, also of those that failed'),
    junit: text('write what came of the tests to this file, as JUnit does'),
    filter: { type: 'list', commas: true, usage: 'run tests by name: name=a,name=b, or !name=c for all but it' },
    parallel: uint('tests of equal weight that run at once', '1'),
    logs: bool('print the logs of the pods of tests'),
    timeout: waitFlags.timeout as never,
  },
  async run(given, io) {
    const name = given.args[0] as string;
    const include: string[] = [];
    const exclude: string[] = [];
    for (const filter of given.list('filter')) {
      if (filter.startsWith('name=')) include.push(filter.slice('name='.length));
      else if (/^!\s?name=/.test(filter)) exclude.push(filter.replace(/^!\s?name=/, ''));
    }
    const parallel = Number(given.string('parallel') ?? '1');
    const context = contextOf(given, io);
    const input = { name, timeout: timeoutOf(given), include, exclude, cleanup: given.bool('cleanup'), parallel };
    let fault: unknown;
    try {
      const tested = await watched(`Testing ${name}`, name, given, io, (run) => testRelease(input, context, run));
      fault = tested.fault;
      io.stdout(
        formatStatus(tested.release, { colors: colorsOf(given, io), debug: given.bool('debug'), hideNotes: true }),
      );
      const isShown = (hook: ReleaseHook): boolean =>
        !exclude.includes(hook.name) && (include.length === 0 || include.includes(hook.name));
      const junit = given.string('junit') ?? '';
      if (junit !== '') await writeJunit(junit, tested.release, isShown);
      if (given.bool('logs')) {
        io.stdout('\n');
        await printLogs(tested.release, isShown, context, io).catch(async (e: unknown) => {
          if (input.cleanup) await tested.finish();
          throw e;
        });
      }
      await tested.finish();
    } catch (e) {
      throw prefixed('', fault ?? e);
    }
    if (fault !== undefined) throw prefixed('', fault);
  },
};

/** A hook that never ran was skipped: one before it has failed. */
async function writeJunit(
  file: string,
  { name, hooks }: Release,
  isShown: (hook: ReleaseHook) => boolean,
): Promise<void> {
  const { formatReport } = await import('@pack/unittest');
  const tests = hooks
    .filter((hook) => hook.events.includes('test') && isShown(hook))
    .map(({ name, path, lastRun: { phase, started_at: from = '', completed_at: to = '' } }) => ({
      name,
      passed: phase === 'Succeeded',
      skipped: phase === '',
      assertions: [],
      ...(phase !== 'Succeeded' && phase !== '' && { error: `${path}: ${phase}` }),
      milliseconds: Math.max(Date.parse(to) - Date.parse(from), 0) || 0,
    }));
  const passed = tests.every((test) => test.passed);
  const snapshots = { total: 0, failed: 0, created: 0, vanished: 0 };
  const suite = { name, path: name, passed, skipped: false, tests, snapshots };
  const report = formatReport('JUnit', [suite], { host: hostname(), time: new Date().toISOString() });
  try {
    writeFileSync(file, report);
  } catch (e) {
    throw new PackError('UNITTEST_FILE', pathErrorText('open', file, e), { cause: e });
  }
}

async function printLogs(
  { hooks }: Release,
  isShown: (hook: ReleaseHook) => boolean,
  { cluster, namespace }: ReleaseContext,
  io: Io,
): Promise<void> {
  const tests = hooks.filter((hook) => hook.events.includes('test') && isShown(hook));
  for (const { name } of tests.sort((a, b) => a.weight - b.weight || (a.name < b.name ? -1 : 1))) {
    const pod = await cluster.get({ apiVersion: 'v1', kind: 'Pod', namespace, name });
    const spec = (pod?.spec ?? {}) as { initContainers?: { name: string }[]; containers?: { name: string }[] };
    for (const { name: container } of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
      const log = await cluster.logs({ namespace, name }, { container });
      io.stdout(`POD LOGS: ${name} (${container})\n${await new Response(log as unknown as BodyInit).text()}\n`);
    }
  }
}
