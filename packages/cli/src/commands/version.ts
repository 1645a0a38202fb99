import { OFFLINE_CAPABILITIES } from '@pack/core';
import type { Command } from '../command.ts';
import { bool } from '../flags/common.ts';

/** The version of Helm that this version of pack stands in for. */
const { version, gitCommit, gitTreeState, goVersion, kubeClientVersion } = OFFLINE_CAPABILITIES.helmVersion;

export const command: Command = {
  usage: 'version [flags]',
  summary: 'print the version',
  description: 'Prints the version of Helm that pack renders as, in the form that scripts read.',
  args: [0, 0],
  flags: { short: bool('print the number alone') },
  async run(given, io) {
    io.stdout(
      given.bool('short')
        ? `${version}\n`
        : `version.BuildInfo{Version:"${version}", GitCommit:"${gitCommit}", GitTreeState:"${gitTreeState}", GoVersion:"${goVersion}", KubeClientVersion:"${kubeClientVersion}"}\n`,
    );
  },
};
