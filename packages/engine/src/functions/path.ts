/** Go's path package; on Linux, where Helm's vectors come from, path/filepath says the same. */
import { type FuncMap, func } from 'go-template';

export function clean(path: string): string {
  const isRooted = path.startsWith('/');
  const kept: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') kept.push(part);
    else if (kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else if (!isRooted) kept.push('..');
  }
  return (isRooted ? '/' : '') + kept.join('/') || '.';
}

export function base(path: string): string {
  if (path === '') return '.';
  let end = path.length;
  while (end > 0 && path[end - 1] === '/') end--;
  return path.slice(path.lastIndexOf('/', end - 1) + 1, end) || '/';
}

const dir = (path: string): string => clean(path.slice(0, path.lastIndexOf('/') + 1));

function ext(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot < 0 ? '' : name.slice(dot);
}

const of = (call: (path: string) => string) => func('func(string) string', call);
const isAbs = func('func(string) bool', (path: string) => path.startsWith('/'));

export const pathFunctions: FuncMap = {
  base: of(base),
  clean: of(clean),
  dir: of(dir),
  ext: of(ext),
  isAbs,
  osBase: of(base),
  osClean: of(clean),
  osDir: of(dir),
  osExt: of(ext),
  osIsAbs: isAbs,
};
