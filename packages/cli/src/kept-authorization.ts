/** Docker's credentials, and those of `registry login`, shown to servers of charts. */
import type { Access } from '@pack/repo';
import { type Credentials, isLoopback } from 'oci-client-ts';

/**
 * The Authorization for a request to the very server of a repository, or undefined where nothing is kept for its host. What
 * is kept was given for HTTPS: it goes over a network by nothing else, whatever address a chart names.
 */
export async function keptAuthorization(
  url: string,
  access: Pick<Access, 'url'>,
  kept: { readonly get: Credentials },
): Promise<string | undefined> {
  if (!URL.canParse(access.url)) return undefined;
  const { protocol, host, origin } = new URL(url);
  if (new URL(access.url).origin !== origin || (protocol !== 'https:' && !isLoopback(host))) return undefined;
  const credential = await kept.get(host);
  if (credential === undefined || 'identityToken' in credential) return undefined;
  if ('registryToken' in credential) return `Bearer ${credential.registryToken}`;
  return `Basic ${Buffer.from(`${credential.username}:${credential.password}`).toString('base64')}`;
}
