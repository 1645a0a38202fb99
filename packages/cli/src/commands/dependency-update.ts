import { formatLock } from '@pack/resolver';
import type { Command } from '../command.ts';
import { dependencyFlags, fetchInto, openFolder, refresh, refuseChange, resolved } from '../dependencies.ts';
import { bool } from '../flags/common.ts';

export const command: Command = {
  usage: 'dependency update CHART [flags]',
  description:
    'Chooses a version for each dependency in Chart.yaml, fetches it into charts/, and writes Chart.lock.\n\nThe lock also keeps the digest of each archive, so that build takes nothing else.',
  args: [0, 1],
  flags: {
    ...dependencyFlags,
    'dry-run': bool('print the lock, and change nothing'),
    locked: bool('fail if the lock would change'),
    recursive: bool('resolve what the dependencies depend on too'),
  },
  async run(given, io) {
    const folder = await openFolder(given, io);
    if (folder.chart.metadata.dependencies === undefined) return;
    await refresh(folder, given, io);
    const { lock } = await resolved(folder, given);
    if (given.bool('locked')) refuseChange(folder.lock, lock);
    if (given.bool('dry-run')) return io.stdout(formatLock(lock));
    await fetchInto(folder, lock, given, io);
  },
};
