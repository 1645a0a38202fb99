import { type Release, type ReleaseHook, testRelease } from '@pack/release';
import { contextOf, prefixed, type ReleaseContext } from '../cluster.ts';
import type { Command, Io } from '../command.ts';
import { completeReleases } from '../completions-release.ts';
import { watched } from '../deploy.ts';
import { bool } from '../flags/common.ts';
import { timeoutOf, waitFlags } from '../flags/release.ts';
import { colorsOf } from '../output/color.ts';
import { formatStatus } from '../output/release.ts';

export const command: Command = {
  usage: 'test [RELEASE] [flags]',
  description: 'Runs the tests of a release: its hooks of the event test.',
  args: [1, 1],
  complete: (given, _, io) => (given.args.length === 0 ? completeReleases(given, io) : { choices: [] }),
  flags: {
    cleanup: bool('remove the objects of the tests afterwards, also of those that failed'),
    filter: { type: 'list', commas: true, usage: 'run tests by name: name=a,name=b, or !name=c for all but it' },
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
    const context = contextOf(given, io);
    const input = { name, timeout: timeoutOf(given), include, exclude, cleanup: given.bool('cleanup') };
    let fault: unknown;
    try {
      const tested = await watched(`Testing ${name}`, name, given, io, (run) => testRelease(input, context, run));
      fault = tested.fault;
      io.stdout(
        formatStatus(tested.release, { colors: colorsOf(given, io), debug: given.bool('debug'), hideNotes: true }),
      );
      if (given.bool('logs')) {
        io.stdout('\n');
        const isShown = (hook: ReleaseHook): boolean =>
          !exclude.includes(hook.name) && (include.length === 0 || include.includes(hook.name));
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
