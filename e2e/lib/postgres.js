// PostgreSQL of Debian, in a folder of its own and reached by a socket.
import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

function program(name) {
  const versions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : [];
  const newest = versions.map(Number).sort((a, b) => b - a)[0];
  return newest === undefined ? name : `/usr/lib/postgresql/${newest}/bin/${name}`;
}

/** It does not run as root: then it is its own user's. */
function run(command, args) {
  const isRoot = process.getuid() === 0;
  const [file, ...rest] = isRoot ? ['runuser', '-u', 'postgres', '--', command, ...args] : [command, ...args];
  return execFileSync(file, rest, { stdio: ['ignore', 'ignore', 'pipe'] });
}

export function startPostgres(folder) {
  mkdirSync(folder, { recursive: true });
  if (process.getuid() === 0) {
    const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'postgres'])));
    // The folders above are those of the suite, which nobody else may enter.
    execFileSync('chmod', ['o+x', join(folder, '..')]);
    chownSync(folder, uid, gid);
  }
  const data = join(folder, 'data');
  run(program('initdb'), ['-D', data, '-U', 'test', '--auth=trust', '--no-sync', '-E', 'UTF8', '--locale=C']);
  run(program('pg_ctl'), ['-D', data, '-w', '-l', join(folder, 'log'), '-o', `-k ${folder} -h "" -F`, 'start']);
  return {
    connection: `host=${folder} user=test dbname=postgres sslmode=disable`,
    stop: () => run(program('pg_ctl'), ['-D', data, '-m', 'immediate', 'stop']),
  };
}
