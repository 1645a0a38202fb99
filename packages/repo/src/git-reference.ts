/** Charts in git repositories: `git+https://host/repo.git@ref?path=charts/x`, `git+ssh://…`, `git+file://…`. */
import { RepoError } from './error.ts';

export interface GitReference {
  /** What git itself is given. */
  readonly url: string;
  /** Branch, tag or commit. */
  readonly ref?: string;
  /** The chart's folder within the repository; empty for its top. */
  readonly path: string;
}

const FORM = /^git\+((?:https?|ssh|file):\/\/[^?#]*)(?:\?([^#]*))?$/;

export const isGitReference = (text: string): boolean => text.startsWith('git+');

/** Throws CHART_REFERENCE_INVALID. */
export function parseGitReference(text: string): GitReference {
  const invalid = (why: string): RepoError =>
    new RepoError('CHART_REFERENCE_INVALID', `${text}: ${why}`, { hint: 'git+https://host/repo.git@ref?path=folder' });
  const found = FORM.exec(text);
  if (found === null) throw invalid('not an address of a git repository');
  const [, address = '', query = ''] = found;
  const slash = address.indexOf('/', address.indexOf('://') + 3);
  const at = address.lastIndexOf('@');
  const hasRef = slash >= 0 && at > slash;
  const ref = hasRef ? decodeURIComponent(address.slice(at + 1)) : undefined;
  const asked = new URLSearchParams(query);
  const unknown = [...asked.keys()].find((key) => key !== 'path');
  if (unknown !== undefined) throw invalid(`${unknown} means nothing here`);
  const path = asked.get('path') ?? '';
  // Neither may be taken for an option, nor lead out of the repository.
  if (ref !== undefined && !/^[A-Za-z0-9_][\w./+-]*$/.test(ref)) throw invalid('not a branch, tag or commit');
  if (/^[/\\]|\\|\0/.test(path) || path.split('/').includes('..'))
    throw invalid('the path leads out of the repository');
  return { url: hasRef ? address.slice(0, at) : address, ...(ref !== undefined && { ref }), path };
}

/** The address of a chart below the folder that the address of a git repository names. Throws CHART_REFERENCE_INVALID. */
export function gitChart(repository: string, chart: string): string {
  const { path } = parseGitReference(repository);
  const below = [path.replace(/\/+$/, ''), chart].filter((part) => part !== '').join('/');
  return `${repository.replace(/\?.*$/s, '')}?path=${encodeURIComponent(below).replaceAll('%2F', '/')}`;
}
