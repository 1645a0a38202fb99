/** `oci://registry/repository:tag@digest`, as far as charts are concerned. Helm: pkg/registry/reference.go. */
import { RepoError } from './error.ts';

export interface OciReference {
  /** `registry/repository` */
  readonly repository: string;
  /** As a version: with `+`. */
  readonly tag?: string;
  readonly digest?: string;
}

export const isOciReference = (text: string): boolean => text.startsWith('oci://');

/** Throws CHART_REFERENCE_INVALID. */
export function parseOciReference(text: string): OciReference {
  const bare = text.replace(/^oci:\/\//, '');
  const at = bare.lastIndexOf('@');
  const digest = at < 0 ? undefined : bare.slice(at + 1);
  const [, repository = '', tag] = /^([^/]+\/[^:]*?)(?::([^:/]*))?$/.exec(at < 0 ? bare : bare.slice(0, at)) ?? [];
  if (!/^[^/\s]+(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)+$/.test(repository)) {
    throw new RepoError('CHART_REFERENCE_INVALID', `invalid reference: invalid repository ${JSON.stringify(text)}`);
  }
  return { repository, ...(tag && { tag: tag.replaceAll('_', '+') }), ...(digest !== undefined && { digest }) };
}
