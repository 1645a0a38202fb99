/** Where things are on an API server. */

import type { ApiResource } from '../cluster.ts';
import { KubeError } from '../error.ts';

/** `/api/v1` or `/apis/GROUP/VERSION`. */
export const versionPath = (apiVersion: string): string =>
  apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;

/** A collection's path; all namespaces for a namespaced resource without one. */
export function collectionPath({ apiVersion, name, namespaced }: ApiResource, namespace: string | undefined): string {
  const inNamespace = namespaced && namespace !== undefined ? `/namespaces/${segment('namespace', namespace)}` : '';
  return `${versionPath(apiVersion)}${inNamespace}/${name}`;
}

/** An object's path; Kubernetes's namespace `default` for a namespaced one without. */
export function objectPath(resource: ApiResource, namespace: string | undefined, name: string): string {
  return `${collectionPath(resource, namespace ?? 'default')}/${segment('resource name', name)}`;
}

/** client-go: rest.Request; apimachinery: IsValidPathSegmentName. Throws KUBE_INVALID. */
export function segment(what: string, name: string): string {
  if (name === '') throw new KubeError('KUBE_INVALID', `${what} may not be empty`);
  const fault = name === '.' || name === '..' ? `may not be '${name}'` : badCharacter(name);
  if (fault !== undefined) throw new KubeError('KUBE_INVALID', `invalid ${what} ${JSON.stringify(name)}: [${fault}]`);
  return encodeURIComponent(name);
}

function badCharacter(name: string): string | undefined {
  const found = ['/', '%'].find((character) => name.includes(character));
  return found === undefined ? undefined : `may not contain '${found}'`;
}

/** `?…` with sorted names, or nothing; what is undefined or false is left out. */
export function queryText(query: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const search = new URLSearchParams();
  for (const name of Object.keys(query).sort()) {
    const value = query[name];
    if (value !== undefined && value !== false && value !== '') search.set(name, String(value));
  }
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
}
