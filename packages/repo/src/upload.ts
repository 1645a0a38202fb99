import { joinUrl } from './address.ts';
import { readContent } from './content.ts';
import { RepoError } from './error.ts';
import { type Access, type HttpFetch, type HttpResponse, redactUrl, request } from './http.ts';

export interface UploadOptions {
  readonly fetch: HttpFetch;
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
  if (response.status < 200 || response.status > 299) {
    const why = (await saidIn(response)) ?? response.statusText;
    throw new RepoError(
      'PUSH_FAILED',
      `failed to push to ${redactUrl(url)} : ${response.status} ${why}`.trimEnd(),
      response.status === 409 ? { hint: 'use --force to replace it' } : {},
    );
  }
  await response.body?.cancel();
}

/** Bytes. */
const MAX_ANSWER = 4096;

/** `/api` goes before the path of the repository: `/org/repo` is pushed to at `/api/org/repo/charts`. */
function museumApi(url: string): string {
  const { pathname, origin } = new URL(url);
  return joinUrl(origin, 'api', pathname, 'charts');
}

/** Undefined when it is said in another way, or at length. */
async function saidIn({ body }: HttpResponse): Promise<string | undefined> {
  if (body === null) return undefined;
  try {
    const answer = await readContent(body, { maxSize: MAX_ANSWER, digest: false });
    const { error } = JSON.parse(new TextDecoder().decode(answer.bytes)) as { error?: unknown };
    return typeof error === 'string' ? error : undefined;
  } catch {
    return undefined;
  }
}
