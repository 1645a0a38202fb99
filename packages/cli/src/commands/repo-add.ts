import {
  addRepository,
  createRepository,
  findRepository,
  gitChart,
  hasIndex,
  isHelmRepository,
  isOciReference,
  parseOciReference,
  RepoError,
} from '@pack/repo';
import { changeRepositories, readRepositories, registerRepository, registriesFile } from '@pack/repo/node';
import type { Command, Io } from '../command.ts';
import { bool, text } from '../flags/common.ts';
import { durationOf } from '../flags/duration.ts';
import { type Given, UsageError } from '../flags/parse.ts';
import { withProgress } from '../output/progress.ts';
import { ask } from '../prompt.ts';
import { repositoriesOf } from '../repositories.ts';
import { pathsOf } from '../settings.ts';

const TWO_MINUTES = 120_000;

export const command: Command = {
  usage: 'repo add [NAME] [URL] [flags]',
  description:
    'Puts a repository on the list that Helm has too, after its index has been fetched.\n\nWhat Helm cannot fetch an index of gets a name too, in a list beside: a folder of archives (file://…), a registry\n(oci://…) and a git repository (git+https://…@REF?path=FOLDER). NAME/CHART is then what is below the address.',
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
    if (!hasIndex(url)) return addWithoutIndex(name, url, given, io);
    const { repositoryConfig } = pathsOf(given, io.env);
    const beside = registriesFile(repositoryConfig);
    const [own, other] = isHelmRepository(url) ? [repositoryConfig, beside] : [beside, repositoryConfig];
    ensureFree(name, other);
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
      const { update } = repositoriesOf(given, shown);
      return registerRepository(repository, update, {
        config: own,
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

/** Whoever asks a registry or git for something says who they are; there is nothing to fetch before. */
async function addWithoutIndex(name: string, url: string, given: Given, io: Io): Promise<void> {
  const isRegistry = isOciReference(url);
  if ((given.string('username') ?? '') !== '') {
    throw isRegistry
      ? new UsageError(
          'credentials of registries are not kept here',
          `pack registry login ${url.slice('oci://'.length)}`,
        )
      : new UsageError('credentials of git repositories are not kept here', "git's own credential helpers are asked");
  }
  if (isRegistry) parseOciReference(`${url.replace(/\/$/, '')}/chart`);
  else gitChart(url, 'chart');
  const { repositoryConfig } = pathsOf(given, io.env);
  ensureFree(name, repositoryConfig);
  let isNew = false;
  await changeRepositories(registriesFile(repositoryConfig), (file) => {
    const options = { forceUpdate: given.bool('force-update') };
    const changed = addRepository(file, createRepository({ name, url: url.replace(/\/$/, '') }), options);
    isNew = changed !== file;
    return changed;
  });
  io.stdout(
    isNew
      ? `${JSON.stringify(name)} has been added to your repositories\n`
      : `${JSON.stringify(name)} already exists with the same configuration, skipping\n`,
  );
}

/** A name is that of a repository or of a registry. Throws REPOSITORY_EXISTS. */
function ensureFree(name: string, list: string): void {
  if (findRepository(readRepositories(list), name) === undefined) return;
  throw new RepoError(
    'REPOSITORY_EXISTS',
    `repository name (${name}) already exists, please specify a different name`,
    {
      hint: `pack repo remove ${name}`,
    },
  );
}
