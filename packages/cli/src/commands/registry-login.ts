import type { Command } from '../command.ts';
import { bool, text } from '../flags/common.ts';
import { UsageError } from '../flags/parse.ts';
import { credentialsOf, registryOf } from '../oci.ts';
import { warnOn } from '../output/warn.ts';
import { ask } from '../prompt.ts';

export const command: Command = {
  usage: 'registry login [host] [flags]',
  description:
    'Keeps a user name and password for a registry, after the registry has taken them.\n\nThe password is asked for, or read from standard input with --password-stdin, so that no list of processes shows it.',
  args: [1, 1],
  flags: {
    'ca-file': text('verify certificates of the registry with this bundle'),
    'cert-file': text('identify to the registry with this certificate'),
    insecure: bool('accept any certificate of the registry'),
    'key-file': text('identify to the registry with this key'),
    password: text('password or identity token', '', 'p'),
    'password-stdin': bool('read the password or identity token from standard input'),
    'plain-http': bool('use HTTP'),
    username: text('user name', '', 'u'),
  },
  complete: () => ({ choices: [] }),
  async run(given, io) {
    const host = (given.args[0] as string).replace(/^(?:oci|https?):\/\//, '').replace(/\/.*$/s, '');
    let username = given.string('username') ?? '';
    let password = given.string('password') ?? '';
    if (given.bool('password-stdin')) password = (await io.stdin()).replace(/\r?\n$/, '');
    else if (password === '') {
      if (username === '') username = (await ask('Username: ', { isHidden: false }, io)).trim();
      const what = username === '' ? 'token' : 'password';
      password = await ask(username === '' ? 'Token: ' : 'Password: ', { isHidden: true }, io);
      if (password === '') throw new UsageError(`${what} required`);
    } else warnOn(io)('using --password via the CLI is insecure. Use --password-stdin');
    const credential = username === '' ? { identityToken: password } : { username, password };
    await (await registryOf(host, given, io, credential)).ping();
    await credentialsOf(given, io).store(host, credential);
    io.stdout('Login Succeeded\n');
  },
};
