import { createRepository } from '@pack/repo';
import { registerRepository } from '@pack/repo/node';
import type { Command } from '../command.ts';
import { bool, text } from '../flags/common.ts';
import { durationOf } from '../flags/duration.ts';
import { withProgress } from '../output/progress.ts';
import { ask } from '../prompt.ts';
import { repositoriesOf } from '../repositories.ts';

const TWO_MINUTES = 120_000;

export const command: Command = {
  usage: 'repo add [NAME] [URL] [flags]',
  description: 'Puts a repository on the list that Helm has too, after its index has been fetched.',
  args: [2, 2],
  flags: {
    'allow-deprecated-repos': bool('take addresses that are known to be gone'),
    'ca-file': text('verify certificates of the server with this bundle'),
    'cert-file': text('identify to the server with this certificate'),
    'force-update': bool('replace a repository of that name'),
    'insecure-skip-tls-verify': bool('accept any certificate'),
    'key-file': text('identify to the server with this key'),
    'pass-credentials': bool('send credentials to all hosts'),
    password: text('password for the repository'),
    'password-stdin': bool('read the password from standard input'),
    timeout: { ...text('time to wait for the index', '2m0s'), kind: 'duration' },
    username: text('user name for the repository'),
  },
  complete: () => ({ choices: [] }),
  async run(given, io) {
    const [name, url] = given.args as [string, string];
    const username = given.string('username') ?? '';
    let password = given.string('password') ?? '';
    if (username !== '' && password === '') {
      password = given.bool('password-stdin')
        ? (await io.stdin()).replace(/\r?\n$/, '')
        : await ask('Password: ', { isHidden: true }, io);
    }
    const repository = createRepository({
      name,
      url,
      username,
      password,
      caFile: given.string('ca-file') ?? '',
      certFile: given.string('cert-file') ?? '',
      keyFile: given.string('key-file') ?? '',
      insecure_skip_tls_verify: given.bool('insecure-skip-tls-verify'),
      pass_credentials_all: given.bool('pass-credentials'),
    });
    const timeout = durationOf(given, 'timeout', TWO_MINUTES);
    const outcome = await withProgress(`Fetching the index of ${name}`, io, async (shown) => {
      const { paths, update } = repositoriesOf(given, shown);
      return registerRepository(repository, update, {
        config: paths.repositoryConfig,
        forceUpdate: given.bool('force-update'),
        allowDeprecated: given.bool('allow-deprecated-repos'),
        timeout,
      });
    });
    io.stdout(
      outcome === 'added'
        ? `${JSON.stringify(name)} has been added to your repositories\n`
        : `${JSON.stringify(name)} already exists with the same configuration, skipping\n`,
    );
  },
};
