/** Lists that come in pages. */
import { readAll } from '../digest.ts';
import { OciError } from '../error.ts';
import type { HttpResponse } from '../http.ts';
import type { Run } from '../store.ts';
import { nextPage } from './link.ts';
import type { Transport } from './transport.ts';

/** Pages and bytes that a registry may send for one list. */
const [MAX_PAGES, MAX_BYTES] = [10_000, 64 * 1024 * 1024];

export interface ListRequest {
  /** Behind `/v2`. */
  readonly path: string;
  readonly scopes: readonly string[];
  /** The member that holds the list. */
  readonly member: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** All members of all pages. Undefined where there is no such list (404). `onPage` sees each answer's headers. */
export async function list(
  transport: Transport,
  { path, scopes, member, headers }: ListRequest,
  run?: Run,
  onPage?: (headers: HttpResponse['headers']) => void,
): Promise<unknown[] | undefined> {
  const items: unknown[] = [];
  let url: URL | undefined = new URL(`${transport.endpoint.url}${path}`);
  for (let page = 0; url !== undefined; page++) {
    if (page === MAX_PAGES) throw new OciError('CONTENT_TOO_LARGE', `${path}: more than ${MAX_PAGES} pages`);
    const response = await transport.send({
      method: 'GET',
      path: url,
      scopes,
      headers: { accept: 'application/json', ...headers },
      ok: [200, 404],
      run,
    });
    if (response.status === 404) {
      await response.body?.cancel();
      return page === 0 ? undefined : items;
    }
    onPage?.(response.headers);
    items.push(...itemsOf(await readAll(response.body ?? new ReadableStream(), MAX_BYTES), member, path));
    url = nextPage(response.headers.get('link'), url);
  }
  return items;
}

function itemsOf(body: Uint8Array, member: string, path: string): unknown[] {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(body));
  } catch (e) {
    throw new OciError('REGISTRY_FAILED', `${path}: the answer is no JSON`, { cause: e });
  }
  const items = (value as Record<string, unknown> | null)?.[member] ?? [];
  if (!Array.isArray(items)) throw new OciError('REGISTRY_FAILED', `${path}: ${member} is no list`);
  return items;
}
