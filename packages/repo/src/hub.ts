export interface HubOptions {
  readonly fetch: typeof fetch;
  /** https://hub.helm.sh if absent */
  readonly endpoint?: string;
  readonly signal?: AbortSignal;
}

export interface HubResult {
  readonly url: string;
  readonly version: string;
  readonly appVersion: string;
  readonly description: string;
  readonly repository: { readonly name: string; readonly url: string };
}

/** `search hub`. Throws HUB_UNREACHABLE. Helm: internal/monocular. */
export declare function searchHub(term: string, options: HubOptions): Promise<HubResult[]>;
