import { PackError } from '@pack/core';
import { hasIndex, redactUrl } from '@pack/repo';
import { updateIndexes } from '@pack/repo/node';
import type { Command } from '../command.ts';
import { completeRepositories } from '../completions.ts';
import { text } from '../flags/common.ts';
import { durationOf } from '../flags/duration.ts';
import { withProgress } from '../output/progress.ts';
import { repositoriesOf } from '../repositories.ts';

const TWO_MINUTES = 120_000;

export const command: Command = {
  usage: 'repo update [REPO1 [REPO2 ...]] [flags]',
  description:
    'Fetches the indexes of the repositories anew, or of those that are named.\n\nAn index that has not changed is not sent again, and one that cannot be fetched stays as it is.',
  args: [0, Number.POSITIVE_INFINITY],
  flags: { timeout: { ...text('time to wait for an index', '2m0s'), kind: 'duration' } },
  complete: completeRepositories,
  async run(given, io) {
    const { file, update } = repositoriesOf(given, io);
    if (file.repositories.length === 0) {
      throw new PackError('REPOSITORY_NOT_FOUND', 'no repositories found. You must add one before updating');
    }
    for (const name of given.args) {
      if (!file.repositories.some((repository) => repository.name === name)) {
        throw new PackError(
          'REPOSITORY_NOT_FOUND',
          `no repositories found matching '${name}'.  Nothing will be updated`,
        );
      }
    }
    const wanted = file.repositories.filter(
      ({ name, url }) => (given.args.length === 0 || given.args.includes(name)) && hasIndex(url),
    );
    io.stdout('Hang tight while we grab the latest from your chart repositories...\n');
    const timeout = durationOf(given, 'timeout', TWO_MINUTES);
    const outcomes = await withProgress('Fetching indexes', io, (_, say) => {
      let done = 0;
      const onEvent = (): void => say(`Fetching indexes: ${++done} of ${wanted.length}`);
      return updateIndexes(wanted, update, { timeout, onEvent });
    });
    for (const outcome of outcomes) {
      const { name, url } = outcome.repository;
      io.stdout(
        outcome.status === 'failed'
          ? `...Unable to get an update from the ${JSON.stringify(name)} chart repository (${redactUrl(url)}):\n\t${outcome.error.message}\n`
          : `...Successfully got an update from the ${JSON.stringify(name)} chart repository\n`,
      );
    }
    const failed = outcomes
      .filter(({ status }) => status === 'failed')
      .map(({ repository }) => redactUrl(repository.url));
    if (failed.length > 0) {
      throw new PackError(
        'REPOSITORY_UNREACHABLE',
        `failed to update the following repositories: [${failed.join(' ')}]`,
      );
    }
    io.stdout('Update Complete. ⎈Happy Helming!⎈\n');
  },
};
