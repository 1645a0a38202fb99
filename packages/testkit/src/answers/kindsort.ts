import { type Hook, INSTALL_ORDER, isCodedError, sortManifests, UNINSTALL_ORDER } from '@pack/core';

import type { Answer, Question } from '../vectors.ts';

export function answer({ files, kind }: Question): Answer {
  try {
    const order = kind === 'uninstall' ? UNINSTALL_ORDER : INSTALL_ORDER;
    const { manifests, hooks } = sortManifests((files ?? {}) as Record<string, string>, { order });
    return {
      hooks: hooks.length === 0 ? null : hooks.map(hookJson),
      output: manifests.map(
        ({ path, head }) => `${path} ${head.hasMetadata ? `${head.kind}/${head.name}` : head.kind}`,
      ),
    };
  } catch (e) {
    if (isCodedError(e)) return { error: e.message };
    throw e;
  }
}

/** As a release stores it. */
const hookJson = ({ name, kind, path, manifest, events, weight, deletePolicies, outputLogPolicies }: Hook): object => ({
  ...(name !== '' && { name }),
  ...(kind !== '' && { kind }),
  path,
  manifest,
  ...(events.length > 0 && { events }),
  last_run: { phase: '' },
  ...(weight !== 0 && { weight }),
  ...(deletePolicies.length > 0 && { delete_policies: deletePolicies }),
  ...(outputLogPolicies.length > 0 && { output_log_policies: outputLogPolicies }),
});
