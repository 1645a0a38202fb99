import type { Dependency } from '@pack/core';

import { ResolverError } from './error.ts';

/** A repository as the user named it. */
export interface NamedRepository {
  readonly name: string;
  readonly url: string;
  /** The address of one of its charts, where that is not known by the repository's address and the chart's name. */
  readonly chartUrl?: (name: string) => string;
}

/**
 * Dependencies with URLs where they have `@name` or `alias:name`. Throws DEPENDENCY_INVALID for names that are not known
 * and for what is no address. Helm: pkg/downloader/manager.go resolveRepoNames.
 */
export function resolveRepositoryNames(
  dependencies: readonly Dependency[],
  repositories: readonly NamedRepository[],
): Dependency[] {
  const missing: string[] = [];
  const resolved = dependencies.map((dependency) => {
    const { repository = '' } = dependency;
    const name = /^(?:@|alias:)(.*)$/s.exec(repository)?.[1];
    if (name === undefined) {
      if (repository !== '' && !isAddress(repository) && !repositories.some(({ url }) => url === repository))
        missing.push(repository);
      return dependency;
    }
    const known = repositories.find((other) => other.name === name);
    if (known === undefined) missing.push(repository);
    return known === undefined
      ? dependency
      : { ...dependency, repository: known.chartUrl?.(dependency.name) ?? known.url };
  });
  if (missing.length > 0) throw new ResolverError('DEPENDENCY_INVALID', missingText(missing));
  return resolved;
}

/** Go: url.ParseRequestURI. */
const isAddress = (text: string): boolean => /^(?:[a-z][a-z0-9+.-]*:|\/)/i.test(text) && !/[\x00-\x20\x7f]/.test(text);

function missingText(missing: readonly string[]): string {
  const text = `no repository definition for ${missing.join(', ')}. Please add them via 'helm repo add'`;
  const isPlainName = missing.some((name) => !name.includes('//') && !/^(?:@|alias:)/.test(name));
  return isPlainName
    ? `${text}
Note that repositories must be URLs or aliases. For example, to refer to the "example"
repository, use "https://charts.example.com/" or "@example" instead of
"example". Don't forget to add the repo, too ('helm repo add').`
    : text;
}
