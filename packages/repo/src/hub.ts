/** `search hub`: the search of Artifact Hub, or of another server with Monocular's API. Helm: internal/monocular. */
import { decodeJson } from '@pack/core';
import { fromBytes, GoError, isMap, queryEscape } from 'go-template';

import { joinUrl, parseAddress } from './address.ts';
import type { Content } from './content.ts';
import { RepoError } from './error.ts';
import { type HttpFetch, httpGet } from './http.ts';
import { createRepository } from './repositories.ts';

export interface HubOptions {
  readonly fetch: HttpFetch;
  /** https://hub.helm.sh if absent */
  readonly endpoint?: string;
  readonly signal?: AbortSignal;
}

export interface HubResult {
  /** The chart's page. */
  readonly url: string;
  readonly version: string;
  readonly appVersion: string;
  readonly description: string;
  readonly repository: { readonly name: string; readonly url: string };
}

const ENDPOINT = 'https://hub.helm.sh';
const PATH = 'api/chartsvc/v1/charts/search';
const MAX_SIZE = 64 * 1024 * 1024;

/** Throws HUB_UNREACHABLE. */
export async function searchHub(
  term: string,
  { fetch, endpoint = ENDPOINT, signal }: HubOptions,
): Promise<HubResult[]> {
  checkEndpoint(endpoint);
  // The fault itself is for `--debug`: Helm says no more.
  const failed = (cause: unknown): RepoError =>
    new RepoError('HUB_UNREACHABLE', `unable to perform search against ${JSON.stringify(endpoint)}`, { cause });
  let content: Content;
  try {
    const [base = ''] = joinUrl(endpoint, PATH).split('?');
    const access = createRepository({ url: endpoint });
    ({ content } = await httpGet(`${base}?q=${queryEscape(term)}`, { fetch, access, maxSize: MAX_SIZE, signal }));
  } catch (e) {
    signal?.throwIfAborted();
    throw failed(e);
  }
  return resultsOf(content.bytes, endpoint);
}

function checkEndpoint(endpoint: string): void {
  const fail = (reason: string): RepoError =>
    new RepoError('HUB_UNREACHABLE', `unable to create connection to ${JSON.stringify(endpoint)}: ${reason}`);
  let host: string;
  try {
    ({ host } = parseAddress(endpoint));
  } catch (e) {
    throw e instanceof GoError ? fail(e.message) : e;
  }
  if (host.replace(/:\d*$/, '') === '') throw fail('no hostname provided');
}

/** What does not parse is as good as nothing found: Helm overlooks the error. */
function resultsOf(data: Uint8Array, endpoint: string): HubResult[] {
  let answer: unknown;
  try {
    answer = decodeJson(fromBytes(data));
  } catch (e) {
    if (e instanceof GoError) return [];
    throw e;
  }
  const list = at(answer, 'data');
  return Array.isArray(list) ? list.map((item) => resultOf(item, endpoint)) : [];
}

function resultOf(item: unknown, endpoint: string): HubResult {
  const version = at(at(at(item, 'relationships'), 'latestChartVersion'), 'data');
  const attributes = at(item, 'attributes');
  const page = text(at(item, 'artifactHub'), 'packageUrl');
  return {
    url: page === '' ? `${endpoint}/charts/${text(item, 'id')}` : page,
    version: text(version, 'version'),
    appVersion: text(version, 'app_version'),
    description: text(attributes, 'description'),
    repository: { name: text(at(attributes, 'repo'), 'name'), url: text(at(attributes, 'repo'), 'url') },
  };
}

const at = (value: unknown, key: string): unknown => (isMap(value) ? value[key] : undefined);

function text(value: unknown, key: string): string {
  const found = at(value, key);
  return typeof found === 'string' ? found : '';
}
