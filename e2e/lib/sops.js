// sops and age-keygen, of PATH or built once into the cache folder of CI.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

const MODULES = ['github.com/getsops/sops/v3/cmd/sops@v3.13.3', 'filippo.io/age/cmd/age-keygen@v1.3.2'];

/** The PATH with both in it. */
export function pathWithSops() {
  const found = (name) => process.env.PATH.split(delimiter).some((folder) => existsSync(join(folder, name)));
  if (found('sops') && found('age-keygen')) return process.env.PATH;
  const folder = join(process.env.PACK_CI_CACHE ?? join(homedir(), '.cache/pack-ci'), 'sops-3.13.3');
  for (const module of MODULES) {
    const name = /([^/]+)@/.exec(module)[1];
    if (existsSync(join(folder, name))) continue;
    execFileSync('go', ['install', module], { env: { ...process.env, GOBIN: folder }, stdio: ['ignore', 2, 2] });
  }
  return `${folder}${delimiter}${process.env.PATH}`;
}
