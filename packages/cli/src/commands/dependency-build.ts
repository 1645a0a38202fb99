import type { Command } from '../command.ts';
import { checkLock, dependencyFlags, fetchInto, openFolder, refresh, updateDependencies } from '../dependencies.ts';
import { bool } from '../flags/common.ts';

export const command: Command = {
  usage: 'dependency build CHART [flags]',
  description:
    'Fetches into charts/ what Chart.lock names; without a lock, it does what update does.\n\nA version that was published anew, with other contents than the lock knows, is refused.',
  args: [0, 1],
  flags: { ...dependencyFlags, recursive: bool('without a lock: resolve what the dependencies depend on too') },
  async run(given, io) {
    const folder = await openFolder(given, io, { verify: 'if-possible' });
    const { lock } = folder;
    if (lock === undefined) {
      if (folder.chart.metadata.dependencies === undefined) return;
      return updateDependencies(folder.folder, given, io);
    }
    await checkLock(folder, lock, io);
    await refresh(folder, given, io);
    await fetchInto(folder, lock, given, io);
  },
};
