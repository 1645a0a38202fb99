/** The next page of a list: `Link: <…>; rel="next"`. RFC 8288; OCI distribution 1.1 §Listing tags. */
import { OciError, shownUrl } from '../error.ts';

/** Undefined at the end. A page elsewhere is no page of this registry: throws REDIRECT_INVALID. */
export function nextPage(header: string | null, current: URL): URL | undefined {
  const target = /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(header ?? '')?.[1];
  if (target === undefined) return undefined;
  const url = new URL(target, current);
  if (url.origin !== current.origin) {
    throw new OciError('REDIRECT_INVALID', `${shownUrl(current)}: the next page is at another host`);
  }
  return url.href === current.href ? undefined : url;
}
