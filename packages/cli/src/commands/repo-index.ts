import { fromNanoseconds, UTC } from '@pack/core';
import { indexFolder } from '@pack/repo/node';
import type { Command } from '../command.ts';
import { bool, text } from '../flags/common.ts';

export const command: Command = {
  usage: 'repo index [DIR] [flags]',
  description: 'Writes index.yaml of the archives of charts in a folder, so that it can be served as a repository.',
  args: [1, 1],
  flags: {
    json: bool('write JSON'),
    merge: text('index whose charts are taken over'),
    url: text('address of the repository'),
  },
  async run(given) {
    const [url, merge] = [given.string('url') ?? '', given.string('merge') ?? ''];
    await indexFolder(given.args[0] as string, {
      now: fromNanoseconds(BigInt(Date.now()) * 1_000_000n, UTC),
      json: given.bool('json'),
      ...(url !== '' && { url }),
      ...(merge !== '' && { merge }),
    });
  },
};
