import { joinUrl } from './address.ts';
import { RepoError } from './error.ts';
import { type Access, redactUrl, request } from './http.ts';

export interface UploadOptions {
  readonly fetch: typeof fetch;
  readonly prov?: Uint8Array;
  /** Whether to replace a version that is there. */
  readonly force?: boolean;
  readonly signal?: AbortSignal;
}

/** Pushes an archive to an HTTP repository by ChartMuseum's API. Throws PUSH_FAILED, REPOSITORY_UNREACHABLE. */
export async function uploadChart(
  access: Access,
  archive: Uint8Array,
  { fetch, prov, force = false, signal }: UploadOptions,
): Promise<void> {
  const body = new FormData();
  body.set('chart', new Blob([archive as Uint8Array<ArrayBuffer>], { type: 'application/gzip' }), 'chart.tgz');
  if (prov !== undefined) body.set('prov', new Blob([prov as Uint8Array<ArrayBuffer>]), 'chart.tgz.prov');
  const url = `${museumApi(access.url)}${force ? '?force' : ''}`;
  const response = await request(url, { method: 'POST', fetch, access, body, signal });
  const answer = (await response.text()).slice(0, MAX_ANSWER);
  if (!response.ok) {
    throw new RepoError(
      'PUSH_FAILED',
      `failed to push to ${redactUrl(url)} : ${response.status} ${messageOf(answer) ?? response.statusText}`.trimEnd(),
      response.status === 409 ? { hint: 'use --force to replace it' } : {},
    );
  }
}

const MAX_ANSWER = 4096;

/** `/api` goes before the path of the repository: `/org/repo` is pushed to at `/api/org/repo/charts`. */
function museumApi(url: string): string {
  const { pathname, origin } = new URL(url);
  return joinUrl(origin, 'api', pathname, 'charts');
}

function messageOf(answer: string): string | undefined {
  try {
    const { error } = JSON.parse(answer) as { error?: unknown };
    return typeof error === 'string' ? error : undefined;
  } catch {
    return undefined;
  }
}
