/** Revisions whose command was killed: they stay pending until somebody says that they failed. */
import { quoteGo } from 'go-template';

import { recorded, withStatus } from './act.ts';
import type { ReleasePorts, ReleaseRun } from './ports.ts';
import type { Release, ReleaseStatus } from './record.ts';

const ACTIONS: Partial<Record<ReleaseStatus, string>> = {
  'pending-install': 'Install',
  'pending-upgrade': 'Upgrade',
  'pending-rollback': 'Rollback',
};

/** The revision as it is recorded from now on: failed. Throws KUBE_… */
export async function failOrphan(orphan: Release, { records }: ReleasePorts, run: ReleaseRun): Promise<Release> {
  const { name, version, info } = orphan;
  const description = `${ACTIONS[info.status] ?? info.status} ${quoteGo(name)} was interrupted: its command is gone`;
  const failed = withStatus(orphan, 'failed', description);
  await records.update(failed, run.signal);
  run.onEvent?.(recorded(failed));
  run.onEvent?.({
    type: 'warning',
    level: 'WARN',
    message: 'an interrupted revision is now recorded as failed',
    facts: { name, revision: String(version), was: info.status },
  });
  return failed;
}
