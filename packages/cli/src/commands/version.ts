import { HELM_VERSION } from '@pack/core/helm-version';
import packageJson from '../../package.json' with { type: 'json' };
import type { Command } from '../command.ts';
import { bool, text } from '../flags/common.ts';

/** What `pack --version` prints: `version` itself answers as Helm, for scripts that ask. */
export const ownVersion = (): string =>
  `pack ${packageJson.version} (in the place of Helm ${HELM_VERSION.version}, on Node.js ${process.version})\n`;

export const command: Command = {
  usage: 'version [flags]',
  description:
    'Prints the version of Helm that pack renders as, in the form that scripts read; pack --version prints its own.\n\nA template may name .Version, .GitCommit, .GitTreeState, .GoVersion and .KubeClientVersion.',
  args: [0, 0],
  flags: { short: bool('print the number alone'), template: text('Go template of what to print') },
  async run(given, io) {
    const { version, gitCommit, gitTreeState, goVersion, kubeClientVersion } = HELM_VERSION;
    const template = given.string('template') ?? '';
    if (template !== '') {
      const { HelmVersionValue } = await import('@pack/engine');
      const { TemplateSet } = await import('go-template');
      const set = new TemplateSet({});
      set.parse('_', template);
      io.stdout(set.execute('_', new HelmVersionValue(HELM_VERSION)));
    } else if (given.bool('short')) io.stdout(`${version}\n`);
    else {
      io.stdout(
        `version.BuildInfo{Version:"${version}", GitCommit:"${gitCommit}", GitTreeState:"${gitTreeState}", GoVersion:"${goVersion}", KubeClientVersion:"${kubeClientVersion}"}\n`,
      );
    }
  },
};
