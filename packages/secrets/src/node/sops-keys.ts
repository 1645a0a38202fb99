/** The keys that sops would use, from where it would have them. sops: age/keysource.go, pgp/keysource.go. */
import { existsSync, readFileSync } from 'node:fs';
import { homedir, platform } from 'node:os';
import { join, resolve } from 'node:path';

import { ageUnwrap } from '../sops/age.ts';
import type { Unwrap } from '../sops/decrypt.ts';
import type { WrappedKey } from '../sops/metadata.ts';
import { pgpUnwrap } from '../sops/pgp.ts';
import { run } from './process.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Of age by the SOPS_AGE_… variables and the file of keys; of PGP by PACK_PGP_KEY_FILE, or else by GnuPG. */
export function sopsKeys(env: Env): Unwrap {
  let age: Promise<Unwrap> | undefined;
  const pgp = pgpKeys(env);
  return async (key, signal) => {
    if (key.kind === 'pgp') return pgp(key, signal);
    age ??= identities(env, key, signal).then(ageUnwrap);
    return (await age)(key, signal);
  };
}

async function identities(env: Env, { reader }: WrappedKey, signal: AbortSignal | undefined): Promise<string[]> {
  const texts: string[] = [(env['SOPS_AGE_KEY'] ?? '').replaceAll(/[\s,]+/g, '\n')];
  const stated = env['SOPS_AGE_KEY_FILE'];
  if (stated) texts.push(readKeys(stated));
  const command = env['SOPS_AGE_KEY_CMD'];
  if (command) {
    const shell = platform() === 'win32' ? ['cmd.exe', '/C'] : ['/bin/sh', '-c'];
    const own = { ...env, SOPS_AGE_RECIPIENT: reader };
    const { code, stdout } = await run(shell[0] as string, [shell[1] as string, command], { env: own, signal });
    if (code !== 0) throw new Error(`SOPS_AGE_KEY_CMD ended with ${code}`);
    texts.push(Buffer.from(stdout).toString('utf8'));
  }
  const usual = join(configFolder(env), 'sops', 'age', 'keys.txt');
  if (existsSync(usual)) texts.push(readKeys(usual));
  return texts
    .flatMap((text) => text.split('\n'))
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

function readKeys(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (e) {
    throw new Error(`the keys in ${file} cannot be read: ${(e as NodeJS.ErrnoException).code}`, { cause: e });
  }
}

/** Go: os.UserConfigDir, but that sops heeds XDG_CONFIG_HOME everywhere. */
function configFolder(env: Env): string {
  const home = env['HOME'] || homedir();
  if (env['XDG_CONFIG_HOME']) return env['XDG_CONFIG_HOME'];
  if (platform() === 'darwin') return join(home, 'Library', 'Application Support');
  return platform() === 'win32' && env['APPDATA'] ? env['APPDATA'] : join(home, '.config');
}

function pgpKeys(env: Env): Unwrap {
  const file = env['PACK_PGP_KEY_FILE'];
  if (file) {
    let own: Unwrap | undefined;
    return (key, signal) => {
      own ??= pgpUnwrap(readKeys(resolve(file)), env['PACK_PGP_PASSPHRASE'] ?? '');
      return own(key, signal);
    };
  }
  return async ({ enc }, signal) => {
    const program = env['SOPS_GPG_EXEC'] || 'gpg';
    try {
      const { code, stdout } = await run(program, ['-d'], { input: enc, env: { ...env }, signal });
      // What it says of keys that it has not, and of passphrases, is for its own users.
      return code === 0 && stdout.length > 0 ? new Uint8Array(stdout) : undefined;
    } catch (e) {
      if ((e as NodeJS.ErrnoException).code !== 'ENOENT') throw e;
      throw new Error(`there is no ${program} to open what is for PGP keys`, { cause: e });
    }
  };
}
